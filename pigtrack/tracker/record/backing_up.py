"""Backs the record up while it is in use: one state of the database, and every original that it names."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection, Engine

from pigtrack import __version__
from pigtrack.errors import RecordError
from pigtrack.model.progress import Progress
from pigtrack.model.roles import Verb
from pigtrack.store.naming import is_inside, quoted
from pigtrack.store.record.backup import (
    DATABASE_FILE,
    ERASURES_FILE,
    ORIGINALS_FOLDER,
    Manifest,
    check_files,
    drafted,
    listed_originals,
    read_manifest,
    refuse_standing,
    write_manifest,
    write_sums,
)
from pigtrack.store.record.checking import check_database
from pigtrack.store.record.engine import translated
from pigtrack.store.record.migrating import HEAD
from pigtrack.store.record.opening import Record
from pigtrack.store.record.snapshot import count_originals, erased_since, named_originals, open_snapshot, take_snapshot
from pigtrack.store.record.trail import check_chain, read_entries, read_head
from pigtrack.store.vault.copying import copy_originals, find_unlike
from pigtrack.store.vault.local import LocalOriginals
from pigtrack.tracker.record.desk import By, Data, actor_of, now, opened

SHOWN = 5
"""How many faults of a record are told one by one; pigtrack verify names them all."""


@dataclass(frozen=True, slots=True)
class MadeBackup:
    """A backup that was made and read again; ``faults``: what is wrong with the record that it is a true copy of."""

    place: Path
    manifest: Manifest
    shared: int = 0
    faults: tuple[str, ...] = ()
    made: bool = True

    @property
    def told(self) -> str:
        """Say what was made, or only read."""
        head, what = self.manifest.head, "made and read again" if self.made else "read and is whole"
        shared = f", {self.shared} of them shared with the earlier one" if self.shared else ""
        return (
            f"The backup {quoted(self.place)} was {what}: {self.manifest.originals} originals{shared}. "
            f"Its trail ends at entry {head.seq}, {head.hash}."
        )


def back_up(
    *,
    to: Path,
    data: Data = None,
    by: By = None,
    onto: Path | None = None,
    progress: Progress | None = None,
) -> MadeBackup:
    """Back the record up into a new folder, and read the backup again before it is given its name.

    Parameters
    ----------
    to : Path
        Where; an empty or new folder outside of the data folder.
    onto : Path or None
        An earlier backup on the same disk. Originals that it has are shared with it and not copied again.

    Raises
    ------
    PigtrackError
        If there is no record, it can't be read, or the backup can't be written; then there is no backup.
    """
    refuse_standing(to)
    earlier = None if onto is None else _earlier(onto)
    with opened(data) as record:
        _refuse_inside(to, record)
        actor = actor_of(record, by, to=Verb.BACK_UP)
        with record.writing(actor) as unit:
            unit.note("backup", "record")
        with drafted(to) as draft:
            shared = _write(record, draft, earlier, progress)
            manifest = read_manifest(draft)
            remedy = "Check the disk it was to lie on." if onto is None else "Make it without --onto."
            faults = _read_again(draft, manifest, remedy=remedy, progress=progress)
            _refuse_erased(record, draft)
    return MadeBackup(to, manifest, shared, faults)


def check_backup(place: Path, *, progress: Progress | None = None) -> MadeBackup:
    """Read every byte of a backup that was made before.

    Raises
    ------
    RecordError
        If it is damaged.
    """
    manifest = read_manifest(place)
    return MadeBackup(place, manifest, faults=_read_again(place, manifest, progress=progress), made=False)


def _earlier(onto: Path) -> LocalOriginals:
    read_manifest(onto)
    return LocalOriginals(onto / ORIGINALS_FOLDER)


def _refuse_inside(to: Path, record: Record) -> None:
    if is_inside(to, record.folder.path):
        raise RecordError(
            f"{quoted(to)} lies in the data folder, and would be lost with it.", "Name a place on another disk."
        )


def _write(record: Record, draft: Path, earlier: LocalOriginals | None, progress: Progress | None) -> int:
    """Write all of a backup, its manifest last; return how many originals are shared with the earlier one."""
    take_snapshot(record.engine, draft / DATABASE_FILE)
    if (record.folder.path / ERASURES_FILE).exists():
        shutil.copyfile(record.folder.path / ERASURES_FILE, draft / ERASURES_FILE)
    (draft / ORIGINALS_FOLDER).mkdir()
    target = LocalOriginals(draft / ORIGINALS_FOLDER)
    with snapshot_of(draft) as connection:
        names, total = named_originals(connection), count_originals(connection)
        copied = copy_originals(names, record.originals, target, earlier=earlier, total=total, progress=progress)
        head = read_head(connection)
    target.forget_drafts()
    files = write_sums(draft)
    write_manifest(draft, Manifest(__version__, HEAD, record.uid, now(), head, copied.count, copied.lost, files))
    return copied.shared


@contextmanager
def snapshot_of(backup: Path) -> Iterator[Connection]:
    """Give a connection that reads a backup's database, and changes no byte of it."""
    engine: Engine = open_snapshot(backup / DATABASE_FILE)
    try:
        with translated(), engine.connect() as connection:
            yield connection
    finally:
        engine.dispose()


def _read_again(
    place: Path, manifest: Manifest, *, remedy: str = "Use another backup.", progress: Progress | None
) -> tuple[str, ...]:
    """Read every byte of a backup again; return what is wrong with the record itself.

    Raises
    ------
    RecordError
        If the backup is not what was to be written.
    """
    check_files(place, manifest)
    stored, lost = LocalOriginals(place / ORIGINALS_FOLDER), set(manifest.lost)
    unlike = set(find_unlike(listed_originals(place), stored, total=manifest.originals, progress=progress))
    with snapshot_of(place) as connection:
        if manifest.step == HEAD:  # another pigtrack's tables are for that pigtrack to read; the trail is the same
            named = (name for name in named_originals(connection) if name not in lost)
            unlike |= {name for name in named if not stored.has(name)}
            found = (mismatch.line for mismatch in check_database(connection))
        else:
            found = (fault.told for fault in check_chain(read_entries(connection)))
        faults = [line for line, _ in zip(found, range(SHOWN), strict=False)]
    if unlike:
        raise RecordError(f"The backup {quoted(place)} is damaged: {len(unlike)} originals.", remedy)
    told = [f"originals: {name} is missing or damaged in the record." for name in manifest.lost[:SHOWN]]
    return tuple(faults + told)


def _refuse_erased(record: Record, draft: Path) -> None:
    """Refuse a backup that holds the key of a patient who was erased while it was made."""
    with snapshot_of(draft) as connection, record.reading() as live:
        if erased_since(connection, live):
            raise RecordError(
                "A patient's data were erased while the backup was made; it was thrown away.", "Make it again."
            )
