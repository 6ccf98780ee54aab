"""The camera's page in a real browser, with a camera that shows a drawn photograph."""

import io
import shutil

import pytest
from browsing import DESK, NARROWEST, PHONE, TABLET, look_closely
from kept_records import copied
from PIL import Image
from served_records import served
from sqlalchemy import func, select

from pigtrack.store.record.tables import courses, photographs, sessions, uploads

FRAMES = 4


@pytest.fixture(scope="module")
def shown(drawn, tmp_path_factory):
    """What the camera sees, as a film: the second session's photograph, some times over."""
    frame = io.BytesIO()
    with Image.open(sorted(drawn.folder.glob("*.jpg"))[1]) as picture:
        picture.convert("RGB").save(frame, "JPEG", quality=95)
    film = tmp_path_factory.mktemp("film") / "camera.mjpeg"
    film.write_bytes(frame.getvalue() * FRAMES)
    return film


@pytest.fixture(scope="module")
def chromium(shown):
    """Chromium with that camera, and leave to use it."""
    program = shutil.which("chromium")
    if program is None:
        pytest.skip("chromium is not installed: sh .ci/get-system-packages")
    playwright = pytest.importorskip("playwright.sync_api")
    camera = ["--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream"]
    film = f"--use-file-for-fake-video-capture={shown}"
    with playwright.sync_playwright() as driver:
        opened = driver.chromium.launch(executable_path=program, args=["--no-sandbox", *camera, film])
        yield opened
        opened.close()


@pytest.fixture
def surgery(staffed, tmp_path):
    with served(copied(staffed, tmp_path / "data")) as server:
        yield server
        if hasattr(server.app.state, "capture"):
            server.app.state.capture.judging.close()


@pytest.fixture
def phone(chromium, surgery):
    """The clinician's phone, on the page of the one course; it asks for nothing elsewhere and complains of nothing."""
    context = chromium.new_context(viewport={"width": 390, "height": 844}, permissions=["camera"])
    context.add_cookies([{"name": "pigtrack", "value": surgery.token_of("cleo"), "url": surgery.address}])
    page = context.new_page()
    said = []
    page.on("pageerror", lambda fault: said.append(str(fault)))
    page.on("request", lambda each: said.append(each.url) if not _is_own(each.url, surgery) else None)
    page.goto(f"{surgery.address}/courses/{surgery.course_ids()[0]}/capture")
    page.wait_for_selector("#capture[data-ready]")
    yield page
    context.close()
    assert said == []


def _is_own(address, server):
    return address.startswith((f"{server.address}/", "blob:", "data:"))


def counted(server):
    """Photographs that were sent, and sessions and photographs of the course."""
    with server.record.reading() as connection:
        return tuple(
            connection.execute(select(func.count()).select_from(table)).scalar_one()
            for table in (uploads, sessions, photographs)
        )


def start(page):
    page.click("#start")
    page.wait_for_selector("#controls:not([hidden])")


def test_a_shot_is_judged_kept_and_stands_in_a_new_session(phone, surgery):
    _, visits, shots = counted(surgery)
    start(phone)
    phone.wait_for_selector("#ghost:not([hidden])")
    phone.wait_for_selector("#seen:not([hidden])", timeout=15_000)
    assert phone.inner_text("#hint").strip(" ✓").endswith((".", "press."))
    phone.keyboard.press("Space")
    card = phone.locator("li.shot")
    card.locator(".keep").wait_for()

    assert card.count() == 1
    assert card.locator(".shot-verdict").inner_text() in ("Usable", "Usable, with something to mind", "Not usable")
    card.locator(".keep").click()
    phone.get_by_text("Kept for session 4").first.wait_for()
    assert counted(surgery) == (1, visits + 1, shots + 1)
    assert "1 of 3 reseated shots" in phone.inner_text("#count-said")
    with surgery.record.reading() as connection:
        assert connection.execute(select(courses.c.sessions)).scalar_one() == 4


@pytest.mark.slow
def test_a_broken_connection_delays_a_shot_and_neither_loses_nor_doubles_it(phone, surgery):
    start(phone)
    phone.context.set_offline(True)
    phone.click("#shutter")
    phone.get_by_text("safe on this device").wait_for()
    assert counted(surgery)[0] == 0
    phone.context.set_offline(False)
    phone.locator("li.shot .keep").wait_for()

    assert counted(surgery)[0] == 1


@pytest.mark.slow
def test_an_answer_that_is_lost_makes_the_photograph_be_sent_again_and_it_is_there_once(phone, surgery):
    tries = []

    def lose(route):
        tries.append(route.request.url)
        if len(tries) == 1:
            route.fetch()  # it arrives; what is said of it does not
            route.abort()
        else:
            route.continue_()

    phone.route("**/api/uploads/*?course=*", lose)
    start(phone)
    phone.click("#shutter")
    phone.locator("li.shot .keep").wait_for()

    assert (len(tries), len(set(tries)), counted(surgery)[0]) == (2, 1, 1)


@pytest.mark.slow
def test_a_page_that_is_loaded_again_in_the_middle_still_has_the_shot(phone, surgery):
    phone.route("**/api/uploads/*?course=*", lambda route: route.abort())
    start(phone)
    phone.click("#shutter")
    phone.get_by_text("safe on this device").wait_for()
    phone.reload()
    phone.get_by_text("safe on this device").wait_for()
    assert (phone.locator("li.shot").count(), counted(surgery)[0]) == (1, 0)
    phone.unroute_all()
    phone.reload()
    phone.locator("li.shot .keep").wait_for()

    assert (phone.locator("li.shot").count(), counted(surgery)[0]) == (1, 1)
    phone.reload()  # now it waits on the server, to be decided on
    phone.locator("li.shot .keep").wait_for()
    assert phone.locator("li.shot").count() == 1


@pytest.mark.slow
def test_files_are_equals_and_what_is_no_photograph_is_told(phone, surgery, drawn, tmp_path):
    letter = tmp_path / "letter.pdf"
    letter.write_bytes(b"%PDF-1.7 nothing")
    pictures = [str(each) for each in sorted(drawn.folder.glob("*.jpg"))[:1]]
    with Image.open(pictures[0]) as picture:
        picture.save(tmp_path / "again.png")
    phone.set_input_files("#files", [*pictures, str(tmp_path / "again.png"), str(letter)])
    phone.get_by_text("This very photograph is part of session 1 already.").first.wait_for()
    phone.get_by_text("is a PDF document").first.wait_for()
    phone.locator("li.shot .keep:visible").wait_for()

    assert counted(surgery)[0] == 1
    phone.locator("li.shot .retake:visible", has_text="Put aside").click()
    phone.get_by_text("Put aside. Take the photograph again.").wait_for(state="attached")
    assert counted(surgery)[1] == 3


@pytest.mark.slow
def test_without_a_camera_the_page_says_so_and_offers_files(phone):
    phone.evaluate(
        "() => { navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException('', 'NotFoundError')); }"
    )
    phone.click("#start")
    phone.get_by_text("This device has no camera. Choose photographs below.").wait_for()
    assert phone.locator("label", has_text="Choose photographs").is_visible()


@pytest.mark.slow
def test_the_ghost_is_faded_by_keyboard(phone):
    start(phone)
    phone.wait_for_selector("#ghost:not([hidden])")
    phone.focus("#strength")
    phone.keyboard.press("End")
    assert phone.inner_text("#strength-said") == "100 %"
    phone.keyboard.press("Home")
    assert phone.inner_text("#strength-said") == "0 %"


@pytest.mark.slow
def test_the_page_with_a_verdict_can_be_read_by_everybody(phone):
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    start(phone)
    phone.wait_for_selector("#ghost:not([hidden])")
    phone.click("#shutter")
    phone.locator("li.shot .keep").wait_for()
    phone.locator("li.shot summary").click()
    for width in (NARROWEST, PHONE, TABLET, DESK):
        phone.set_viewport_size({"width": width, "height": 900})
        look_closely(phone, axe)
    phone.emulate_media(color_scheme="dark")
    look_closely(phone, axe)


def test_signing_out_of_any_page_asks_while_a_photograph_still_waits_to_be_sent(phone, surgery):
    phone.route("**/api/uploads/*", lambda each: each.abort())
    start(phone)
    phone.keyboard.press("Space")
    phone.get_by_text("is sent as soon as there is one").wait_for()
    phone.goto(surgery.address)
    with phone.expect_event("dialog") as asked:
        phone.once("dialog", lambda each: each.dismiss())
        phone.get_by_role("button", name="Sign out").click()
    assert "1 photograph was not sent yet" in asked.value.message
    phone.reload()
    assert phone.get_by_role("heading", name="Patients").is_visible()
    phone.once("dialog", lambda each: each.accept())
    phone.get_by_role("button", name="Sign out").click()
    phone.wait_for_url("**/sign-in")
