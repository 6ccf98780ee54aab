"""The review in a real browser: two sessions under a slider, zoomed by keys, a spot in picture and table, drawing."""

import re
from dataclasses import replace

import numpy as np
import pytest
from browsing import DESK, PHONE, TABLET, TOO_WIDE, look_closely, visit
from kept_records import copied
from reviewed_records import pictured
from served_records import PASSWORD, served

from pigtrack.store.record.courses import need_course
from pigtrack.store.record.reading import read_course
from pigtrack.tracker.background import Background
from pigtrack.tracker.record.drawing_corrections import place_on_frame
from pigtrack.tracker.record.following import follow
from pigtrack.tracker.record.picturing import pictures_of
from pigtrack.tracker.record.placing import to_photograph

PATIENCE_MS = 240_000
"""Measuring takes seconds, on a machine that others work at minutes."""

CLIP = "each => getComputedStyle(each).clipPath"
LAID = "() => [...document.querySelectorAll('.sheet')].map(each => each.style.transform)"


@pytest.fixture(scope="module")
def reviewed(staffed, tmp_path_factory):
    """A server over a record whose measurement has its pictures."""
    with served(copied(staffed, tmp_path_factory.mktemp("reviewed") / "data")) as server:
        yield server


@pytest.fixture(scope="module")
def pictures(reviewed):
    return pictured(reviewed.record)


def address(server, **query):
    (course,) = server.course_ids()
    return f"{server.address}/courses/{course}/review?" + "&".join(f"{name}={each}" for name, each in query.items())


def open_review(browser, server, width, *, query=None, **options):
    own = (f"{server.address}/", "data:", "blob:")
    cookies = [{"name": "pigtrack", "value": server.token_of("cleo"), "url": server.address}]
    return visit(browser, address(server, **(query or {})), width, own=own, cookies=cookies, **options)


def press(page, *keys):
    for key in keys:
        page.keyboard.press(key)
    page.wait_for_timeout(60)  # pictures move in the next frame


def laid(page):
    """Return how all pictures are zoomed and moved; all alike."""
    (found,) = set(page.evaluate(LAID))
    scale, x, y = map(float, re.findall(r"-?[\d.]+(?:e-?\d+)?", found))
    return scale, x, y


def tap(page, pictures, picture, x, y):
    """Click a point of the frame in a picture."""
    box = page.locator(f".{picture} .sheet img").bounding_box()
    page.mouse.click(box["x"] + x / pictures.width * box["width"], box["y"] + y / pictures.height * box["height"])


def slide(page):
    page.locator("#split").focus()
    press(page, "Home")
    assert page.locator(".earlier .stage").evaluate(CLIP) == "inset(0px 100% 0px 0px)"
    press(page, "End")
    assert page.locator(".earlier .stage").evaluate(CLIP) in ("inset(0px 0% 0px 0px)", "inset(0px)")
    press(page, "Home")


def zoom(page):
    page.locator("#panes").focus()
    press(page, *"+++")
    scale, x, _ = laid(page)
    assert 2 < scale < 2.3
    press(page, "ArrowLeft")
    assert laid(page)[1] > x
    press(page, *"+" * 12)
    assert laid(page)[0] == 8
    assert page.locator("#zoom").text_content() == "800 %"
    press(page, "0")
    assert laid(page) == (1, 0, 0)


def step_to_a_spot(page):
    press(page, "n")
    page.get_by_role("heading", name=re.compile(r"Spot \d+ through")).wait_for()
    assert page.locator("#lesions tr.marked").count() == 1
    marked = page.locator("#lesions tr.marked").get_attribute("data-lesion")
    assert (
        page.locator(f'.own path.marked[data-lesion="{marked}"]').count()
        == page.locator(f'.own path[data-lesion="{marked}"]').count()
    )


def tap_a_spot(page, pictures):
    spot = pictures.sessions[-1].outlines
    lesion = max(spot, key=lambda each: np.ptp([x for x, _ in spot[each][0]]))
    page.locator(".later .sheet img").scroll_into_view_if_needed()
    tap(page, pictures, "later", *place_on_frame(pictures, lesion))
    page.get_by_role("heading", name=f"Spot {lesion} through").wait_for()
    assert page.locator(f'input[name="lesion"][value="{lesion}"]').is_checked()


def draw(page, pictures):
    page.locator("[data-draw=begin]").click()
    page.locator(".later .sheet img").scroll_into_view_if_needed()
    corners = [(40.0, 50.0), (160.0, 60.0), (100.0, 150.0)]
    for corner in corners:
        tap(page, pictures, "later", *corner)
    page.locator("[data-draw=back]").click()
    page.locator("#panes").focus()
    press(page, "+", "+")
    page.locator(".later .sheet img").scroll_into_view_if_needed()
    tap(page, pictures, "later", pictures.width / 2, pictures.height / 2)
    drawn = [tuple(map(float, pair.split(","))) for pair in page.locator("#points").input_value().split()]
    wanted = [*corners[:2], (pictures.width / 2, pictures.height / 2)]
    assert np.allclose(drawn, wanted, atol=1.5), (drawn, wanted)


def load_anew(page):
    """What was typed and drawn is still there after the page loaded itself anew, and so is the zoom."""
    page.locator("#reason").fill("a half-told reason")
    points, zoomed = page.locator("#points").input_value(), laid(page)
    page.reload()
    assert page.locator("#reason").input_value() == "a half-told reason"
    assert page.locator("#points").input_value() == points
    assert np.allclose(laid(page), zoomed, atol=0.5)


def test_slider_zoom_spots_and_drawing_work_by_keys_and_taps(browser, reviewed, pictures):
    with open_review(browser, reviewed, DESK) as page:
        slide(page)
        zoom(page)
        step_to_a_spot(page)
        tap_a_spot(page, pictures)
        draw(page, pictures)
        load_anew(page)


def test_what_is_drawn_on_the_picture_lies_on_the_same_pixels_of_the_photograph(reviewed, pictures):
    """The label image is the truth: a spot's place on the frame, through the matrix, is that spot's label."""
    with reviewed.record.reading() as connection:
        recorded = read_course(reviewed.record, connection, need_course(connection, "C-0001"))
    labels = recorded.labels(recorded.photos[0]["photo"])
    seen = pictures.sessions[0].outlines
    assert len(seen) > 3
    for lesion in seen:
        ((x, y),) = to_photograph([place_on_frame(pictures, lesion)], pictures.to_photograph)
        assert labels[round(y), round(x)] == lesion


@pytest.mark.slow
@pytest.mark.parametrize("width", [PHONE, TABLET, DESK])
@pytest.mark.parametrize("query", [{}, {"mode": "side", "lesion": 1}, {"view": "melanin", "show": "pointed"}])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_review_can_be_read_by_everybody(browser, reviewed, pictures, width, query, scheme):
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    with open_review(browser, reviewed, width, query=query, color_scheme=scheme) as page:
        look_closely(page, axe)


@pytest.mark.slow
def test_without_script_both_pictures_the_table_and_the_forms_are_there(browser, reviewed, pictures):
    with open_review(browser, reviewed, PHONE, java_script_enabled=False) as page:
        first, second = (page.locator(".sheet img").nth(index).bounding_box() for index in (0, 1))
        assert first["y"] + first["height"] <= second["y"]
        assert page.locator("#lesions tbody tr").count() > 3
        assert page.locator("#points").is_visible()
        assert not page.locator(".tools").is_visible()
        assert page.evaluate(TOO_WIDE) <= 0


@pytest.fixture
def measuring(staffed, tmp_path):
    """A server that measures beside, over a record of one's own."""
    with served(copied(staffed, tmp_path / "data")) as server:
        background = Background(server.record, settle_s=0.2, idle_s=5)
        server.app.state.desk = replace(server.app.state.desk, background=background)
        background.start()
        yield server
        background.close()


def correct(page, lesion, kind, why):
    page.locator(f'input[name="lesion"][value="{lesion}"]').check()
    page.locator("#kind").select_option(kind)
    page.locator("#reason").fill(why)
    page.get_by_role("button", name="Correct and measure anew").click()


def assert_told_apart(page, server):
    """The automatic result stays to be seen, plainly told from the course's own, and is not signed in its place."""
    first, second = (follow(label="C-0001", data=server.record, by="cleo", measurement=each).series for each in (1, 2))
    own = page.url
    page.goto(address(server, measurement=1))
    page.get_by_text("You are looking at measurement 1. The course stands at measurement 2.").wait_for()
    assert page.locator('input[name="password"]').count() == 0
    assert page.locator("#correct").count() == 0
    (course,) = server.course_ids()
    fields = {"meaning": "reviewed", "password": PASSWORD, "measurement": 1, "rows_digest": first.version.rows_digest}
    answer = server.as_("cleo").submit(f"/courses/{course}/sign", **fields)
    assert answer.status_code == 409
    assert "Nothing was signed" in answer.text
    assert first.version.rows_digest != second.version.rows_digest
    page.goto(own)


@pytest.mark.slow
def test_a_mole_is_left_out_measured_without_and_taken_in_again(browser, measuring):
    with open_review(browser, measuring, DESK) as page:
        page.locator("#panes").wait_for(timeout=PATIENCE_MS)  # drawn when it was first looked at
        before = {each.lesion: each for each in lines(measuring)}
        lesion = max((each for each in before.values() if each.area), key=lambda each: each.area.value).lesion
        correct(page, lesion, "exclude", "a mole")
        page.locator("#work").wait_for()
        page.get_by_text("Measurement 2, with corrections by hand").wait_for(timeout=PATIENCE_MS)
        row = page.locator(f'#lesions tr[data-lesion="{lesion}"]')
        assert "left out by hand" in row.inner_text()
        assert [each.excluded for each in lines(measuring) if each.lesion == lesion] == [True]
        assert_told_apart(page, measuring)
        page.get_by_label("Why it is taken back").fill("it is none")
        page.get_by_role("button", name="Undo").click()
        page.get_by_text("Measurement 1, automatic").wait_for(timeout=PATIENCE_MS)
        assert {each.lesion: each for each in lines(measuring)} == before
        page.get_by_text("it is none").wait_for()


@pytest.mark.slow
def test_a_region_drawn_on_the_picture_is_the_region_that_is_measured(browser, measuring):
    with open_review(browser, measuring, DESK) as page:
        page.locator("#panes").wait_for(timeout=PATIENCE_MS)
        (course,) = measuring.course_ids()
        drawn = pictures_of(data=measuring.record, by="cleo", course=course)
        lesion, ring = max(
            ((number, rings[0]) for number, rings in drawn.sessions[0].outlines.items()), key=lambda each: len(each[1])
        )
        (left, top), (right, bottom) = np.min(ring, axis=0) - 12, np.max(ring, axis=0) + 12
        page.locator("[data-draw=begin]").click()
        page.locator(".later .sheet img").scroll_into_view_if_needed()
        for corner in ((left, top), (right, top), (right, bottom), (left, bottom)):
            tap(page, drawn, "later", *corner)
        page.locator("#kind").select_option("region")
        page.locator("#reason").fill("only this one")
        page.get_by_role("button", name="Correct and measure anew").click()
        page.get_by_text("Measurement 2, with corrections by hand").wait_for(timeout=PATIENCE_MS)
        found = [each.area.value for each in lines(measuring) if each.area]
        assert len(found) < len(lines(measuring, measurement=1))
        assert any(each == pytest.approx(was_area(measuring, lesion), rel=0.1) for each in found)
        drawn_there = to_photograph([(left, top), (right, bottom)], drawn.to_photograph)
        places, control = places_of(measuring)
        assert all(lies_in(place, drawn_there) or lies_in(place, control) for place in places), (places, drawn_there)


def places_of(server):
    """Return where the spots lie in the first photograph, and the control patch's corners: it keeps its spots."""
    with server.record.reading() as connection:
        recorded = read_course(server.record, connection, need_course(connection, "C-0001"))
    rows = [each for each in recorded.lesions if each["session"] == "1" and each["x_px"]]
    control = recorded.course.control
    corners = (tuple(map(min, zip(*control, strict=True))), tuple(map(max, zip(*control, strict=True))))
    return [(float(each["x_px"]), float(each["y_px"])) for each in rows], corners


def lies_in(place, corners):
    (x, y), ((left, top), (right, bottom)) = place, corners
    return left <= x <= right and top <= y <= bottom


def lines(server, measurement=None):
    """Return the spots of the last session."""
    told = follow(label="C-0001", data=server.record, by="cleo", measurement=measurement)
    return told.of_session(told.series.sessions[-1].session)


def was_area(server, lesion):
    return next(each.area.value for each in lines(server, measurement=1) if each.lesion == lesion)
