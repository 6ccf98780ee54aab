"""Writes notes on a course: who wrote what, and when."""

from pigtrack.errors import FormError
from pigtrack.model.roles import Verb
from pigtrack.store.record.courses import need_course
from pigtrack.store.record.notes import add_note
from pigtrack.tracker.record.desk import By, Data, actor_of, opened

LETTERS_MOST = 4_000
"""Of a note: about a written page."""


def note(*, label: str, text: str, session: int | None = None, data: Data = None, by: By = None) -> int:
    """Write a note on a course, or on one of its sessions; return its number.

    Raises
    ------
    FormError
        If it says nothing, or too much at once.
    RecordError
        If there is no such course or session.
    """
    words = text.replace("\r\n", "\n").strip()
    if not words or not words.replace("\n", "").replace("\t", "").isprintable():
        raise FormError("The note says nothing that can be read.", "Write something.", field="note")
    if len(words) > LETTERS_MOST:
        raise FormError("The note is too long.", f"Up to {LETTERS_MOST} letters; write several.", field="note")
    with opened(data) as record:
        actor = actor_of(record, by, to=Verb.RECORD)
        with record.writing(actor) as unit:
            return add_note(unit, need_course(unit.connection, label), words, session=session)
