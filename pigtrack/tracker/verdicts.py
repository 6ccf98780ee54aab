"""Looks at photographs as they arrive, in a process of its own that stays warm while somebody photographs.

Beginning takes a process two seconds, and the baseline's views another one: both are spent before the first shot.
"""

import hashlib
import multiprocessing
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, field
from typing import Any, TypeVar

from pigtrack.errors import OutputError
from pigtrack.model.upload import Judgement

Outcome = TypeVar("Outcome")

_PATIENCE_S = 120.0
"""A raw photograph of 50 megapixels takes half a minute on a busy machine."""

_NICE = 5
"""Whoever waits for a page comes first, and a verdict before the measuring of whole courses."""

_IDLE_S = 300.0
"""How long the process stays after the last photograph: a patient is seen within some minutes."""


@dataclass(frozen=True, eq=False, slots=True)
class Shown:
    """A photograph's bytes; ``suffix`` tells raw files from others."""

    data: bytes = field(repr=False)
    suffix: str


@dataclass(frozen=True, eq=False, slots=True)
class Setting:
    """What photographs of a course are held against.

    Attributes
    ----------
    card : str
        By name, or the name of one of ``files``.
    files : mapping of str to bytes
        That the course brings along.
    baseline : Shown or None
        None: there is no first photograph yet.
    """

    card: str
    files: Mapping[str, bytes] = field(repr=False)
    pitch_mm: float | None
    baseline: Shown | None

    @property
    def key(self) -> str:
        """The same for settings that are the same."""
        digest = hashlib.sha256(f"{self.card}\0{self.pitch_mm}\0".encode())
        for name, data in sorted(self.files.items()):
            digest.update(name.encode() + hashlib.sha256(data).digest())
        return digest.hexdigest() + ("" if self.baseline is None else hashlib.sha256(self.baseline.data).hexdigest())


@dataclass(frozen=True, eq=False, slots=True)
class Guide:
    """What is laid over the live picture.

    Attributes
    ----------
    jpeg : bytes
        The baseline, small, without anything that its file tells.
    width, height : int
        Of the baseline's own pixels, upright.
    card : tuple of (float, float)
        The card's four corners as shares of width and height; empty where it was not found.
    """

    jpeg: bytes = field(repr=False)
    width: int
    height: int
    card: tuple[tuple[float, float], ...] = ()


class Verdicts:
    """Looks at photographs, one after the other, in a process that is begun when the first is asked for.

    Parameters
    ----------
    idle_s : float
        After so many seconds without a photograph the process is sent home.
    """

    def __init__(self, *, idle_s: float = _IDLE_S) -> None:
        self._idle_s = idle_s
        self._lock = threading.Lock()
        self._pool: ProcessPoolExecutor | None = None
        self._timer: threading.Timer | None = None
        self._at_work = 0

    def prepare(self, setting: Setting) -> Guide | None:
        """Make everything ready for a course's photographs; None: there is no baseline, or it can't be read."""
        from pigtrack.tracker import verdicts_worker  # a name to send; only the process itself loads what it needs

        return self._have_done(verdicts_worker.prepare, setting)

    def judge(self, setting: Setting, shot: Shown) -> Judgement:
        """Look at a photograph."""
        from pigtrack.tracker import verdicts_worker

        return self._have_done(verdicts_worker.judge, setting, shot)

    def draw(self, shot: Shown) -> bytes | None:
        """Draw a small picture of a photograph; None: it is no picture."""
        from pigtrack.tracker import verdicts_worker

        return self._have_done(verdicts_worker.draw, shot)

    def close(self) -> None:
        """Send the process home; another is begun when a photograph is looked at again."""
        with self._lock:
            pool, self._pool = self._pool, None
            if self._timer is not None:
                self._timer.cancel()
        if pool is not None:
            pool.shutdown(wait=False, cancel_futures=True)

    def _have_done(self, step: Callable[..., Outcome], *told: Any) -> Outcome:
        """Have the process do something; where it was ended from outside meanwhile, another one, once.

        Raises
        ------
        OutputError
            If that was ended, too, or takes for ever.
        """
        try:
            return self._once(step, *told)
        except BrokenProcessPool:
            pass
        try:
            return self._once(step, *told)
        except BrokenProcessPool as fault:
            raise OutputError(
                "Looking at the photograph was ended from outside, most likely for want of memory.",
                "The photograph is safe. End other programs, and load the page again.",
            ) from fault

    def _once(self, step: Callable[..., Outcome], *told: Any) -> Outcome:
        with self._lock:
            self._at_work += 1
        try:
            with self._lock:
                outcome = self._submit(step, *told)
            return outcome.result(timeout=_PATIENCE_S)
        except TimeoutError as fault:
            self.close()
            raise OutputError("Looking at the photograph takes too long.", "Take a smaller one.") from fault
        finally:
            self._rest()

    def _submit(self, step: Callable[..., Outcome], *told: Any) -> "Future[Outcome]":
        """Hand work to the process; where it was ended from outside, to a new one."""
        from pigtrack.tracker.workers import deaf_to_interrupt  # OpenCV comes with it: 20 MB that an idle server spares

        try:
            with deaf_to_interrupt():
                return self._open().submit(step, *told)
        except BrokenProcessPool:
            self._pool = None
            with deaf_to_interrupt():
                return self._open().submit(step, *told)
        except BlockingIOError as fault:
            raise OutputError("No further process may be started.", "End other programs, and try again.") from fault

    def _open(self) -> ProcessPoolExecutor:
        from pigtrack.tracker.workers import begin_leaving

        if self._pool is None:
            context = multiprocessing.get_context("spawn")
            self._pool = ProcessPoolExecutor(1, mp_context=context, initializer=begin_leaving, initargs=(_NICE,))
        return self._pool

    def _rest(self) -> None:
        """Begin to count the idle time anew."""
        with self._lock:
            self._at_work -= 1
            if self._timer is not None:
                self._timer.cancel()
            self._timer = threading.Timer(self._idle_s, self._leave)
            self._timer.daemon = True
            self._timer.start()

    def _leave(self) -> None:
        if not self._at_work:
            self.close()
