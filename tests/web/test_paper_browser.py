"""Pages on paper: what a screen shows half of or folds is printed whole."""

import pytest
from browsing import DESK, visit
from kept_records import copied
from reviewed_records import pictured
from served_records import served
from shared_pages import keep_page

BOXES = "each => { const box = each.getBoundingClientRect(); return [box.left, box.right, box.top]; }"


@pytest.fixture(scope="module")
def printed(staffed, tmp_path_factory):
    """A server over a record whose measurement has its pictures."""
    with served(copied(staffed, tmp_path_factory.mktemp("printed") / "data")) as server:
        pictured(server.record)
        yield server


@pytest.fixture(scope="module")
def shared(staffed, tmp_path_factory):
    """A server over a record whose patient's page is kept."""
    with served(copied(staffed, tmp_path_factory.mktemp("shared") / "data")) as server:
        keep_page(server.record)
        yield server


def open_page(browser, server, path):
    own = (f"{server.address}/", "data:", "blob:")
    cookies = [{"name": "pigtrack", "value": server.token_of("cleo"), "url": server.address}]
    return visit(browser, f"{server.address}/courses/{server.course_ids()[0]}{path}", DESK, own=own, cookies=cookies)


def stand_whole_side_by_side(page, pictures, cut):
    """Tell whether two pictures stand beside one another on paper, and nothing of the first is cut off."""
    left, right = (each.evaluate(BOXES) for each in page.locator(pictures).all())
    assert left[1] <= right[0]
    assert left[2] == right[2]
    return page.locator(cut).first.evaluate("each => getComputedStyle(each).clipPath") == "none"


@pytest.mark.slow
def test_both_photographs_of_a_review_are_printed_whole_however_they_were_zoomed(browser, printed):
    with open_page(browser, printed, "/review") as page:
        page.locator("[data-do=in]").click()
        page.emulate_media(media="print")
        assert stand_whole_side_by_side(page, ".pane", ".earlier .stage")
        shown = page.locator(".sheet").first.evaluate("each => getComputedStyle(each).transform")
        assert shown == "none"
        assert all(each.is_visible() for each in page.locator(".pane figcaption").all())


@pytest.mark.slow
def test_a_patient_s_photographs_are_printed_whole(browser, shared):
    with open_page(browser, shared, "/share/preview/all/page?language=en") as page:
        page.emulate_media(media="print")
        assert stand_whole_side_by_side(page, ".pair img", ".pair img")
