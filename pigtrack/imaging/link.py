"""The same lesion through all sessions: shots pooled, and what became of it.

A lesion's number comes from the course's one `SpotMap`, so who is who is settled there; here its photographs are
pooled within each session and its status is decided.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from enum import Enum, auto
from statistics import fmean

import numpy as np

from pigtrack.model.flags import QualityFlag
from pigtrack.model.linked import LinkedCourse, LinkedLesion, LinkedSession
from pigtrack.model.metrics import PhotographMeasurement, SkinReading, SpotMeasurement, Status, unseen_spot
from pigtrack.model.provenance import Algorithm
from pigtrack.model.quantity import Measured

ALGORITHM = Algorithm("link", 2)

DECISION_THRESHOLD = 1.645
"""Standard uncertainties above zero from which a contrast is taken to be there: one-sided 5 % (Currie 1968, L_C)."""

_STATUS_FLAGS = {
    Status.NOT_VISIBLE: QualityFlag.NOT_VISIBLE,
    Status.BELOW_LIMIT: QualityFlag.BELOW_LIMIT,
    Status.SPLIT: QualityFlag.SPLIT,
    Status.MERGED: QualityFlag.MERGED,
}


class _Evidence(Enum):
    """Whether pigment stands out in a session."""

    HIDDEN = auto()
    ABSENT = auto()
    DOUBTFUL = auto()
    CLEAR = auto()


def link_lesions(sessions: Sequence[Sequence[PhotographMeasurement]], *, baseline: int | None = None) -> LinkedCourse:
    """Pool each session's photographs and tell what became of every lesion.

    Parameters
    ----------
    sessions : sequence of sequence of PhotographMeasurement
        The *usable* photographs of every session of the course, in order; a session without any is empty.
    baseline : int or None
        Number (from 1) of the session to compare with; None: the first that has a usable photograph.

    Returns
    -------
    LinkedCourse
        Every lesion seen in any photograph has a row in every session.

    Raises
    ------
    ValueError
        If no session, or not the one named as baseline, has a usable photograph.

    Notes
    -----
    Pooling is the plain mean over the photographs that show the lesion, ``u`` the root of the summed squares over
    their number. Weights by 1/u² are not used: u rises and falls with the value, which would pull the mean.

    *Clear*: outlined in more than half of the photographs that show it. *Doubtful*: outlined in some, or its mean
    contrast lies above `DECISION_THRESHOLD` u. *Absent*: neither. Against the baseline's evidence:

    ============== ===================================================================================
    baseline       the baseline session, clear
    present        clear now and (clear, doubtful or out of sight) at the baseline
    new            clear now, absent at the baseline
    split          present, in more parts than at the baseline
    merged         present, sharing pixels with a neighbour that it did not touch at the baseline
    below_limit    doubtful; or absent without having been clear at the baseline; or absent now but back later
    resolved       clear at the baseline, absent now and not clear in any later session
    not_visible    no usable photograph shows its place
    ============== ===================================================================================
    """
    first = _baseline_index(sessions, baseline)
    identities = sorted({spot.lesion_id for photographs in sessions for photo in photographs for spot in photo.spots})
    histories = [_link_one(sessions, identity, first) for identity in identities]
    linked = tuple(
        LinkedSession(
            number=index + 1,
            lesions=tuple(history[index] for history in histories),
            skin=_pool_skin([photo.skin for photo in photographs]),
            photographs=len(photographs),
            flags=frozenset() if photographs else frozenset({QualityFlag.NO_USABLE_PHOTOGRAPH}),
            plain=tuple(photo.plain for photo in photographs if photo.plain is not None),
        )
        for index, photographs in enumerate(sessions)
    )
    return LinkedCourse(linked, first + 1)


def _baseline_index(sessions: Sequence[Sequence[PhotographMeasurement]], baseline: int | None) -> int:
    usable = [index for index, photographs in enumerate(sessions) if photographs]
    if not usable:
        raise ValueError("sessions must hold at least one photograph")
    if baseline is None:
        return usable[0]
    if baseline - 1 not in usable:
        raise ValueError(f"baseline must be a session with photographs, got {baseline}")
    return baseline - 1


def _link_one(
    sessions: Sequence[Sequence[PhotographMeasurement]], identity: int, first: int
) -> tuple[LinkedLesion, ...]:
    shots = [tuple(_visible(photo, identity) for photo in photographs) for photographs in sessions]
    seen = [tuple(shot for shot in session if shot is not None) for session in shots]
    evidence = [_weigh(session) for session in seen]
    place = next((session[0].centroid for session in (seen[first], *seen) if session), (0.0, 0.0))
    pooled = [_pool(session) if session else unseen_spot(identity, place) for session in seen]
    statuses = [_status(index, first, evidence, pooled) for index in range(len(sessions))]
    return tuple(
        LinkedLesion(identity, status, _flagged(spot, status), session)
        for status, spot, session in zip(statuses, pooled, shots, strict=True)
    )


def _visible(photo: PhotographMeasurement, identity: int) -> SpotMeasurement | None:
    for spot in photo.spots:
        if spot.lesion_id == identity:
            hidden = QualityFlag.NOT_VISIBLE in spot.flags or spot.delta_mi is None
            return None if hidden else spot
    return None


def _weigh(shots: Sequence[SpotMeasurement]) -> _Evidence:
    if not shots:
        return _Evidence.HIDDEN
    outlined = sum(shot.present for shot in shots)
    if outlined > len(shots) / 2:
        return _Evidence.CLEAR
    contrast = _mean([shot.delta_mi for shot in shots])
    stands_out = contrast is not None and contrast.value > DECISION_THRESHOLD * contrast.u
    return _Evidence.DOUBTFUL if outlined or stands_out else _Evidence.ABSENT


def _status(index: int, first: int, evidence: Sequence[_Evidence], pooled: Sequence[SpotMeasurement]) -> Status:
    now, before = evidence[index], evidence[first]
    if now is _Evidence.HIDDEN:
        return Status.NOT_VISIBLE
    if now is _Evidence.CLEAR:
        if index == first:
            return Status.BASELINE
        return Status.NEW if before is _Evidence.ABSENT else _present(pooled[index], pooled[first])
    gone_for_good = _Evidence.CLEAR not in evidence[index + 1 :]
    if now is _Evidence.ABSENT and before is _Evidence.CLEAR and index > first and gone_for_good:
        return Status.RESOLVED
    return Status.BELOW_LIMIT


def _present(spot: SpotMeasurement, before: SpotMeasurement) -> Status:
    if set(spot.merged_with) - set(before.merged_with):
        return Status.MERGED
    return Status.SPLIT if spot.parts > max(before.parts, 1) else Status.PRESENT


def _pool(shots: Sequence[SpotMeasurement]) -> SpotMeasurement:
    return SpotMeasurement(
        lesion_id=shots[0].lesion_id,
        present=sum(shot.present for shot in shots) > len(shots) / 2,
        parts=_middle([shot.parts for shot in shots]),
        centroid=(fmean(shot.centroid[0] for shot in shots), fmean(shot.centroid[1] for shot in shots)),
        area=_mean([shot.area for shot in shots]),
        area_frozen=_mean([shot.area_frozen for shot in shots]),
        diameter=_plain([shot.diameter for shot in shots]),
        lab=_mean_colour([shot.lab for shot in shots]),
        ring_lab=_mean_colour([shot.ring_lab for shot in shots]),
        delta_mi=_mean([shot.delta_mi for shot in shots]),
        delta_e00=_mean([shot.delta_e00 for shot in shots]),
        delta_l=_plain([shot.delta_l for shot in shots]),
        delta_ita=_plain([shot.delta_ita for shot in shots]),
        delta_ei=_plain([shot.delta_ei for shot in shots]),
        load=_mean([shot.load for shot in shots]),
        edge_width=_plain([shot.edge_width for shot in shots]),
        variation=_plain([shot.variation for shot in shots]),
        merged_with=_agreed([shot.merged_with for shot in shots]),
        flags=frozenset().union(*(shot.flags for shot in shots)),
    )


def _mean(values: Iterable[Measured | None]) -> Measured | None:
    known = [value for value in values if value is not None]
    if not known:
        return None
    u = float(np.sqrt(sum(value.u**2 for value in known))) / len(known)
    return Measured(fmean(value.value for value in known), u, known[0].unit)


def _plain(values: Iterable[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return fmean(known) if known else None


def _mean_colour(colours: Iterable[tuple[float, float, float] | None]) -> tuple[float, float, float] | None:
    known = [colour for colour in colours if colour is not None]
    return _mean_lab(known) if known else None


def _mean_lab(colours: Sequence[tuple[float, float, float]]) -> tuple[float, float, float]:
    L, a, b = (fmean(colour[channel] for colour in colours) for channel in range(3))
    return L, a, b


def _middle(counts: Sequence[int]) -> int:
    """Lower median: an extra part must be seen in more than half of the photographs to count."""
    return sorted(counts)[(len(counts) - 1) // 2]


def _agreed(neighbours: Sequence[tuple[int, ...]]) -> tuple[int, ...]:
    votes = Counter(identity for each in neighbours for identity in set(each))
    return tuple(sorted(identity for identity, count in votes.items() if count > len(neighbours) / 2))


def _flagged(spot: SpotMeasurement, status: Status) -> SpotMeasurement:
    """Let the flags that a status stands for follow the pooled status, not a single shot."""
    flags = spot.flags - frozenset(_STATUS_FLAGS.values())
    own = _STATUS_FLAGS.get(status)
    return replace(spot, flags=flags if own is None else flags | {own})


def _pool_skin(readings: Sequence[SkinReading]) -> SkinReading | None:
    if not readings:
        return None
    return SkinReading(
        region_mi=fmean(reading.region_mi for reading in readings),
        region_ei=fmean(reading.region_ei for reading in readings),
        region_lab=_mean_lab([reading.region_lab for reading in readings]),
        region_u=_pooled_u([reading.region_u for reading in readings]) or 0.0,
        control_mi=_plain([reading.control_mi for reading in readings]),
        control_ei=_plain([reading.control_ei for reading in readings]),
        control_u=_pooled_u([reading.control_u for reading in readings]),
    )


def _pooled_u(values: Iterable[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return float(np.sqrt(sum(value**2 for value in known))) / len(known) if known else None
