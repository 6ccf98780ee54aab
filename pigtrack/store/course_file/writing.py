"""A course written as a course.toml that, read again, is the same course."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from pigtrack.errors import CourseError
from pigtrack.model.course import AdverseEvent, Course, Polygon, Session
from pigtrack.model.treatment import TREATMENT_TEXTS, Screen
from pigtrack.store.course_file import parse_course
from pigtrack.store.course_file.corrections import correction_entries
from pigtrack.store.naming import quoted
from pigtrack.store.toml_text import LONGEST_LINE, toml_line, toml_value

_TEXTS = ("id", "subject", "site", "diagnosis", "cause", "depth", "skin_type", "protocol")

_TREATMENT_ORDER = {
    key: place for place, key in enumerate((*TREATMENT_TEXTS[:6], "ingredients", "dose", *TREATMENT_TEXTS[6:]))
}


def course_text(course: Course) -> str:
    """Return a course.toml that gives the course back, whatever the folder is called; equal courses, equal text.

    Notes
    -----
    What was assumed of photographs without a course.toml (`Course.assumptions`) becomes a comment: once it is
    written down, it is said and no longer assumed.

    Raises
    ------
    CourseError
        If a session has no date, as photographs without course.toml may have none: a course.toml must tell it.
    ValueError
        If no course.toml can tell this course.
    """
    _refuse_undated(course)
    text = told_text(course)
    read, faults = parse_course(text, "", begun=True)
    if faults.said():
        raise ValueError(f"course must be one that a course.toml can tell, but {faults.said()[0]}")
    if read is None or _told(read) != _told(course):
        raise ValueError(f"course must be one that a course.toml can tell; {course.id!r} reads back as another one")
    return text


def told_text(course: Course) -> str:
    """Return what a course tells in the form of a course.toml, whether it can be read again or not: see `course_text`.

    Raises
    ------
    ValueError
        If a value is none that TOML has.
    """
    return "\n".join(_blocks(course))


def _refuse_undated(course: Course) -> None:
    if undated := [str(session.number) for session in course.sessions if session.date is None]:
        which = f"session {undated[0]}" if len(undated) == 1 else f"sessions {', '.join(undated)}"
        raise CourseError(
            f"The course {quoted(course.id)} has no date for {which}.",
            "Run 'pigtrack init' on its folder, and fill the dates into the course.toml that it writes.",
        )


def _blocks(course: Course) -> Iterator[str]:
    """Yield the tables of the file, each ending in a new line."""
    if course.assumptions:
        yield "".join(f"# {each}\n" for each in course.assumptions)
    yield _table("[course]", _about(course))
    if course.face:
        yield _table("[regions]", {name: _corners(polygon) for name, polygon in course.face})
    if course.screen is not None:
        yield _table("[screen]", _screen(course.screen))
    yield from map(_session, course.sessions)
    for each in course.corrections:
        yield _table("[[correction]]", correction_entries(each))


def _table(header: str, entries: Mapping[str, Any]) -> str:
    return "".join(f"{line}\n" for line in [header, *(toml_line(key, value) for key, value in entries.items())])


def _about(course: Course) -> dict[str, Any]:
    return _said(
        {
            **{key: getattr(course, key) for key in _TEXTS},
            **{"mode": str(course.mode), "primary": str(course.primary), "card": course.card},
            **{"card_patch_pitch_mm": course.card_patch_pitch_mm, "scale_sticker_mm": course.scale_sticker_mm},
            "region": None if course.region is None else _corners(course.region),
            "control": None if course.control is None else _corners(course.control),
            "exclude": [_corners(each) for each in course.exclude] or None,
            **{"population": course.population, "reseated_shots": course.reseated_shots or None},
            **{"noise": course.noise, "patient_language": course.patient_language},
        }
    )


def _said(entries: Mapping[str, Any]) -> dict[str, Any]:
    """The entries that say something."""
    return {key: value for key, value in entries.items() if value is not None}


def _corners(polygon: Polygon) -> list[list[float]]:
    """The corners as people write them: whole pixels without a point."""
    return [[int(each) if float(each).is_integer() else float(each) for each in corner] for corner in polygon]


def _screen(screen: Screen) -> dict[str, Any]:
    answers = {key: "yes" if answer else "no" for key, answer in screen.answers}
    told = {"signed_by": screen.signed_by, "signed_on": screen.signed_on, "reason": screen.reason}
    return {**answers, **_said(told)}


def _session(session: Session) -> str:
    done = [_treatment(each) for each in (session.treatment, *session.further_treatments) if each]
    about = {
        **{"date": session.date, "photos": list(session.photos)},
        "after_procedure": session.after_procedure or None,
        "skin_state": None if session.skin_state == "clean" else session.skin_state,
        "treatment": done or None,
        "adverse_events": [_event(each) for each in session.adverse_events] or None,
    }
    if len(done) != 1:
        return _table("[[session]]", _said(about))
    if len(toml_line("treatment", done[0])) <= LONGEST_LINE:
        return _table("[[session]]", _said({**about, "treatment": done[0]}))
    return _table("[[session]]", _said({**about, "treatment": None})) + "\n" + _table("[session.treatment]", done[0])


def _treatment(entries: Mapping[str, Any]) -> dict[str, Any]:
    """The entries in the manual's order; the clinic's own after them, by name."""
    ordered = sorted(entries, key=lambda key: (_TREATMENT_ORDER.get(key, len(_TREATMENT_ORDER)), key))
    return {key: _by_name(entries[key]) for key in ordered}


def _by_name(value: Any) -> Any:
    """A value whose tables are sorted: their order says nothing, and equal courses must give equal text."""
    if isinstance(value, Mapping):
        return {key: _by_name(value[key]) for key in sorted(value)}
    return [_by_name(each) for each in value] if isinstance(value, list | tuple) else value


def _event(event: AdverseEvent) -> dict[str, Any]:
    told = {"kind": event.kind, "date": event.day, "severity": event.severity}
    return _said({**told, "outcome": event.outcome, "until": event.until, "note": event.note})


def _told(course: Course) -> tuple[object, ...]:
    """What must come back: everything but assumptions; treatments by their text, lists and tuples being one in it."""
    visits = tuple(
        (replace(each, treatment={}, further_treatments=()), _treatments_told(each)) for each in course.sessions
    )
    return replace(course, sessions=(), assumptions=()), visits


def _treatments_told(session: Session) -> tuple[str, ...]:
    return tuple(toml_value(_treatment(each)) for each in (session.treatment, *session.further_treatments))
