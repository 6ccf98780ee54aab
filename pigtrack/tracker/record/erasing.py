"""Erases a patient on their demand: their key and words go, the trail stays whole, and a tombstone says so."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from pigtrack.errors import NotAllowedError, PigtrackError, RecordError
from pigtrack.model.record import Actor
from pigtrack.model.roles import Verb
from pigtrack.store.derived import clear_derived
from pigtrack.store.errand_files import ErrandFiles
from pigtrack.store.naming import quoted
from pigtrack.store.record.erasing import (
    Held,
    count_held,
    erase_subject,
    erased_originals,
    find_key_left,
    read_tombstones,
)
from pigtrack.store.record.opening import Record
from pigtrack.store.record.scrubbing import scrub
from pigtrack.store.record.subjects import need_subject
from pigtrack.store.record.tombstones import load_tombstones, save_tombstones
from pigtrack.tracker.record.desk import By, Data, opened
from pigtrack.tracker.record.proving import Ask, proven_actor

Confirm = Callable[[str], bool]
"""Shows what will be lost, and returns whether it shall be."""

AGAIN = "erased before this backup was restored"
"""Reason of an erasure that is repeated in a restored record."""


@dataclass(frozen=True, slots=True)
class Erased:
    """What an erasure came to: patients, originals and copies of the database that are gone."""

    subjects: int
    originals: int
    copies: int

    @property
    def lines(self) -> tuple[str, ...]:
        """What is gone, and what stays."""
        told = [f"Erased: {self.subjects} of the record's patients, {self.originals} originals and label images."]
        if self.copies:
            told.append(f"Removed with them: {self.copies} copies of the database from upgrades, which held the keys.")
        told.append("Their lesions' numbers stay, without day or name. The trail holds who erased them, and why.")
        told.append("Backups that were made before still hold them: see docs/record.md.")
        return tuple(told)


def erase(*, pseudonym: str, reason: str, confirm: Confirm, ask: Ask, data: Data = None, by: By = None) -> Erased:
    """Erase a patient. It can't be undone.

    Raises
    ------
    NotAllowedError
        If who asks is no owner, or did not confirm it.
    RecordError
        If there is no such patient, or the reason names them; or if it was not possible to write the database anew.
    """
    with opened(data) as record:
        actor = proven_actor(record, by, to=Verb.ERASE, ask=ask)
        with record.reading() as connection:
            row = need_subject(connection, pseudonym)
            held = count_held(connection, row["id"])
        if not confirm(_told(pseudonym, held)):
            raise NotAllowedError("Nothing was erased.", "Type the pseudonym as it is, or give --yes.")
        with record.writing(actor) as unit:
            erase_subject(unit, need_subject(unit.connection, pseudonym), reason=reason)
        originals, copies = _cleared(record)
    return Erased(1, originals, copies)


def _told(pseudonym: str, held: Held) -> str:
    return (
        f"Patient {quoted(pseudonym)}: {held.courses} courses, {held.sessions} sessions, {held.photographs} "
        "photographs. What is erased can't be brought back."
    )


def finish(*, data: Data = None, by: By = None, ask: Ask) -> Erased:
    """Finish erasures that were broken off after the key was destroyed: originals, tombstones, the database's file."""
    with opened(data) as record:
        proven_actor(record, by, to=Verb.ERASE, ask=ask)
        return finish_erasures(record)


def finish_erasures(record: Record) -> Erased:
    """Remove what killed erasures left of patients whose keys are destroyed; nothing left: nothing is done but told."""
    originals, copies = _cleared(record)
    return Erased(0, originals, copies)


def repeat(*, tombstones: Path, ask: Ask, data: Data = None, by: By = None) -> Erased:
    """Erase again whom a list of erasures tells of, after an older backup was restored."""
    with opened(data) as record:
        actor = proven_actor(record, by, to=Verb.ERASE, ask=ask)
        return erase_again(record, tombstones, actor=actor)


def erase_again(record: Record, tombstones: Path, *, actor: Actor) -> Erased:
    """Destroy again the keys of those whom an ``erasures.jsonl`` tells of.

    Raises
    ------
    RecordError
        If the list can't be read.
    """
    told, repeated = load_tombstones(tombstones), 0
    with record.writing(actor) as unit:
        for each in told:
            row = find_key_left(unit.connection, each.subject)
            if row is not None:
                erase_subject(unit, row, reason=AGAIN)
                repeated += 1
    save_tombstones(record.folder.path, told)
    originals, copies = _cleared(record)
    return Erased(repeated, originals, copies)


def _cleared(record: Record) -> tuple[int, int]:
    """Remove what no key opens any more; return how many originals and copies. May be done again at any time.

    Raises
    ------
    RecordError
        If something could not be removed; all else was.
    """
    done, faults = [], []
    for step in (_remove_originals, _scrub, _keep_tombstones):
        try:
            done.append(step(record))
        except PigtrackError as fault:
            faults.append(fault)
    if faults:
        raise RecordError(f"The key is destroyed, but not all else is done. {faults[0].problem}", _REST) from faults[0]
    originals, copies, _ = done
    return originals, copies


_REST = "Mend that, and do the rest: pigtrack erase --finish."


def _remove_originals(record: Record) -> int:
    with record.reading() as connection:
        names = sorted(erased_originals(connection))
    left = [name for name in names if record.originals.has(name)]
    for name in left:
        record.originals.delete(name)
    clear_derived(record)
    ErrandFiles(record.folder.path).clear()
    return len(left)


def _scrub(record: Record) -> int:
    return scrub(record.engine)


def _keep_tombstones(record: Record) -> int:
    with record.reading() as connection:
        tombstones = read_tombstones(connection)
    save_tombstones(record.folder.path, tombstones)
    return len(tombstones)
