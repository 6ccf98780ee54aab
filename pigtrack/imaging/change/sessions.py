"""A session's totals over the lesions that both it and the baseline show, and the course's verdict."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from pigtrack.imaging.change.budget import Amount, Scatter, chance_of, estimate, fit_scatter, scaled, shot_amounts
from pigtrack.imaging.change.compare import Estimate
from pigtrack.imaging.change.guards import WITHHOLDING
from pigtrack.imaging.change.inquiry import Inquiry
from pigtrack.imaging.change.lesions import PALER, Pair, change_of, compare, pair_lesions, unknown
from pigtrack.imaging.change.plain import PlainNoise, reflectance_of, shot_noise
from pigtrack.model.course import Endpoint
from pigtrack.model.flags import QualityFlag
from pigtrack.model.linked import LinkedLesion, LinkedSession, endpoint_value
from pigtrack.model.metrics import Change, SessionMetrics, SpotMeasurement, Verdict
from pigtrack.model.quantity import Measured, Unit


@dataclass(frozen=True, slots=True)
class _Total:
    """An endpoint summed over the same lesions in both sessions."""

    endpoint: Endpoint
    before: Estimate
    now: Estimate


def measure_sessions(inquiry: Inquiry, *, region_area: float | None) -> tuple[SessionMetrics, ...]:
    """Return one row a session; ``region_area`` (in the areas' unit) turns the total area into a fraction."""
    scatter = {endpoint: _total_scatter(inquiry, endpoint) for endpoint in Endpoint}
    return tuple(_session(inquiry, session, scatter, region_area) for session in inquiry.linked.sessions)


def _session(
    inquiry: Inquiry, session: LinkedSession, scatter: dict[Endpoint, Scatter], region_area: float | None
) -> SessionMetrics:
    totals = {endpoint: _total(inquiry, session.number, endpoint, scatter[endpoint]) for endpoint in Endpoint}
    flags = inquiry.flags_of(session.number) | _paler(totals[Endpoint.CONTRAST]) | _missing(totals, session)
    changes = tuple(_change(inquiry, session.number, endpoint, total, flags) for endpoint, total in totals.items())
    area = _measured(inquiry, totals[Endpoint.AREA])
    fraction = area.value / region_area if area is not None and region_area else None
    return SessionMetrics(
        session=session.number,
        lesion_count=sum(lesion.spot.present for lesion in _treated(inquiry, session.lesions)),
        area=area,
        area_fraction=fraction,
        delta_mi=_measured(inquiry, totals[Endpoint.CONTRAST]),
        delta_e00=_mean_delta_e(inquiry, session),
        load=_measured(inquiry, totals[Endpoint.LOAD]),
        changes=changes,
        verdict=next(change.verdict for change in changes if change.endpoint is inquiry.primary),
        flags=flags,
    )


def _missing(totals: dict[Endpoint, _Total | None], session: LinkedSession) -> frozenset[QualityFlag]:
    """The reason of empty totals in a session that has photographs."""
    empty = session.photographs > 0 and not any(totals.values())
    return frozenset({QualityFlag.NO_SPOT} if empty else ())


def _change(
    inquiry: Inquiry, number: int, endpoint: Endpoint, total: _Total | None, flags: frozenset[QualityFlag]
) -> Change:
    if inquiry.is_baseline(number):
        return unknown(endpoint, Verdict.BASELINE)
    if total is None:
        return unknown(endpoint)
    change = change_of(endpoint, compare(endpoint, total.before, total.now), inquiry.settings.level)
    if flags & (WITHHOLDING | {QualityFlag.PALER_THAN_RING}):
        return replace(change, verdict=Verdict.NOT_MEASURABLE)
    return change


def _total(inquiry: Inquiry, number: int, endpoint: Endpoint, scatter: Scatter) -> _Total | None:
    """Sum area or load; average contrast with the baseline's areas as weights. None where no lesion is in both."""
    counted = {lesion.lesion_id for lesion in _treated(inquiry, inquiry.linked.sessions[number - 1].lesions)}
    pairs = [pair for pair in pair_lesions(inquiry, number, endpoint) if pair.lesion_id in counted]
    weights = _weights(inquiry, [pair.lesion_id for pair in pairs], endpoint)
    if not weights:
        return None
    # The pairs carry what single lesions' shots say; a total has its own replicates for that.
    ratio = scatter.factor / inquiry.scatter[endpoint].factor
    pairs = [_widened(pair, ratio) for pair in pairs if pair.lesion_id in weights]
    shown = scatter.factor if inquiry.reseated else 1.0
    before, now = (
        estimate(
            amounts,
            inquiry.settings.noise(endpoint),
            common=shown * inquiry.common(session, endpoint),
            scatter=scatter,
        )
        for session, amounts in (
            (inquiry.linked.baseline, [scaled(pair.before, weights[pair.lesion_id]) for pair in pairs]),
            (number, [scaled(pair.now, weights[pair.lesion_id]) for pair in pairs]),
        )
    )
    moved = [weights[pair.lesion_id] * (pair.now.value - pair.before.value) for pair in pairs]
    misread = inquiry.settings.proportion * math.hypot(sum(moved), *moved)
    return _Total(endpoint, before, replace(now, misread=misread))


def _widened(pair: Pair, ratio: float) -> Pair:
    before, now = (replace(each, chance=each.chance * ratio, own=each.own * ratio) for each in (pair.before, pair.now))
    return replace(pair, before=before, now=now)


def _weights(inquiry: Inquiry, lesions: Sequence[int], endpoint: Endpoint) -> dict[int, float]:
    """Weight of each lesion: 1 in sums; in the mean contrast its share of the baseline's area (alike if none)."""
    if endpoint is not Endpoint.CONTRAST:
        return dict.fromkeys(lesions, 1.0)
    measured = {lesion: inquiry.lesion(inquiry.linked.baseline, lesion).spot.area for lesion in lesions}
    areas = {lesion: area.value for lesion, area in measured.items() if area is not None and area.value > 0}
    areas = areas or dict.fromkeys(lesions, 1.0)
    return {lesion: area / sum(areas.values()) for lesion, area in areas.items()}


def _treated(inquiry: Inquiry, lesions: Sequence[LinkedLesion]) -> list[LinkedLesion]:
    return [
        lesion
        for lesion in lesions
        if lesion.lesion_id not in inquiry.control_lesions and QualityFlag.DECOY not in lesion.spot.flags
    ]


def _total_scatter(inquiry: Inquiry, endpoint: Endpoint) -> Scatter:
    """Scatter of whole totals from shot to shot: what moves all lesions of a shot together is in it."""
    totals = (_shot_totals(inquiry, session, endpoint) for session in inquiry.linked.sessions)
    return fit_scatter(totals, prior_degrees=inquiry.settings.degrees, reseated=inquiry.reseated)


def _shot_totals(inquiry: Inquiry, session: LinkedSession, endpoint: Endpoint) -> list[Amount]:
    lesions = [lesion for lesion in _treated(inquiry, session.lesions) if None not in _shot_values(lesion, endpoint)]
    weights = _weights(inquiry, [lesion.lesion_id for lesion in lesions], endpoint)
    plain = shot_noise(session.plain)
    columns = [
        [scaled(shot, weights[lesion.lesion_id]) for shot in _foretold(inquiry, lesion, endpoint, plain)]
        for lesion in lesions
        if lesion.lesion_id in weights
    ]
    common = inquiry.foretold(endpoint) * inquiry.varying**0.5
    return [_sum(shot, common) for shot in zip(*columns, strict=True)]


def _foretold(inquiry: Inquiry, lesion: LinkedLesion, endpoint: Endpoint, plain: PlainNoise | None) -> list[Amount]:
    values = [each for each in _shot_values(lesion, endpoint) if each is not None]
    noise, diameter = inquiry.settings.noise(endpoint), inquiry.diameters[lesion.lesion_id]
    chances = [chance_of(value, endpoint, noise, plain, diameter=diameter) for value in values]
    return shot_amounts(values, chances, own=noise.each(reflectance_of(inquiry.baseline)) * inquiry.varying**0.5)


def _shot_values(lesion: LinkedLesion, endpoint: Endpoint) -> list[Measured | None]:
    return [None if shot is None else endpoint_value(shot, endpoint) for shot in lesion.shots]


def _sum(amounts: Sequence[Amount], common: float) -> Amount:
    value = sum(each.value for each in amounts)
    chance, own = (
        float(np.sqrt(sum(part**2 for part in parts)))
        for parts in zip(*((a.chance, a.own) for a in amounts), strict=True)
    )
    return Amount(value, chance, float(np.hypot(own, common * value)))


def _measured(inquiry: Inquiry, total: _Total | None) -> Measured | None:
    if total is None:
        return None
    return Measured(total.now.value, total.now.u, _unit(inquiry, total.endpoint))


def _unit(inquiry: Inquiry, endpoint: Endpoint) -> Unit:
    spots = (lesion.spot for session in inquiry.linked.sessions for lesion in session.lesions)
    return next(value.unit for spot in spots if (value := endpoint_value(spot, endpoint)) is not None)


def _mean_delta_e(inquiry: Inquiry, session: LinkedSession) -> Measured | None:
    known = {each.lesion_id: each.spot for each in _treated(inquiry, session.lesions)}
    before = {each.lesion_id for each in inquiry.baseline.lesions if each.spot.delta_e00 is not None}
    values = {number: spot.delta_e00 for number, spot in known.items() if number in before and spot.delta_e00}
    weights = _weights(inquiry, sorted(values), Endpoint.CONTRAST)
    measured = [(_colour_difference(known[number]), weight) for number, weight in weights.items()]
    if not measured:
        return None
    value = sum(weight * each.value for each, weight in measured)
    shot = float(np.sqrt(sum((weight * each.u) ** 2 for each, weight in measured)))
    noise = np.hypot(
        inquiry.foretold(Endpoint.CONTRAST), inquiry.settings.contrast.each(reflectance_of(inquiry.baseline))
    )
    return Measured(value, float(np.hypot(shot, value * noise)), Unit.DELTA_E_2000)


def _colour_difference(spot: SpotMeasurement) -> Measured:
    if spot.delta_e00 is None:
        raise ValueError(f"delta_e00 must be known, lesion {spot.lesion_id} has none")
    return spot.delta_e00


def _paler(contrast: _Total | None) -> frozenset[QualityFlag]:
    paler = contrast is not None and contrast.now.value < -PALER * contrast.now.u
    return frozenset({QualityFlag.PALER_THAN_RING}) if paler else frozenset()
