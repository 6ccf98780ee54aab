"""Every lesion in every session against its own baseline, judged together within the course."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace

from pigtrack.imaging.change.budget import (
    Amount,
    Scatter,
    amount_of,
    area_pair,
    chance_of,
    estimate,
    fit_scatter,
    shot_amounts,
)
from pigtrack.imaging.change.compare import Comparison, Estimate, compare_difference, compare_ratio, holm_levels
from pigtrack.imaging.change.guards import OUT_OF_TREND, WITHHOLDING
from pigtrack.imaging.change.inquiry import Inquiry
from pigtrack.imaging.change.plain import PlainNoise, reflectance_of, shot_noise
from pigtrack.imaging.change.settings import ChangeSettings
from pigtrack.model.course import Endpoint
from pigtrack.model.flags import QualityFlag
from pigtrack.model.linked import LinkedCourse, LinkedLesion, endpoint_value
from pigtrack.model.metrics import Change, LesionSession, SpotMeasurement, Status, Verdict
from pigtrack.model.quantity import Measured

PALER = 3.0
"""Standard uncertainties below its ring from which a spot is called paler: rare by chance in a whole course."""

_Key = tuple[int, int]
"""Session number and lesion number."""


@dataclass(frozen=True, slots=True)
class Pair:
    """One endpoint of one lesion at the baseline and now."""

    lesion_id: int
    before: Amount
    now: Amount


def measure_lesions(inquiry: Inquiry) -> tuple[LesionSession, ...]:
    """Return one row a lesion and session; the verdicts of an endpoint hold together by Holm's procedure."""
    changes = {endpoint: _changes(inquiry, endpoint) for endpoint in Endpoint}
    return tuple(
        _row(inquiry, session.number, lesion, {e: changes[e].get((session.number, lesion.lesion_id)) for e in Endpoint})
        for session in inquiry.linked.sessions
        for lesion in session.lesions
    )


def pair_lesions(inquiry: Inquiry, number: int, endpoint: Endpoint) -> tuple[Pair, ...]:
    """Return the lesions whose endpoint is known both at the baseline and in session ``number``."""
    pairs = []
    plain = inquiry.plain[number - 1]
    for before, now in zip(inquiry.baseline.lesions, inquiry.linked.sessions[number - 1].lesions, strict=True):
        first, later = _values(before, now, endpoint)
        if first is not None and later is not None:
            amounts = (_amount(inquiry, *each, endpoint, plain) for each in ((before, first), (now, later)))
            pairs.append(Pair(now.lesion_id, *amounts))
    return tuple(pairs)


def lesion_scatter(
    linked: LinkedCourse,
    endpoint: Endpoint,
    settings: ChangeSettings,
    diameters: Mapping[int, float],
    *,
    reseated: bool,
) -> Scatter:
    """Hold the shots of single lesions, over all lesions and sessions, against the noise foretold for a shot."""
    noise, varying = settings.noise(endpoint), (1 - settings.reseated_share if reseated else 0.0)
    replicates, reflectance = [], reflectance_of(linked.sessions[linked.baseline - 1])
    for session in linked.sessions:
        plain = shot_noise(session.plain)
        for lesion in session.lesions:
            shots = [shot for shot in lesion.shots if shot is not None]
            values = [value for shot in shots if (value := endpoint_value(shot, endpoint)) is not None]
            diameter = diameters[lesion.lesion_id]
            chances = [chance_of(value, endpoint, noise, plain, diameter=diameter) for value in values]
            replicates.append(shot_amounts(values, chances, own=noise.each(reflectance) * varying**0.5))
    return fit_scatter(replicates, prior_degrees=settings.degrees, reseated=reseated)


def compare(endpoint: Endpoint, before: Estimate, now: Estimate) -> Comparison:
    """Compare as the endpoint asks: amounts by their ratio, contrasts by their difference."""
    return compare_difference(before, now) if endpoint is Endpoint.CONTRAST else compare_ratio(before, now)


def change_of(endpoint: Endpoint, comparison: Comparison, level: float) -> Change:
    """Tell a comparison as a `Change`, called at a two-sided ``level``; no area falls by more than all of it."""
    least = -100.0 if endpoint is Endpoint.AREA else None
    percent, low, high = (_at_least(end, least) for end in (comparison.percent, comparison.low, comparison.high))
    return Change(endpoint, percent, low, high, call(comparison, level), comparison.smallest_fall(level))


def call(comparison: Comparison, level: float) -> Verdict:
    """Less pigment than at the baseline beyond doubt is improved, more is worsened."""
    if comparison.p > level:
        return Verdict.NO_DETECTABLE_CHANGE
    return Verdict.IMPROVED if comparison.statistic < 0 else Verdict.WORSENED


def unknown(endpoint: Endpoint, verdict: Verdict = Verdict.NOT_MEASURABLE) -> Change:
    """Return a change that could not be measured, or the baseline's own."""
    return Change(endpoint, None, None, None, verdict)


def _changes(inquiry: Inquiry, endpoint: Endpoint) -> dict[_Key, Change]:
    compared = {
        (session.number, pair.lesion_id): _compare_pair(inquiry, session.number, endpoint, pair)
        for session in inquiry.linked.sessions
        if not inquiry.is_baseline(session.number)
        for pair in pair_lesions(inquiry, session.number, endpoint)
    }
    # What is not looked at for a verdict (sessions out of the trend, lesions left out) does not make others stricter.
    judged = [key for key in compared if inquiry.counts(key[0]) and key[1] not in inquiry.left_out]
    level = inquiry.settings.level
    levels = dict(zip(judged, holm_levels([compared[key].p for key in judged], level), strict=True))
    return {key: change_of(endpoint, each, levels.get(key, level)) for key, each in compared.items()}


def _compare_pair(inquiry: Inquiry, number: int, endpoint: Endpoint, pair: Pair) -> Comparison:
    before = _estimate(inquiry, inquiry.linked.baseline, endpoint, pair.before)
    misread = inquiry.settings.proportion * abs(pair.now.value - pair.before.value)
    now = replace(_estimate(inquiry, number, endpoint, pair.now), misread=misread)
    return compare(endpoint, before, now)


def _estimate(inquiry: Inquiry, number: int, endpoint: Endpoint, amount: Amount) -> Estimate:
    return estimate(
        [amount],
        inquiry.settings.noise(endpoint),
        common=inquiry.common(number, endpoint),
        scatter=inquiry.scatter[endpoint],
    )


def _row(
    inquiry: Inquiry, number: int, lesion: LinkedLesion, changes: Mapping[Endpoint, Change | None]
) -> LesionSession:
    spot = _with_session_noise(inquiry, number, lesion)
    withheld = inquiry.flags_of(number) & WITHHOLDING
    flags = spot.flags | withheld | _lesion_flags(inquiry, number, lesion, changes) | _paler(spot)
    told = tuple(_told(inquiry, number, endpoint, change, flags) for endpoint, change in changes.items())
    return LesionSession(
        lesion_id=lesion.lesion_id,
        session=number,
        status=lesion.status,
        spot=spot,
        photographs=lesion.photographs,
        changes=told,
        verdict=next(change.verdict for change in told if change.endpoint is inquiry.primary),
        flags=flags,
    )


def _lesion_flags(
    inquiry: Inquiry, number: int, now: LinkedLesion, changes: Mapping[Endpoint, Change | None]
) -> frozenset[QualityFlag]:
    flags = set()
    first, later = inquiry.lesion(inquiry.linked.baseline, now.lesion_id).spot.delta_ei, now.spot.delta_ei
    if first is not None and later is not None and later - first > inquiry.settings.redness_ei:
        flags.add(QualityFlag.REDNESS)
    told = {Endpoint.AREA} if QualityFlag.EXPLORATORY in inquiry.flags_of(number) else set(changes)
    grown = any(
        change is not None and change.verdict is Verdict.WORSENED
        for endpoint, change in changes.items()
        if endpoint in told  # without a calibration another light makes every spot darker
    )
    if (grown or now.status is Status.NEW) and not inquiry.flags_of(number) & OUT_OF_TREND:
        flags.add(QualityFlag.REFERRAL)
    return frozenset(flags)


def _paler(spot: SpotMeasurement) -> frozenset[QualityFlag]:
    contrast = spot.delta_mi
    paler = contrast is not None and contrast.value < -PALER * contrast.u
    return frozenset({QualityFlag.PALER_THAN_RING}) if paler else frozenset()


def _told(
    inquiry: Inquiry, number: int, endpoint: Endpoint, change: Change | None, flags: frozenset[QualityFlag]
) -> Change:
    """Withhold the verdict where a guard asks for it; the numbers stay."""
    if inquiry.is_baseline(number):
        return unknown(endpoint, Verdict.BASELINE)
    if change is None:
        return unknown(endpoint)
    if flags & (WITHHOLDING | {QualityFlag.PALER_THAN_RING}):
        return replace(change, verdict=Verdict.NOT_MEASURABLE)
    return change


def _with_session_noise(inquiry: Inquiry, number: int, lesion: LinkedLesion) -> SpotMeasurement:
    """Widen the u of one session's numbers; here the skin's fixed texture counts too, so no plain skin is asked."""

    def widened(endpoint: Endpoint) -> Measured | None:
        measured = endpoint_value(lesion.spot, endpoint)
        if measured is None:
            return None
        amount = _amount(inquiry, lesion, measured, endpoint, None)
        return Measured(measured.value, _estimate(inquiry, number, endpoint, amount).u, measured.unit)

    area, contrast, load = (widened(endpoint) for endpoint in (Endpoint.AREA, Endpoint.CONTRAST, Endpoint.LOAD))
    return replace(lesion.spot, area=area, delta_mi=contrast, load=load)


def _amount(
    inquiry: Inquiry, lesion: LinkedLesion, measured: Measured, endpoint: Endpoint, plain: PlainNoise | None
) -> Amount:
    """Of a lesion that fewer photographs show than its session has, the plain skin tells too little."""
    session = max(len(lesion.shots), 1) / max(lesion.photographs, 1)
    noise = inquiry.settings.noise(endpoint)
    chance = chance_of(measured, endpoint, noise, plain, diameter=inquiry.diameters[lesion.lesion_id])
    return amount_of(
        measured,
        own=noise.each(reflectance_of(inquiry.baseline)),
        chance=chance * math.sqrt(session) if plain is not None and endpoint is not Endpoint.AREA else chance,
        scatter=inquiry.scatter[endpoint],
        averaged=inquiry.averaged(max(lesion.photographs, 1)),
    )


def _values(before: LinkedLesion, now: LinkedLesion, endpoint: Endpoint) -> tuple[Measured | None, Measured | None]:
    if endpoint is Endpoint.AREA:
        return area_pair(before, now)
    return endpoint_value(before.spot, endpoint), endpoint_value(now.spot, endpoint)


def _at_least(value: float | None, least: float | None) -> float | None:
    return value if value is None or least is None else max(value, least)
