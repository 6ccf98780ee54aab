"""A recorded course without dates: days from the baseline remain, and names of files that could tell go."""

import hashlib
import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import PurePosixPath

from pigtrack.export.exclusions import UNTOLD
from pigtrack.export.pictures import clean_picture
from pigtrack.model.course import AdverseEvent, Course, Session
from pigtrack.model.quantity import LabelImage
from pigtrack.model.record import Cells, RecordedCourse, RecordedPhotograph
from pigtrack.model.treatment import TREATMENT_TEXTS

_DATED = frozenset({"date", "taken", "planned_from", "planned_to", "until", "patch_test_date"})
"""Columns of days; those that count days stay."""

_TOLD = ("note", "more")
"""What a clinic may have written freely into a treatment; nobody can say that no day or name stands in it."""

_DAY = re.compile(r"\b\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2})?)?|\b\d{4}:\d{2}:\d{2}(?: \d{2}:\d{2}:\d{2})?")
"""A day, or day and time, as ISO 8601 or EXIF writes it."""


def with_offsets(course: RecordedCourse) -> RecordedCourse:
    """Return a course without dates, notes, or photographs' own names and metadata.

    Parameters
    ----------
    course : RecordedCourse
        Not changed.

    Returns
    -------
    RecordedCourse
        Photographs are ``session-N-photo-M`` with their suffix in both tables and course; ``read`` gives the same
        pixels without what the file told beside them, or raises `ExportError` where that can't be cut out. ``sha256``
        remains that of the original, as the tables have it. ``days_from_baseline`` stays; sessions, events, patch
        tests, consents, signatures and versions have no day; notes and reasons are left out, and so are
        files beside photographs, for they may hold both.
    """
    names = _new_names(course)
    return replace(
        course,
        course=_undated_course(course.course, names),
        measurement=None if course.measurement is None else replace(course.measurement, at=""),
        sessions=tuple(_undated(row, names) for row in course.sessions),
        lesions=tuple(_undated(row, names) for row in course.lesions),
        photos=tuple(_undated(row, names) for row in course.photos),
        photographs=tuple(_unnamed(each, names) for each in course.photographs),
        labels=_labels(course, names),
        files={},
        consents=tuple(replace(each, day=None, note=None) for each in course.consents),
        sign_offs=tuple(replace(each, at="") for each in course.sign_offs),
        versions=tuple(replace(each, at="") for each in course.versions),
    )


def new_name(name: str, session: int, position: int) -> str:
    """Return what a photograph is called where its own name may tell too much.

    Examples
    --------
    >>> new_name("anna/IMG 2026.JPG", 2, 1)
    'session-2-photo-1.jpg'
    """
    return f"session-{session}-photo-{position}{PurePosixPath(name).suffix.lower()}"


def _new_names(course: RecordedCourse) -> dict[str, str]:
    return {
        name: new_name(name, session.number, position)
        for session in course.course.sessions
        for position, name in enumerate(session.photos, start=1)
    }


def _undated(row: Cells, names: Mapping[str, str]) -> dict[str, str]:
    return {name: "" if name in _DATED else _unsaid(name, cell, names) for name, cell in row.items()}


def _unsaid(column: str, cell: str, names: Mapping[str, str]) -> str:
    """Return a cell without a photograph's old name or a day inside a sentence."""
    if column == "photo":
        return names.get(cell, hashlib.sha256(cell.encode()).hexdigest()[:12])
    if column != "refusal" or not cell:
        return cell
    for old in sorted(names, key=len, reverse=True):
        cell = cell.replace(old, names[old]).replace(PurePosixPath(old).name, names[old])
    return _DAY.sub("(a day)", cell)


def _undated_course(course: Course, names: Mapping[str, str]) -> Course:
    screen = None if course.screen is None else replace(course.screen, signed_on=None, reason=None)
    sessions = tuple(_undated_session(each, names) for each in course.sessions)
    corrections = tuple(
        replace(each, reason=UNTOLD, photo=None if each.photo is None else names.get(each.photo))
        for each in course.corrections
    )
    return replace(course, sessions=sessions, screen=screen, corrections=corrections, noise=None, assumptions=())


def _undated_session(session: Session, names: Mapping[str, str]) -> Session:
    return replace(
        session,
        date=None,
        photos=tuple(names[name] for name in session.photos),
        treatment=_undated_entries(session.treatment),
        further_treatments=tuple(map(_undated_entries, session.further_treatments)),
        adverse_events=tuple(map(_undated_event, session.adverse_events)),
    )


def _undated_entries(entries: Mapping[str, object]) -> dict[str, object]:
    known = {*TREATMENT_TEXTS, "ingredients", "dose", "patch_test"} - set(_TOLD)
    kept = {key: value for key, value in entries.items() if key in known}
    test = kept.get("patch_test")
    if isinstance(test, Mapping):
        kept["patch_test"] = {key: value for key, value in test.items() if key in ("site", "hours", "result")}
    return kept


def _undated_event(event: AdverseEvent) -> AdverseEvent:
    return replace(event, day=None, until=None, note=None)


def _unnamed(photograph: RecordedPhotograph, names: Mapping[str, str]) -> RecordedPhotograph:
    name = names.get(photograph.name, f"session-{photograph.session}-photo-{photograph.position}")
    return replace(photograph, name=name, read=lambda: clean_picture(photograph.read(), name=name))


def _labels(course: RecordedCourse, names: Mapping[str, str]) -> Callable[[str], LabelImage | None]:
    old = {new: name for name, new in names.items()}
    return lambda photo: course.labels(old[photo]) if photo in old else None
