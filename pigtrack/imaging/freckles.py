"""Freckles as a population: density, size and contrast, each with its uncertainty and its change.

Of a hundred small spots it is not asked which one has changed. They are counted, sized and averaged with the same
limit in every session, over the same skin.
"""

from collections.abc import Collection, Sequence
from dataclasses import replace

import numpy as np
from scipy.special import ndtr

from pigtrack.model.flags import QualityFlag
from pigtrack.model.metrics import LesionSession, SpotMeasurement, Status, Verdict
from pigtrack.model.population import Population, PopulationChange, PopulationFigure, PopulationSession
from pigtrack.model.provenance import Algorithm
from pigtrack.model.quantity import BoolImage, FloatArray, Measured, Unit

__all__ = ["ALGORITHM", "find_members", "measure_population", "withhold_verdicts"]

ALGORITHM = Algorithm("freckles", 1)

FEWEST = 40
"""Small spots from which on nobody follows them one by one, and their quartiles are known to a tenth."""

LARGEST_MM = 4.0
"""Freckles (ephelides) are 1 to 3 mm, rarely 5 mm across; three in four must stay below this."""

VISIBLE_DELTA_E00 = 1.0
"""Contrast from which a spot is counted: about what a trained eye just sees on skin."""

LIMIT = 3.0
"""Standard uncertainties that this must come to at the least; else the limit is raised to them."""

COMMON = 0.02
"""Share of every contrast that two sessions of one camera, lamp and card differ by: on unchanged phantom courses 0.6 %,
and what a veil of 0.15 % of white takes off, which on dark skin is 2 %."""

COMMON_SIZE = 0.015
"""The same of a diameter: blur that the outline does not give back, up to 2.5 % at 1.7 mm on phantoms by phone."""

WHOLE = 0.25
"""Variance of a whole number that may have been rounded by one half."""

_MEDIAN_LOSS = 1.2533
"""Standard error of a median over that of a mean, normal errors."""

_QUANTILE = 1.96


def find_members(
    lesions: Sequence[LesionSession], *, baseline: int, control: Collection[int] = (), wanted: bool | None = None
) -> frozenset[int]:
    """Return the lesions that are a population: all of the region's where these are many and small; else none.

    Parameters
    ----------
    lesions : sequence of LesionSession
        Of all sessions; lengths in millimetres.
    baseline : int
        Number of the baseline session.
    control : collection of int
        Lesions on untreated skin, which are never part of it.
    wanted : bool or None
        What the course asks for, whatever the spots are like; None: it is told from the spots.
    """
    treated = [row for row in lesions if row.lesion_id not in control]
    first = [row.spot.diameter for row in treated if row.session == baseline and row.spot.present]
    diameters = np.array([diameter for diameter in first if diameter is not None])
    many = len(diameters) >= FEWEST and float(np.percentile(diameters, 75)) <= LARGEST_MM
    if len(diameters) == 0 or not (many if wanted is None else wanted):
        return frozenset()
    return frozenset(row.lesion_id for row in treated)


def measure_population(
    lesions: Sequence[LesionSession], members: Collection[int], *, baseline: int, region_area: float | None
) -> Population:
    """Tell the freckles of every session together.

    Parameters
    ----------
    lesions : sequence of LesionSession
        Of all sessions, with the sessions' noise in their ``u``.
    members : collection of int
        Of the population, from `find_members`; at least one.
    baseline : int
        Number of the baseline session.
    region_area : float or None
        Area of the region, mm² (or pixels² without scale).

    Notes
    -----
    *Limit:* the delta MI that goes with `VISIBLE_DELTA_E00` at the baseline, or `LIMIT` times the median u of any
    session where that is more. *Density:* the number n above it, over the region's area as far as its freckles are
    seen; ``u² = Σ p(1-p) + 1/4 + d²``: p is each spot's chance to lie above the limit, d half of what n differs by
    where all contrasts are `COMMON` more or less. *Median diameter:* of those counted; ``u² = (1.25 rms(u)/√n)² +
    (COMMON_SIZE·median)² + d²``. *Contrast:* mean over all members that are ever counted and seen now,
    ``u² = Σu²/n² + (COMMON·mean)²``. *Change:* log ratio of the same skin's figures, 95 %.

    Raises
    ------
    ValueError
        If there are no members, or none at the baseline.
    """
    rows = [row for row in lesions if row.lesion_id in members and row.spot.delta_mi is not None]
    seen = {number: _Seen(number, rows) for number in sorted({row.session for row in rows})}
    if baseline not in seen:
        raise ValueError(f"members must have been seen in the baseline session {baseline}")
    limit = _limit(seen[baseline], seen.values())
    counted = frozenset(k for each in seen.values() for k in each.numbers[each.contrast >= limit].tolist())
    told = tuple(_tell(each, seen[baseline], limit, counted, len(set(members)), region_area) for each in seen.values())
    return Population(limit, frozenset(members), told)


def withhold_verdicts(lesions: Sequence[LesionSession], members: Collection[int]) -> tuple[LesionSession, ...]:
    """Return the rows with no verdict on a single member; numbers, intervals and pointers to a doctor stay."""
    return tuple(_withheld(row) if row.lesion_id in members else row for row in lesions)


def _withheld(row: LesionSession) -> LesionSession:
    if row.verdict is Verdict.BASELINE:
        return replace(row, flags=row.flags | {QualityFlag.POPULATION})
    silent = Verdict.NOT_MEASURABLE
    changes = tuple(replace(change, verdict=silent) for change in row.changes)
    return replace(row, changes=changes, verdict=silent, flags=row.flags | {QualityFlag.POPULATION})


class _Seen:
    """Members seen in one session, as arrays; diameters are nan where nothing was outlined."""

    def __init__(self, session: int, rows: Sequence[LesionSession]) -> None:
        spots = [row.spot for row in rows if row.session == session and row.status is not Status.NOT_VISIBLE]
        self.session = session
        self.numbers = np.array([spot.lesion_id for spot in spots])
        self.contrast, self.u_contrast = _columns([spot.delta_mi for spot in spots])
        self.colour = np.array([np.nan if spot.delta_e00 is None else spot.delta_e00.value for spot in spots])
        self.diameter = np.array([np.nan if spot.diameter is None else spot.diameter for spot in spots])
        self.u_diameter = np.array([_u_of_diameter(spot) for spot in spots])
        self.in_pixels = any(spot.area is not None and spot.area.unit is Unit.SQUARE_PIXEL for spot in spots)


def _columns(values: Sequence[Measured | None]) -> FloatArray:
    pairs = [(np.nan, np.nan) if each is None else (each.value, each.u) for each in values]
    return np.asarray(np.array(pairs, dtype=np.float64).reshape(-1, 2).T)


def _u_of_diameter(spot: SpotMeasurement) -> float:
    if spot.area is None or spot.diameter is None or spot.area.value <= 0:
        return float("nan")
    return spot.diameter * spot.area.u / spot.area.value / 2


def _limit(first: _Seen, sessions: Collection[_Seen]) -> float:
    clear = (first.colour > VISIBLE_DELTA_E00) & (first.contrast > LIMIT * first.u_contrast)
    visible = float(np.median(first.contrast[clear] / first.colour[clear])) * VISIBLE_DELTA_E00 if clear.any() else 0.0
    noisiest = max(float(np.median(each.u_contrast)) for each in sessions)
    return max(visible, LIMIT * noisiest)


def _tell(
    now: _Seen, first: _Seen, limit: float, counted: frozenset[int], members: int, region_area: float | None
) -> PopulationSession:
    count, median, contrast = _count(now, limit), _median(now, limit), _mean_contrast(now, counted)
    common = np.intersect1d(now.numbers, first.numbers)
    pairs: dict[PopulationFigure, list[Measured | None]] = {
        PopulationFigure.DENSITY: [_count(each, limit, common) for each in (first, now)],
        PopulationFigure.MEDIAN: [_median(each, limit, common) for each in (first, now)],
        PopulationFigure.CONTRAST: [_mean_contrast(each, counted & set(common.tolist())) for each in (first, now)],
    }
    return PopulationSession(
        session=now.session,
        count=round(count.value),
        density=_density(count, len(now.numbers) / members, region_area, now),
        median=median,
        quartiles=_quartiles(now, limit),
        contrast=contrast,
        changes=() if now is first else tuple(_change(figure, *pair) for figure, pair in pairs.items()),
    )


def _count(seen: _Seen, limit: float, among: FloatArray | None = None) -> Measured:
    here = np.ones(len(seen.numbers), bool) if among is None else np.isin(seen.numbers, among)
    contrast, u = seen.contrast[here], seen.u_contrast[here]
    above = ndtr((contrast - limit) / u)
    more, less = ((contrast >= limit * factor).sum() for factor in (1 - COMMON, 1 + COMMON))
    variance = float(np.sum(above * (1 - above))) + WHOLE + float(more - less) ** 2 / 4
    return Measured(float((contrast >= limit).sum()), variance**0.5, Unit.FRACTION)


def _density(count: Measured, share: float, region_area: float | None, seen: _Seen) -> Measured | None:
    if region_area is None:
        return None
    area = region_area * share * (1.0 if seen.in_pixels else 0.01)
    unit = Unit.PER_SQUARE_PIXEL if seen.in_pixels else Unit.PER_SQUARE_CENTIMETRE
    return Measured(count.value / area, count.u / area, unit)


def _sized(seen: _Seen, limit: float, among: FloatArray | None = None) -> BoolImage:
    here = np.asarray((seen.contrast >= limit) & np.isfinite(seen.diameter))
    return here if among is None else np.asarray(here & np.isin(seen.numbers, among))


def _median(seen: _Seen, limit: float, among: FloatArray | None = None) -> Measured | None:
    here = _sized(seen, limit, among)
    if not here.any():
        return None
    value = float(np.median(seen.diameter[here]))
    chance = _MEDIAN_LOSS * float(np.sqrt(np.nanmean(seen.u_diameter[here] ** 2) / here.sum()))
    moved = [
        float(np.median(seen.diameter[some])) if some.any() else value
        for some in (_sized(seen, limit * factor, among) for factor in (1 - COMMON, 1 + COMMON))
    ]
    u = float(np.hypot(np.hypot(chance, COMMON_SIZE * value), (moved[1] - moved[0]) / 2))
    return Measured(value, u, Unit.PIXEL if seen.in_pixels else Unit.MILLIMETRE)


def _quartiles(seen: _Seen, limit: float) -> tuple[float, float] | None:
    here = _sized(seen, limit)
    if not here.any():
        return None
    low, high = np.percentile(seen.diameter[here], [25, 75])
    return float(low), float(high)


def _mean_contrast(seen: _Seen, counted: Collection[int]) -> Measured | None:
    here = np.isin(seen.numbers, list(counted))
    if not here.any():
        return None
    mean = float(seen.contrast[here].mean())
    chance = float(np.sqrt(np.sum(seen.u_contrast[here] ** 2))) / int(here.sum())
    return Measured(mean, float(np.hypot(chance, COMMON * mean)), Unit.MELANIN_INDEX)


def _change(figure: PopulationFigure, before: Measured | None, now: Measured | None) -> PopulationChange:
    """Compare by the log ratio; near zero by the plain difference as a share of the baseline's figure."""
    if before is None or now is None or before.value <= 3 * before.u:
        return PopulationChange(figure, None, None, None)
    ratio, u_before = now.value / before.value, before.u / before.value
    if now.value > 3 * now.u:
        reach = _QUANTILE * float(np.hypot(u_before, now.u / now.value))
        ends = ratio * float(np.exp(-reach)), ratio * float(np.exp(reach))
    else:
        plain = _QUANTILE * float(np.hypot(now.u / before.value, ratio * u_before))
        ends = ratio - plain, ratio + plain
    return PopulationChange(figure, *(100 * (end - 1) for end in (ratio, *ends)))
