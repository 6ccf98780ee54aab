"""What a number's uncertainty is made of: chance, the lesion's own noise, and what a session's lesions share."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from pigtrack.imaging.change.compare import Estimate
from pigtrack.imaging.change.plain import PlainNoise, grain_of
from pigtrack.imaging.change.settings import SessionNoise
from pigtrack.model.course import Endpoint
from pigtrack.model.linked import LinkedCourse, LinkedLesion
from pigtrack.model.metrics import Status
from pigtrack.model.quantity import Measured, Unit

LOAD_MARGIN_MM = 1.0
"""Skin around its widest outline over which a lesion's load is summed."""

ASSUMED_MM_PER_PX = 1 / 17
"""Where the scale is unknown: the working scale that photographs are brought to."""

SMALLEST_FACTOR = 0.7
"""Agreement of a few shots makes no claim smaller than this share of it."""


@dataclass(frozen=True, slots=True)
class Amount:
    """One endpoint of one lesion in one session.

    Attributes
    ----------
    value, chance, own : float
        Value, and the standard uncertainties from chance and from the lesion's own part of the session noise.
    """

    value: float
    chance: float
    own: float

    @property
    def u(self) -> float:
        """Standard uncertainty without what the session's lesions share."""
        return float(np.hypot(self.chance, self.own))


@dataclass(frozen=True, slots=True)
class Scatter:
    """What a course's replicate shots say of the noise that was foretold for them.

    Attributes
    ----------
    factor : float
        Of the foretold standard uncertainties.
    degrees : float
        Of freedom with which it is known.
    """

    factor: float = 1.0
    degrees: float = np.inf


def fit_scatter(replicates: Iterable[Sequence[Amount]], *, prior_degrees: float, reseated: bool) -> Scatter:
    """Hold the scatter of replicate shots against what was foretold for them.

    Parameters
    ----------
    replicates : iterable of sequence of Amount
        Each the shots of one thing in one session, with what is foretold for a single shot.
    prior_degrees : float
        Of freedom that the foretold noise counts for.
    reseated : bool
        Whether the shots were set up anew. Those of one setting-up say nothing against a noise that they do not
        show, so they never make it smaller.

    Notes
    -----
    With n degrees of freedom of the shots, m of the foretold noise, and z the deviations from the shots' mean over
    their foretold uncertainty, the factor is ``sqrt((m + Σz²)/(m + n))``.
    """
    squares, degrees = 0.0, 0
    for shots in replicates:
        variance = float(np.mean([shot.u**2 for shot in shots])) if len(shots) > 1 else 0.0
        if variance > 0:
            values = np.array([shot.value for shot in shots])
            squares += float(np.sum((values - values.mean()) ** 2)) / variance
            degrees += len(shots) - 1
    if not degrees:
        return Scatter()
    factor = float(np.sqrt((prior_degrees + squares) / (prior_degrees + degrees)))
    factor = max(factor, SMALLEST_FACTOR if reseated else 1.0)
    return Scatter(factor, prior_degrees + degrees if factor > 1 else np.inf)


def widest_diameters(linked: LinkedCourse) -> dict[int, float]:
    """Diameter of each lesion's widest outline over the course, in the unit of its lengths; 0 if it has none."""
    histories = zip(*(session.lesions for session in linked.sessions), strict=True)
    return {history[0].lesion_id: max(map(_diameter, history)) for history in histories}


def _diameter(lesion: LinkedLesion) -> float:
    area = lesion.spot.area
    return 0.0 if area is None else float(np.sqrt(4 / np.pi * max(area.value, 0.0)))


def chance_of(
    measured: Measured, endpoint: Endpoint, noise: SessionNoise, plain: PlainNoise | None, *, diameter: float
) -> float:
    """Return what a value scatters by chance: foretold by plain skin of the spot's size; of an area, by its claim.

    Parameters
    ----------
    plain : PlainNoise or None
        None: too little plain skin, so the claim stands, fixed texture and all.
    diameter : float
        Of the spot's widest outline; 0: it never had one.
    """
    if endpoint is Endpoint.AREA:
        outline = float(np.sqrt(4 * np.pi * max(measured.value, 0.0))) / _mm_per_unit(measured, plain)
        return float(np.hypot(noise.chance * measured.u, noise.floor * grain_of(plain) * outline))
    if plain is None or diameter <= 0:
        return measured.u
    if endpoint is Endpoint.CONTRAST:
        return float(np.hypot(noise.chance * plain.at(diameter), noise.floor * plain.grain))
    summed = diameter + 2 * LOAD_MARGIN_MM / plain.mm_per_unit
    return float(np.hypot(noise.chance * plain.at(summed), noise.floor * plain.grain) * np.pi / 4 * summed**2)


def _mm_per_unit(area: Measured, plain: PlainNoise | None) -> float:
    """Millimetres that the unit of an area's sides stands for."""
    if area.unit is not Unit.SQUARE_PIXEL:
        return 1.0
    return ASSUMED_MM_PER_PX if plain is None else plain.mm_per_unit


def amount_of(measured: Measured, *, own: float, chance: float, scatter: Scatter, averaged: float) -> Amount:
    """Give a pooled value its noise.

    Parameters
    ----------
    own : float
        Relative.
    chance : float
        From `chance_of`.
    averaged : float
        Share of the own noise's variance that is left in a mean over the session's shots.
    """
    left = own * abs(measured.value) * np.sqrt(averaged)
    return Amount(measured.value, scatter.factor * chance, float(scatter.factor * left))


def shot_amounts(values: Sequence[Measured], chances: Sequence[float], *, own: float) -> list[Amount]:
    """Return what is foretold for single shots; ``own`` is the relative part by which the shots themselves differ."""
    return [Amount(value.value, chance, own * abs(value.value)) for value, chance in zip(values, chances, strict=True)]


def area_pair(before: LinkedLesion, now: LinkedLesion) -> tuple[Measured | None, Measured | None]:
    """Return both areas; a lesion that has gone, or was not there yet, has area 0.

    Noise may still hide pigment: the u of such a zero is the other session's area times the share of that session's
    contrast which the noise of this one could hide.
    """
    if now.status is Status.RESOLVED:
        return before.spot.area, _nothing(now, before)
    if now.status is Status.NEW:
        return _nothing(before, now), now.spot.area
    return before.spot.area, now.spot.area


def _nothing(absent: LinkedLesion, there: LinkedLesion) -> Measured | None:
    area, contrast, noise = there.spot.area, there.spot.delta_mi, absent.spot.delta_mi
    if area is None or contrast is None or noise is None or contrast.value <= 0:
        return None
    return Measured(0.0, area.value * min(1.0, noise.u / contrast.value), area.unit)


def estimate(amounts: Sequence[Amount], noise: SessionNoise, *, common: float, scatter: Scatter) -> Estimate:
    """Sum amounts of one session; what all its lesions share, the relative ``common``, does not average out."""
    value = sum(amount.value for amount in amounts)
    each = float(np.sqrt(sum(amount.u**2 for amount in amounts)))
    shared = common * abs(value)
    doubt = each**4 / min(noise.own_degrees, scatter.degrees) + shared**4 / noise.common_degrees
    return Estimate(value, float(np.hypot(each, shared)), doubt)


def scaled(amount: Amount, weight: float) -> Amount:
    """Weigh an amount before it is summed."""
    return Amount(amount.value * weight, amount.chance * weight, amount.own * weight)
