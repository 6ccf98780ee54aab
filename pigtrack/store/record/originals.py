"""Originals of the record: sealed with their patient's key, put into the vault and read back."""

import hashlib
import tomllib

from sqlalchemy import Connection, RowMapping, select

from pigtrack.store.record.courses import KeptOriginal
from pigtrack.store.record.opening import Record
from pigtrack.store.record.tables import course_files, photographs, sessions
from pigtrack.store.record.unit import open_content, subject_key
from pigtrack.store.vault.sealing import seal, unseal

ORIGINAL_LABEL = b"original"
"""What sealed originals are bound to, beside their subject's key."""


def seal_label(subject: str) -> bytes:
    """Return what an original of a subject is sealed with beside the key."""
    return ORIGINAL_LABEL + b"/" + subject.encode()


def keep_original(record: Record, data: bytes, media_type: str, *, key: bytes, subject: str) -> KeptOriginal:
    """Seal bytes and put them into the vault; the same bytes of the same subject are kept once."""
    original = record.originals.put(seal(key, data, label=seal_label(subject)))
    return KeptOriginal(hashlib.sha256(data).hexdigest(), original, len(data), media_type)


def drop_unreadable(record: Record, original: str, *, subject: str) -> None:
    """Remove an original that was sealed while its patient was erased: no row came to name it, and no key opens it."""
    with record.reading() as connection:
        key = subject_key(connection, subject)
    if key is None:
        record.originals.delete(original)


def read_original(record: Record, original: str, *, key: bytes, subject: str) -> bytes:
    """Return the bytes of an original, exactly those that were taken in.

    Raises
    ------
    OriginalError
        If it is missing or damaged.
    """
    return unseal(key, record.originals.get(original), label=seal_label(subject))


def read_files(record: Record, connection: Connection, course: RowMapping) -> dict[str, bytes]:
    """Return what a course refers to beside photographs, by relative path; nothing once the key was destroyed."""
    subject = course["subject_id"]
    key = subject_key(connection, subject)
    if key is None:
        return {}
    found = connection.execute(select(course_files).where(course_files.c.course_id == course["id"])).mappings().all()
    named = {
        str(tomllib.loads(open_content(connection, course_files, each, subject) or "")["path"]): each["original"]
        for each in found
    }
    return {path: read_original(record, original, key=key, subject=subject) for path, original in sorted(named.items())}


def kept_photographs(connection: Connection, course: RowMapping) -> dict[str, KeptOriginal]:
    """Return what is kept of a course's photographs, by the names that the course has for them."""
    wanted = select(photographs).join(sessions, sessions.c.id == photographs.c.session_id)
    found = connection.execute(wanted.where(sessions.c.course_id == course["id"])).mappings().all()
    subject = course["subject_id"]
    named = ((open_content(connection, photographs, each, subject) or "", each) for each in found)
    return {
        str(tomllib.loads(words)["name"]): KeptOriginal(
            each["sha256"], each["original"], each["bytes"], each["media_type"]
        )
        for words, each in named
        if words
    }
