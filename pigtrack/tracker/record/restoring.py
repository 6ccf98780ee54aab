"""Restores a record from a backup into a new data folder, and erases again whoever was erased since."""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from pigtrack.errors import RecordError
from pigtrack.model.progress import Progress
from pigtrack.model.record import Actor
from pigtrack.store.naming import quoted
from pigtrack.store.record.backup import (
    DATABASE_FILE,
    ERASURES_FILE,
    ORIGINALS_FOLDER,
    Manifest,
    check_files,
    drafted,
    read_manifest,
)
from pigtrack.store.record.checking import Tally, check_record
from pigtrack.store.record.data_folder import ORIGINALS, make_folder
from pigtrack.store.record.engine import open_engine
from pigtrack.store.record.links import withdraw_all
from pigtrack.store.record.opening import Record, open_record
from pigtrack.store.record.snapshot import count_originals, load_snapshot, named_originals
from pigtrack.store.record.trail import read_head
from pigtrack.store.record.users import has_users
from pigtrack.store.record.web_sessions import end_all_sessions
from pigtrack.store.vault.copying import copy_originals
from pigtrack.store.vault.local import LocalOriginals
from pigtrack.tracker.record.backing_up import SHOWN, snapshot_of
from pigtrack.tracker.record.desk import named_user, now
from pigtrack.tracker.record.erasing import erase_again


@dataclass(frozen=True, slots=True)
class Restored:
    """A record that was restored and verified.

    Attributes
    ----------
    erased : int
        Patients who were erased again.
    faults : tuple of str
        What is wrong with it, as it was when it was backed up.
    links : int
        Patients' links that opened something then, and were withdrawn.
    users : bool
        Whether it knows users.
    """

    place: Path
    manifest: Manifest
    erased: int
    faults: tuple[str, ...] = ()
    links: int = 0
    users: bool = False

    @property
    def told(self) -> str:
        """Say what was restored."""
        told = [f"The record of {self.manifest.at} was restored into {quoted(self.place)}."]
        if self.erased:
            told.append(f"{self.erased} patients were erased again.")
        if self.links:
            told.append(f"Patients' links were withdrawn ({self.links}): make new ones where they are wanted.")
        if self.users:
            told.append("Users and passwords are those of that day: disable again whoever was disabled since.")
        return " ".join(told)


def restore(
    *,
    backup: Path,
    to: Path,
    erasures: Path | None = None,
    database: str | None = None,
    originals: str | None = None,
    by: str | None = None,
    incomplete: bool = False,
    progress: Progress | None = None,
) -> Restored:
    """Restore a backup into an empty or new data folder.

    Parameters
    ----------
    erasures : Path or None
        The ``erasures.jsonl`` of the record that was lost: patients who were erased after the backup was made.
    database, originals : str or None
        Where the restored record keeps them, as in pigtrack.toml; None: in the data folder.
    incomplete : bool
        Go on where originals of the backup are missing or damaged.

    Raises
    ------
    PigtrackError
        If the backup is damaged, or the place can't be written; then nothing stands in that place.
    """
    manifest = read_manifest(backup)
    check_files(backup, manifest)
    _refuse_misfit(backup, manifest)
    with drafted(to) as draft:
        stage = draft if database is None else draft.with_name("stage")
        make_folder(stage, originals=originals or ORIGINALS)
        for name in (DATABASE_FILE, ERASURES_FILE):
            if name in manifest.files:
                shutil.copyfile(backup / name, stage / name)
                (stage / name).chmod(0o600)
        with open_record(stage, clock=now) as record:
            erased = _erase_again(record, erasures, Actor(named_user(by)))
            _fill(record, backup, manifest, incomplete=incomplete, progress=progress)
            faults = tuple(_faults(record, progress))
            links, users = _shut(record, manifest, Actor(named_user(by)))
        if database is not None:
            _move_in(stage, draft, database=database, originals=originals or ORIGINALS)
    return Restored(to, manifest, erased, faults, links, users)


def _shut(record: Record, manifest: Manifest, actor: Actor) -> tuple[int, bool]:
    """Tell the trail, and let nobody in by what may have been withdrawn since: links, sessions of the web app."""
    with record.writing(actor) as unit:
        unit.note("restore", "record", of=manifest.head.seq, head=manifest.head.hash, made=manifest.at)
        end_all_sessions(unit)
        return withdraw_all(unit), has_users(unit.connection)


def _refuse_misfit(backup: Path, manifest: Manifest) -> None:
    with snapshot_of(backup) as connection:
        if read_head(connection) != manifest.head:
            raise RecordError(
                f"The backup {quoted(backup)} is damaged: its trail does not end as its manifest says.",
                "Use another backup.",
            )


def _erase_again(record: Record, erasures: Path | None, actor: Actor) -> int:
    """Erase again whom the backup's own list and that of the lost record tell of, before anything else is restored."""
    own = record.folder.path / ERASURES_FILE
    lists = [each for each in (own if own.exists() else None, erasures) if each is not None]
    return sum(erase_again(record, each, actor=actor).subjects for each in lists)


def _fill(record: Record, backup: Path, manifest: Manifest, *, incomplete: bool, progress: Progress | None) -> None:
    """Copy the originals of those who are not erased."""
    before = set(manifest.lost)
    with record.reading() as connection:
        wanted = (name for name in named_originals(connection) if name not in before)
        source = LocalOriginals(backup / ORIGINALS_FOLDER)
        total = count_originals(connection)
        copied = copy_originals(wanted, source, record.originals, total=total, progress=progress)
    if copied.lost and not incomplete:
        raise RecordError(
            f"{len(copied.lost)} originals of the backup are missing or damaged, first {copied.lost[0]}.",
            "Use another backup, or restore all the rest with --incomplete.",
        )


def _faults(record: Record, progress: Progress | None) -> Iterator[str]:
    """Yield the first faults of a record."""
    for mismatch, _ in zip(check_record(record, tally=Tally(progress)), range(SHOWN), strict=False):
        yield mismatch.line


def _move_in(stage: Path, draft: Path, *, database: str, originals: str) -> None:
    """Move a restored record into a database of its own. What is filled there is filled in one transaction."""
    engine = open_engine(database, base=draft)
    try:
        load_snapshot(stage / DATABASE_FILE, engine)
    finally:
        engine.dispose()
    make_folder(draft, database=database, originals=originals)
    for name in (ERASURES_FILE, originals):
        if (stage / name).exists() and not Path(name).is_absolute():
            (stage / name).rename(draft / name)
