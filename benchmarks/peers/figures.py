"""The figures of the table, each from a peer's cases."""

from collections.abc import Callable, Iterator, Sequence

import numpy as np
from compare import ENDPOINTS, Cases, ChangeCase
from numpy.typing import NDArray
from photographs import COURSE, REAL, TURNED, Shown

from pigtrack.bench.cases import diameter_mm, is_sought
from pigtrack.bench.statistics import Figure, estimate

NOISE_QUANTILE = 1.96
FALL_CLASS = (15.0, 25.0)
"""Sessions whose true load has fallen by so many percent stand for a fall of 20 %."""


def noise_percent(changes: Sequence[float]) -> float:
    """The fall, in percent, that 95 % of unchanged sessions stay within: 1.96 root mean squares of the log ratio."""
    logs = log_ratios(changes)
    return float(100 * (1 - np.exp(-NOISE_QUANTILE * np.sqrt(np.mean(logs**2))))) if logs.size else np.nan


def log_ratios(changes: Sequence[float]) -> NDArray[np.float64]:
    """Log ratios of changes in percent; what fell to nothing counts as a hundredth."""
    known = np.array([each for each in changes if np.isfinite(each)])
    return np.asarray(np.log(np.maximum(1 + known / 100, 0.01)))


def figures(cases: Cases) -> dict[str, Figure]:
    """Every figure of the table, with its interval from a bootstrap over courses (real cards: over photographs)."""
    told = [estimate(name, unit, _grouped(values(cases)), statistic) for name, unit, values, statistic in FIGURES]
    return {each.name: each for each in told}


Values = Callable[[Cases], Iterator[tuple[str, float]]]
Statistic = Callable[[NDArray[np.float64]], float]


def _grouped(values: Iterator[tuple[str, float]]) -> list[NDArray[np.float64]]:
    groups: dict[str, list[float]] = {}
    for group, value in values:
        groups.setdefault(group, []).append(value)
    return [np.array(each) for each in groups.values()]


def _cards(verdict: str, kinds: Sequence[str]) -> Values:
    return lambda cases: ((c.group, float(c.verdict == verdict)) for c in cases.cards if c.kind in kinds)


def _spots(name: str, *, size: bool = False) -> Values:
    return lambda cases: (
        (c.group, abs(getattr(c, name)) if size else getattr(c, name)) for c in cases.spots if c.sought and c.found
    )


def _skin(cases: Cases) -> Iterator[tuple[str, float]]:
    return ((c.group, c.skin_delta_e00) for c in cases.spots)


def _photographs(name: str) -> Values:
    return lambda cases: ((c.group, float(getattr(c, name))) for c in cases.photographs)


def _dice(cases: Cases) -> Iterator[tuple[str, float]]:
    """Dice of all spots of a photograph together; nothing measured is 0."""
    return ((c.group, c.dice if c.measured else 0.0) for c in cases.photographs)


def _unchanged(endpoint: str) -> Values:
    return lambda cases: (
        (c.group, c.percent) for c in cases.changes if c.endpoint == endpoint and abs(c.true_percent) < 0.5
    )


def _beyond(endpoint: str, limit: float) -> Values:
    return lambda cases: (
        (group, float(abs(percent) > limit)) for group, percent in _unchanged(endpoint)(cases) if np.isfinite(percent)
    )


def _fallen(endpoint: str) -> Values:
    """Whether a true fall of about 20 % of the load shows beyond the peer's own noise; not measured: it does not."""

    def values(cases: Cases) -> Iterator[tuple[str, float]]:
        noise = noise_percent([percent for _, percent in _unchanged(endpoint)(cases)])
        for true, case in zip(_of(cases, "load"), _of(cases, endpoint), strict=True):
            if FALL_CLASS[0] <= -true.true_percent < FALL_CLASS[1]:
                yield case.group, float(case.percent < -noise)

    return values


def _of(cases: Cases, endpoint: str) -> list[ChangeCase]:
    return [case for case in cases.changes if case.endpoint == endpoint]


def _called(verdicts: Sequence[str], low: float, high: float) -> Values:
    """Share of sessions with a fall of the true load in a class that pigtrack's own verdict calls so."""
    return lambda cases: (
        (c.group, float(c.verdict in verdicts))
        for c in _of(cases, "load")
        if c.verdict and low <= -c.true_percent < high
    )


def _mean(values: NDArray[np.float64]) -> float:
    return float(np.mean(values))


def _median(values: NDArray[np.float64]) -> float:
    return float(np.median(values))


def _share(values: NDArray[np.float64]) -> float:
    return float(100 * np.mean(values))


def _percentile(level: float) -> Statistic:
    return lambda values: float(np.percentile(values, level))


def _noise(values: NDArray[np.float64]) -> float:
    return noise_percent(list(values))


def _misplaced(cases: Cases) -> Iterator[tuple[str, float]]:
    return ((c.group, 100 * c.off_pitches) for c in cases.cards if c.kind == COURSE and c.verdict == "right")


def _missed(cases: Cases) -> Iterator[tuple[str, float]]:
    return ((c.group, float(not c.found)) for c in cases.spots if c.sought)


def _invented(cases: Cases) -> Iterator[tuple[str, float]]:
    return ((c.group, float(c.invented)) for c in cases.photographs if c.measured)


_NOT_TO_TAKE = ("mirrored", "covered", "cut", "card-free")

FIGURES: tuple[tuple[str, str, Values, Statistic], ...] = (
    ("phantom cards right", "%", _cards("right", (COURSE, TURNED)), _share),
    ("phantom cards silently wrong", "%", _cards("wrong", (COURSE, TURNED)), _share),
    ("phantom cards missed", "%", _cards("missed", (COURSE, TURNED)), _share),
    ("no, half, cut or mirrored card taken for whole", "%", _cards("taken", _NOT_TO_TAKE), _share),
    ("real cards right", "%", _cards("right", (REAL,)), _share),
    ("real cards silently wrong", "%", _cards("wrong", (REAL,)), _share),
    ("real foreign, cut or half cards taken", "%", _cards("taken", ("foreign",)), _share),
    ("farthest patch centre, median", "% of pitch", _misplaced, _median),
    ("photographs measured", "%", _photographs("measured"), _share),
    ("skin colour, mean", "dE00", _skin, _mean),
    ("skin colour, 95th percentile", "dE00", _skin, _percentile(95)),
    ("lesions missed or run into a neighbour", "%", _missed, _share),
    ("outlines invented per photograph", "1", _invented, _mean),
    ("Dice of all spots of a photograph, mean", "1", _dice, _mean),
    ("area error, median size", "%", _spots("area_error_percent", size=True), _median),
    ("area bias, median", "%", _spots("area_error_percent"), _median),
    ("contrast error, mean size", "dE00", _spots("contrast_error_e00", size=True), _mean),
    ("delta MI error, mean size", "MI", _spots("delta_mi_error", size=True), _mean),
    *(
        (f"unchanged: sessions off by more than {limit} %, {endpoint}", "%", _beyond(endpoint, limit), _share)
        for endpoint in ("area", "load")
        for limit in (5, 10, 20)
    ),
    *((f"smallest fall told from its own noise, {e}", "%", _unchanged(e), _noise) for e in ENDPOINTS),
    *((f"true fall of 20 % seen beyond its own noise, {e}", "%", _fallen(e), _share) for e in ENDPOINTS),
    ("own verdict: unchanged called changed", "%", _called(("improved", "worsened"), -0.5, 0.5), _share),
    ("own verdict: true fall of 20 % called improved", "%", _called(("improved",), *FALL_CLASS), _share),
    ("CPU seconds a photograph, median", "s", _photographs("cpu"), _median),
    ("wall seconds a photograph, median", "s", _photographs("wall"), _median),
    ("most memory, median", "MiB", _photographs("mib"), _median),
)
"""Name, unit, values by group, statistic; in the order of the table."""


def failures(cases: Cases) -> dict[str, int]:
    """What a peer raised, with how often."""
    told: dict[str, int] = {}
    for case in cases.cards:
        if case.failure:
            told[case.failure] = told.get(case.failure, 0) + 1
    return told


def lesion_sizes(shown: Sequence[Shown]) -> tuple[int, float]:
    """How many lesions are sought in all photographs, and their median diameter in mm."""
    sizes = [diameter_mm(lesion) for each in shown for lesion in each.lesions if is_sought(lesion)]
    return len(sizes), float(np.median(sizes)) if sizes else 0.0
