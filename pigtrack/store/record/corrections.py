"""Corrections by hand and blinded reviews in the record: added, withdrawn, closed; never changed otherwise."""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import tomli_w
from sqlalchemy import Connection, RowMapping, func, select

from pigtrack.errors import RecordError
from pigtrack.model.correction import Correction
from pigtrack.store.course_file import parse_course
from pigtrack.store.course_file.corrections import correction_entries
from pigtrack.store.naming import quoted
from pigtrack.store.record.courses import add_correction, read_pieces
from pigtrack.store.record.parts import pieces_text
from pigtrack.store.record.tables import corrections, courses, reviews
from pigtrack.store.record.unit import Unit, open_content

_LINE = re.compile(r"^line \d+: ")
"""Of a course.toml that nobody sees."""


@dataclass(frozen=True, slots=True)
class KeptCorrection:
    """A correction as the record holds it.

    Attributes
    ----------
    number : int
        Counts the corrections of a course from 1, those that were withdrawn too.
    active : bool
        False: it was withdrawn.
    told : mapping
        Its entries in course.toml.
    """

    id: str
    number: int
    active: bool
    told: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class KeptReview:
    """A blinded review; ``key``: letters and the numbers of the sessions that they stand for."""

    id: str
    course: str
    subject: str
    closed: bool
    key: tuple[tuple[str, int], ...]


def read_corrections(connection: Connection, course: RowMapping) -> tuple[KeptCorrection, ...]:
    """Return a course's corrections in the order in which they were made; none once the patient's key is gone."""
    wanted = select(corrections).where(corrections.c.course_id == course["id"]).order_by(corrections.c.number)
    found = []
    for row in connection.execute(wanted).mappings().all():
        text = open_content(connection, corrections, row, course["subject_id"])
        if text is not None:
            found.append(KeptCorrection(row["id"], row["number"], row["active"], tomllib.loads(text)))
    return tuple(found)


def keep_correction(unit: Unit, course: RowMapping, correction: Correction, *, review: str | None = None) -> int:
    """Add a correction to a course; return its number.

    Raises
    ------
    RecordError
        If course.toml could not tell it of this course, or the patient's data were erased.
    """
    pieces = read_pieces(unit.connection, course)
    if pieces is None:
        raise RecordError(f"The data of course {quoted(course['label'])} were erased.", "There is nothing to correct.")
    text = tomli_w.dumps(correction_entries(correction))
    whole = replace(pieces, corrections=(*pieces.corrections, text))
    _, faults = parse_course(pieces_text(whole), str(course["label"]), begun=True)
    if faults.said():
        said = _LINE.sub("", faults.said()[0])
        raise RecordError(f"This can't be corrected so: {said}", "Nothing was kept; say it another way.")
    last = select(func.max(corrections.c.number)).where(corrections.c.course_id == course["id"])
    number = (unit.connection.execute(last).scalar() or 0) + 1
    add_correction(unit, course["id"], number, text, subject=course["subject_id"], review=review)
    return int(number)


def withdraw_correction(unit: Unit, course: RowMapping, number: int) -> None:
    """Let a correction count no more; it stays in the record.

    Raises
    ------
    RecordError
        If there is none of this number, or it was withdrawn before.
    """
    kept = {each.number: each for each in read_corrections(unit.connection, course)}
    label = quoted(course["label"])
    if number not in kept or not kept[number].active:
        why = "was withdrawn already" if number in kept else "is not there"
        raise RecordError(
            f"Correction {number} of course {label} {why}.", f"See which there are: pigtrack correct {label} list."
        )
    subject = course["subject_id"]
    unit.change(
        corrections, kept[number].id, {"active": False}, subject=subject, course=course["id"], action="withdraw"
    )


def keep_review(unit: Unit, course: RowMapping, key: tuple[tuple[str, int], ...]) -> str:
    """Add an open blinded review, its key sealed; return its id."""
    row = {"course_id": course["id"], "blinded": True, "closed": False}
    content = tomli_w.dumps({"key": dict(key)})
    return unit.add(reviews, row, content=content, subject=course["subject_id"], course=course["id"])


def find_review(connection: Connection, review: str) -> KeptReview:
    """Return a blinded review by its id.

    Raises
    ------
    RecordError
        If there is none, or the patient's data were erased.
    """
    wanted = select(reviews, courses.c.subject_id).join(courses).where(reviews.c.id == review)
    row = connection.execute(wanted).mappings().first()
    if row is None:
        raise RecordError(f"The record knows no review {quoted(review)}.", "Give the id that was told at its start.")
    text = open_content(connection, reviews, row, row["subject_id"])
    if text is None:
        raise RecordError("The patient's data were erased, and the review's key with them.", "Nothing can be done.")
    key = tuple(sorted((str(letter), int(session)) for letter, session in tomllib.loads(text)["key"].items()))
    return KeptReview(row["id"], row["course_id"], row["subject_id"], row["closed"], key)


def close_review(unit: Unit, review: KeptReview) -> None:
    """Close a review: from now on its key may be told, and nothing more is corrected under it."""
    unit.change(reviews, review.id, {"closed": True}, subject=review.subject, course=review.course, action="close")
