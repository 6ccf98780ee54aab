"""Live framing in a real browser: one sentence at a time, from a camera that shows a photograph from too far away."""

import io
import json
import shutil

import pytest
from kept_records import copied
from PIL import Image
from served_records import served
from sqlalchemy import func, select

from pigtrack.store.record.tables import uploads

pytestmark = pytest.mark.slow

FRAMES = 4
FAR = 0.8
TALL = 390
GLANCES = "**/api/courses/*/glance*"
PLAIN = "Lay the picture over its ghost; the card belongs into the dashed frame."


@pytest.fixture(scope="module")
def surgery(staffed, tmp_path_factory):
    with served(copied(staffed, tmp_path_factory.mktemp("live") / "data")) as server:
        yield server
        if hasattr(server.app.state, "capture"):
            server.app.state.capture.judging.close()


@pytest.fixture(scope="module")
def chromium(drawn, tmp_path_factory):
    """Chromium whose camera shows the first session's photograph from a quarter further away, as a film."""
    program = shutil.which("chromium")
    if program is None:
        pytest.skip("chromium is not installed: sh .ci/get-system-packages")
    playwright = pytest.importorskip("playwright.sync_api")
    film = tmp_path_factory.mktemp("film") / "camera.mjpeg"
    film.write_bytes(from_afar(sorted(drawn.folder.glob("*.jpg"))[0]) * FRAMES)
    camera = ["--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream"]
    source = f"--use-file-for-fake-video-capture={film}"
    with playwright.sync_playwright() as driver:
        opened = driver.chromium.launch(executable_path=program, args=["--no-sandbox", *camera, source])
        yield opened
        opened.close()


def from_afar(path):
    with Image.open(path) as picture:
        whole = picture.convert("RGB")
    seen = Image.new("RGB", whole.size, (150, 120, 110))
    small = whole.resize((round(whole.width * FAR), round(whole.height * FAR)), Image.Resampling.LANCZOS)
    seen.paste(small, ((seen.width - small.width) // 2, (seen.height - small.height) // 2))
    frame = io.BytesIO()
    seen.resize((1280, 960), Image.Resampling.LANCZOS).save(frame, "JPEG", quality=95)
    return frame.getvalue()


@pytest.fixture
def phone(chromium, surgery):
    """The clinician's phone on the page of the one course, the camera off; it complains of nothing."""
    context = chromium.new_context(viewport={"width": TALL, "height": 844}, permissions=["camera"])
    context.add_cookies([{"name": "pigtrack", "value": surgery.token_of("cleo"), "url": surgery.address}])
    page = context.new_page()
    said = []
    page.on("pageerror", lambda fault: said.append(str(fault)))
    page.on("console", lambda each: said.append(each.text) if "Content Security" in each.text else None)
    page.goto(f"{surgery.address}/courses/{surgery.course_ids()[0]}/capture")
    page.wait_for_selector("#capture[data-ready]")
    yield page
    context.close()
    assert said == []


def start(page):
    page.click("#start")
    page.wait_for_selector("#controls:not([hidden])")


def hint_is(page, words, **how):
    page.wait_for_function("words => document.getElementById('hint').textContent.includes(words)", arg=words, **how)


def hint(kind, size, said=None):
    return {"kind": kind, "size": size, "said": said or f"Mend {kind}."}


class Script:
    """Answers in place of the server, one after the other; the last one stays."""

    def __init__(self, page, *answers):
        self.answers, self.asked, self.page = list(answers), 0, page
        page.route(GLANCES, self.answer)

    def answer(self, route):
        self.asked += 1
        hints = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        seen = None
        if hints is not None:
            card = (
                []
                if any(each["kind"] == "card" for each in hints)
                else [[0.2, 0.2], [0.5, 0.2], [0.5, 0.4], [0.2, 0.4]]
            )
            seen = {"card": card, "hints": hints, "compared": True}
        route.fulfill(body=json.dumps({"seen": seen}), content_type="application/json")


def test_from_a_quarter_further_away_the_page_says_how_much_closer_and_draws_the_card(phone, surgery):
    phone.evaluate(
        """() => {
        window.sizes = [];
        const real = fetch;
        window.fetch = (where, how) => {
          if (where.includes("/glance")) sizes.push(how.body.size);
          return real(where, how);
        };
        }"""
    )
    start(phone)
    hint_is(phone, "Move 20 % closer.", timeout=20_000)
    assert phone.inner_text("#framing") == "Move 20 % closer."
    assert phone.get_attribute("#framing", "aria-live") == "polite"

    box, corners = phone.locator("#seen").bounding_box(), phone.locator("#seen polygon").get_attribute("points")
    x, y = (sum(float(each.split(",")[k]) for each in corners.split()) / 4 for k in (0, 1))
    assert (0.6 < x / 800 < 0.8, 0.55 < y / 600 < 0.75, box["width"] > 300) == (True, True, True)
    assert 5_000 < max(phone.evaluate("sizes")) < 100_000
    with surgery.record.reading() as connection:
        assert connection.execute(select(func.count()).select_from(uploads)).scalar_one() == 0


def test_what_is_said_does_not_flicker(phone):
    near, lean = hint("distance", 1.2), hint("tilt", 1.3)
    script = Script(phone, [near], [near, lean])
    start(phone)
    hint_is(phone, "Mend distance.")
    script.answers = [[hint("distance", 0.8), lean]]  # within its limit, and not yet let go
    phone.wait_for_timeout(2500)
    assert "Mend distance." in phone.inner_text("#hint")
    script.answers = [[hint("distance", 0.5), lean]]
    hint_is(phone, "Mend tilt.")
    script.answers = [[hint("card", 1e6)], [hint("tilt", 1.2)]]  # a single picture without the card is a slip
    asked = script.asked
    while script.asked < asked + 3:
        assert "Mend tilt." in phone.inner_text("#hint")
        phone.wait_for_timeout(100)
    script.answers = [[hint("tilt", 0.2)]]
    hint_is(phone, "As at the baseline: press.")
    assert phone.locator("#viewfinder.fine").count() == 1


def test_where_nobody_has_time_ghost_and_frame_serve_and_the_page_asks_less(phone):
    script = Script(phone, [hint("distance", 1.2)])
    start(phone)
    hint_is(phone, "Mend distance.")
    script.answers, asked = [None], script.asked
    hint_is(phone, PLAIN, timeout=15_000)
    assert phone.locator("#seen").is_hidden()
    assert script.asked - asked <= 4
    script.answers = [[hint("distance", 1.2)]]
    hint_is(phone, "Mend distance.", timeout=15_000)


def test_one_picture_is_under_way_at_a_time_and_none_while_a_photograph_is(phone):
    held = []
    phone.route(GLANCES, lambda each: held.append(each))
    start(phone)
    phone.wait_for_timeout(3500)
    assert len(held) == 1
    held.pop().abort()
    phone.unroute(GLANCES)
    script = Script(phone, [hint("distance", 1.2)])
    photographs = []
    phone.route("**/api/uploads/*?course=*", lambda each: photographs.append(each))
    hint_is(phone, "Mend distance.", timeout=15_000)
    phone.click("#shutter")
    phone.wait_for_timeout(1500)
    asked = script.asked
    phone.wait_for_timeout(2500)
    assert (len(photographs), script.asked - asked) == (1, 0)
    photographs.pop().abort()


def test_untouched_for_five_minutes_the_page_looks_no_more_until_it_is_touched(phone):
    phone.clock.install()
    phone.reload()
    phone.wait_for_selector("#capture[data-ready]")
    script = Script(phone, [hint("distance", 1.2)])
    start(phone)
    assert is_asked_anew(phone, script)
    phone.clock.fast_forward(301_000)
    phone.wait_for_timeout(1000)
    assert not is_asked_anew(phone, script, tries=8)
    phone.keyboard.press("Tab")
    assert is_asked_anew(phone, script)


def is_asked_anew(page, script, tries=40):
    """Let the page's own time pass by the second until it sends a picture."""
    asked = script.asked
    for _ in range(tries):
        page.clock.run_for(1000)
        page.wait_for_timeout(250)
        if script.asked > asked:
            return True
    return False


def test_a_file_of_another_day_is_told_and_the_clinician_decides(phone, drawn, tmp_path):
    day = phone.input_value("#day")
    exif = Image.Exif()
    exif.get_ifd(0x8769)[0x9003] = "2026:05:03 10:00:00"
    with Image.open(sorted(drawn.folder.glob("*.jpg"))[1]) as picture:
        picture.convert("RGB").save(tmp_path / "may.jpg", "JPEG", quality=93, exif=exif)
    phone.set_input_files("#files", str(tmp_path / "may.jpg"))
    note = phone.locator("li.shot .other-day")
    note.wait_for()
    assert note.locator("p").inner_text().startswith("The photograph says 3 May 2026; the visit is ")
    assert phone.input_value("#day") == day
    note.get_by_role("button", name="Make the visit 3 May 2026").click()
    assert (phone.input_value("#day"), note.is_visible()) == ("2026-05-03", False)
    assert "3 May" in phone.inner_text("#told")


def test_the_rear_camera_is_asked_for_first_and_a_front_camera_is_told(phone):
    phone.evaluate(
        """() => {
        window.asked = [];
        const real = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
        navigator.mediaDevices.getUserMedia = how => { asked.push(how.video.facingMode); return real(how); };
        MediaStreamTrack.prototype.getSettings = () => ({ facingMode: "user", width: 1280, height: 960 });
        }"""
    )
    start(phone)
    assert phone.evaluate("asked") == [{"exact": "environment"}, {"ideal": "environment"}]
    phone.locator("#front").wait_for()
    assert phone.locator("#front").inner_text().startswith("This is the front camera")
    assert phone.locator("#torch").is_hidden()
    assert phone.locator("#other").is_hidden()
