"""What the process of an errand does."""

from collections.abc import Callable, Mapping
from typing import Any

from pigtrack.model.errand import ErrandKind
from pigtrack.model.progress import Progress
from pigtrack.store.errand_files import seal_made
from pigtrack.tracker.errands.orders import Order


def work(order: Order, progress: Progress) -> dict[str, Any]:
    """Do an errand; return what there is to tell of it."""
    return _DO[order.kind](order, progress)


def _export(order: Order, progress: Progress) -> dict[str, Any]:
    from pigtrack.tracker.record.exporting import export_record

    out = order.place / f"pigtrack-{order.asked.format.value}.zip"
    exported = export_record(choice=order.asked, out=out, data=order.data, by=order.by, progress=progress)
    size = out.stat().st_size
    seal_made(order.place, out.name, order.key)
    told = {"name": out.name, "bytes": size, "files": exported.files, "digest": exported.digest}
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
