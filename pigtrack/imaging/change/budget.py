"""What a number's uncertainty is made of: the session, the shots, and how well the shots are known."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import fmean

import numpy as np

from pigtrack.imaging.change.compare import Estimate
from pigtrack.imaging.change.settings import ChangeSettings
from pigtrack.model.course import Endpoint
from pigtrack.model.linked import LinkedCourse, LinkedLesion, endpoint_value
from pigtrack.model.metrics import Status
from pigtrack.model.quantity import Measured, Unit


@dataclass(frozen=True, slots=True)
class ShotNoise:
    """How far replicate shots scatter beyond their own uncertainties, and how many degrees of freedom tell so."""

    factor: float = 1.0
    degrees: float = np.inf


@dataclass(frozen=True, slots=True)
class Amount:
    """One endpoint of one lesion in one session.

    Attributes
    ----------
    value, shot, own : float
        Value, and the standard uncertainties of its shots and of the lesion's own part of the session noise.
    """

    value: float
    shot: float
    own: float


def fit_shot_noise(replicates: Iterable[Sequence[Measured]]) -> ShotNoise:
    """Pool the scatter of replicate shots over lesions and sessions, as a ratio to what the shots claim.

    Parameters
    ----------
    replicates : iterable of sequence of Measured
        Each the shots of one thing in one session.

    Notes
    -----
    The factor is Birge's ratio ``sqrt(sum((x - mean)²/u²) / degrees)``, at least 1: agreement by luck makes no claim
    smaller. Without replicates the shots' own uncertainties are taken as they are.
    """
    square_sum, degrees = 0.0, 0
    for shots in replicates:
        variance = fmean(shot.u**2 for shot in shots) if len(shots) > 1 else 0.0
        if variance > 0:
            mean = fmean(shot.value for shot in shots)
            square_sum += sum((shot.value - mean) ** 2 for shot in shots) / variance
            degrees += len(shots) - 1
    return ShotNoise(max(1.0, float(np.sqrt(square_sum / degrees))), degrees) if degrees else ShotNoise()


def lesion_shot_noise(linked: LinkedCourse, endpoint: Endpoint) -> ShotNoise:
    """Shot noise of an endpoint pooled over all lesions and sessions of a course."""
    return fit_shot_noise(lesion_replicates(lesion, endpoint) for each in linked.sessions for lesion in each.lesions)


def lesion_replicates(lesion: LinkedLesion, endpoint: Endpoint) -> tuple[Measured, ...]:
    """Return the values of an endpoint in the shots that gave one."""
    values = (endpoint_value(shot, endpoint) for shot in lesion.shots if shot is not None)
    return tuple(value for value in values if value is not None)


def widest_extents(linked: LinkedCourse) -> dict[int, float]:
    """Skin over which each lesion's load is summed, for the floor of its load."""
    histories = zip(*(session.lesions for session in linked.sessions), strict=True)
    return {history[0].lesion_id: max(map(_extent, history)) for history in histories}


def _extent(lesion: LinkedLesion) -> float:
    """At least the lesion's area, and the skin over which the noise of its load is that of its contrast."""
    spot = lesion.spot
    area = 0.0 if spot.area is None else spot.area.value
    if spot.load is None or spot.delta_mi is None or spot.delta_mi.u == 0:
        return area
    return max(area, spot.load.u / spot.delta_mi.u)


def amount_of(
    measured: Measured, endpoint: Endpoint, settings: ChangeSettings, *, shots: ShotNoise, extent: float
) -> Amount:
    """Give a pooled value its share of the session noise that is the lesion's own."""
    own = settings.noise(endpoint).own * measured.value
    return Amount(
        value=measured.value,
        shot=shots.factor * measured.u,
        own=float(np.hypot(own, _floor(measured, endpoint, settings, extent))),
    )


def _floor(measured: Measured, endpoint: Endpoint, settings: ChangeSettings, extent: float) -> float:
    if endpoint is Endpoint.CONTRAST:
        return settings.floor_mi
    if endpoint is Endpoint.LOAD:
        return settings.floor_mi * extent
    edge = settings.edge_px if measured.unit is Unit.SQUARE_PIXEL else settings.edge_mm
    return edge * float(np.sqrt(4 * np.pi * max(measured.value, 0.0)))


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


def estimate(amounts: Sequence[Amount], *, common: float, shots: ShotNoise) -> Estimate:
    """Sum amounts of one session; what all its lesions share, the relative ``common``, does not average out."""
    value = sum(amount.value for amount in amounts)
    shot = np.sqrt(sum(amount.shot**2 for amount in amounts))
    own = np.sqrt(sum(amount.own**2 for amount in amounts))
    u = float(np.sqrt(shot**2 + own**2 + (common * value) ** 2))
    return Estimate(value, u, float(shot), shots.degrees)


def scaled(amount: Amount, weight: float) -> Amount:
    """Weigh an amount before it is summed."""
    return Amount(amount.value * weight, amount.shot * weight, amount.own * weight)
