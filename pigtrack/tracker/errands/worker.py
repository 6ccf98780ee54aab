"""The process of one errand: does it, tells how far it is, and what came of it."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from pigtrack.errors import PigtrackError
from pigtrack.model.errand import ErrandKind
from pigtrack.model.progress import Progress
from pigtrack.model.record import Actor

_TELL_S = 0.3


@dataclass(frozen=True, slots=True)
class Order:
    """An errand as its process is told of it; ``place`` is the folder it may write to."""

    kind: ErrandKind
    data: Path
    by: Actor
    place: Path
    asked: Any = None


@dataclass(frozen=True, slots=True)
class Told:
    """What the process says: how far it is; or, ``ended``, what came of it."""

    done: int = 0
    total: int = 0
    what: str = ""
    ended: bool = False
    fault: str = ""
    result: Mapping[str, Any] = field(default_factory=dict)


def work(answers: Connection, order: Order) -> None:
    """Do an errand, and tell of it."""
    from pigtrack.tracker.workers import begin_leaving  # loads what measures; the server itself must not

    begin_leaving()
    try:
        told = Told(ended=True, result=_DO[order.kind](order, _telling(answers.send)))
    except PigtrackError as fault:
        told = Told(ended=True, fault=str(fault))
    except MemoryError:
        told = Told(ended=True, fault="There is not enough memory. Close other programs, and try again.")
    answers.send(told)


def _export(order: Order, progress: Progress) -> dict[str, Any]:
    from pigtrack.tracker.record.exporting import export_record

    out = order.place / f"pigtrack-{order.asked.format.value}.zip"
    exported = export_record(choice=order.asked, out=out, data=order.data, by=order.by, progress=progress)
    told = {"name": out.name, "bytes": out.stat().st_size, "files": exported.files, "digest": exported.digest}
    return {**told, "courses": len(exported.chosen.courses), "notes": list(exported.notes)}


def _check(order: Order, progress: Progress) -> dict[str, Any]:
    from pigtrack.tracker.record.verifying import verify_record

    asked = order.asked
    verified = verify_record(
        data=order.data, by=order.by, head=asked["head"] or None, recompute=asked["recompute"], progress=progress
    )
    return {**verified.entries, "recomputed": asked["recompute"]}


def _clinic(order: Order, progress: Progress) -> dict[str, Any]:
    from pigtrack.tracker.record.watching import watch_clinic

    return watch_clinic(data=order.data, by=order.by, progress=progress)


def _cohort(order: Order, progress: Progress) -> dict[str, Any]:
    from pigtrack.tracker.record.comparing import compare_recorded

    return {**compare_recorded(data=order.data, by=order.by, progress=progress, **order.asked), "asked": order.asked}


_DO: Mapping[ErrandKind, Callable[[Order, Progress], dict[str, Any]]] = {
    ErrandKind.EXPORT: _export,
    ErrandKind.CHECK: _check,
    ErrandKind.CLINIC: _clinic,
    ErrandKind.COHORT: _cohort,
}


def _telling(send: Callable[[Told], None]) -> Progress:
    last = 0.0

    def tell(done: int, total: int, what: str) -> None:
        nonlocal last
        if time.monotonic() - last >= _TELL_S:
            last = time.monotonic()
            send(Told(done, total, what))

    return tell
