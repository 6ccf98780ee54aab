"""A clinician's first day with a patient, in a real browser: a course, a consent, the questions, a visit, a note."""

from dataclasses import replace
from datetime import date

import pytest
from browsing import DESK, NARROWEST, PHONE, TABLET, TOO_WIDE, look_closely, visit
from served_records import PASSWORD

from pigtrack.model.course import AdverseEvent, Session
from pigtrack.store.record.courses import need_course
from pigtrack.store.record.originals import keep_original
from pigtrack.tracker.record.editing import change_course
from pigtrack.tracker.record.noting import note
from pigtrack.tracker.record.telling import tell_event, tell_treatment
from pigtrack.tracker.record.visiting import look_at_told

LONG = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft"


def open_page(browser, clinic, path, width, who="cleo", **options):
    own = (f"{clinic.address}/", "data:", "blob:")
    cookies = [{"name": "pigtrack", "value": clinic.token_of(who), "url": clinic.address}]
    return visit(browser, clinic.address + path, width, own=own, cookies=cookies, **options)


def photographed(clinic, label, *days):
    """Add visits to a course, a photograph each, past the camera."""
    with clinic.record.reading() as connection:
        row = need_course(connection, label)
    with clinic.record.writing(None) as unit:
        key = unit.key(row["subject_id"])
    new = {
        f"{label}-{day}.jpg": keep_original(
            clinic.record, f"{label} {day}".encode(), "image/jpeg", key=key, subject=row["subject_id"]
        )
        for day in days
    }
    visits = tuple(Session(k, day, (name,)) for k, (day, name) in enumerate(zip(days, new, strict=True), start=1))
    change_course(
        label=label, change=lambda told: replace(told, sessions=visits), new=new, data=clinic.record, by="cleo"
    )


def begin(page):
    page.get_by_role("link", name="New course").click()
    page.get_by_label("Pseudonym").fill("P-0200")
    page.get_by_label("Site").fill("left hand")
    page.get_by_label("Protocol").select_option("dark-spot-mesotherapy")
    page.get_by_role("button", name="Begin the course").click()
    page.get_by_role("heading", name="left hand").wait_for()


def test_a_first_day_from_the_new_course_to_the_first_note(browser, clinic):
    with open_page(browser, clinic, "/", PHONE) as page:
        begin(page)
        page.get_by_role("link", name="Assessment").click()
        page.get_by_text("Write down a consent").click()
        page.get_by_label("Yes", exact=True).first.check()
        page.get_by_label("Day", exact=True).fill("2026-01-08")
        page.locator("#consents button").click()
        page.get_by_text("Answer", exact=True).click()
        page.locator("#f-ask-herpes-yes").check()
        page.get_by_label("Reason to go on").fill("healed")
        page.get_by_label("Your password").fill(PASSWORD)
        page.get_by_role("button", name="Save the answers").click()
        page.get_by_text("Goes on because: healed").wait_for()
        photographed(clinic, "P-0200-1", date(2026, 1, 11))
        page.get_by_role("link", name="Visits").click()
        page.get_by_role("link", name="Add a treatment").click()
        page.get_by_label("Technique").fill("manual injection")
        page.get_by_label("Dose or volume").fill("2")
        page.get_by_label("Unit").fill("ml")
        page.get_by_role("button", name="Save").click()
        page.get_by_text("manual injection").wait_for()
        page.get_by_label("Write a note").fill("Went well.")
        page.get_by_role("button", name="Add the note").click()
        page.get_by_text("Went well.").first.wait_for()
        assert page.evaluate(TOO_WIDE) <= 0
    told = look_at_told(label="P-0200-1", data=clinic.record, by="cleo")
    assert told.course.screen.yes == ("herpes",)
    assert told.course.sessions[0].treatments[0].dose == 2.0
    assert [each.text for each in told.notes] == ["Went well."]


@pytest.fixture(scope="module")
def crowded(clinic):
    """A course of sixty visits with forty treatments, events and notes in long words."""
    clinic.as_("cleo").submit(
        "/courses/new", subject="P-0201", patient="new", mode="spots", primary="load", card="colorchecker-classic-mini"
    )
    days = [date.fromordinal(date(2023, 1, 1).toordinal() + 14 * k) for k in range(60)]
    photographed(clinic, "P-0201-1", *days)
    told = {"label": "P-0201-1", "data": clinic.record, "by": "cleo"}
    for k in range(40):
        tell_treatment(session=60 - k % 4, entries={"product": LONG, "note": f"{LONG} {k}", "own": "x" * 300}, **told)
    for k in range(4):
        tell_event(session=60, event=AdverseEvent(LONG, outcome="ongoing", note=f"{k} {LONG}"), **told)
        note(text=f"{LONG}\n{LONG}", session=60 - k, **told)
    return f"/courses/{look_at_told(**told).line.uid}"


@pytest.mark.slow
@pytest.mark.parametrize("path", ["", "/visits", "/visits?page=5", "/about", "/visits/60", "/visits/60/treatments/1"])
def test_a_crowded_course_is_legible_at_every_width_by_day_and_by_night(browser, clinic, crowded, path):
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    looks = ((PHONE, {"color_scheme": "dark"}), (TABLET, {}), (DESK, {"color_scheme": "dark"}))
    for width, options in looks:
        with open_page(browser, clinic, crowded + path, width, **options) as page:
            page.evaluate("document.querySelectorAll('details').forEach(each => each.open = true)")
            look_closely(page, axe)
            page.set_viewport_size({"width": NARROWEST, "height": 900})
            assert page.evaluate(TOO_WIDE) <= 0


@pytest.mark.slow
def test_the_form_is_legible_with_what_is_wrong_in_it(browser, clinic):
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    context = browser.new_context(viewport={"width": PHONE, "height": 900})  # `visit` holds a refusal against a page
    context.add_cookies([{"name": "pigtrack", "value": clinic.token_of("cleo"), "url": clinic.address}])
    page = context.new_page()
    page.goto(f"{clinic.address}/courses/new")
    page.get_by_label("Pseudonym").fill("Anna Weber")
    page.get_by_label("Site").fill("left hand")
    page.keyboard.press("Enter")
    page.get_by_text("looks like what names a person").wait_for()
    assert page.get_by_label("Site").input_value() == "left hand"
    look_closely(page, axe)
    context.close()
