"""Photographs taken in one by one, as a phone sends them: there for good once that is said, and never twice."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Connection, RowMapping, select

from pigtrack.errors import FormError, PigtrackError, RecordError, UnknownError
from pigtrack.model.roles import Verb
from pigtrack.model.upload import Upload
from pigtrack.store.arriving import Arrived, look_at_arrival
from pigtrack.store.record.courses import KeptOriginal
from pigtrack.store.record.opening import Record
from pigtrack.store.record.originals import drop_unreadable, keep_original
from pigtrack.store.record.tables import courses
from pigtrack.store.record.unit import subject_key
from pigtrack.store.record.uploads import add_upload, find_twin, find_upload, is_erased
from pigtrack.tracker.record.desk import By, Data, actor_of, opened

CAPTURE_FACTS = 30
"""What a camera tells of its settings are a dozen words; more is not taken."""

_WORD = 100


class TwinError(RecordError):
    """The course has this very photograph already; it was not taken in twice."""


@dataclass(frozen=True, slots=True)
class Received:
    """A photograph that is there for good; ``news``: it was not before."""

    upload: Upload
    news: bool


def receive(
    *,
    course: str,
    upload: str,
    photograph: bytes,
    name: str = "",
    capture: Mapping[str, str] | None = None,
    data: Data = None,
    by: By = None,
) -> Received:
    """Take a photograph in for good; what becomes of it is decided later. Sent twice, it is there once.

    Its original is on the disk before the row that names it is, and both before this returns.

    Parameters
    ----------
    upload : str
        Its id, given by whoever sends it: the same each time that it is sent.
    name : str
        What the sender calls it; only a raw file's suffix is heeded.
    capture : mapping of str to str or None
        How it was taken, as the sender says.

    Raises
    ------
    PhotographError
        If it is no photograph.
    TwinError
        If the course has this very photograph already.
    PigtrackError
        If there is no such course, or it can't be kept.
    """
    with opened(data) as record:
        actor = actor_of(record, by, to=Verb.RECORD)
        with record.reading() as connection:
            row = find_row(connection, course)
        arrived, told = look_at_arrival(photograph, name=name), _facts(capture or {})
        sha256 = hashlib.sha256(arrived.data).hexdigest()
        with record.reading() as connection:  # before anything is kept: what is refused leaves nothing behind
            known = _known(connection, row, upload, sha256)
        if known is not None:
            return Received(known, news=False)
        kept = _keep(record, row, arrived)
        try:
            with record.writing(actor) as unit:
                known = _known(unit.connection, row, upload, sha256)  # the same, sent twice at a time
                if known is not None:
                    return Received(known, news=False)
                return Received(add_upload(unit, row, upload, kept, suffix=arrived.suffix, capture=told), news=True)
        except PigtrackError:
            drop_unreadable(record, kept.original, subject=row["subject_id"])
            raise


def find_row(connection: Connection, course: str) -> RowMapping:
    """Return a course's row by its id, whose patient was not erased.

    Raises
    ------
    RecordError
        If there is none.
    """
    found = connection.execute(select(courses).where(courses.c.id == course)).mappings().first()
    if found is None or found["label"] is None:
        raise UnknownError("The record holds no such course.", "Begin at the list of courses.")
    return found


def _known(connection: Connection, row: RowMapping, upload: str, sha256: str) -> Upload | None:
    """Return what arrived before under this id; None: nothing, and nothing is against it.

    Raises
    ------
    RecordError
        If another photograph has this id, or the course has this very photograph.
    """
    known = find_upload(connection, upload)
    if known is not None:
        if known.sha256 != sha256 or known.course != row["id"]:
            raise _id_taken()
        return known
    if is_erased(connection, upload):
        raise _id_taken()
    _refuse_twin(connection, row["id"], sha256)
    return None


def _keep(record: Record, row: RowMapping, arrived: Arrived) -> KeptOriginal:
    with record.reading() as connection:
        key = subject_key(connection, row["subject_id"])
    if key is None:
        raise RecordError("The patient's data were erased; nothing can be added to them.", "Open a new patient.")
    return keep_original(record, arrived.data, arrived.media_type, key=key, subject=row["subject_id"])


def _id_taken() -> RecordError:
    return RecordError("Another photograph arrived under this id.", "Give every photograph an id of its own.")


def _refuse_twin(connection: Connection, course: str, sha256: str) -> None:
    twin = find_twin(connection, course, sha256)
    if isinstance(twin, int):
        raise TwinError(f"This very photograph is part of session {twin} already.", "It was not taken in twice.")
    if twin is not None:
        raise TwinError("This very photograph has arrived already.", "It waits to be kept; it was not taken in twice.")


def _facts(capture: Mapping[str, str]) -> dict[str, str]:
    """Return what the sender says of its camera: short printable words, and not many."""
    told = {key: value for key, value in capture.items() if value}
    fits = all(each.isprintable() and len(each) <= _WORD for pair in told.items() for each in pair)
    if len(told) > CAPTURE_FACTS or not fits:
        raise FormError("What is told of the camera is too long.", f"Tell up to {CAPTURE_FACTS} short facts.")
    return told
