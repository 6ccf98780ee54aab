"""The figures of the benchmark, each from its cases."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from pigtrack.bench.cases import ChangeCase, LesionCase, OutlineCase, PhotographCase
from pigtrack.bench.statistics import Figure, estimate
from pigtrack.model.quantity import FloatArray

CALLED = ("improved", "worsened")
POWER_FALLS = ((2.5, 7.5), (7.5, 12.5), (12.5, 17.5), (17.5, 25), (25, 35), (35, 50))
"""Classes of true fall in percent, about 5, 10, 15, 20, 30 and 40, for which the share of calls is told."""

STRONG_E00, WIDE_MM = 5.0, 3.0
"""Contrast and diameter at the baseline of the single lesions whose fall must be seen."""


@dataclass(frozen=True, eq=False, slots=True)
class CourseCases:
    """All cases of one phantom course.

    ``wrongly_found``: cards found in pictures that were cut so as to hold none; ``shots``: photographs a session, each
    set up anew; ``referred``: a lesion was pointed out.
    """

    course: str
    scenario: str
    tone: str
    change: str
    seed: int
    outlines: tuple[OutlineCase, ...]
    lesions: tuple[LesionCase, ...]
    photographs: tuple[PhotographCase, ...]
    changes: tuple[ChangeCase, ...]
    wrongly_found: tuple[bool, ...]
    seconds_per_photograph: float
    shots: int = 1
    referred: bool = False


Values = Callable[[CourseCases], Iterable[float]]


def mean(values: FloatArray) -> float:
    """Arithmetic mean."""
    return float(np.mean(values))


def median(values: FloatArray) -> float:
    """Median."""
    return float(np.median(values))


def root_mean_square(values: FloatArray) -> float:
    """Root of the mean square."""
    return float(np.sqrt(np.mean(values**2)))


def percentile(level: float) -> Callable[[FloatArray], float]:
    """Return the statistic that gives a percentile."""
    return lambda values: float(np.percentile(values, level))


def share(values: FloatArray) -> float:
    """Share of ones among zeros and ones, in percent."""
    return float(100 * np.mean(values))


def compute_figures(courses: Sequence[CourseCases]) -> tuple[Figure, ...]:
    """Compute every figure over some courses."""
    return tuple(
        estimate(name, unit, [np.array(list(values(each)), dtype=float) for each in courses], statistic)
        for name, unit, values, statistic in _FIGURES
    )


def compute_spread(courses: Sequence[CourseCases]) -> dict[str, tuple[float, float]]:
    """Return the lowest and the highest value that each figure has in a single course; what none has is left out."""
    spread = {}
    for name, _, values, statistic in _FIGURES:
        groups = [np.array(list(values(each)), dtype=float) for each in courses]
        single = [statistic(kept) for group in groups if (kept := group[~np.isnan(group)]).size]
        if single:
            spread[name] = (min(single), max(single))
    return spread


def _sought(course: CourseCases) -> list[LesionCase]:
    return [case for case in course.lesions if case.sought]


def _small(course: CourseCases) -> list[LesionCase]:
    return [case for case in course.lesions if 1.5 <= case.diameter_mm < 3.0 and case.delta_e00 >= 2.0]


def _identity(course: CourseCases) -> Iterable[float]:
    """Whether a lesion kept the number it was first seen with; one case a later sighting."""
    first: dict[int, int] = {}
    for case in course.outlines:
        if case.lesion_id is None:
            continue
        if case.truth_id in first:
            yield float(first[case.truth_id] == case.lesion_id)
        first.setdefault(case.truth_id, case.lesion_id)


def _lesion_verdicts(course: CourseCases, endpoint: str | None = None) -> list[ChangeCase]:
    return [each for each in course.changes if each.truth_id and _is_meant(each, endpoint)]


def _session_verdicts(course: CourseCases, endpoint: str | None = None) -> list[ChangeCase]:
    return [each for each in course.changes if not each.truth_id and _is_meant(each, endpoint)]


def _is_meant(change: ChangeCase, endpoint: str | None) -> bool:
    """Whether a change is of this endpoint, or of the primary one where none is named."""
    return change.primary if endpoint is None else change.endpoint == endpoint


def _unchanged(course: CourseCases, shots: int = 1) -> bool:
    return course.change == "static" and course.shots == shots


def _false_lesion_calls(course: CourseCases) -> Iterable[float]:
    if _unchanged(course) and _lesion_verdicts(course):
        yield float(any(each.verdict in CALLED for each in _lesion_verdicts(course)))


def _covered(endpoint: str, *, sessions: bool) -> Values:
    def values(course: CourseCases) -> Iterable[float]:
        for each in course.changes:
            known = np.isfinite([each.true_percent, each.low, each.high]).all()
            if each.endpoint == endpoint and known and sessions == (each.truth_id == 0):
                yield float(each.low <= each.true_percent <= each.high)

    return values


def _session_called(endpoint: str, low: float, high: float, *, shots: int = 1) -> Values:
    def values(course: CourseCases) -> Iterable[float]:
        for each in _session_verdicts(course, endpoint) if course.shots == shots else ():
            if low <= -each.true_percent < high:
                yield float(each.verdict == "improved")

    return values


def _lesion_called(low: float, high: float, *, strong: bool) -> Values:
    def values(course: CourseCases) -> Iterable[float]:
        for each in _lesion_verdicts(course) if course.shots == 1 else ():
            meant = each.delta_e00 >= STRONG_E00 and each.diameter_mm >= WIDE_MM
            if low <= -each.true_percent < high and meant == strong:
                yield float(each.verdict == "improved")

    return values


def _verdict_share(*verdicts: str, shots: int = 1) -> Values:
    return lambda course: (
        (float(each.verdict in verdicts) for each in _session_verdicts(course)) if _unchanged(course, shots) else ()
    )


def _drift(endpoint: str) -> Values:
    return lambda course: (each.percent for each in _lesion_verdicts(course, endpoint) if _unchanged(course))


def _photographs(name: str) -> Values:
    return lambda course: (float(getattr(each, name)) for each in course.photographs)


def _lesions(name: str, *, of: Callable[[CourseCases], list[LesionCase]] = _sought, size: bool = False) -> Values:
    return lambda course: (
        abs(float(getattr(each, name))) if size else float(getattr(each, name)) for each in of(course)
    )


_FIGURES: tuple[tuple[str, str, Values, Callable[[FloatArray], float]], ...] = (
    ("card found", "%", _photographs("card_found"), share),
    ("card right, patch centres within 1 % of the pitch", "%", lambda c: (float(p.card_error_pitch <= 0.01) for p in c.photographs if p.card_found), share),
    ("card wrongly found where there is none", "%", lambda c: map(float, c.wrongly_found), share),
    ("scale error, mean size", "%", lambda c: (abs(p.scale_error_percent) for p in c.photographs), mean),
    ("photographs usable", "%", _photographs("usable"), share),
    ("skin colour, mean", "dE00", _lesions("skin_delta_e00"), mean),
    ("ITA error, rms", "deg", _lesions("ita_error_deg"), root_mean_square),
    ("registration error, mean", "mm", _photographs("registration_mm"), mean),
    ("registration error, 95th percentile", "mm", _photographs("registration_p95_mm"), percentile(95)),
    ("Dice, median", "1", lambda c: (o.dice for o in c.outlines if o.sought and o.lesion_id is not None), median),
    ("Dice, 10th percentile", "1", lambda c: (o.dice for o in c.outlines if o.sought and o.lesion_id is not None), percentile(10)),
    ("lesions missed (3 mm and 2 dE00 up)", "%", lambda c: (float(o.lesion_id is None) for o in c.outlines if o.sought), share),
    ("fainter or smaller lesions missed", "%", lambda c: (float(o.lesion_id is None) for o in c.outlines if not o.sought), share),
    ("outlines invented per photograph", "1", _photographs("invented"), mean),
    ("identity kept", "%", _identity, share),
    ("area bias, median", "%", _lesions("area_error_percent"), median),
    ("area error, median size", "%", _lesions("area_error_percent", size=True), median),
    ("area error, 90th percentile", "%", _lesions("area_error_percent", size=True), percentile(90)),
    ("area error of 1.5 to 3 mm, median size", "%", _lesions("area_error_percent", of=_small, size=True), median),
    ("contrast error, mean size", "dE00", _lesions("contrast_error_e00", size=True), mean),
    ("contrast bias, mean", "dE00", _lesions("contrast_error_e00"), mean),
    ("delta MI error, mean size", "MI", _lesions("delta_mi_error", size=True), mean),
    ("load bias, median", "%", _lesions("load_error_percent"), median),
    ("load error, median size", "%", _lesions("load_error_percent", size=True), median),
    ("unchanged: session wrongly improved", "%", _verdict_share("improved"), share),
    ("unchanged: session wrongly worsened", "%", _verdict_share("worsened"), share),
    ("unchanged: session not measurable", "%", _verdict_share("not_measurable"), share),
    ("unchanged: lesion wrongly called", "%", lambda c: (float(v.verdict in CALLED) for v in _lesion_verdicts(c) if _unchanged(c)), share),
    ("unchanged: courses with any lesion wrongly called", "%", _false_lesion_calls, share),
    ("unchanged: courses with a lesion pointed out", "%", lambda c: (float(c.referred),) if _unchanged(c) else (), share),
    *((f"unchanged: drift of lesion {e}, mean", "%", _drift(e), mean) for e in ("load", "area", "contrast")),
    *((f"three reseated shots, unchanged: session wrongly {v}", "%", _verdict_share(v, shots=3), share) for v in CALLED),
    *((f"session {e} fall of {a:g} to {b:g} % called", "%", _session_called(e, a, b), share) for e in ("load", "area") for a, b in POWER_FALLS),
    *((f"three reseated shots, session load fall of {a:g} to {b:g} % called", "%", _session_called("load", a, b, shots=3), share) for a, b in POWER_FALLS),
    *((f"lesion (5 dE00 and 3 mm up) load fall of {a:g} to {b:g} % called", "%", _lesion_called(a, b, strong=True), share) for a, b in POWER_FALLS),
    *((f"fainter or smaller lesion load fall of {a:g} to {b:g} % called", "%", _lesion_called(a, b, strong=False), share) for a, b in POWER_FALLS),
    *((f"95 % interval of {e} covers, sessions", "%", _covered(e, sessions=True), share) for e in ("load", "area", "contrast")),
    *((f"95 % interval of {e} covers, lesions", "%", _covered(e, sessions=False), share) for e in ("load", "area", "contrast")),
    ("seconds per photograph", "s", lambda c: (c.seconds_per_photograph,), median),
)  # fmt: skip
"""Name, unit, cases of a course, statistic; in the order in which the photograph flows."""
