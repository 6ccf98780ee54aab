"""Times pigtrack itself on drawn courses of many sizes."""

import json
import multiprocessing
import os
import platform
import re
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from pigtrack import __version__
from pigtrack.bench.speed import SpeedCase, SpeedFigure, SpeedRun, Spent, compute_speed, plan_speed, tell_speed
from pigtrack.imaging import opencv
from pigtrack.model.progress import Progress
from pigtrack.store.phantom_folder import DAYS_BETWEEN, FIRST_DAY
from pigtrack.store.whole import refuse_unwritable, write_whole
from pigtrack.tracker.measuring import measure
from pigtrack.tracker.phantoms import render_phantom
from pigtrack.tracker.stopwatch import OTHER, watch_stages

DRAWN_MEGAPIXELS = 12.0
"""Of the photographs that all others are made from: drawing 48 megapixels would take longer than timing them."""

_DRAWN_SESSIONS = 2
_NOISE = 1.2
"""Standard deviation in 8-bit codes that is added anew to every photograph: a scaled picture has lost its own, and
with it what makes a photograph slow to decode."""

_LOOKS = 3
"""So often is a photograph decoded for the yardstick before a measurement, and so often after it."""


Job = TypeVar("Job")
Outcome = TypeVar("Outcome")


@dataclass(frozen=True, slots=True)
class _SpeedJob:
    case: SpeedCase
    folder: str


def bench_speed(
    *,
    full: bool = False,
    out: Path | None = None,
    runs: int = 2,
    cases: Sequence[SpeedCase] | None = None,
    progress: Progress | None = None,
) -> Iterator[str]:
    """Time the measurement of drawn courses, stage by stage, beside OpenCV's plain decoding to L*a*b*.

    Parameters
    ----------
    full : bool
        2 to 48 megapixels and 2 to 50 sessions; else 2 to 24 and 2 to 20.
    out : Path or None
        Where ``speed.json`` goes; None: ``bench-results``.
    runs : int
        Measurements of each course, each in a process of its own.
    cases : sequence of SpeedCase, optional
        In place of those that ``full`` chooses.

    Yields
    ------
    str
        Lines of the tables.
    """
    target = (Path("bench-results") if out is None else Path(out)) / "speed.json"
    refuse_unwritable(target)
    load = _load()
    started = time.monotonic()
    planned = plan_speed(full=full) if cases is None else tuple(cases)
    figures = []
    with tempfile.TemporaryDirectory(prefix="pigtrack-bench-") as scratch:
        drawn = Path(scratch) / "drawn"
        size = min(DRAWN_MEGAPIXELS, max(case.megapixels for case in planned))
        _alone(_draw, (drawn, size))
        for done, case in enumerate(planned, start=1):
            folder = _lay_out(drawn, Path(scratch), case)
            job = _SpeedJob(case, str(folder))
            figures.append(compute_speed(case, [_alone(time_course, job) for _ in range(runs)]))
            if progress is not None:
                progress(done, len(planned), "Timing course")
    entries = {**_machine(), "load_before": load, "load_after": _load(), "cases": [asdict(each) for each in figures]}
    write_whole({target: (json.dumps(entries, indent=1) + "\n").encode()})
    yield from _tell(figures, load, time.monotonic() - started)
    yield f"Figures: {target}"


def _tell(figures: Sequence[SpeedFigure], load: float | None, seconds: float) -> Iterator[str]:
    busy = "" if load is None else f", load {load:.1f} before it began"
    yield f"pigtrack {__version__}, {len(figures)} courses, {seconds / 60:.1f} min, {os.cpu_count()} cores{busy}"
    yield from tell_speed(figures)


def _lay_out(drawn: Path, scratch: Path, case: SpeedCase) -> Path:
    """Make a course of a case's size and length from the drawn one; made once for all workers."""
    folder = scratch / f"{case.megapixels:g}-{case.sessions}"
    if folder.exists():
        return folder
    folder.mkdir()
    sources = sorted(drawn.glob("*.jpg"))
    shape, factor = (0, 0), 1.0
    for session in range(case.sessions):
        with Image.open(sources[session % len(sources)]) as picture:
            factor = (case.megapixels * 1e6 / (picture.width * picture.height)) ** 0.5
            shape = (round(picture.width * factor), round(picture.height * factor))
            pixels = np.asarray(picture if factor == 1 else picture.resize(shape, Image.Resampling.BICUBIC))
        (folder / f"session-{session + 1:02}.jpg").write_bytes(_with_noise(pixels, session))
    (folder / "course.toml").write_text(_course_text(drawn, case.sessions, factor), encoding="utf-8")
    return folder


def _with_noise(pixels: NDArray[np.uint8], seed: int) -> bytes:
    rng = np.random.default_rng(seed)
    noise = rng.standard_normal(pixels.shape, dtype=np.float32) * _NOISE
    file = BytesIO()
    Image.fromarray(np.clip(np.rint(pixels + noise), 0, 255).astype(np.uint8)).save(file, "JPEG", quality=92)
    return file.getvalue()


def _course_text(drawn: Path, sessions: int, factor: float) -> str:
    """Return a course.toml with the drawn one's polygons at another scale."""
    head = (drawn / "course.toml").read_text(encoding="utf-8").split("[[session]]")[0].split("\n")
    lines = [_scaled(line, factor) if line.startswith(("region", "control", "exclude")) else line for line in head]
    for session in range(1, sessions + 1):
        day = FIRST_DAY + timedelta(days=DAYS_BETWEEN * (session - 1))
        lines += ["[[session]]", f"date = {day}", f'photos = ["session-{session:02}.jpg"]']
    return "\n".join([*lines, ""])


def _scaled(line: str, factor: float) -> str:
    return re.sub(r"-?\d+(\.\d+)?", lambda number: f"{float(number[0]) * factor:.2f}", line)


def _alone(step: Callable[[Job], Outcome], job: Job) -> Outcome:
    """Do something in a process of its own, so that neither memory nor anything loaded is another's."""
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=context) as alone:
        return alone.submit(step, job).result()


def _draw(wanted: tuple[Path, float]) -> None:
    out, megapixels = wanted
    render_phantom(out=out, scenario="studio", sessions=_DRAWN_SESSIONS, change="static", megapixels=megapixels)


def time_course(job: _SpeedJob) -> SpeedRun:
    """Time the measurement of a course, yardsticks before and after it."""
    opencv.use_threads(1)
    folder, case = Path(job.folder), job.case
    photographs = [path.read_bytes() for path in sorted(folder.glob("*.jpg"))[:_DRAWN_SESSIONS]]
    yardsticks = _look(photographs)
    with watch_stages() as watch:
        before = _spent()
        measure(course_folder=folder, out=folder / f"results-{case.workers}", workers=case.workers)
        after = _spent()
    whole = Spent(after.cpu - before.cpu, after.wall - before.wall)
    stages = _with_other(watch.stages, whole) if case.workers == 1 else {}
    return SpeedRun(stages, whole, (*yardsticks, *_look(photographs)), _peak_mib())


def _with_other(stages: dict[str, Spent], whole: Spent) -> dict[str, Spent]:
    cpu, wall = (sum(getattr(each, clock) for each in stages.values()) for clock in ("cpu", "wall"))
    return {**stages, OTHER: Spent(whole.cpu - cpu, whole.wall - wall)}


def _look(photographs: Sequence[bytes]) -> list[float]:
    spent = []
    for k in range(_LOOKS):
        start = time.process_time()
        opencv.decode_to_lab(photographs[k % len(photographs)])
        spent.append(time.process_time() - start)
    return spent


def _spent() -> Spent:
    """Processor's time of this process and of its workers that have gone home, and the wall's."""
    told = os.times()
    return Spent(told.user + told.system + told.children_user + told.children_system, time.perf_counter())


def _peak_mib() -> float | None:
    """Most memory that this process or one of its workers ever held; None where the system does not tell."""
    if sys.platform != "linux":
        return None
    import resource

    own = re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text(encoding="ascii"))
    if own is None:
        return None
    # not ru_maxrss, which begins with what the process held that started this one
    return max(int(own[1]), resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss) / 1024


def _load() -> float | None:
    return round(os.getloadavg()[0], 2) if hasattr(os, "getloadavg") else None


def _machine() -> dict[str, object]:
    return {
        "pigtrack": __version__,
        "python": platform.python_version(),
        "opencv": opencv.VERSION,
        "machine": platform.machine(),
        "cores": os.cpu_count(),
        "yardstick": "OpenCV imdecode and Lab conversion (float) of the same file, one thread, CPU seconds",
    }
