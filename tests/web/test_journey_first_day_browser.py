"""A clinician's first day with a patient, whole: from signing in to the patient's phone and the auditor."""

import io
import json
import re
import zipfile
from collections import Counter
from datetime import date, timedelta

import cv2
import numpy as np
import pandas
import pytest
from browsing import DESK, PHONE, TOO_WIDE
from PIL import Image
from playwright.sync_api import expect
from served_records import PASSWORD, staff
from walking import chromium_that_sees, serving, walking

from pigtrack.tracker.record.desk import opened
from pigtrack.tracker.record.following import follow
from pigtrack.tracker.record.verifying import verify_record
from pigtrack.tracker.record.visiting import look_at_told

pytestmark = pytest.mark.slow

COURSE = "P-0300-1"
TODAY = date.today()
BEFORE = TODAY - timedelta(days=14)

STEPS = {"judge": 3, "keep": 3, "open": 1, "withdraw": 2}
"""What the trail holds of the day: each shot judged and kept, the page opened once, a correction and the link ended."""

PROMISED = {
    *("subject_id", "course_id", "session", "date", "lesion_id", "metric", "value", "unit", "u", "ci_low", "ci_high"),
    *("sdc95", "verdict", "measurement", "rows_digest", "corrected", "excluded", "exclusion_reason", "image_sha256"),
}
"""Of the columns that docs/exports.md promises, those that this journey filled."""

GONE = "Failed to load resource: the server responded with a status of 4"
"""What Chromium says of a page that is no more for a patient."""


def upright(photograph):
    """Return a photograph as a camera's film shows it: without a word about itself."""
    frame = io.BytesIO()
    with Image.open(photograph) as picture:
        picture.convert("RGB").save(frame, "JPEG", quality=95)
    return frame.getvalue()


@pytest.fixture(scope="module")
def shots(drawn):
    return sorted(drawn.folder.glob("*.jpg"))


@pytest.fixture(scope="module")
def camera(shots, tmp_path_factory):
    with chromium_that_sees(upright(shots[0]), tmp_path_factory.mktemp("film")) as browser:
        yield browser


@pytest.fixture
def clinic(tmp_path):
    """A server over a record with people, and nothing else; it measures beside."""
    with opened(tmp_path / "data", begin=True):
        pass
    staff(tmp_path / "data")
    with serving("--data", tmp_path / "data") as server:
        server.data = tmp_path / "data"
        yield server


def begin_course(walk):
    page = walk.page
    page.get_by_role("link", name="New course").first.click()
    page.get_by_label("Pseudonym").fill("P-0300")
    page.get_by_label("Site").fill("left cheek")
    page.get_by_label("Protocol").select_option("dark-spot-mesotherapy")
    page.get_by_label("Colour card").select_option("colorchecker-classic")
    page.get_by_label("Patch pitch").fill("9")
    page.get_by_label("The patient agrees to be treated and photographed").check()
    page.get_by_label("Day of the consent").fill("2026-01-08")
    page.get_by_role("button", name="Begin the course").click()
    expect(page.get_by_role("heading", name="left cheek")).to_be_visible()


def answer_screen(walk):
    walk.tab("Assessment")
    page = walk.page
    page.get_by_text("Answer", exact=True).click()
    for no in page.locator("#screen").get_by_label("No", exact=True).all():
        no.check()
    page.get_by_role("button", name="Save the answers").click()
    expect(page.locator("#screen").get_by_text("not answered")).to_have_count(0)


def keep_all(page, session, so_many):
    """Keep photographs as their verdicts come, whatever they are."""
    for position in range(so_many):
        page.locator("li.shot .keep:visible").first.click()
        expect(page.locator("li.shot").get_by_text(f"Kept for session {session}")).to_have_count(position + 1)


def open_camera(walk, day):
    walk.tab("Photograph")
    walk.page.locator("#capture[data-ready]").wait_for()
    if not walk.page.locator("#day").is_visible():
        walk.page.get_by_text("About this visit").click()
    walk.page.locator("#day").fill(day.isoformat())


def photograph(walk):
    """The first visit, by the phone's camera, two weeks ago."""
    open_camera(walk, BEFORE)
    walk.page.get_by_role("button", name="Start the camera").click()
    walk.page.get_by_role("button", name="Take the photograph").click()
    expect(walk.page.locator("li.shot .shot-verdict")).to_have_text(re.compile("^Usable"))
    keep_all(walk.page, 1, 1)


def add_files(walk, files):
    """The second visit: today, two shots, chosen as files."""
    open_camera(walk, TODAY)
    walk.page.set_input_files("#files", [str(each) for each in files])
    keep_all(walk.page, 2, len(files))


def treat(walk):
    """Tell today's treatment: the day of the visit is all that is known of its time."""
    walk.tab("Visits")
    page = walk.page
    page.get_by_role("link", name="Add a treatment to session 2").click()
    page.get_by_label("Technique").fill("manual injection")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("manual injection")).to_be_visible()


def wait_for_measurement(walk):
    """The page of the course shows the progress, and turns into the result by itself."""
    walk.tab("Course")
    expect(walk.page.locator("#work")).to_be_visible()
    expect(walk.page.get_by_role("img", name="The course of the primary endpoint")).to_be_visible()
    expect(walk.page.locator("#work")).to_have_count(0)
    expect(walk.page.locator("table.list tbody tr")).to_have_count(2)


def look_at_review(walk):
    """The slider by keys, the zoom, and a spot's own series."""
    walk.tab("Review")
    page = walk.page
    expect(page.locator("#split")).to_be_visible()
    page.locator("#split").focus()
    page.keyboard.press("Home")
    expect(page.locator(".earlier .stage")).to_have_css("clip-path", "inset(0px 100% 0px 0px)")
    page.locator("#panes").focus()
    page.keyboard.press("+")
    expect(page.locator("#zoom")).not_to_have_text("100 %")
    page.keyboard.press("0")
    expect(page.locator("#zoom")).to_have_text("100 %")
    page.keyboard.press("n")
    expect(page.get_by_role("heading", name=re.compile(r"Spot \d+ through the sessions"))).to_be_visible()


def leave_out(walk):
    """Leave a spot out for a reason: the course is measured anew, and the page shows it by itself."""
    page = walk.page
    lesion = int(page.locator("#lesions tbody tr").first.get_attribute("data-lesion"))
    page.get_by_label(f"Select spot {lesion}", exact=True).check()
    page.locator("#kind").select_option("exclude")
    page.get_by_label("Why", exact=True).fill("a mole")
    page.get_by_role("button", name="Correct and measure anew").click()
    expect(page.get_by_text("with corrections by hand").first).to_be_visible()
    expect(page.locator(f'#lesions tr[data-lesion="{lesion}"]')).to_contain_text("left out by hand")
    return lesion


def draw_anew(walk, lesion):
    """Redraw another spot's outline on the picture."""
    page = walk.page
    other = next(
        each for each in page.locator("#lesions tbody tr").all() if int(each.get_attribute("data-lesion")) != lesion
    )
    number = int(other.get_attribute("data-lesion"))
    page.get_by_label(f"Select spot {number}", exact=True).check()
    page.locator("#kind").select_option("outline")
    ring = page.locator(f'.later .own path[data-lesion="{number}"]').first.evaluate(
        """each => { const box = each.getBBox(); return [box.x, box.y, box.width, box.height]; }"""
    )
    x, y, width, height = ring
    corners = [(x, y), (x + width, y), (x + width, y + height), (x, y + height)]
    page.locator("#points").fill(" ".join(f"{a:.1f},{b:.1f}" for a, b in corners))
    page.get_by_label("Why", exact=True).fill("the edge was missed")
    page.get_by_role("button", name="Correct and measure anew").click()
    expect(page.locator("#corrections li")).to_have_count(2)
    expect(page.locator("#work")).to_have_count(0)


def take_back(walk):
    page = walk.page
    page.get_by_label("Why it is taken back").first.fill("it was right")
    page.get_by_role("button", name="Undo").first.click()
    expect(page.get_by_text("Taken back", exact=True)).to_be_visible()
    expect(page.locator("#work")).to_have_count(0)


def sign(walk):
    page = walk.page
    page.get_by_label("Your password").fill(PASSWORD)
    page.get_by_role("button", name=re.compile("Sign measurement")).click()
    expect(page.locator("#sign")).to_contain_text("cleo")


def share(walk):
    """Look at what the patient will see, make the link; return what was looked at, its address and its code."""
    walk.tab("Patient’s page")
    page = walk.page
    page.get_by_label("First shown in").select_option("de")
    page.get_by_role("button", name="See what the patient will see").click()
    seen = page.frame_locator("iframe").locator("main")
    expect(seen.get_by_role("slider")).to_be_visible()  # its script has shown what it shows
    seen = seen.inner_text()
    page.get_by_role("button", name="Make the link").click()
    picture = page.locator(".told img.qr").screenshot()
    square = cv2.imdecode(np.frombuffer(picture, np.uint8), cv2.IMREAD_COLOR)
    address = cv2.QRCodeDetector().detectAndDecode(square)[0]
    assert address == page.locator(".told code.secret").inner_text()
    return seen, address, page.locator(".told .code").inner_text()


def open_as_patient(walk, address, code):
    walk.page.goto(address)
    walk.page.get_by_label("Code").fill(code)
    walk.page.get_by_role("button").first.click()
    expect(walk.page.locator("html")).to_have_attribute("lang", "de")


def look_as_patient(walk, seen):
    """The patient reads the very words that the clinician was shown, sees the chart, and moves the slider."""
    page = walk.page
    expect(page.get_by_role("slider")).to_be_visible()
    plain = [line for line in seen.splitlines() if line.strip()]
    assert [line for line in page.locator("main").inner_text().splitlines() if line.strip()] == plain
    for heading in ("Was die Fotos zeigen", "Nächster Besuch", "Nach einer Behandlung"):
        expect(page.get_by_role("heading", name=heading)).to_be_visible()
    assert page.evaluate("[...document.images].every(each => each.naturalWidth > 0)")
    page.get_by_role("slider").focus()
    page.keyboard.press("Home")
    expect(page.get_by_role("slider")).to_have_value("0")
    assert page.evaluate(TOO_WIDE) <= 0


def withdraw(walk):
    walk.page.get_by_role("link", name="Done").click()
    walk.page.get_by_role("button", name=re.compile("^Withdraw")).click()
    expect(walk.page.get_by_role("button", name=re.compile("^Withdraw"))).to_have_count(0)


def audit(walk, folder):
    """Find every step in the trail, check the record from the page, and take the numbers along."""
    page = walk.page
    page.get_by_role("link", name="Trail", exact=True).click()
    page.get_by_label("Course", exact=True).fill(COURSE)
    page.get_by_role("button", name="Search").click()
    expect(page.locator("ol.entries")).to_contain_text("cleo")
    with page.expect_download() as coming:
        page.get_by_role("link", name="As JSON lines").click()
    coming.value.save_as(folder / "trail.jsonl")
    page.get_by_role("link", name="Check the record").click()
    page.get_by_role("button", name="Check", exact=True).click()
    expect(page.get_by_text("Nothing was changed")).to_be_visible()
    page.get_by_role("link", name="Exports").click()
    page.get_by_label("CSV, long").check()
    page.get_by_role("button", name="Show what goes out").click()
    page.get_by_role("button", name="Make it").click()
    with page.expect_download() as coming:
        page.get_by_role("link", name="Download").click()
    coming.value.save_as(folder / "export.zip")


def test_from_the_first_sign_in_to_the_audit(camera, clinic, shots, tmp_path):
    with walking(camera, clinic.address, PHONE, name="cleo", permissions=["camera"]) as phone:
        begin_course(phone)
        answer_screen(phone)
        photograph(phone)
        add_files(phone, shots[1:3])
        treat(phone)
        wait_for_measurement(phone)
    with (
        walking(camera, clinic.address, DESK, name="cleo") as desk,
        walking(camera, clinic.address, PHONE, locale="de-DE", forgiven=[GONE]) as patient,
    ):
        desk.open_course(COURSE)
        look_at_review(desk)
        draw_anew(desk, leave_out(desk))
        take_back(desk)
        sign(desk)
        seen, address, code = share(desk)
        open_as_patient(patient, address, code)
        look_as_patient(patient, seen)
        withdraw(desk)
        patient.page.reload()
        expect(patient.page.get_by_role("slider")).to_have_count(0)
        expect(patient.page.locator("img")).to_have_count(0)
    with walking(camera, clinic.address, DESK, name="otto") as auditor:
        audit(auditor, tmp_path)
    assert_recorded(clinic.data, tmp_path)


def assert_recorded(data, folder):
    """What was done stands in the record, once, and the chain is whole."""
    entries = [json.loads(line) for line in (folder / "trail.jsonl").read_text().splitlines()]
    done = Counter(each["action"] for each in entries)
    assert {each: done[each] for each in ("judge", "keep", "open", "withdraw")} == STEPS
    assert {"cleo"} <= {each["actor"] for each in entries}
    followed = follow(label=COURSE, data=data, by="cleo")
    assert [each.active for each in sorted(followed.corrections, key=lambda each: each.number)] == [True, False]
    assert [len(each.photos) for each in look_at_told(label=COURSE, data=data, by="cleo").course.sessions] == [1, 2]
    assert [each.by for each in followed.series.signatures] == ["cleo"]
    assert verify_record(data=data, by="otto").is_sound
    with zipfile.ZipFile(folder / "export.zip") as box:
        (name,) = (each for each in box.namelist() if each.endswith("lesions.csv") or each.endswith("long.csv"))
        rows = pandas.read_csv(box.open(name))
    assert set(rows) >= PROMISED
    assert set(rows["exclusion_reason"].dropna()) == {"a mole"}
    assert set(rows["session"]) == {1, 2}
    changes = rows[rows["metric"].str.endswith("_change_percent")].dropna(subset="value")
    assert len(changes) > 0
    assert changes[["ci_low", "ci_high"]].notna().all(axis=None)
