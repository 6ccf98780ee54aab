"""Visits as a clinician tells them: treatments, events and notes are added and told again, and nothing is lost."""

import html
import re
from datetime import date, timedelta

import pytest
from sqlalchemy import select

from pigtrack.model.exporting import ExportChoice, ExportFormat
from pigtrack.store.record.tables import notes, trail
from pigtrack.tracker.record.exporting.giving import export_record
from pigtrack.tracker.record.verifying import verify_record
from pigtrack.tracker.record.verifying_bundle import verify_bundle
from pigtrack.tracker.record.visiting import look_at_told

LABEL = "C-0001"
TREATMENT = {
    **{"technique": "manual injection", "product": "F-RADIANCE", "dose": "1,5", "dose_unit": "ml", "depth_mm": "1.2"},
    **{"device": "", "area": "left cheek", "ingredients": "arbutin, ascorbic acid", "more": "needle = 32G\npasses = 3"},
}


@pytest.fixture(scope="module")
def course(clinic):
    return f"/courses/{clinic.course_ids()[0]}"


def told(clinic):
    return look_at_told(label=LABEL, data=clinic.record, by="cleo")


def submit(person, clinic, path, **fields):
    return person.submit(path, seen=str(told(clinic).change), **fields)


def test_the_newest_visit_stands_first_with_what_is_wrong_with_its_photographs_in_words(clinic, course):
    page = clinic.as_("otto").get(f"{course}/visits").text
    assert page.index("Session 3") < page.index("Session 2") < page.index("Session 1")
    assert "usable" in page
    assert "anna" not in page  # what a file was called may tell who it shows
    assert "Add a treatment" not in page


def test_a_treatment_is_added_with_the_clinics_own_keys(clinic, course):
    cleo = clinic.as_("cleo")
    assert submit(cleo, clinic, f"{course}/visits/3/treatments/0", **TREATMENT).status_code == 303
    done = told(clinic).course.sessions[2].treatments[0]
    assert (done.technique, done.dose, done.dose_unit) == ("manual injection", 1.5, "ml")
    assert done.ingredients == ("arbutin", "ascorbic acid")
    assert dict(done.more) == {"depth_mm": 1.2, "needle": "32G", "passes": 3}
    page = cleo.get(f"{course}/visits").text
    assert "1.5 ml" in page
    assert "1.2 mm" in page
    assert "32G" in page


def test_a_treatment_told_again_unchanged_is_no_news_whatever_stood_in_it(clinic, course):
    cleo, before = clinic.as_("cleo"), told(clinic)
    page = cleo.get(f"{course}/visits/1/treatments/1").text
    fields = form_values(page)
    assert (
        cleo.post(f"{course}/visits/1/treatments/1", data=fields, headers={"Origin": clinic.address}).status_code == 303
    )
    after = told(clinic)
    assert after.course == before.course
    assert after.change == before.change


def form_values(page):
    """Return what a browser would send of a page's last form if nobody typed anything."""
    form = page.rsplit("<form", 1)[1]
    found = dict(re.findall(r'<input[^>]* name="([^"]+)"[^>]* value="([^"]*)"', form))
    found |= dict(re.findall(r'<textarea[^>]* name="([^"]+)"[^>]*>([^<]*)<', form))
    for name, options in re.findall(r'<select[^>]* name="([^"]+)"[^>]*>(.*?)</select>', form, re.DOTALL):
        found[name] = next(iter(re.findall(r'value="([^"]*)" selected', options)), "")
    return {name: html.unescape(value) for name, value in found.items()}


def test_an_event_is_added_and_comes_to_its_end_later(clinic, course):
    cleo = clinic.as_("cleo")
    day = told(clinic).course.sessions[2].date.isoformat()
    first = {"kind": "bruise", "day": day, "severity": "mild", "outcome": "ongoing", "until": "", "note": ""}
    assert submit(cleo, clinic, f"{course}/visits/3/events/0", **first).status_code == 303
    assert "1 adverse event not at an end." in cleo.get(course).text
    over = {**first, "outcome": "resolved", "until": day}
    assert submit(cleo, clinic, f"{course}/visits/3/events/1", **over).status_code == 303
    assert "not at an end" not in cleo.get(course).text
    (event,) = told(clinic).course.sessions[2].adverse_events
    assert (event.kind, event.outcome) == ("bruise", "resolved")


def test_what_can_not_be_is_told_in_a_sentence_and_what_was_typed_stays(clinic, course):
    cleo, before = clinic.as_("cleo"), told(clinic).course
    wrong = {
        "a dose without a number": ("treatments/0", {**TREATMENT, "dose": "plenty"}, "is no number"),
        "a dose below nothing": ("treatments/0", {**TREATMENT, "dose": "-1"}, "a number above 0"),
        "a dose without a unit": ("treatments/0", {**TREATMENT, "dose_unit": ""}, "go together"),
        "a line that is no key": ("treatments/0", {**TREATMENT, "more": "just words"}, "is no key with its value"),
        "a key told twice": ("treatments/0", {**TREATMENT, "more": "lot = 7"}, "is told already"),
        "nothing at all": ("treatments/0", {"dose_unit": "ml"}, "The treatment says nothing."),
        "an event of tomorrow": ("events/0", {"kind": "bruise", "day": "2999-01-01"}, "still to come"),
        "an event before its session": ("events/0", {"kind": "bruise", "day": "2020-01-01"}, "before its session"),
        "an event without a kind": ("events/0", {"kind": ""}, "is empty"),
        "an event of no known outcome": ("events/0", {"kind": "bruise", "outcome": "odd"}, "none of the choices"),
    }
    for case, (path, fields, said) in wrong.items():
        answer = submit(cleo, clinic, f"{course}/visits/3/{path}", **fields)
        assert answer.status_code == 422, case
        assert said in answer.text, case
        assert fields.get("product", fields.get("kind", "")) in answer.text, case
    assert told(clinic).course == before


def test_there_is_no_form_for_what_is_not_there(clinic, course):
    cleo = clinic.as_("cleo")
    for path in ("visits/99", "visits/1/treatments/9", "visits/1/events/9", "visits/99/events/0"):
        assert cleo.get(f"{course}/{path}").status_code == 404
    for path in ("visits/0", "visits/1/events/-1", "visits/one"):
        assert cleo.get(f"{course}/{path}").status_code in (404, 422)


def test_who_wrote_meanwhile_is_not_written_over(clinic, course):
    cleo, olga = clinic.as_("cleo"), clinic.as_("olga")
    seen = str(told(clinic).change)
    skin = {"skin_state": "tanned", "seen": seen}
    assert olga.submit(f"{course}/visits/2", **skin).status_code == 303
    late = cleo.submit(f"{course}/visits/2", **{**skin, "skin_state": "sunscreen"})
    assert late.status_code == 409
    assert "Somebody changed this course while you wrote." in late.text
    assert told(clinic).course.sessions[1].skin_state == "tanned"
    shown = late.text[late.text.index('id="stands"') : late.text.index("</section>", late.text.index('id="stands"'))]
    assert "tanned" in shown  # what the other wrote
    assert 'value="sunscreen"' in late.text  # what was typed
    assert seen_on(late) == str(told(clinic).change)  # who was shown it may decide
    assert cleo.submit(f"{course}/visits/2", **{**skin, "skin_state": "sunscreen", "seen": seen_on(late)}).is_redirect
    assert told(clinic).course.sessions[1].skin_state == "sunscreen"


def test_a_slip_of_the_pen_does_not_make_what_another_wrote_meanwhile_seen(clinic, course):
    cleo, olga = clinic.as_("cleo"), clinic.as_("olga")
    seen = str(told(clinic).change)
    assert olga.submit(f"{course}/visits/2", skin_state="tanned", seen=seen).is_redirect
    slip = cleo.submit(f"{course}/visits/2", skin_state="clean", day="tomorrow", seen=seen)
    assert (slip.status_code, seen_on(slip)) == (422, seen)
    mended = cleo.submit(f"{course}/visits/2", skin_state="clean", seen=seen_on(slip))
    assert mended.status_code == 409
    assert told(clinic).course.sessions[1].skin_state == "tanned"


def seen_on(answer):
    """The change that a form is made from."""
    return re.search(r'name="seen" value="([^"]*)"', answer.text)[1]


def test_a_note_says_who_and_when_and_is_sealed_and_never_changed(clinic, course, tmp_path):
    cleo = clinic.as_("cleo")
    words = "Went <b>sailing</b>.\nSunscreen told."
    assert cleo.submit(f"{course}/notes", note=words, session="2").status_code == 303
    page = cleo.get(f"{course}/visits").text
    assert "Went &lt;b&gt;sailing&lt;/b&gt;." in page
    (note,) = [each for each in told(clinic).notes if "sailing" in each.text]
    assert (note.by, note.session, note.text) == ("cleo", 2, words)
    with clinic.record.reading() as connection:
        rows = connection.execute(select(notes)).mappings().all()
        entries = connection.execute(select(trail.c.body).where(trail.c.entity == "notes")).scalars().all()
    assert all(b"sailing" not in row["content"] for row in rows)
    assert len(entries) == len(rows)
    assert all("sailing" not in each for each in entries)
    assert verify_record(data=clinic.record, by="olga").mismatches == ()
    export_record(
        choice=ExportChoice(format=ExportFormat.BUNDLE, pages=False), out=tmp_path / "b", data=clinic.record, by="olga"
    )
    assert verify_bundle(path=tmp_path / "b").mismatches == ()


def test_an_empty_note_and_one_on_no_session_are_refused(clinic, course):
    cleo, before = clinic.as_("cleo"), told(clinic).notes
    assert cleo.submit(f"{course}/notes", note="  ").status_code == 422
    assert cleo.submit(f"{course}/notes", note="x" * 4001).status_code == 422
    assert cleo.submit(f"{course}/notes", note="kept", session="99").status_code == 409
    assert "kept" in cleo.submit(f"{course}/notes", note="kept", session="99").text
    assert told(clinic).notes == before


def test_an_auditor_reads_and_writes_nothing(clinic, course):
    otto = clinic.as_("otto")
    for path in ("notes", "visits/1", "visits/1/treatments/0", "visits/1/events/0"):
        assert otto.submit(f"{course}/{path}", note="x", kind="x", technique="x", skin_state="x").status_code == 403
    assert otto.get(f"{course}/visits/1").status_code == 403


def test_a_slip_in_a_visits_day_is_mended_everywhere_and_no_visit_comes_before_another(clinic, course):
    cleo, before = clinic.as_("cleo"), [each.date for each in told(clinic).course.sessions]
    day = before[2] - timedelta(days=1)
    skin = {"skin_state": "clean"}
    assert submit(cleo, clinic, f"{course}/visits/3", day=day.isoformat(), **skin).status_code == 303
    seen = look_at_told(label=LABEL, series=True, data=clinic.record, by="cleo")
    assert (seen.course.sessions[2].date, seen.series.sessions[2].day) == (day, day.isoformat())
    assert seen.line.last_day == day.isoformat()
    for wrong, said in ((before[0] - timedelta(days=1), "is dated before"), (date(2999, 1, 1), "still to come")):
        answer = submit(cleo, clinic, f"{course}/visits/3", day=wrong.isoformat(), **skin)
        assert answer.status_code == 422
        assert said in answer.text
    assert verify_record(data=clinic.record, by="olga").mismatches == ()
