"""What a photograph costs: CPU seconds a step, and through a whole course, at 12 megapixels on one core; memory at 24.

    python benchmarks/cost.py

The photograph is a phantom's, drawn on the fly; a real one is read too where it is at hand.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
from PIL import Image

import pigtrack
from pigtrack.imaging.calibrate import calibrate_image, choose_method, fit_methods
from pigtrack.imaging.card import find_card
from pigtrack.imaging.opencv import use_threads
from pigtrack.pipeline.frame import plan_frame
from pigtrack.pipeline.settings import MeasurementSettings
from pigtrack.store.folder import load_course
from pigtrack.tracker.colours import know_colours

PHOTOS = Path(os.environ.get("PIGTRACK_REAL_PHOTOS", Path(__file__).resolve().parents[2] / "shared" / "data"))

SECONDS = {"read": 0.10, "card": 0.25, "fit": 0.05, "apply": 0.15}
PEAK_MIB = 1536.0
"""Goals; seconds of CPU on one core at 12 megapixels."""

COURSE_SECONDS, COURSE_PEAK_MIB = 2.0, 1536.0
"""Goals for a photograph of a course from its file to its labels, of three; for a course at 24 megapixels."""

_ROUNDS = 5


def main() -> None:
    """Print the table; as a child, do one thing and tell its figures."""
    if len(sys.argv) == 3:
        print(json.dumps(_CHILDREN[sys.argv[1]](Path(sys.argv[2]))))
        return
    for line in report_cost():
        print(line, flush=True)


def goal_line(what: str, told: str, goal: str) -> str:
    """Lay out one row of a table: what, the figure, the goal beside it."""
    return f"{what:<66}{told:<48}{f'goal {goal}' if goal else ''}".rstrip()


def report_cost() -> Iterator[str]:
    """CPU seconds a step at 12 megapixels on one core, and the most memory at 24."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch) / "phantom"
        pigtrack.tracker.render_phantom(out=folder, sessions=1, megapixels=12.0)
        costs = _in_child("time", folder)
        for step, goal in SECONDS.items():
            told = f"{costs[step][0]:.3f} best, {costs[step][1]:.3f} median of {_ROUNDS}"
            yield goal_line(f"CPU seconds at 12 megapixels, one core: {step}", told, f"<= {goal:.2f}")
        yield from _real_reading()
        enlarge(folder, 24.0)
        peak = _in_child("memory", folder)
        yield goal_line("peak memory at 24 megapixels, all steps", f"{peak['mib']:.0f} MiB", f"<= {PEAK_MIB:.0f}")
    yield from _whole_courses()


def _whole_courses() -> Iterator[str]:
    """A course from its files to its report, one worker."""
    with tempfile.TemporaryDirectory() as scratch:
        for megapixels, sessions in ((12.0, 3), (24.0, 2)):
            folder = Path(scratch) / f"course-{megapixels:.0f}"
            pigtrack.tracker.render_phantom(out=folder, sessions=sessions, megapixels=megapixels)
            cost = _in_child("course", folder)
            what = f"a course of {sessions} at {megapixels:.0f} megapixels, one worker"
            if megapixels == 12.0:
                told = f"{cost['photograph']:.2f}, and {cost['rest']:.2f} for the course and its report"
                yield goal_line(f"CPU seconds a photograph, {what}", told, f"<= {COURSE_SECONDS:.1f}")
            yield goal_line(f"peak memory, {what}", f"{cost['mib']:.0f} MiB", f"<= {COURSE_PEAK_MIB:.0f}")


def _real_reading() -> Iterator[str]:
    """A real photograph has more detail than a phantom, which takes longer to decode."""
    path = PHOTOS / "cards" / "pedrodiamel_hand_4160x3120.jpg"
    if path.is_file():
        best, middle = _in_child("read", path)["read"]
        told = f"{best:.3f} best, {middle:.3f} median of {_ROUNDS}"
        yield goal_line(
            "CPU seconds, one core: read, a real photograph of 13 megapixels", told, f"<= {SECONDS['read']:.2f}"
        )


def enlarge(folder: Path, megapixels: float) -> None:
    """Scale a phantom's photograph up in place; only its size matters here."""
    path = folder / load_course(folder).sessions[0].photos[0]
    with Image.open(path) as small:
        factor = (megapixels * 1e6 / (small.width * small.height)) ** 0.5
        large = small.resize((round(small.width * factor), round(small.height * factor)))
    large.save(path, quality=95)


def _in_child(what: str, path: Path) -> dict[str, Any]:
    alone = {**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
    command = [sys.executable, str(Path(__file__).resolve()), what, str(path)]
    told = subprocess.run(command, env=alone, capture_output=True, text=True, check=True)
    return json.loads(told.stdout)


def time_steps(folder: Path) -> dict[str, list[float]]:
    """Best and median CPU seconds of each step, in this process alone."""
    return _timed(_steps(folder))


def time_reading(path: Path) -> dict[str, list[float]]:
    """Best and median CPU seconds of reading one photograph."""
    return _timed({"read": lambda results: pigtrack.read_photograph(path)})


def _timed(steps: dict[str, Callable[[dict[str, object]], object]]) -> dict[str, list[float]]:
    use_threads(1)
    taken: dict[str, list[float]] = {name: [] for name in steps}
    for _ in range(_ROUNDS):
        results: dict[str, object] = {}
        for name, step in steps.items():
            start = time.process_time()
            results[name] = step(results)
            taken[name].append(time.process_time() - start)
    return {name: [min(each), median(each)] for name, each in taken.items()}


def cost_of_course(folder: Path) -> dict[str, float]:
    """CPU seconds a photograph in the rounds over all of them, of what is left, and the most memory in MiB."""
    use_threads(1)
    rounds: dict[str, float] = {}
    before = start = time.process_time()

    def told(done: int, total: int, what: str) -> None:
        nonlocal before
        now = time.process_time()
        if not (done == 1 and what in _WITH_COURSE):
            rounds[what] = rounds.get(what, 0.0) + (now - before) / (total - (what in _WITH_COURSE))
        before = now

    pigtrack.tracker.measure(course_folder=folder, out=folder / "results", progress=told)
    rounds.pop("Drawing charts", None)
    each = sum(seconds for what, seconds in rounds.items() if "baseline" not in what)
    sessions = len(load_course(folder).sessions)
    return {"photograph": each, "rest": time.process_time() - start - each * sessions, "mib": _peak_mib()}


_WITH_COURSE = ("Mapping pigment",)
"""Rounds whose first photograph is told of only after a step of the course as a whole."""


def peak_memory(folder: Path) -> dict[str, float]:
    """Most memory that this process ever held, after all steps, in MiB."""
    use_threads(1)
    results: dict[str, object] = {}
    for name, step in _steps(folder).items():
        results[name] = step(results)
    return {"mib": _peak_mib()}


def _peak_mib() -> float:
    import resource

    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most / 1024 if sys.platform != "darwin" else most / 1024**2


def _steps(folder: Path) -> dict[str, Callable[[dict[str, object]], object]]:
    """The steps of reading one photograph, each from what those before gave."""
    course, card, knowledge = load_course(folder), pigtrack.load_card("colorchecker-classic"), know_colours()
    path = folder / course.sessions[0].photos[0]

    def apply(results: dict[str, object]) -> object:
        photograph, reading, fits = results["read"], results["card"], results["fit"]
        across = np.hypot(*(reading.centres[5] - reading.centres[0])) / 5
        grid = plan_frame(course, photograph.pixels.shape[:2], 9.0 / across, MeasurementSettings())
        return calibrate_image(photograph, fits[choose_method([fits])], grid, card=reading)

    return {
        "read": lambda results: pigtrack.read_photograph(path),
        "card": lambda results: find_card(results["read"], card),
        "fit": lambda results: fit_methods(results["card"], knowledge),
        "apply": apply,
    }


_CHILDREN = {"time": time_steps, "read": time_reading, "memory": peak_memory, "course": cost_of_course}

if __name__ == "__main__":
    main()
