"""What holds a record upright: the database's own guards and pages, keys, signatures, time stamps."""

import hashlib
from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import Connection, func, select, text

from pigtrack.errors import RecordError
from pigtrack.store.record.checking.guards import check_guards
from pigtrack.store.record.checking.mismatch import Mismatch, Tally
from pigtrack.store.record.checking.told import Told
from pigtrack.store.record.erasing import erased_originals, find_key_left
from pigtrack.store.record.tables import (
    courses,
    measurements,
    meta,
    sign_offs,
    subject_keys,
    subjects,
    time_stamps,
    trail,
)
from pigtrack.store.record.tombstones import ERASURES, load_tombstones
from pigtrack.store.timestamps import check_stamp
from pigtrack.store.vault.originals import Originals


def check_standing(connection: Connection) -> Iterator[Mismatch]:
    """Yield what is wrong with the database's pages, and with its guards against loss."""
    if connection.dialect.name == "sqlite":
        for (told,) in connection.execute(text("PRAGMA quick_check(20)")):
            if told != "ok":
                yield Mismatch("database", "", f"The file is damaged ({told}).")
    yield from check_guards(connection)


def check_identifier(connection: Connection, told: Told) -> Iterator[Mismatch]:
    """Yield whether the record's own identifier is gone, or another than the one that the trail begins with."""
    found = connection.execute(select(meta.c.value).where(meta.c.key == "uid")).scalar()
    if found is None:
        yield Mismatch("database", "meta", "The record's identifier is gone.")
    elif told.uid is not None and found != told.uid:
        yield Mismatch("database", "meta", "The record's identifier is not the one that it began with.")


def check_keys(connection: Connection, tally: Tally) -> Iterator[Mismatch]:
    """Yield each patient whose key is gone though nobody erased them, or is there though somebody did."""
    wanted = select(subjects.c.id, subjects.c.pseudonym, subjects.c.erased, subject_keys.c.subject_id)
    joined = wanted.outerjoin(subject_keys, subject_keys.c.subject_id == subjects.c.id)
    total = connection.execute(select(func.count()).select_from(subjects)).scalar_one()
    for row in tally.watch(connection.execute(joined), "patients", total):
        where = f"patient {row.pseudonym or row.id}"
        if row.subject_id is None and row.erased is None:
            yield Mismatch("rows", where, "The key is missing, though the patient was not erased.")
        if row.subject_id is not None and row.erased is not None:
            yield Mismatch("rows", where, "The key is there, though the patient was erased.")
    strays = select(subject_keys.c.subject_id).where(subject_keys.c.subject_id.not_in(select(subjects.c.id)))
    for stray in connection.execute(strays.order_by(subject_keys.c.subject_id)).scalars():
        yield Mismatch("rows", f"patient {stray}", "There is a key, and no such patient.")


def check_signatures(connection: Connection, tally: Tally) -> Iterator[Mismatch]:
    """Yield each signature that does not stand under the numbers it was given for."""
    wanted = (
        select(sign_offs, measurements.c.number, measurements.c.rows_digest.label("rows"), courses.c.label)
        .outerjoin(measurements, measurements.c.id == sign_offs.c.measurement_id)
        .outerjoin(courses, courses.c.id == measurements.c.course_id)
    )
    total = connection.execute(select(func.count()).select_from(sign_offs)).scalar_one()
    for row in tally.watch(connection.execute(wanted).mappings(), "signatures", total):
        if row["rows_digest"] != row["rows"]:
            where = f"measurement {row['number']} of course {row['label']}, signed by {row['by']}"
            yield Mismatch("signatures", where, "The signature is not under the numbers that it was given for.")


def check_stamps(connection: Connection, told: Told, roots: bytes | None, tally: Tally) -> Iterator[Mismatch]:
    """Yield each time stamp that is not the one that the trail tells of, or does not confirm its entry.

    Parameters
    ----------
    roots : bytes or None
        Certificates of the authorities that are trusted, PEM; None: stamps can't be checked, which is noted.
    """
    wanted = select(time_stamps, trail.c.hash).outerjoin(trail, trail.c.seq == time_stamps.c.seq)
    total = connection.execute(select(func.count()).select_from(time_stamps)).scalar_one()
    if total and roots is None:
        tally.notes.append(f"{total} time stamps were not checked: name whom you trust with --trusted FILE.")
    missing = dict(told.stamps)
    for row in tally.watch(connection.execute(wanted.order_by(time_stamps.c.seq)), "time stamps", total):
        digest = missing.pop((row.seq, row.authority), None)
        if sentence := _unstamped(bytes(row.token), row.hash, digest, roots):
            yield Mismatch("time stamps", f"entry {row.seq}, by {row.authority}", sentence)
    for seq, authority in sorted(missing):
        yield Mismatch("time stamps", f"entry {seq}, by {authority}", "The time stamp is missing.")


def _unstamped(token: bytes, entry: str | None, digest: bytes | None, roots: bytes | None) -> str | None:
    """Say what a time stamp is not; None: it is the one that was kept, and confirms its entry where that is asked."""
    if digest is None:
        return "No entry of the trail tells of this time stamp."
    if hashlib.sha256(token).digest() != digest:
        return "The time stamp was changed since it was kept."
    if entry is None:
        return "Its entry is gone."
    try:
        if roots is not None:
            check_stamp(token, bytes.fromhex(entry), roots)
    except (RecordError, ValueError) as fault:
        return fault.problem if isinstance(fault, RecordError) else "Its entry is damaged."
    return None


def check_erasures(connection: Connection, originals: Originals, folder: Path, tally: Tally) -> Iterator[Mismatch]:
    """Yield each patient that was erased, as erasures.jsonl tells, and is back: an older backup was restored.

    Originals that an erasure left behind, as it was broken off, are noted; nobody can read them.
    """
    listed = folder / ERASURES
    for stone in load_tombstones(listed) if listed.is_file() else ():
        if find_key_left(connection, stone.subject) is not None:
            told = f"The patient was erased, and the key is back. Run: pigtrack erase --repeat {ERASURES}."
            yield Mismatch("rows", f"patient {stone.subject}", told)
    left = sum(originals.has(name) for name in sorted(erased_originals(connection)))
    if left:
        tally.notes.append(f"{left} originals of erased patients are still stored. Run: pigtrack erase --finish.")
