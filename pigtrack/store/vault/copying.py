"""Copies originals from one store to another, as they are stored: sealed, under the same names."""

from collections.abc import Iterable
from dataclasses import dataclass

from pigtrack.errors import OriginalError
from pigtrack.model.progress import Progress
from pigtrack.store.vault.local import LocalOriginals
from pigtrack.store.vault.originals import Originals


@dataclass(frozen=True, slots=True)
class Copied:
    """How many originals are there now, how many of them shared with an earlier store, and which the source lost."""

    count: int
    shared: int
    lost: tuple[str, ...]


def copy_originals(
    digests: Iterable[str],
    source: Originals,
    target: Originals,
    *,
    earlier: LocalOriginals | None = None,
    total: int = 0,
    progress: Progress | None = None,
) -> Copied:
    """Copy originals; one is held at a time.

    Parameters
    ----------
    digests : iterable of str
        Which ones.
    earlier : LocalOriginals or None
        A store on the same disk as the target. What is there is not copied, but shared with it.
    total : int
        How many there are, for ``progress``.

    Raises
    ------
    OriginalError
        If one can't be read though it may be there, or can't be kept.
    """
    lost, done, shared = [], 0, 0
    for done, digest in enumerate(digests, start=1):
        if earlier is not None and isinstance(target, LocalOriginals) and target.adopt(digest, earlier):
            shared += 1
        elif not _copy(digest, source, target):
            lost.append(digest)
        if progress is not None:
            progress(done, total, "originals copied:")
    return Copied(done - len(lost), shared, tuple(lost))


def _copy(digest: str, source: Originals, target: Originals) -> bool:
    """Copy one original; tell whether the source has it, whole."""
    try:
        target.put(source.get(digest))
    except OriginalError:
        if source.check(digest):  # it is there: something else is wrong
            raise
        return False
    return True


def find_unlike(
    digests: Iterable[str], originals: Originals, *, total: int = 0, progress: Progress | None = None
) -> tuple[str, ...]:
    """Return those of some originals that are missing or damaged; all are read again."""
    unlike = []
    for done, digest in enumerate(digests, start=1):
        if not originals.check(digest):
            unlike.append(digest)
        if progress is not None:
            progress(done, total, "originals checked:")
    return tuple(unlike)
