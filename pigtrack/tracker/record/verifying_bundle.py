"""Checks an exported bundle alone, without the record that it came from."""

from collections.abc import Iterator
from pathlib import Path

from pigtrack.model.progress import Progress
from pigtrack.store.bundle import Bundle, open_bundle
from pigtrack.store.record.checking import Mismatch, Tally, check_bundle
from pigtrack.store.record.trail import GENESIS, Head
from pigtrack.tracker.record.verifying import Verified, gathered


def verify_bundle(
    *,
    path: Path,
    head: str | None = None,
    recompute: bool = False,
    workers: int = 1,
    progress: Progress | None = None,
) -> Verified:
    """Check a bundle: its files, its trail, its rows and tables; with ``recompute`` its numbers too.

    Parameters
    ----------
    head : str or None
        Digest at which the trail must end, as the clinic's record tells it.

    Raises
    ------
    ExportError
        If it is no bundle.
    """
    tally = Tally(progress)
    with open_bundle(Path(path)) as bundle:
        end = _head(bundle)
        return gathered(_mismatches(bundle, end, head, recompute, workers, progress, tally), end, tally)


def _head(bundle: Bundle) -> Head:
    told = bundle.manifest.about.get("head")
    if isinstance(told, dict) and isinstance(told.get("seq"), int) and isinstance(told.get("hash"), str):
        return Head(told["seq"], told["hash"])
    return Head(0, GENESIS)


def _mismatches(
    bundle: Bundle,
    end: Head,
    head: str | None,
    recompute: bool,
    workers: int,
    progress: Progress | None,
    tally: Tally,
) -> Iterator[Mismatch]:
    yield from check_bundle(bundle, tally)
    if head is not None and head != end.hash:
        yield Mismatch("trail", "", f"The bundle's trail ends at {end.hash}, not at {head}.")
    if recompute:
        from pigtrack.tracker.record.recomputing_bundle import recompute_bundle  # measuring loads much

        yield from recompute_bundle(bundle, workers=workers, progress=progress, tally=tally)
