"""A patient at their phone: from the square picture to their own page, in a real browser."""

import re
import sys
from contextlib import contextmanager
from datetime import datetime, timedelta

import cv2
import numpy as np
import pytest
from browsing import PHONE, look_closely, visit
from kept_records import copied
from served_records import served
from shared_pages import keep_page

LARGEST_PAINT_MS_MOST = 1_500
SCRIPT_AND_STYLE_BYTES_MOST = 150_000
SLOW_PHONE = {"offline": False, "latency": 150, "downloadThroughput": 1.6e6 / 8, "uploadThroughput": 750e3 / 8}
"""Slow 4G as Lighthouse has it: 150 ms there and back, 1.6 Mbit/s; and a processor a quarter as fast."""

LARGEST_PAINT = """() => new Promise(tell => new PerformanceObserver(list => tell(list.getEntries().at(-1).startTime))
  .observe({type: "largest-contentful-paint", buffered: true}))"""

HOURS_AGO = 2


@pytest.fixture(scope="module")
def shared(staffed, tmp_path_factory):
    """A served record whose patient was treated two hours ago."""
    with served(copied(staffed, tmp_path_factory.mktemp("phone") / "data")) as server:
        treated = datetime.now().replace(microsecond=0) - timedelta(hours=HOURS_AGO)
        keep_page(server.record, treated=treated)
        yield server


@contextmanager
def opened(browser, server, path, width=PHONE, *, name=None, **options):
    cookies = [] if name is None else [{"name": "pigtrack", "value": server.token_of(name), "url": server.address}]
    own = (f"{server.address}/", "data:", "blob:")
    with visit(browser, server.address + path, width, own=own, cookies=cookies, **options) as page:
        yield page


def read_square(page):
    """Read the square picture as a phone's camera does."""
    seen = cv2.imdecode(np.frombuffer(page.locator(".told img.qr").screenshot(), np.uint8), cv2.IMREAD_COLOR)
    return cv2.QRCodeDetector().detectAndDecode(seen)[0]


def share(browser, server, axe=None):
    """Share as a clinician does, after a look at what the patient will see; return the link's path and its code."""
    course = server.course_ids()[0]
    with opened(browser, server, f"/courses/{course}/share", name="cleo") as page:
        page.get_by_role("button", name="See what the patient will see").click()
        preview = page.frame_locator("iframe")
        assert preview.get_by_role("heading", name="What the photographs show").is_visible()
        if axe is not None:
            look_closely(page, axe)
        page.get_by_role("button", name="Make the link").click()
        if axe is not None:
            look_closely(page, axe)
        address, code = read_square(page), page.locator(".told .code").inner_text()
    assert address.startswith(f"{server.address}/link/")
    return address.removeprefix(server.address), code


def type_code(page, code):
    page.get_by_label("Your code").fill(code)
    page.get_by_role("button", name="Open my page").click()
    page.wait_for_url(re.compile(r"/link/page"))


def test_a_patient_opens_the_page_by_the_square_picture_and_the_code(browser, shared):
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    path, code = share(browser, shared, axe)
    with opened(browser, shared, path, locale="en-GB") as page:
        look_closely(page, axe)
        type_code(page, code)
        look_closely(page, axe)
        handle = page.get_by_role("slider")
        handle.focus()
        before = page.locator(".pair img").first.evaluate("each => getComputedStyle(each).clipPath")
        page.keyboard.press("Home")
        assert handle.input_value() == "0"
        assert page.locator(".pair img").first.evaluate("each => getComputedStyle(each).clipPath") != before
        assert all(page.evaluate("[...document.images].map(each => each.naturalWidth > 0)"))
        page.get_by_role("link", name="Deutsch").click()
        assert page.locator("html").get_attribute("lang") == "de"
        assert page.get_by_role("heading", name="Was die Fotos zeigen").is_visible()


def test_the_hours_after_a_treatment_are_counted_by_the_phones_clock(browser, shared):
    path, code = share(browser, shared)
    with opened(browser, shared, path, locale="en-GB") as page:
        page.clock.install()
        type_code(page, code)
        left = page.locator(".care .left")
        assert left.first.inner_text() == f"{4 - HOURS_AGO} more hours"
        page.clock.fast_forward("01:10:00")
        assert left.first.inner_text() == "less than an hour more"
        page.clock.fast_forward("01:00:00")
        assert left.first.inner_text() == "over"


@pytest.mark.slow
def test_without_scripts_the_page_is_whole_but_does_not_count(browser, shared):
    path, code = share(browser, shared)
    with opened(browser, shared, path, locale="en-GB", java_script_enabled=False) as page:
        type_code(page, code)
        first, second = (page.locator(".pair img").nth(index).bounding_box() for index in (0, 1))
        assert first["y"] + first["height"] <= second["y"]
        assert page.locator(".care .left").first.is_hidden()
        assert page.get_by_text(re.compile(r"^Until \d\d:\d\d on ")).first.is_visible()


@pytest.mark.slow
def test_pages_are_there_soon_on_a_slow_phone(browser, shared):
    """Printed: when the largest part stands, and what script and style weigh, of the first pages that people open."""
    path, code = share(browser, shared)
    found = {}
    for name, start in (("sign in", "/sign-in"), ("code", path), ("page", path)):
        with opened(browser, shared, start, locale="en-GB") as page:
            if name == "page":
                type_code(page, code)
            found[name] = _slowly(page)
    sys.stdout.write(f"\nlargest paint in ms, script and style in bytes: {found}\n")
    assert all(paint <= LARGEST_PAINT_MS_MOST for paint, _ in found.values()), found
    assert all(weight <= SCRIPT_AND_STYLE_BYTES_MOST for _, weight in found.values()), found


def _slowly(page):
    """Load a page once more, on a slow phone with nothing in its memory."""
    phone = page.context.new_cdp_session(page)
    phone.send("Network.enable")
    phone.send("Network.setCacheDisabled", {"cacheDisabled": True})
    phone.send("Network.emulateNetworkConditions", SLOW_PHONE)
    phone.send("Emulation.setCPUThrottlingRate", {"rate": 4})
    weights = []
    page.on("response", lambda answer: weights.append(answer))
    page.reload(wait_until="networkidle")
    paint = page.evaluate(LARGEST_PAINT)
    files = [each for each in weights if each.request.resource_type in ("script", "stylesheet")]
    return round(paint), sum(len(each.body()) for each in files)
