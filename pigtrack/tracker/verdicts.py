"""Looks at photographs as they arrive, in a process of its own that stays warm while somebody photographs.

Beginning takes a process two seconds, and the baseline's views another one: both are spent before the first shot.
"""

import hashlib
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from pigtrack.errors import OutputError
from pigtrack.model.framing import Aim, CardStand, Glimpse
from pigtrack.model.upload import Judgement
from pigtrack.tracker.processes import Hired, LostError

_PATIENCE_S = 120.0
"""A raw photograph of 50 megapixels takes half a minute on a busy machine."""

_WORK = "pigtrack.tracker.verdicts_worker:work"
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
    stand : CardStand or None
        Where it stood before the camera; None where it was not found.
    focal_length_35mm : float or None
        As the file tells it.
    """

    jpeg: bytes = field(repr=False)
    width: int
    height: int
    card: tuple[tuple[float, float], ...] = ()
    stand: CardStand | None = None
    focal_length_35mm: float | None = None


@dataclass(frozen=True, eq=False, slots=True)
class Live:
    """A small live picture, JPEG, and what it is held against.

    ``width_px``: longer side of the photograph that would be taken now; None: not known.
    """

    aim: Aim
    frame: bytes = field(repr=False)
    width_px: int | None = None


class Look(StrEnum):
    """What is to be done with a photograph, or for those to come."""

    PREPARE = "prepare"
    JUDGE = "judge"
    DRAW = "draw"
    GLANCE = "glance"


@dataclass(frozen=True, eq=False, slots=True)
class Order:
    """What the process is asked; ``setting``, ``shot`` and ``live`` where they are needed."""

    look: Look
    setting: Setting | None = None
    shot: Shown | None = None
    live: Live | None = None


class Verdicts:
    """Looks at photographs, one after the other, in a process that is begun when the first is asked for.

    Parameters
    ----------
    idle_s : float
        After so many seconds without a photograph the process is sent home.
    """

    def __init__(self, *, idle_s: float = _IDLE_S) -> None:
        self._idle_s = idle_s
        self._turn = threading.Lock()
        self._worker: Hired | None = None
        self._timer: threading.Timer | None = None
        self._ended = threading.Event()

    def prepare(self, setting: Setting) -> Guide | None:
        """Make everything ready for a course's photographs; None: there is no baseline, or it can't be read."""
        guide: Guide | None = self._have_done(Order(Look.PREPARE, setting))
        return guide

    def judge(self, setting: Setting, shot: Shown) -> Judgement:
        """Look at a photograph."""
        judgement: Judgement = self._have_done(Order(Look.JUDGE, setting, shot))
        return judgement

    def draw(self, shot: Shown) -> bytes | None:
        """Draw a small picture of a photograph; None: it is no picture."""
        drawn: bytes | None = self._have_done(Order(Look.DRAW, shot=shot))
        return drawn

    def glance(self, live: Live) -> Glimpse | None:
        """Look at a live picture if nothing else is to be looked at; None: something is. It never waits for its turn.

        Raises
        ------
        PigtrackError
            If it is no picture.
        """
        if not self._turn.acquire(blocking=False):
            return None
        try:
            glimpse: Glimpse = self._once(Order(Look.GLANCE, live=live))
        except LostError:
            self._dismiss()
            return None
        finally:
            self._turn.release()
        return glimpse

    def close(self) -> None:
        """Look at nothing any more; the process leaves from the middle of its work."""
        self._ended.set()
        worker = self._worker
        if worker is not None:
            worker.interrupt()  # then whoever waits for it hears that nobody is there
        with self._turn:
            self._dismiss()

    def _have_done(self, order: Order) -> Any:
        """Have the process do something; where it was ended from outside meanwhile, another one, once.

        Raises
        ------
        OutputError
            If that was ended, too, or takes for ever.
        """
        with self._turn:
            try:
                return self._once(order)
            except LostError:
                self._dismiss()
            try:
                return self._once(order)
            except LostError as fault:
                self._dismiss()
                raise OutputError(
                    "Looking at the photograph was ended from outside, most likely for want of memory.",
                    "The photograph is safe. End other programs, and load the page again.",
                ) from fault

    def _once(self, order: Order) -> Any:
        if self._timer is not None:
            self._timer.cancel()
        try:
            return self._hire().have_done(order, within_s=_PATIENCE_S)
        except TimeoutError as fault:
            self._dismiss(at_once=True)
            raise OutputError("Looking at the photograph takes too long.", "Take a smaller one.") from fault
        finally:
            self._timer = threading.Timer(self._idle_s, self._rest)
            self._timer.daemon = True
            self._timer.start()

    def _hire(self) -> Hired:
        """Return the process, begun where there is none."""
        if self._ended.is_set():
            raise LostError("The server ends.", "Ask again when it is there.")
        if self._worker is not None and not self._worker.is_there:
            self._dismiss()
        if self._worker is None:
            self._worker = Hired(_WORK, name="pigtrack-verdicts", niceness=_NICE)
            if self._ended.is_set():  # just before there was anybody to send home
                self._worker.interrupt()
        return self._worker

    def _rest(self) -> None:
        """Send the process home, unless a photograph is looked at."""
        if self._turn.acquire(blocking=False):
            try:
                self._dismiss()
            finally:
                self._turn.release()

    def _dismiss(self, *, at_once: bool = False) -> None:
        worker, self._worker = self._worker, None
        if self._timer is not None:
            self._timer.cancel()
        if worker is not None:
            worker.leave(at_once=at_once)
