"""What a course is about: assessment, consents apart, the questions before it, its plan; closed and opened again."""

from datetime import date

import pytest
from served_records import PASSWORD

from pigtrack.model.record import Purpose
from pigtrack.tracker.record.browsing import Which, browse
from pigtrack.tracker.record.verifying import verify_record
from pigtrack.tracker.record.visiting import look_at_told

LABEL = "C-0001"
ASSESSED = {
    **{"site": "left cheek", "diagnosis": "solar lentigo", "cause": "sun", "depth": "moderate", "skin_type": "II"},
    **{"protocol": "dark-spot-mesotherapy", "patient_language": "de", "mode": "spots", "primary": "load"},
    **{"card": "colorchecker-classic", "card_patch_pitch_mm": "9.0", "scale_sticker_mm": ""},
}


class Noticed:
    """What stands in for the background: it notes what it is asked to measure."""

    def __init__(self):
        self.measured = []

    def measure_soon(self, course):
        self.measured.append(course)

    def work_of(self, course):
        return None


@pytest.fixture
def told(clinic):
    return lambda: look_at_told(label=LABEL, data=clinic.record, by="cleo")


@pytest.fixture
def send(clinic, told):
    def send(person, part, **fields):
        path = f"/courses/{clinic.course_ids()[0]}/about"
        return clinic.as_(person).submit(f"{path}/{part}", **{"seen": str(told().change), **fields})

    return send


@pytest.fixture
def background(clinic):
    """The app's desk with a background that notes what it is asked."""
    before, noticed = clinic.app.state.desk, Noticed()
    clinic.app.state.desk = type(before)(before.record, before.serving, noticed)
    yield noticed
    clinic.app.state.desk = before


def test_the_assessment_is_changed_and_the_course_measured_again(clinic, told, send, background):
    assert send("cleo", "assessment", **ASSESSED).status_code == 303
    course = told().course
    assert (course.depth, course.protocol, course.patient_language) == ("moderate", ASSESSED["protocol"], "de")
    assert background.measured == [clinic.course_ids()[0]]
    assert told().line.next_day == "2026-02-15"  # a week after the last session


def test_what_is_saved_unchanged_is_no_news_and_measures_nothing(clinic, told, send, background):
    send("cleo", "assessment", **ASSESSED)
    before = told().change
    background.measured.clear()
    assert send("cleo", "assessment", **ASSESSED).status_code == 303
    assert (told().change, background.measured) == (before, [])


def test_a_change_keeps_what_the_form_does_not_show(told, send):
    before = told().course
    assert send("cleo", "assessment", **{**ASSESSED, "site": "right cheek"}).status_code == 303
    after = told().course
    assert (after.region, after.control, after.sessions) == (before.region, before.control, before.sessions)


def test_who_wrote_meanwhile_is_not_written_over(told, send):
    seen = str(told().change)
    assert send("olga", "assessment", **{**ASSESSED, "cause": "hormones"}).status_code == 303
    late = send("cleo", "assessment", **{**ASSESSED, "cause": "sun", "site": "chin", "seen": seen})
    assert late.status_code == 409
    assert "Somebody changed this course while you wrote." in late.text
    assert 'value="chin"' in late.text  # what was typed is not lost
    assert told().course.cause == "hormones"
    assert f'name="seen" value="{told().change}"' in late.text  # the page shows what the other wrote


def test_a_slip_of_the_pen_does_not_make_what_another_wrote_meanwhile_seen(told, send):
    seen = str(told().change)
    assert send("olga", "assessment", **{**ASSESSED, "cause": "friction"}).status_code == 303
    slip = send("cleo", "assessment", **{**ASSESSED, "card_patch_pitch_mm": "wide", "seen": seen})
    assert slip.status_code == 422
    assert f'name="seen" value="{seen}"' in slip.text
    assert send("cleo", "assessment", **{**ASSESSED, "seen": seen}).status_code == 409
    assert told().course.cause == "friction"


def test_a_course_that_can_not_be_is_refused(told, send):
    before = told().course
    for wrong in ({"card_patch_pitch_mm": "0.1"}, {"scale_sticker_mm": "50"}, {"card": "nobodys"}, {"primary": "x"}):
        assert send("cleo", "assessment", **{**ASSESSED, **wrong}).status_code == 422
    assert told().course == before


def test_consents_are_apart_and_none_is_forgotten(told, send):
    said = (("care", "yes", "2026-01-08"), ("research", "no", "2026-01-08"), ("research", "yes", "2026-02-01"))
    for purpose, given, day in said:
        assert send("cleo", "consent", purpose=purpose, given=given, day=day, note="by letter").status_code == 303
    now = told()
    assert [now.agreed(each) for each in Purpose] == [True, True, None]
    assert [each.given for each in now.consents if each.purpose is Purpose.RESEARCH] == [False, True]
    assert send("cleo", "consent", purpose="care", given="yes", day="2999-01-01").status_code == 409
    assert send("cleo", "consent", purpose="care", given="yes", day="").status_code == 422


def test_a_no_needs_no_password_and_a_yes_needs_reason_and_password(told, send):
    send("cleo", "assessment", **ASSESSED)
    assert send("cleo", "screen", **{"ask-diabetes": "no", "ask-herpes": "no"}).status_code == 303
    screen = told().course.screen
    assert (screen.yes, screen.signed_by, screen.signed_on, screen.reason) == ((), "cleo", date.today(), None)
    yes = {"ask-herpes": "yes", "reason": "healed, seen by a doctor"}
    assert send("cleo", "screen", **{**yes, "reason": "", "password": PASSWORD}).status_code == 422
    refused = send("cleo", "screen", **yes, password="not the right one")
    assert refused.status_code == 403
    assert "That is not the password" in refused.text
    assert "not the right one" not in refused.text
    assert told().course.screen == screen
    assert send("cleo", "screen", **yes, password=PASSWORD).status_code == 303
    after = told().course.screen
    assert (after.yes, after.reason) == (("herpes",), "healed, seen by a doctor")
    assert dict(after.answers)["diabetes"] is False  # what was answered before stays answered


def test_a_question_that_the_protocol_does_not_ask_is_refused(told, send):
    send("cleo", "assessment", **ASSESSED)
    before = told().course.screen
    signed = {"reason": "healed, seen by a doctor", "password": PASSWORD}
    answer = send("cleo", "screen", **{"ask-shoe-size": "no"}, **signed)
    assert answer.status_code == 422
    assert "does not ask" in answer.text
    assert send("cleo", "screen").status_code == 422
    assert told().course.screen == before


def test_another_protocol_keeps_the_answers_that_it_asks_for_too(told, send):
    send("cleo", "assessment", **ASSESSED)
    signed = {"reason": "healed, seen by a doctor", "password": PASSWORD}
    send("cleo", "screen", **{"ask-pregnancy": "no", "ask-blood-clotting": "no"}, **signed)
    assert send("cleo", "assessment", **{**ASSESSED, "protocol": ""}).status_code == 422
    assert send("cleo", "assessment", **{**ASSESSED, "protocol": "example-pigment-laser"}).status_code == 303
    kept = told()
    assert {key for key, _ in kept.course.screen.answers} <= set(kept.protocol.screen_keys)
    send("cleo", "assessment", **ASSESSED)


def test_a_course_is_closed_and_opened_again_with_a_reason(clinic, told, send):
    send("cleo", "assessment", **ASSESSED)
    assert send("cleo", "closed", closed="yes", reason="").status_code == 422
    assert send("cleo", "closed", closed="yes", reason="moved away").status_code == 303
    assert not told().is_open
    assert told().ahead == ()
    assert LABEL not in [each.label for each in browse(record=clinic.record, by="cleo", which=Which.OVERDUE).lines]
    assert "The course is closed." in clinic.as_("cleo").get(f"/courses/{clinic.course_ids()[0]}").text
    assert send("cleo", "closed", closed="yes", reason="again").status_code == 409
    assert send("cleo", "closed", closed="no", reason="came back").status_code == 303
    assert told().is_open


def test_an_auditor_sees_all_of_it_and_changes_nothing(clinic, told, send):
    page = clinic.as_("otto").get(f"/courses/{clinic.course_ids()[0]}/about").text
    assert "<form" in page  # the one to sign out
    assert "about/assessment" not in page
    before = told().course
    for part in ("assessment", "consent", "screen", "closed"):
        assert send("otto", part, **ASSESSED, reason="x", closed="yes", purpose="care", given="yes").status_code == 403
    assert told().course == before


def test_after_all_this_the_record_is_whole(clinic):
    assert verify_record(data=clinic.record, by="olga").mismatches == ()
