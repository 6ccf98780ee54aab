"""What holds a record upright: the database's own guards and pages, keys, signatures, time stamps."""

from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import Connection, func, select, text

from pigtrack.errors import RecordError
from pigtrack.store.record.checking.mismatch import Mismatch, Tally
from pigtrack.store.record.erasing import erased_originals, find_key_left
from pigtrack.store.record.tables import (
    KEPT,
    courses,
    measurements,
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
    """Yield what is wrong with the database's pages, and each guard against loss that is gone."""
    if connection.dialect.name == "sqlite":
        for (told,) in connection.execute(text("PRAGMA quick_check(20)")):
            if told != "ok":
                yield Mismatch("database", "", f"The file is damaged ({told}).")
        found = connection.execute(text("SELECT name FROM sqlite_master WHERE type = 'trigger'")).scalars()
    else:
        found = connection.execute(text("SELECT tgname FROM pg_trigger WHERE tgenabled <> 'D'")).scalars()
    guards = set(found)
    for table in KEPT:
        for verb, what in (("change", "update"), ("take away", "delete")):
            if f"{table.name}_no_{what}" not in guards:
                yield Mismatch("database", table.name, f"The guard that refuses to {verb} a row is gone.")


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


def check_stamps(connection: Connection, roots: bytes | None, tally: Tally) -> Iterator[Mismatch]:
    """Yield each time stamp that does not confirm its entry of the trail.

    Parameters
    ----------
    roots : bytes or None
        Certificates of the authorities that are trusted, PEM; None: stamps can't be checked, which is noted.
    """
    wanted = select(time_stamps, trail.c.hash).outerjoin(trail, trail.c.seq == time_stamps.c.seq)
    total = connection.execute(select(func.count()).select_from(time_stamps)).scalar_one()
    if total and roots is None:
        tally.notes.append(f"{total} time stamps were not checked: name whom you trust with --trusted FILE.")
        return
    for row in tally.watch(connection.execute(wanted.order_by(time_stamps.c.seq)), "time stamps", total):
        try:
            check_stamp(bytes(row.token), bytes.fromhex(row.hash or ""), roots or b"")
        except (RecordError, ValueError) as fault:
            told = fault.problem if isinstance(fault, RecordError) else "Its entry is gone."
            yield Mismatch("time stamps", f"entry {row.seq}, by {row.authority}", told)


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
