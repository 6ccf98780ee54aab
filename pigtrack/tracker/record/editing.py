"""Changes what is told of a recorded course, whole or not at all, and begins new ones; nothing told is ever lost."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from itertools import count

from sqlalchemy import Connection, RowMapping

from pigtrack.errors import FormError, RecordError
from pigtrack.model.course import Course
from pigtrack.model.protocol import Protocol
from pigtrack.model.record import Consent
from pigtrack.model.roles import Verb
from pigtrack.store.course_file import parse_course
from pigtrack.store.course_file.planned import judge_by_protocol
from pigtrack.store.course_file.writing import told_text
from pigtrack.store.faults import Faults
from pigtrack.store.naming import quoted
from pigtrack.store.protocol_file import load_protocol, protocol_names
from pigtrack.store.record.changes import last_change
from pigtrack.store.record.courses import KeptOriginal, add_course, find_course, need_course, read_pieces
from pigtrack.store.record.opening import Record
from pigtrack.store.record.originals import kept_photographs
from pigtrack.store.record.parts import join_course
from pigtrack.store.record.subjects import add_consent, add_subject, find_subject
from pigtrack.store.record.tables import courses
from pigtrack.store.record.unit import Unit
from pigtrack.store.record.updating import update_course
from pigtrack.store.spreadsheet.names import looks_personal
from pigtrack.tracker.record.desk import By, Data, actor_of, opened
from pigtrack.tracker.record.planning import next_day_of, protocol_of

Change = Callable[[Course], Course]
"""What is to become of a course; what it must not be is said by a `FormError`, and nothing is changed then."""

_KEY = re.compile(r'unknown key "([^"]+)"|^(\w+) must be')


class MeanwhileError(RecordError):
    """Somebody else changed the course since it was looked at; nothing was written over."""


@dataclass(frozen=True, slots=True)
class ChangedCourse:
    """What became of a course; ``news``: it says something else than before."""

    uid: str
    course: Course
    news: bool

    @property
    def measurable(self) -> bool:
        """Whether there is anything to measure again."""
        return self.news and any(session.photos for session in self.course.sessions)


def read_told(connection: Connection, row: RowMapping) -> Course:
    """Return what the record tells of a course.

    Raises
    ------
    RecordError
        If the patient's data were erased.
    """
    pieces = read_pieces(connection, row)
    if pieces is None:
        raise RecordError("The patient's data were erased.", "Nothing can be added to them; open a new patient.")
    return join_course(pieces, label=str(row["label"]))


def change_course(
    *,
    label: str,
    change: Change,
    seen: int | None = None,
    reason: str | None = None,
    new: Mapping[str, KeptOriginal] | None = None,
    data: Data = None,
    by: By = None,
) -> ChangedCourse:
    """Change what is told of a course.

    Parameters
    ----------
    change : callable
        From the course as it is told to what it shall be.
    seen : int or None
        The trail's number of the last change that whoever changes it has seen (`CourseTold.change`); None: any.
    new : mapping of str to KeptOriginal
        Photographs that the record has not yet, by the names that the changed course has for them.

    Raises
    ------
    FormError
        If no course can be told so: all that is wrong with it.
    MeanwhileError
        If it was changed since ``seen``.
    RecordError
        If something that was told would be lost.
    """
    with opened(data) as record:
        actor = actor_of(record, by, to=Verb.RECORD)
        with record.writing(actor, reason) as unit:
            row = need_course(unit.connection, label)
            _refuse_changed(unit.connection, row, seen)
            before = read_told(unit.connection, row)
            after = change(before)
            if after == before and not new:
                return ChangedCourse(row["id"], before, news=False)
            _update(record, unit, row, before, after, new or {})
            return ChangedCourse(row["id"], after, news=True)


def _update(
    record: Record, unit: Unit, row: RowMapping, before: Course, after: Course, new: Mapping[str, KeptOriginal]
) -> None:
    if (after.id, after.subject) != (before.id, before.subject):
        raise ValueError("a course's label and patient stay as they are")
    protocol = protocol_of(record, unit.connection, row, after)
    refuse_untold(after, protocol)
    kept = {**kept_photographs(unit.connection, row), **new}
    told = replace(after, corrections=())  # those stay as they were made: see `correcting`
    update_course(unit, row, told, originals=kept, files={}, next_day=next_day_of(after, protocol))


def _refuse_changed(connection: Connection, row: RowMapping, seen: int | None) -> None:
    if seen is not None and last_change(connection, row["id"]) != seen:
        raise MeanwhileError(
            "Somebody changed this course while you wrote.",
            "Nothing of yours was kept yet: see what is new, and save again what still holds.",
        )


def refuse_untold(course: Course, protocol: Protocol | None) -> None:
    """Refuse a course that course.toml could not tell, or its protocol knows nothing of.

    Raises
    ------
    FormError
        With all that is wrong.
    """
    try:
        _, faults = parse_course(told_text(course), course.id, begun=True)
    except ValueError as fault:
        raise FormError("Something in it can't be written down.", "Type it anew.") from fault
    judge_by_protocol(course, protocol, faults)
    if said := _sentences(faults):
        raise FormError(" ".join(said), "Mend it, and save again.", field=_field(said[0]))


def _sentences(faults: Faults) -> list[str]:
    """What is wrong, without the lines of a file that nobody sees."""
    return [f"{said[0].upper()}{said[1:]}" for _, said in faults.placed()]


def _field(said: str) -> str:
    found = _KEY.search(said[0].lower() + said[1:])
    return next(filter(None, found.groups()), "") if found else ""


def open_course(
    *, told: Course, known: bool, care: Consent | None = None, data: Data = None, by: By = None
) -> ChangedCourse:
    """Begin a course: no visit yet, and nothing to measure.

    Parameters
    ----------
    told : Course
        With the patient's pseudonym; with an empty id it is called after the patient, and counted.
    known : bool
        The patient is in the record already; else they are new to it. It is held to that, as a slip of the pen would
        make another patient of one.
    care : Consent or None
        What the patient said to being treated and photographed; None: not asked yet.

    Raises
    ------
    FormError
        If no such course can be told, or the pseudonym looks like a name.
    RecordError
        If there is such a course.
    """
    with opened(data) as record:
        actor = actor_of(record, by, to=Verb.RECORD)
        if care is not None and care.day is not None and care.day > date.today():
            raise FormError(f"{care.day.isoformat()} is still to come.", "Check the day.", field="care_day")
        with record.writing(actor) as unit:
            subject = _subject(unit, told.subject or "", known)
            course = replace(told, id=told.id or _free_label(unit.connection, told.subject or ""))
            if find_course(unit.connection, course.id) is not None:
                raise FormError(f"There is a course {quoted(course.id)} already.", "Call it otherwise.", field="id")
            _refuse_name(told.id, "id")
            refuse_untold(course, None if course.protocol is None else _known_protocol(course.protocol))
            uid = add_course(unit, course, subject=subject, originals={}, files={})
            if care is not None:
                add_consent(unit, subject, care)
    return ChangedCourse(uid, course, news=True)


def _known_protocol(name: str) -> Protocol:
    if name not in protocol_names():
        raise FormError(f"There is no protocol {quoted(name)}.", "Choose one of the list.", field="protocol")
    return load_protocol(name)


def _subject(unit: Unit, pseudonym: str, known: bool) -> str:
    found = find_subject(unit.connection, pseudonym)
    if found is not None and not known:
        raise FormError(
            f"There is a patient {quoted(pseudonym)} in the record already.",
            "Say so if it is the same person; else take another pseudonym.",
            field="subject",
        )
    if found is not None:
        return str(found["id"])
    if known:
        raise FormError(f"The record knows no patient {quoted(pseudonym)}.", "Check the pseudonym.", field="subject")
    _refuse_name(pseudonym, "subject")
    return add_subject(unit, pseudonym)


def _refuse_name(text: str, field: str) -> None:
    if looks_personal(text):
        raise FormError(
            f"{quoted(text)} looks like what names a person.",
            "Use a pseudonym such as P-0007, and keep the list of names outside of pigtrack.",
            field=field,
        )


def _free_label(connection: Connection, pseudonym: str) -> str:
    return next(label for k in count(1) if find_course(connection, label := f"{pseudonym}-{k}") is None)


def close_course(*, label: str, closed: bool, reason: str, data: Data = None, by: By = None) -> None:
    """Close a course, so that no visit is due any more, or open it again.

    Raises
    ------
    FormError
        If no reason is given.
    RecordError
        If it is so already.
    """
    if not reason.strip():
        raise FormError("There is no reason.", "Say why.", field="reason")
    with opened(data) as record:
        actor = actor_of(record, by, to=Verb.RECORD)
        with record.writing(actor, reason.strip()) as unit:
            row = need_course(unit.connection, label)
            if bool(row["closed"]) is closed:
                raise RecordError(f"The course is {'closed' if closed else 'open'} already.", "Load the page again.")
            words = {"subject": row["subject_id"], "course": row["id"]}
            unit.change(courses, row["id"], {"closed": closed}, **words)
