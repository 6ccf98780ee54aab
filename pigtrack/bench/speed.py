"""What a measurement costs, stage by stage, in units of what nobody can do without: decoding a file and seeing L*a*b*.

Seconds say more of the machine than of pigtrack; the ratio to a yardstick that was timed in the same run, between the
same measurements, holds from machine to machine.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from statistics import median

SESSIONS = 2
"""Sessions of a course that shows what pixels cost, and..."""
MEGAPIXELS = 2.0
"""...the pixels of one that shows what sessions cost."""

SIZES, MORE_SIZES = (2.0, 12.0, 24.0), (2.0, 4.0, 12.0, 24.0, 48.0)
COUNTS, MORE_COUNTS = (2, 6, 20), (2, 6, 20, 50)
"""Megapixels and sessions, of the short benchmark and of the full one."""
WORKERS = (1, 2)


@dataclass(frozen=True, slots=True)
class SpeedCase:
    """One course to be timed: so many sessions of one photograph each, so large, by so many workers."""

    megapixels: float
    sessions: int
    workers: int


@dataclass(frozen=True, slots=True)
class Spent:
    """Seconds of the processor, and of the clock on the wall."""

    cpu: float
    wall: float


@dataclass(frozen=True, slots=True)
class SpeedRun:
    """What one measurement of a course took.

    Attributes
    ----------
    stages : mapping of str to Spent
        By stage, without the stages inside it; empty with several workers, whose clocks nobody sees.
    whole : Spent
        The measurement from end to end, the processor's time of the workers with it.
    yardsticks : tuple of float
        Processor's seconds of each decoding of one of its photographs to L*a*b*, before and after.
    peak_mib : float or None
        The most memory that any one process of it held, MiB; None where the system does not tell.
    """

    stages: Mapping[str, Spent]
    whole: Spent
    yardsticks: tuple[float, ...]
    peak_mib: float | None


@dataclass(frozen=True, slots=True)
class SpeedFigure:
    """A case with all its runs.

    Attributes
    ----------
    stages : mapping of str to float
        Processor's seconds a photograph, the median of the runs.
    ratios : mapping of str to float
        The same in yardsticks: each run's seconds over the median yardstick of that run, the median of the runs.
    best : mapping of str to float
        The least seconds of the runs over the least yardstick of any.
    """

    case: SpeedCase
    runs: int
    yardstick_seconds: float
    best_yardstick_seconds: float
    cpu_seconds: float
    wall_seconds: float
    ratio: float
    best_ratio: float
    peak_mib: float | None
    stages: Mapping[str, float]
    ratios: Mapping[str, float]
    best: Mapping[str, float]


def plan_speed(*, full: bool) -> tuple[SpeedCase, ...]:
    """Plan the courses to be timed: sizes at few sessions, sessions at small size, each by one worker and by two."""
    sizes, counts = (MORE_SIZES, MORE_COUNTS) if full else (SIZES, COUNTS)
    courses = [(size, SESSIONS) for size in sizes]
    courses += [(MEGAPIXELS, count) for count in counts if count != SESSIONS]
    return tuple(SpeedCase(size, count, workers) for size, count in courses for workers in WORKERS)


def compute_speed(case: SpeedCase, runs: Sequence[SpeedRun]) -> SpeedFigure:
    """Return the figures of a case, by photograph and in yardsticks.

    Raises
    ------
    ValueError
        If there is no run, or one without a yardstick.
    """
    if not runs or not all(run.yardsticks for run in runs):
        raise ValueError("runs must hold one at least, each with its yardsticks")
    middle = [median(run.yardsticks) for run in runs]
    least = min(min(run.yardsticks) for run in runs)
    each = {name: [run.stages[name].cpu / case.sessions for run in runs] for name in runs[0].stages}
    whole = [run.whole.cpu / case.sessions for run in runs]
    return SpeedFigure(
        case=case,
        runs=len(runs),
        yardstick_seconds=median(middle),
        best_yardstick_seconds=least,
        cpu_seconds=median(run.whole.cpu for run in runs),
        wall_seconds=median(run.whole.wall for run in runs),
        ratio=_in_yardsticks(whole, middle),
        best_ratio=min(whole) / least,
        peak_mib=max((run.peak_mib for run in runs if run.peak_mib is not None), default=None),
        stages={name: median(seconds) for name, seconds in each.items()},
        ratios={name: _in_yardsticks(seconds, middle) for name, seconds in each.items()},
        best={name: min(seconds) / least for name, seconds in each.items()},
    )


def _in_yardsticks(seconds: Sequence[float], yardsticks: Sequence[float]) -> float:
    return median(spent / yardstick for spent, yardstick in zip(seconds, yardsticks, strict=True))


def tell_speed(figures: Sequence[SpeedFigure]) -> Iterator[str]:
    """Yield two tables: stages of the courses that one worker measured, and every course as a whole."""
    staged = [figure for figure in figures if figure.stages]
    heads = [f"{figure.case.megapixels:g} MP x {figure.case.sessions}" for figure in staged]
    yield "CPU seconds a photograph, and in yardsticks (x): OpenCV's plain decoding to L*a*b* of the same file"
    yield f"{'':14}" + "".join(f"{head:>20}" for head in heads)
    yield f"{'yardstick':14}" + "".join(f"{_pair(figure.yardstick_seconds, 1.0):>20}" for figure in staged)
    for name in staged[0].stages if staged else ():
        yield f"{name:14}" + "".join(f"{_pair(figure.stages[name], figure.ratios[name]):>20}" for figure in staged)
    yield ""
    yield f"{'course':14}{'workers':>8}{'wall s':>9}{'CPU s':>9}{'x a photograph':>16}{'peak MiB':>10}{'runs':>6}"
    for figure in figures:
        name = f"{figure.case.megapixels:g} MP x {figure.case.sessions}"
        spent = f"{figure.wall_seconds:>9.1f}{figure.cpu_seconds:>9.1f}{figure.ratio:>16.1f}"
        peak = "–" if figure.peak_mib is None else f"{figure.peak_mib:.0f}"
        yield f"{name:14}{figure.case.workers:>8}{spent}{peak:>10}{figure.runs:>6}"


def _pair(seconds: float, ratio: float) -> str:
    return f"{seconds:.3f} ({ratio:.1f} x)"
