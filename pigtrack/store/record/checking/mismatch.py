"""What a check finds, and how much it has looked at."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TypeVar

from pigtrack.model.progress import Progress

Thing = TypeVar("Thing")

_TELL_EVERY = 500


@dataclass(frozen=True, slots=True)
class Mismatch:
    """Something that is not what was written.

    Attributes
    ----------
    part : str
        ``database``, ``trail``, ``rows``, ``measurements``, ``originals``, ``signatures``, ``time stamps``, ``files``
        or ``numbers``.
    where : str
        Table, course and id, or a file's name; empty: the whole.
    told : str
        One sentence.
    """

    part: str
    where: str
    told: str

    @property
    def line(self) -> str:
        """Return what is wrong and where, on one line."""
        return f"{self.part}: {self.where}: {self.told}" if self.where else f"{self.part}: {self.told}"


class Tally:
    """Counts what was looked at, by kind, and notes what is no fault but should be known."""

    def __init__(self, progress: Progress | None = None) -> None:
        self.counts: Counter[str] = Counter()
        self.notes: list[str] = []
        self._progress = progress

    def watch(self, things: Iterable[Thing], kind: str, total: int) -> Iterator[Thing]:
        """Go through things of a kind, count them, and tell how far it is."""
        done = 0
        for thing in things:
            yield thing
            done += 1
            if self._progress is not None and (done % _TELL_EVERY == 0 or done == total):
                self._progress(done, max(total, done), kind)
        self.counts[kind] += done
