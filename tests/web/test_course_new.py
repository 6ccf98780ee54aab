"""A clinician begins a course: before any photograph it can be listed, exported and verified."""

import pytest

from pigtrack.errors import RecordError
from pigtrack.model.exporting import ExportChoice, ExportFormat
from pigtrack.model.record import Actor, Purpose
from pigtrack.store.record.subjects import find_subject, read_consents
from pigtrack.tracker.record.exporting.giving import export_record
from pigtrack.tracker.record.looking import look_at_courses
from pigtrack.tracker.record.measuring import measure_recorded
from pigtrack.tracker.record.reprocessing import reprocess
from pigtrack.tracker.record.verifying import verify_record
from pigtrack.tracker.record.verifying_bundle import verify_bundle

TOLD = {
    **{"subject": "P-0100", "patient": "new", "site": "left hand", "diagnosis": "solar lentigo", "skin_type": "II"},
    **{"mode": "spots", "primary": "load", "card": "colorchecker-classic-mini", "protocol": "dark-spot-mesotherapy"},
    **{"patient_language": "de", "care": "yes", "care_day": "2026-01-08"},
}


def begin(person, **told):
    return person.submit("/courses/new", **{**TOLD, **told})


def test_a_course_is_begun_and_shown_before_any_photograph(clinic):
    cleo = clinic.as_("cleo")
    answer = begin(cleo)
    assert answer.status_code == 303
    page = cleo.get(answer.headers["location"]).text
    assert "No photograph yet." in page
    assert "P-0100-1" in page
    assert "P-0100" in cleo.get("/").text
    with clinic.record.reading() as connection:
        subject = find_subject(connection, "P-0100")["id"]
        assert [(each.purpose, each.given) for each in read_consents(connection, subject)] == [(Purpose.CARE, True)]


def test_the_next_course_of_the_same_patient_is_counted_and_a_slip_of_the_pen_is_told(clinic):
    cleo = clinic.as_("cleo")
    assert begin(cleo, subject="P-0101").status_code == 303
    slip = begin(cleo, subject="P-0101")
    assert slip.status_code == 422
    assert "There is a patient &#34;P-0101&#34; in the record already." in slip.text
    second = begin(cleo, subject="P-0101", patient="known", care="later", care_day="")
    assert "P-0101-2" in cleo.get(second.headers["location"]).text
    assert begin(cleo, subject="P-9999", patient="known").status_code == 422


def test_what_looks_like_a_name_is_refused_and_what_was_typed_stays(clinic):
    cleo = clinic.as_("cleo")
    for told in ({"subject": "Anna Weber"}, {"subject": "1961-03-07"}, {"subject": "P-0102", "id": "Anna Weber"}):
        answer = begin(cleo, **told)
        assert answer.status_code == 422
        assert "looks like what names a person" in answer.text
        assert 'value="solar lentigo"' in answer.text
    assert all(each.patient != "P-0102" for each in look_at_courses(data=clinic.record, by="cleo"))


def test_what_no_course_can_be_is_refused_in_a_sentence(clinic):
    cleo = clinic.as_("cleo")
    wrong = {
        "a pitch of 500 mm": ({"card_patch_pitch_mm": "500"}, "millimetres from 1 to 100"),
        "a pitch that is none": ({"card_patch_pitch_mm": "broad"}, "is no number"),
        "an unknown card": ({"card": "../secret.toml"}, "Choose one of the list"),
        "an unknown protocol": ({"protocol": "/etc/passwd.toml"}, "Choose one of the list"),
        "a consent without its day": ({"care_day": ""}, "day of the consent is missing"),
        "a consent of tomorrow": ({"care_day": "2999-01-01"}, "still to come"),
        "an unknown mode": ({"mode": "all"}, "none of the choices"),
    }
    for case, (told, said) in wrong.items():
        answer = begin(cleo, subject="P-0103", **told)
        assert answer.status_code == 422, case
        assert said in answer.text, case
    assert all(each.patient != "P-0103" for each in look_at_courses(data=clinic.record, by="cleo"))


def test_an_auditor_begins_no_course_and_is_not_offered_to(clinic):
    otto = clinic.as_("otto")
    assert "/courses/new" not in otto.get("/").text
    assert begin(otto).status_code == 403
    assert otto.get("/courses/new").status_code == 403


def test_a_course_that_has_only_begun_troubles_neither_list_nor_check_nor_measuring(clinic, tmp_path):
    cleo = clinic.as_("cleo")
    begin(cleo, subject="P-0104", care="no")
    line = next(each for each in look_at_courses(data=clinic.record, by="cleo") if each.patient == "P-0104")
    assert (line.sessions, line.version, line.verdict, line.next_day) == (0, None, None, None)
    assert verify_record(data=clinic.record, by="olga").mismatches == ()
    told = []
    done = reprocess(labels=["P-0104-1"], data=clinic.record, by="olga", tell=told.append)
    assert (done.measured, done.counts.total, told) == (0, 0, [])
    with pytest.raises(RecordError, match="has no photographs yet"):
        measure_recorded(clinic.record, "P-0104-1", actor=Actor("cleo"))
    page = cleo.get(f"/courses/{line.uid}").text
    assert "The patient said no to the care." in page
    assert "10 questions before the course without an answer." in page


@pytest.mark.parametrize(
    "form", [pytest.param(each, marks=[] if each is ExportFormat.CSV else pytest.mark.slow) for each in ExportFormat]
)
def test_a_course_that_has_only_begun_troubles_no_export(clinic, tmp_path, form):
    begin(clinic.as_("cleo"), subject="P-0105")
    choice = ExportChoice(format=form, pages=False)
    exported = export_record(choice=choice, out=tmp_path / "out", data=clinic.record, by="olga")
    assert exported.lines
    if form is ExportFormat.BUNDLE:
        assert verify_bundle(path=tmp_path / "out").mismatches == ()
