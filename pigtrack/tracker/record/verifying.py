"""Checks a record: that nothing in it is other than it was written, and every number what the photographs give."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from pigtrack.errors import RecordError
from pigtrack.model.progress import Progress
from pigtrack.model.record import Actor
from pigtrack.model.roles import Verb
from pigtrack.store.naming import quoted
from pigtrack.store.record.checking import Mismatch, Tally, check_record
from pigtrack.store.record.opening import Record
from pigtrack.store.record.trail import Head, read_head
from pigtrack.tracker.record.desk import By, Data, actor_of, opened

_MOST = 1_000
"""Mismatches that are named one by one; a record with more is damaged as a whole, and the rest are counted."""


@dataclass(frozen=True, slots=True)
class Verified:
    """What a check came to.

    Attributes
    ----------
    head : Head
        Where the trail ended: kept elsewhere, it shows later that nothing was cut off.
    mismatches : tuple of Mismatch
        The first thousand.
    found : int
        All of them.
    counts : mapping of str to int
        What was looked at, by kind.
    notes : tuple of str
        What is no fault but should be known.
    """

    head: Head
    mismatches: tuple[Mismatch, ...]
    found: int
    counts: dict[str, int]
    notes: tuple[str, ...] = ()

    @property
    def is_sound(self) -> bool:
        """Whether nothing was found."""
        return self.found == 0

    @property
    def lines(self) -> tuple[str, ...]:
        """A line for each mismatch, then what was looked at."""
        named = [each.line for each in self.mismatches]
        if self.found > len(named):
            named.append(f"... and {self.found - len(named)} more.")
        looked = ", ".join(f"{count} {kind}" for kind, count in self.counts.items() if count)
        told = "Nothing was changed." if self.is_sound else f"{self.found} mismatch{'' if self.found == 1 else 'es'}."
        end = f"The trail ends at entry {self.head.seq}, {self.head.hash}."
        return (*named, *self.notes, f"Checked: {looked or 'nothing'}.", end, told)

    @property
    def entries(self) -> dict[str, object]:
        """What it came to, for JSON."""
        return {
            "sound": self.is_sound,
            "mismatches": [{"part": each.part, "where": each.where, "told": each.told} for each in self.mismatches],
            "mismatches_found": self.found,
            "checked": self.counts,
            "notes": list(self.notes),
            "head": {"seq": self.head.seq, "hash": self.head.hash},
        }


def verify_record(
    *,
    data: Data = None,
    by: By = None,
    head: str | None = None,
    trusted: Path | None = None,
    recompute: bool = False,
    workers: int = 1,
    progress: Progress | None = None,
) -> Verified:
    """Check a data folder: trail, rows, measurements, originals, signatures, time stamps; nothing is mended.

    Parameters
    ----------
    head : str or None
        Digest of an entry of the trail that somebody kept: it must still be there.
    trusted : Path or None
        File with the certificates of trusted time stamping authorities, PEM.
    recompute : bool
        Measure every course again from its originals too, and compare all numbers.

    Raises
    ------
    RecordError
        If the record can't be opened, or the user may not check it.
    """
    roots = None if trusted is None else _read(trusted)
    with opened(data) as record:
        actor = actor_of(record, by, to=Verb.VERIFY)
        with record.reading() as connection:
            end = read_head(connection)
        tally = Tally(progress)
        found = gathered(_mismatches(record, head, roots, recompute, workers, progress, tally), end, tally)
        return _told(record, actor, found, recompute=recompute)


def _mismatches(
    record: Record,
    head: str | None,
    roots: bytes | None,
    recompute: bool,
    workers: int,
    progress: Progress | None,
    tally: Tally,
) -> Iterator[Mismatch]:
    yield from check_record(record, head=head, roots=roots, tally=tally)
    if recompute:
        from pigtrack.tracker.record.recomputing import recompute_record  # measuring loads much

        yield from recompute_record(record, workers=workers, progress=progress, tally=tally)


def gathered(mismatches: Iterable[Mismatch], head: Head, tally: Tally) -> Verified:
    """Return mismatches with what was looked at; of very many the first are kept."""
    kept: list[Mismatch] = []
    found = 0
    for each in mismatches:
        found += 1
        if found <= _MOST:
            kept.append(each)
    return Verified(head, tuple(kept), found, dict(tally.counts), tuple(tally.notes))


def _told(record: Record, actor: Actor, verified: Verified, *, recompute: bool) -> Verified:
    """Tell the trail of the check; where it can't be written, say so."""
    try:
        with record.writing(actor) as unit:
            unit.note("verify", "record", head=verified.head.seq, mismatches=verified.found, recomputed=recompute)
    except RecordError as fault:
        note = f"The trail could not be told of this check: {fault.problem}"
        return replace(verified, notes=(*verified.notes, note))
    return verified


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as fault:
        raise RecordError(
            f"The certificates {quoted(path)} can't be read ({fault.strerror}).", "Name a PEM file."
        ) from fault
