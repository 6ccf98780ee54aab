"""A course in pieces, as the record keeps them, each as TOML text; and the course made of the pieces again.

The text of a piece is what course.toml would say of it, so one reader judges folders and record alike.
"""

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import tomli_w

from pigtrack.errors import RecordError
from pigtrack.model.course import Course
from pigtrack.store.course_file import parse_course
from pigtrack.store.course_file.writing import course_text

_SCREEN, _SESSION, _CORRECTION = "screen", "session", "correction"


@dataclass(frozen=True, slots=True)
class SessionPieces:
    """A visit: ``about`` all but the photographs' names, the treatments and what happened after them."""

    about: str
    photos: tuple[str, ...]
    treatments: tuple[str, ...] = ()
    adverse_events: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CoursePieces:
    """A course: ``about`` is [course] and [regions]; ``screen`` is None where nothing was asked."""

    about: str
    sessions: tuple[SessionPieces, ...]
    screen: str | None = None
    corrections: tuple[str, ...] = ()


def split_course(course: Course) -> CoursePieces:
    """Return a course in pieces."""
    entries = tomllib.loads(course_text(course))
    sessions = tuple(map(_split_session, entries.pop(_SESSION, [])))
    screen = entries.pop(_SCREEN, None)
    corrections = tuple(map(tomli_w.dumps, entries.pop(_CORRECTION, [])))
    return CoursePieces(
        tomli_w.dumps(entries), sessions, None if screen is None else tomli_w.dumps(screen), corrections
    )


def _split_session(entries: dict[str, Any]) -> SessionPieces:
    told = entries.pop("treatment", [])
    treatments = told if isinstance(told, list) else [told]
    events = entries.pop("adverse_events", [])
    photos = tuple(entries.pop("photos", []))
    return SessionPieces(
        tomli_w.dumps(entries), photos, tuple(map(tomli_w.dumps, treatments)), tuple(map(tomli_w.dumps, events))
    )


def pieces_text(pieces: CoursePieces) -> str:
    """Return the course.toml that pieces make."""
    entries: dict[str, Any] = tomllib.loads(pieces.about)
    if pieces.screen is not None:
        entries[_SCREEN] = tomllib.loads(pieces.screen)
    entries[_SESSION] = [_session_entries(each) for each in pieces.sessions]
    if pieces.corrections:
        entries[_CORRECTION] = _each(pieces.corrections)
    return tomli_w.dumps(entries)


def _session_entries(pieces: SessionPieces) -> dict[str, Any]:
    entries: dict[str, Any] = {**tomllib.loads(pieces.about), "photos": list(pieces.photos)}
    if pieces.treatments:
        treatments = _each(pieces.treatments)
        entries["treatment"] = treatments[0] if len(treatments) == 1 else treatments
    if pieces.adverse_events:
        entries["adverse_events"] = _each(pieces.adverse_events)
    return entries


def _each(texts: Sequence[str]) -> list[dict[str, Any]]:
    return [tomllib.loads(text) for text in texts]


def join_course(pieces: CoursePieces, *, label: str) -> Course:
    """Return the course that pieces make.

    Raises
    ------
    RecordError
        If they make none: something was changed by another hand than pigtrack's.
    """
    course, faults = parse_course(pieces_text(pieces), label, begun=True)
    if course is None or faults.said():
        told = faults.said()[0] if faults.said() else "it is no course"
        raise RecordError(f"Course {label} can't be read from the record: {told}", "Run: pigtrack verify.")
    return course
