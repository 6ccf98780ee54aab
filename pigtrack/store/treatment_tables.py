"""What was done and what happened, as tables: a row a treatment, a row an event, and their part of a session's row."""

from collections.abc import Iterator
from datetime import date
from typing import Any

import pandas as pd

from pigtrack.model.course import AdverseEvent, Course, Session, day_of, days_between
from pigtrack.model.plan import may_be_darker, plan_visits, session_phase
from pigtrack.model.protocol import Protocol
from pigtrack.model.treatment import TREATMENT_TEXTS, PatchTestRecord, Treatment, open_keys_text
from pigtrack.store.cells import make_table

TREATMENT_COLUMNS = (
    *("course_id", "session", "treatment", "date", "technique", "device", "product", "maker", "country", "lot"),
    *("ingredients", "dose", "dose_unit", "area", "patch_test_date", "patch_test_site", "patch_test_hours"),
    *("patch_test_result", "operator", "note", "more"),
)
EVENT_COLUMNS = (
    *("course_id", "session", "event", "kind", "date", "days_after_session", "severity", "outcome", "until", "note"),
)

_TOGETHER = "; "
"""Between several things in one cell."""


def treatment_rows(course: Course) -> pd.DataFrame:
    """Return treatments.csv as a table, one row a treatment."""
    rows = [
        _treatment_row(course, session, number, each)
        for session in course.sessions
        for number, each in enumerate(session.treatments, start=1)
    ]
    return make_table(rows, TREATMENT_COLUMNS)


def event_rows(course: Course) -> pd.DataFrame:
    """Return adverse_events.csv as a table, one row an event."""
    rows = [
        _event_row(course, session, number, each)
        for session in course.sessions
        for number, each in enumerate(session.adverse_events, start=1)
    ]
    return make_table(rows, EVENT_COLUMNS)


def visit_cells(course: Course, session: Session, protocol: Protocol | None) -> dict[str, Any]:
    """Return what a row of sessions.csv tells of treatments, events and the plan."""
    done = session.treatments
    before = [other for other in course.sessions if other.number < session.number and other.treatments]
    return {
        "treatments": len(done),
        "treatments_before": sum(len(other.treatments) for other in before),
        "days_since_treatment": days_between(before[-1], session) if before else None,
        "technique": _together(each.technique for each in done),
        "product": _together(each.product for each in done),
        "ingredients": _together(name for each in done for name in each.ingredients),
        "adverse_events": _together(event.kind for event in session.adverse_events),
        "protocol": None if protocol is None else protocol.name,
        **_plan_cells(course, session, protocol),
    }


def _plan_cells(course: Course, session: Session, protocol: Protocol | None) -> dict[str, Any]:
    names = ("planned_from", "planned_to", "days_off_plan", "sessions_missed", "expected")
    if protocol is None:
        return {**dict.fromkeys(names), "may_be_darker": None}
    known = protocol.darkening_days is not None
    darker = {"may_be_darker": may_be_darker(session, course, protocol) if known else None}
    phase = session_phase(session, course, protocol)
    expected = None if phase is None else phase.value
    visit = next((each for each in plan_visits(course, protocol) if each.session == session.number), None)
    if visit is None:
        return {**dict.fromkeys(names), "expected": expected, **darker}
    window = (visit.earliest.isoformat(), visit.latest.isoformat())
    return dict(zip(names, (*window, visit.days_off, visit.missed, expected), strict=True)) | darker


def _treatment_row(course: Course, session: Session, number: int, treatment: Treatment) -> dict[str, Any]:
    return {
        **_of_session(course, session),
        "treatment": number,
        "date": _iso(day_of(session)),
        **{name: getattr(treatment, name) for name in TREATMENT_TEXTS},
        "ingredients": _together(treatment.ingredients),
        "dose": treatment.dose,
        **_patch_test_cells(treatment.patch_test or PatchTestRecord()),
        "more": open_keys_text(treatment.more) or None,
    }


def _patch_test_cells(test: PatchTestRecord) -> dict[str, Any]:
    return {
        "patch_test_date": _iso(test.day),
        "patch_test_site": test.site,
        "patch_test_hours": test.hours,
        "patch_test_result": test.result,
    }


def _event_row(course: Course, session: Session, number: int, event: AdverseEvent) -> dict[str, Any]:
    treated, seen = day_of(session), event.day or day_of(session)
    return {
        **_of_session(course, session),
        "event": number,
        "kind": event.kind,
        "date": _iso(seen),
        "days_after_session": None if seen is None or treated is None else (seen - treated).days,
        "severity": event.severity,
        "outcome": event.outcome,
        "until": _iso(event.until),
        "note": event.note,
    }


def _of_session(course: Course, session: Session) -> dict[str, Any]:
    return {"course_id": course.id, "session": session.number}


def _iso(day: date | None) -> str | None:
    return None if day is None else day.isoformat()


def _together(words: "Iterator[str | None] | tuple[str, ...]") -> str | None:
    """Several words in one cell, each once; None where there are none."""
    return _TOGETHER.join(dict.fromkeys(word for word in words if word)) or None
