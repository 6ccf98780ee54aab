"""Signatures under one version of a measurement: bound to its rows by their digest, so that none can be moved."""

import json
from collections.abc import Sequence

from sqlalchemy import Connection, RowMapping, select

from pigtrack.errors import RecordError
from pigtrack.store.record.measurements import digest_rows, read_rows
from pigtrack.store.record.tables import lesion_rows, photo_rows, session_rows, sign_offs, subjects
from pigtrack.store.record.unit import Unit, subject_key

_MEANING_LETTERS_MOST = 200


def add_sign_off(unit: Unit, course: RowMapping, measurement: RowMapping, meaning: str) -> bool:
    """Sign a measurement; say whether that was news.

    Raises
    ------
    RecordError
        If the meaning is none or names the patient, or the rows are not those that were measured.
    """
    _refuse_odd(meaning)
    _refuse_telling(unit.connection, course, meaning)
    signed = {"measurement_id": measurement["id"], "by": unit.actor.name, "meaning": meaning}
    known = select(sign_offs.c.id).where(*(sign_offs.c[name] == value for name, value in signed.items()))
    if unit.connection.execute(known).first() is not None:
        return False
    digest = _digest_now(unit.connection, course, measurement)
    if digest != measurement["rows_digest"]:
        raise RecordError(
            f"The rows of measurement {measurement['number']} are not those that were measured.",
            "Nothing was signed. Run pigtrack verify, and restore a backup.",
        )
    row = {**signed, "at": unit.at, "rows_digest": digest}
    unit.add(sign_offs, row, subject=course["subject_id"], course=course["id"])
    return True


def _refuse_odd(meaning: str) -> None:
    if not meaning.strip() or not meaning.isprintable() or len(meaning) > _MEANING_LETTERS_MOST:
        raise RecordError(
            "A signature needs a meaning in one line.",
            f'Say what it stands for in up to {_MEANING_LETTERS_MOST} letters, as in "reviewed" or "approved".',
        )


def _refuse_telling(connection: Connection, course: RowMapping, meaning: str) -> None:
    """Refuse a meaning that names the patient: it stays in plain text, after an erasure too."""
    wanted = select(subjects.c.pseudonym).where(subjects.c.id == course["subject_id"])
    names = (connection.execute(wanted).scalar(), course["label"])
    if any(name and name.casefold() in meaning.casefold() for name in names):
        raise RecordError("The meaning of a signature stays for ever and must name nobody.", "Say only what it means.")


def _digest_now(connection: Connection, course: RowMapping, measurement: RowMapping) -> str:
    """Return the digest of a measurement's rows as they stand in the record now.

    Raises
    ------
    RecordError
        If the patient's key was destroyed: nobody can see any more what they would sign.
    """
    subject = course["subject_id"]
    if subject_key(connection, subject) is None:
        raise RecordError("The patient's data were erased.", "Nothing is left that could be signed.")
    tables: list[tuple[Sequence[str], Sequence[Sequence[str]]]] = [
        (
            json.loads(measurement[f"{table.name.removesuffix('_rows')}_columns"]),
            list(read_rows(connection, table, measurement, subject)),
        )
        for table in (session_rows, lesion_rows, photo_rows)
    ]
    return digest_rows(tables)
