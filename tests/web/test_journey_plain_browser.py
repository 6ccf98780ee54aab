"""Pages without script, and by the keyboard alone: from signing in to a signature, a link, the patient's page."""

import re

import pytest
from browsing import DESK, PHONE
from kept_records import copied
from playwright.sync_api import expect
from served_records import PASSWORD
from walking import serving, walking

from pigtrack.tracker.record.following import follow

pytestmark = pytest.mark.slow

_TABS = 120
"""No control of a page lies further from its top than this many presses of Tab."""


@pytest.fixture
def clinic(staffed, tmp_path):
    data = copied(staffed, tmp_path / "data")
    with serving("--data", data) as server:
        server.data = data
        yield server


def signed_by(clinic):
    return [each.by for each in follow(label="C-0001", data=clinic.data, by="cleo").series.signatures]


def reach(page, wanted):
    """Press Tab until a control has the focus; it must show that it has it."""
    for _ in range(_TABS):
        page.keyboard.press("Tab")
        if wanted.evaluate("each => each === document.activeElement"):
            style = wanted.evaluate("each => { const s = getComputedStyle(each); return s.outlineStyle + s.boxShadow }")
            assert style != "nonenone", "the focus can't be seen"
            return
    raise AssertionError(f"{wanted} is not reached by Tab")


def press(page, wanted):
    reach(page, wanted)
    page.keyboard.press("Enter")


def type_into(page, wanted, text):
    reach(page, wanted)
    page.keyboard.type(text)


def drawn(walk):
    """Wait as somebody without script does: load the page again until the pictures are there."""
    for _ in range(120):
        walk.page.reload()
        if walk.page.locator(".pane img").count():
            return
        walk.page.wait_for_timeout(1_000)
    raise AssertionError("no pictures were drawn")


def test_everything_but_the_camera_works_without_script(browser, clinic):
    with walking(browser, clinic.address, DESK, name="cleo", java_script_enabled=False) as walk:
        page = walk.page
        walk.open_course("C-0001")
        walk.tab("Photograph")
        assert "Photographs can’t be sent without script." in page.content()

        walk.tab("Review")
        drawn(walk)
        expect(page.locator(".pane img")).to_have_count(2)
        page.get_by_label("View").select_option("melanin")
        page.get_by_role("button", name="Show", exact=True).click()
        expect(page.locator(".pane img").first).to_have_attribute("src", re.compile("/melanin/"))

        page.get_by_label("Your password").fill(PASSWORD)
        page.get_by_role("button", name=re.compile("Sign measurement")).click()
        expect(page.locator("#sign")).to_contain_text("cleo")
        assert signed_by(clinic) == ["cleo"]

        walk.tab("Patient’s page")
        page.get_by_role("button", name="See what the patient will see").click()
        page.get_by_role("button", name="Make the link").click()
        address, code = page.locator(".told code.secret").inner_text(), page.locator(".told .code").inner_text()

    with walking(browser, clinic.address, PHONE, java_script_enabled=False) as walk:
        walk.page.goto(address)
        walk.page.get_by_label("Code").fill(code)
        walk.page.get_by_role("button").first.click()
        expect(walk.page.get_by_role("heading", name="What the photographs show")).to_be_visible()
        expect(walk.page.get_by_role("img").first).to_be_visible()


def test_a_measurement_is_found_compared_and_signed_by_the_keyboard_alone(browser, clinic):
    with walking(browser, clinic.address, DESK) as walk:
        page = walk.page
        walk.go("/sign-in")
        type_into(page, page.get_by_label("Name"), "cleo")
        type_into(page, page.get_by_label("Password"), PASSWORD)
        page.keyboard.press("Enter")
        expect(page.get_by_role("button", name="Sign out")).to_be_visible()

        press(page, page.get_by_role("row", name="C-0001").get_by_role("link").first)
        press(page, page.get_by_role("navigation", name="Course").get_by_role("link", name="Review", exact=True))
        expect(page.locator(".pane img")).to_have_count(2)  # the page turns by itself when they are drawn

        slider = page.get_by_role("slider")
        reach(page, slider)
        before = int(slider.input_value())
        page.keyboard.press("ArrowLeft")
        assert int(slider.input_value()) < before

        type_into(page, page.get_by_label("Your password"), PASSWORD)
        page.keyboard.press("Enter")
        expect(page.locator("#sign")).to_contain_text("cleo")
    assert signed_by(clinic) == ["cleo"]
