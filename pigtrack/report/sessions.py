"""The sessions as the report's table shows them."""

from dataclasses import replace

from pigtrack.model.catalogue import Catalogue
from pigtrack.model.course import Course, Endpoint, Mode, Session, days_between
from pigtrack.model.flags import QualityFlag
from pigtrack.model.metrics import Change, SessionMetrics
from pigtrack.model.quantity import Measured
from pigtrack.model.result import CourseResult
from pigtrack.model.telling import tell_measured
from pigtrack.report import words
from pigtrack.report.page import Measurement, SessionRow
from pigtrack.report.standing import baseline_session, sort_flags


def session_rows(result: CourseResult, catalogue: Catalogue) -> tuple[SessionRow, ...]:
    """Return one row a session, in order."""
    return tuple(_session_row(result, session, catalogue) for session in result.sessions)


def shared_notes(rows: tuple[SessionRow, ...]) -> tuple[str, ...]:
    """Return what is noted of every session alike; of a single one nothing is."""
    if len(rows) == 1:
        return ()
    return tuple(note for note in rows[0].notes if all(note in row.notes for row in rows))


def leave_out_notes(rows: tuple[SessionRow, ...], notes: tuple[str, ...]) -> tuple[SessionRow, ...]:
    """Return the rows without what is told of all of them together."""
    return tuple(replace(row, notes=tuple(each for each in row.notes if each not in notes)) for row in rows)


def measured_rows(course: Course, session: SessionMetrics, catalogue: Catalogue) -> tuple[Measurement, ...]:
    """Tell a session's area, contrast and load, the one that the verdict rests on first."""
    return tell_measurements(course, (session.area, session.delta_mi, session.load), session.changes, catalogue)


def tell_measurements(
    course: Course, values: tuple[Measured | None, ...], changes: tuple[Change, ...], catalogue: Catalogue
) -> tuple[Measurement, ...]:
    """Tell area, contrast and load with their changes, the one that the verdict rests on first."""
    told = {
        endpoint: (
            catalogue.say(f"words.endpoint.{endpoint.value}"),
            tell_measured(value, catalogue),
            words.tell_briefly(words.change_for(changes, endpoint), catalogue),
        )
        for endpoint, value in zip(Endpoint, values, strict=True)
    }
    return (told.pop(course.primary), *told.values())


def _session_row(result: CourseResult, session: SessionMetrics, catalogue: Catalogue) -> SessionRow:
    own = result.course.sessions[session.session - 1]
    return SessionRow(
        number=session.session,
        date=words.tell_day(own, catalogue),
        day=_day(result, own, catalogue),
        found=_found(result.course, session, catalogue),
        verdict=session.verdict,
        verdict_words=catalogue.say(f"words.verdict.{session.verdict.value}"),
        measured=measured_rows(result.course, session, catalogue),
        notes=(
            *_photographs(result, session, catalogue),
            *(catalogue.meaning(flag) for flag in sort_flags(session.flags)),
        ),
    )


def _photographs(result: CourseResult, session: SessionMetrics, catalogue: Catalogue) -> tuple[str, ...]:
    """Say how many photographs were usable, where it was not the one that was taken."""
    taken = [each for each in result.photographs if each.session == session.session]
    usable = sum(each.qc_status != "reject" for each in taken)
    return () if usable == len(taken) == 1 else (catalogue.count("report.usable", len(taken), usable=usable),)


def _found(course: Course, session: SessionMetrics, catalogue: Catalogue) -> str:
    """What was outlined: so many spots, or the field with what it was graded; empty where nothing could be."""
    if QualityFlag.NO_USABLE_PHOTOGRAPH in session.flags:
        return ""
    if course.mode is Mode.SPOTS:
        return catalogue.count("report.sessions.spots", session.lesion_count)
    told = catalogue.say("report.sessions.field" if session.lesion_count else "report.sessions.no_field")
    if session.field is None or session.field.grade is None:
        return told
    grade = tell_measured(session.field.grade.masi_style, catalogue)
    return told + " " + catalogue.say("report.sessions.masi", grade=grade)


def _day(result: CourseResult, session: Session, catalogue: Catalogue) -> str:
    days = days_between(result.course.sessions[baseline_session(result) - 1], session)
    return "" if days is None else catalogue.say("report.sessions.day", days=catalogue.number(days))
