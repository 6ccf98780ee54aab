"""Processes beside this one: each does what it is ordered, one thing after the other, and is sent home at the end.

What a process does is told by an import path, ``module:function``, and imported there alone: whoever orders spares the
memory of what measures, and the time to load it. Such a function takes an order and a `Progress`, and returns what came
of it or raises a `PigtrackError`.
"""

import math
import multiprocessing
import os
import random
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from typing import Any

from pigtrack.errors import OutputError, PigtrackError
from pigtrack.model.progress import Progress
from pigtrack.store.workspace import clear_left_workspaces

Do = Callable[[Any, Progress], Any]
"""What a process does with an order."""

_TELL_S = 0.2
"""How often progress is told at most."""

_LOOK_S = 2.0
"""How often whoever waits for an order looks whether it is still to be done."""

_GOES_WITHIN_S = 10.0
"""How long somebody who is sent home may tidy up."""

_AGAIN_S = (0.001, 0.02)
"""When an end that was dropped is asked for again; never in step with what dropped it."""


class LostError(OutputError):
    """A process was ended from outside before it had done what it was ordered."""


@dataclass(frozen=True, slots=True)
class _Told:
    """How far an order is."""

    done: int
    total: int
    what: str


@dataclass(frozen=True, slots=True)
class _Ended:
    """What came of an order, or why nothing did."""

    outcome: Any = None
    fault: PigtrackError | None = None


class Hired:
    """A process that was begun to do one kind of thing; one thread at a time orders.

    Spawned, as OpenCV does not survive a fork. It is deaf to the keyboard's interrupt, which reaches all processes of a
    terminal, and ends with the process that hired it.

    Parameters
    ----------
    does : str
        Import path of a `Do`.
    name : str
        What the process is called.
    niceness : int
        How far others come first, as ``nice`` counts.

    Raises
    ------
    OutputError
        If no further process may be started.
    """

    def __init__(self, does: str, *, name: str, niceness: int = 0) -> None:
        context = multiprocessing.get_context("spawn")
        self._orders, there = context.Pipe()
        self._process: BaseProcess = context.Process(target=_work, args=(there, does, niceness), name=name, daemon=True)
        try:
            with deaf_to_interrupt():
                self._process.start()
        except OSError as fault:
            self._orders.close()
            raise OutputError("No further process may be started.", "Close other programs, and try again.") from fault
        finally:
            there.close()

    @property
    def pid(self) -> int | None:
        """The process's number."""
        return self._process.pid

    @property
    def is_there(self) -> bool:
        """Whether it lives."""
        return self._process.is_alive()

    def have_done(
        self,
        order: Any,
        *,
        progress: Progress | None = None,
        within_s: float = math.inf,
        look: Callable[[], None] | None = None,
    ) -> Any:
        """Have an order done, and return what came of it.

        Parameters
        ----------
        look : callable or None
            Called every two seconds meanwhile; what it raises ends the waiting, but not the process.

        Raises
        ------
        LostError
            If the process was ended from outside.
        TimeoutError
            If nothing was heard of it for ``within_s`` seconds.
        PigtrackError
            If that is what came of it.
        """
        try:
            self._orders.send(order)
            while True:
                self._wait(within_s, look)
                told = self._orders.recv()
                if isinstance(told, _Ended):
                    break
                if progress is not None:
                    progress(told.done, told.total, told.what)
        except TimeoutError:
            raise
        except (EOFError, OSError) as fault:
            raise LostError(
                "It was ended from outside, most likely for want of memory.", "Close other programs, and try again."
            ) from fault
        if told.fault is not None:
            raise told.fault
        return told.outcome

    def _wait(self, within_s: float, look: Callable[[], None] | None) -> None:
        """Wait until something is said."""
        until = time.monotonic() + within_s
        while not self._orders.poll(min(_LOOK_S, max(0.0, until - time.monotonic()))):
            if time.monotonic() >= until:
                raise TimeoutError
            if look is not None:
                look()

    def interrupt(self) -> None:
        """Have it leave from the middle of its work, tidily; whoever waits for it hears that it is lost."""
        self._process.terminate()

    def leave(self, *, at_once: bool = False) -> None:
        """Send it home when it has done what it is at; ``at_once``: from the middle of its work, tidily.

        What it could not tidy up itself, as when it was killed, is cleared away once it is gone: decrypted photographs
        may be among it.
        """
        if at_once:
            self.interrupt()
        self._orders.close()
        self._process.join(timeout=_GOES_WITHIN_S)
        if self._process.is_alive():
            self._process.kill()
            self._process.join()
        clear_left_workspaces()


@contextmanager
def deaf_to_interrupt() -> Iterator[None]:
    """Put the keyboard's interrupt off; processes that are started meanwhile begin deaf to it."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def follow_whoever_hired() -> None:
    """Make a new process deaf to the keyboard's interrupt, and end it with the process that hired it.

    The interrupt reaches every process of a terminal; who hired them sends them home. Killed, it can't.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_follow, daemon=True).start()


def _follow() -> None:
    hired_by = multiprocessing.parent_process()
    if hired_by is not None:
        hired_by.join()
        os._exit(1)


def leave_tidily() -> None:
    """Have this process tidy up on its way out when it is asked to end: `SystemExit` is raised wherever it is.

    Where nothing can be raised, as in a destructor, Python tells of an exception and drops it; then it is raised again
    a moment later. Asked twice, a process goes on tidying up.
    """
    signal.signal(signal.SIGTERM, _leave)
    if hasattr(signal, "setitimer"):
        signal.signal(signal.SIGALRM, _leave)
        sys.unraisablehook = _leave_later


def leave_if_asked() -> None:
    """Leave now where this process was asked to end and something, such as a pool, took that for a task's fault."""
    if signal.getsignal(signal.SIGTERM) is signal.SIG_IGN:
        raise SystemExit(128 + signal.SIGTERM)


def _leave(number: int, frame: object) -> None:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)  # asked again, as a pool does whose other process is gone already
    raise SystemExit(128 + signal.SIGTERM)


def _leave_later(dropped: "sys.UnraisableHookArgs") -> None:
    if dropped.exc_type is SystemExit:
        signal.setitimer(signal.ITIMER_REAL, random.uniform(*_AGAIN_S))
    else:
        sys.__unraisablehook__(dropped)


def _work(orders: Connection, does: str, niceness: int) -> None:
    """Do what is ordered until nobody orders any more."""
    follow_whoever_hired()
    if niceness and hasattr(os, "nice"):
        os.nice(niceness)
    leave_tidily()
    try:
        _serve(orders, does)
    finally:  # nothing is left to tidy up, and Python's own end takes a while
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        if hasattr(signal, "setitimer"):
            signal.setitimer(signal.ITIMER_REAL, 0)


def _serve(orders: Connection, does: str) -> None:
    module, _, name = does.partition(":")
    do: Do = getattr(import_module(module), name)
    while True:
        try:
            order = orders.recv()
        except (EOFError, OSError):  # whoever ordered is gone
            return
        _send(orders, _done(do, order, _telling(orders)))


def _done(do: Do, order: Any, progress: Progress) -> _Ended:
    try:
        return _Ended(do(order, progress))
    except PigtrackError as fault:
        return _Ended(fault=fault)
    except MemoryError:
        return _Ended(fault=OutputError("There is not enough memory.", "Close other programs, and try again."))


def _telling(orders: Connection) -> Progress:
    last = 0.0

    def tell(done: int, total: int, what: str) -> None:
        nonlocal last
        if time.monotonic() - last >= _TELL_S or done == total:
            last = time.monotonic()
            _send(orders, _Told(done, total, what))

    return tell


def _send(orders: Connection, told: _Told | _Ended) -> None:
    try:
        orders.send(told)
    except OSError:
        raise SystemExit(1) from None  # nobody waits for it any more: leave, tidily
