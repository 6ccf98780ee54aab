"""A clinic's own noise, from photographs of skin that did not change between them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy.special import chdtri, ndtri

from pigtrack.imaging.change.budget import chance_of, widest_diameters
from pigtrack.imaging.change.plain import PlainNoise, reflectance_of, shot_noise
from pigtrack.imaging.change.settings import ChangeSettings, SessionNoise
from pigtrack.model.course import Endpoint
from pigtrack.model.linked import LinkedCourse, endpoint_value
from pigtrack.model.metrics import PlainSkin, SpotMeasurement
from pigtrack.model.quantity import FloatArray, Measured
from pigtrack.model.repeatability import EndpointRepeatability, Repeatability, ReplicateKind, Spread

CLEAR = 3.0
"""Standard uncertainties above zero that a lesion must keep in every replicate, so that its logarithm stands."""

SHOTS_TOLD = (1, 3)
"""Shots a session for which the smallest change is told."""


@dataclass(frozen=True, eq=False, slots=True)
class Replicates:
    """Photographs of the same unchanged skin.

    Attributes
    ----------
    lesions : mapping-like tuple of (int, tuple of SpotMeasurement or None)
        Number of each lesion, and its measurement in every photograph.
    plain : tuple of PlainSkin
        One a photograph, or empty.
    reflectance : float
        Of the spot-free skin.
    """

    lesions: tuple[tuple[int, tuple[SpotMeasurement | None, ...]], ...]
    plain: tuple[PlainSkin, ...]
    reflectance: float

    @property
    def photographs(self) -> int:
        """How many there are."""
        return len(self.lesions[0][1]) if self.lesions else 0


@dataclass(frozen=True, eq=False, slots=True)
class _Table:
    """Logarithms of one endpoint, lesions by photographs, with weights in the total and the foretold noise."""

    logs: FloatArray
    shares: FloatArray
    foretold: FloatArray
    shared: float


@dataclass(frozen=True, slots=True)
class _Sums:
    """Sums of squares of one endpoint over all groups."""

    total: float
    total_degrees: float
    own: float
    own_degrees: float
    own_in_total: float
    foretold_own: float
    foretold_common: float


def gather_replicates(linked: LinkedCourse, *, unchanged: bool) -> tuple[Replicates, ...]:
    """Return the groups of photographs that show the same skin: each session's shots, or all where nothing changed."""
    sessions = [session for session in linked.sessions if session.photographs]
    groups = [sessions] if unchanged else [[session] for session in sessions]
    gathered = []
    for group in groups:
        histories = zip(*(session.lesions for session in group), strict=True)
        gathered.append(
            Replicates(
                tuple((each[0].lesion_id, tuple(shot for part in each for shot in part.shots)) for each in histories),
                tuple(plain for session in group for plain in session.plain),
                reflectance_of(group[0]),
            )
        )
    return tuple(each for each in gathered if each.photographs > 1)


def measure_repeatability(
    courses: Sequence[LinkedCourse], *, kind: ReplicateKind, settings: ChangeSettings | None = None
) -> Repeatability | None:
    """Pool what replicate photographs scatter, in all and lesion by lesion; None where there are no replicates.

    Parameters
    ----------
    courses : sequence of LinkedCourse
    kind : ReplicateKind
        ``unchanged``: all sessions of a course are replicates of one another; else the shots of each session.

    Notes
    -----
    With y the logarithm of an endpoint, lesions i by photographs j of a group: the total's variance is that of the
    logarithm of the sum. What is a lesion's own is left of y when the mean of each lesion and the weighted mean of each
    photograph are taken off; it is held against what is foretold. The common part is the total's variance without the
    own parts in it. Intervals of standard deviations are those of chi-square; the smallest fall is
    ``1 - exp(-1.96·√2·s)``.
    """
    settings = settings or ChangeSettings()
    gathered = [
        (each, widest_diameters(course))
        for course in courses
        for each in gather_replicates(course, unchanged=kind is ReplicateKind.UNCHANGED)
    ]
    endpoints = [_endpoint(gathered, endpoint, settings, kind) for endpoint in Endpoint]
    known = tuple(each for each in endpoints if each is not None)
    if not known:
        return None
    return Repeatability(
        kind=kind,
        endpoints=known,
        lesions=sum(len(course.sessions[0].lesions) for course in courses),
        photographs=sum(group.photographs for group, _ in gathered),
        groups=len(gathered),
    )


def _endpoint(
    gathered: Sequence[tuple[Replicates, dict[int, float]]],
    endpoint: Endpoint,
    settings: ChangeSettings,
    kind: ReplicateKind,
) -> EndpointRepeatability | None:
    tables = [_table(group, endpoint, settings.noise(endpoint), diameters) for group, diameters in gathered]
    found = [table for table in tables if table is not None]
    if not found:
        return None
    sums = _add([_sum_up(table) for table in found])
    own_factor = float(np.sqrt(sums.own / sums.own_degrees)) if sums.own_degrees else 1.0
    total = np.sqrt(sums.total / sums.total_degrees)
    common = float(np.sqrt(max(total**2 - own_factor**2 * sums.own_in_total, 0.0)))
    spread = spread_of(float(total), sums.total_degrees)
    return EndpointRepeatability(
        endpoint=endpoint,
        total=spread,
        common=common,
        own=own_factor * sums.foretold_own,
        common_factor=common / sums.foretold_common if sums.foretold_common > 0 else 1.0,
        own_factor=own_factor,
        common_degrees=sums.total_degrees,
        own_degrees=sums.own_degrees,
        smallest=tuple(_smallest(spread, shots, settings, kind, sums.foretold_common) for shots in SHOTS_TOLD),
    )


def _table(group: Replicates, endpoint: Endpoint, noise: SessionNoise, diameters: dict[int, float]) -> _Table | None:
    plain = shot_noise(group.plain)
    kept = [
        (number, values) for number, shots in group.lesions if (values := clear_values(shots, endpoint)) is not None
    ]
    if not kept:
        return None
    amounts = np.array([[each.value for each in row] for _, row in kept])
    shares = _shares(group, [number for number, _ in kept], amounts, endpoint)
    foretold = [_foretold(row, endpoint, noise, plain, diameters[number], group.reflectance) for number, row in kept]
    return _Table(np.log(amounts), shares, np.array(foretold), noise.shared(group.reflectance))


def clear_values(shots: Sequence[SpotMeasurement | None], endpoint: Endpoint) -> list[Measured] | None:
    """Return the values of a lesion that stands clear in every photograph; None if it does not."""
    values = [None if shot is None else endpoint_value(shot, endpoint) for shot in shots]
    known = [each for each in values if each is not None and each.value > CLEAR * each.u and each.value > 0]
    return known if len(known) == len(values) else None


def _foretold(
    row: Sequence[Measured],
    endpoint: Endpoint,
    noise: SessionNoise,
    plain: PlainNoise | None,
    diameter: float,
    reflectance: float,
) -> float:
    chances = [chance_of(each, endpoint, noise, plain, diameter=diameter) / each.value for each in row]
    return float(np.hypot(np.sqrt(np.mean(np.square(chances))), noise.each(reflectance)))


def _shares(group: Replicates, numbers: Sequence[int], values: FloatArray, endpoint: Endpoint) -> FloatArray:
    """Share of each lesion in the total; the mean contrast is weighted with areas."""
    mean = values.mean(axis=1)
    if endpoint is Endpoint.CONTRAST:
        areas = {number: [shot.area.value for shot in shots if shot and shot.area] for number, shots in group.lesions}
        mean = mean * [float(np.mean(areas[number])) if areas[number] else 0.0 for number in numbers]
    return np.asarray(mean / mean.sum() if mean.sum() > 0 else np.full(len(mean), 1 / len(mean)))


def _sum_up(table: _Table) -> _Sums:
    lesions, photographs = table.logs.shape
    moved = table.logs - table.logs.mean(axis=1, keepdims=True)
    totals = np.log(table.shares @ np.exp(moved))
    weights = 1 / table.foretold**2
    left = moved - (weights @ moved) / weights.sum()
    return _Sums(
        total=float(np.sum((totals - totals.mean()) ** 2)),
        total_degrees=photographs - 1,
        own=float(np.sum((left / table.foretold[:, None]) ** 2)),
        own_degrees=(lesions - 1) * (photographs - 1),
        own_in_total=float(np.sum((table.shares * table.foretold) ** 2)),
        foretold_own=float(np.median(table.foretold)),
        foretold_common=table.shared,
    )


def _add(sums: Sequence[_Sums]) -> _Sums:
    """Pool the groups: squares and degrees are added, what was foretold is averaged by degrees."""
    degrees = np.array([each.total_degrees for each in sums])
    return _Sums(
        total=sum(each.total for each in sums),
        total_degrees=float(degrees.sum()),
        own=sum(each.own for each in sums),
        own_degrees=sum(each.own_degrees for each in sums),
        own_in_total=float(np.average([each.own_in_total for each in sums], weights=degrees)),
        foretold_own=float(np.average([each.foretold_own for each in sums], weights=degrees)),
        foretold_common=float(np.sqrt(np.average([each.foretold_common**2 for each in sums], weights=degrees))),
    )


def spread_of(value: float, degrees: float) -> Spread:
    """Return a standard deviation with its 95 % interval by chi-square."""
    low, high = (value * float(np.sqrt(degrees / chdtri(degrees, tail))) for tail in (0.025, 0.975))
    return Spread(value, low, high, degrees)


def _smallest(
    total: Spread, shots: int, settings: ChangeSettings, kind: ReplicateKind, foretold_common: float
) -> tuple[int, float, float, float]:
    """Shots that were not set up anew do not show what a session adds, so the noise foretold for it is added."""
    shown = kind is not ReplicateKind.SHOTS
    kept = settings.reseated_share if shown else 0.0
    unseen = 0.0 if shown else foretold_common
    left = kept + (1 - kept) / shots
    reach = ndtri(0.975) * np.sqrt(2)
    spreads = [float(np.hypot(np.sqrt(left) * each, unseen)) for each in (total.value, total.low, total.high)]
    falls = [float(-100 * np.expm1(-reach * spread)) for spread in spreads]
    return shots, falls[0], falls[1], falls[2]


def with_clinic_noise(settings: ChangeSettings, own: Repeatability) -> ChangeSettings:
    """Let a clinic's own noise take the place of the usual one, as far as it is larger or well known.

    Notes
    -----
    A factor above 1 is taken as it is, with Student's t for its n degrees of freedom; one below 1 is drawn to 1 by the
    m degrees that the usual noise counts for: ``sqrt((m + n·factor²)/(m + n))``.
    """
    found = {each.endpoint: _scaled(settings.noise(each.endpoint), each, settings.degrees) for each in own.endpoints}
    area, contrast, load = (
        found.get(each, settings.noise(each)) for each in (Endpoint.AREA, Endpoint.CONTRAST, Endpoint.LOAD)
    )
    return replace(settings, area=area, contrast=contrast, load=load)


def _scaled(noise: SessionNoise, own: EndpointRepeatability, prior_degrees: float) -> SessionNoise:
    common = _believed(own.common_factor, own.common_degrees, prior_degrees)
    each = _believed(own.own_factor, own.own_degrees, prior_degrees)
    return SessionNoise(
        common=common * noise.common,
        own=each * noise.own,
        chance=each * noise.chance,
        floor=each * noise.floor,
        veil=common * noise.veil,
        common_degrees=own.common_degrees if common > 1 else noise.common_degrees,
        own_degrees=own.own_degrees if each > 1 else noise.own_degrees,
    )


def _believed(factor: float, degrees: float, prior_degrees: float) -> float:
    if factor > 1:
        return factor
    return float(np.sqrt((prior_degrees + degrees * factor**2) / (prior_degrees + degrees)))
