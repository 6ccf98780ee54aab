"""Times the stages of a measurement from outside: the measuring floors know no clock, and none is put there."""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import wraps
from importlib import import_module
from typing import Any

from pigtrack.bench.speed import Spent

STAGES: Mapping[str, tuple[str, ...]] = {
    "decode": ("tracker.jobs.read_photograph",),
    "card": ("pipeline.reading.find_card", "pipeline.reading.find_sticker"),
    "calibrate": (
        *("pipeline.reading.fit_methods", "pipeline.placing.calibrate_image"),
        *("tracker.rounds.calibrate_together", "tracker.jobs.know_colours"),
    ),
    "scale": ("pipeline.reading.measure_scale", "tracker.rounds.scale_course"),
    "checks": ("pipeline.reading.view_skin", "pipeline.reading.check_photograph", "tracker.jobs.check_placed"),
    "register": (
        *("pipeline.placing.register_image", "pipeline.placing.apply_registration"),
        "tracker.jobs.find_landmarks",
    ),
    "pigment": ("tracker.measuring.fit_course_ruler", "tracker.jobs.map_skin"),
    "segment": ("tracker.finding.find_course_spots",),
    "measure": ("tracker.jobs.measure_photograph", "tracker.jobs.labels_in_photograph"),
    "change": ("tracker.comparing.link_lesions", "tracker.comparing.measure_change"),
    "draw": ("tracker.jobs.draw_pictures", "tracker.measuring.draw_files"),
    "keep": ("tracker.jobs.keep_record", "tracker.jobs.recall_record", "store.workspace.recall_record"),
    "write": ("tracker.measuring.write_results",),
}
"""Functions of each stage, by the names under which they are called; ``keep``: big arrays put aside between steps."""

OTHER = "other"
"""What no stage accounts for."""


class Stopwatch:
    """Counts the seconds of each stage; what a stage inside another takes is the inner one's alone."""

    def __init__(self) -> None:
        self._spent = {name: [0.0, 0.0] for name in STAGES}
        self._running: list[str] = []
        self._since = self._now()

    @property
    def stages(self) -> dict[str, Spent]:
        """Seconds so far, by stage."""
        return {name: Spent(cpu, wall) for name, (cpu, wall) in self._spent.items()}

    def timed(self, stage: str, function: Callable[..., Any]) -> Callable[..., Any]:
        """Return a function that does the same and is timed."""

        @wraps(function)
        def call(*arguments: Any, **options: Any) -> Any:
            self._turn()
            self._running.append(stage)
            try:
                return function(*arguments, **options)
            finally:
                self._turn()
                self._running.pop()

        return call

    def _turn(self) -> None:
        """Give the time since the last turn to the stage that ran."""
        now = self._now()
        if self._running:
            spent = self._spent[self._running[-1]]
            for k in (0, 1):
                spent[k] += now[k] - self._since[k]
        self._since = now

    @staticmethod
    def _now() -> tuple[float, float]:
        return time.process_time(), time.perf_counter()


@contextmanager
def watch_stages() -> Iterator[Stopwatch]:
    """Time the stages of every measurement that this process makes in the ``with`` block, by one worker.

    Raises
    ------
    AttributeError
        If a stage's function is no longer where `STAGES` says.
    """
    watch, replaced = Stopwatch(), []
    places = [(stage, *place.rsplit(".", 1)) for stage, each in STAGES.items() for place in each]
    try:
        for stage, home, name in places:
            module = import_module(f"pigtrack.{home}")
            function = getattr(module, name)
            setattr(module, name, watch.timed(stage, function))
            replaced.append((module, name, function))
        yield watch
    finally:
        for module, name, function in replaced:
            setattr(module, name, function)
