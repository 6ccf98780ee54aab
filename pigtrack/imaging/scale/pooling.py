"""One scale for a course: every photograph's card tells of the same skin, once registered."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from pigtrack.imaging.resample import frame_to_photograph
from pigtrack.model.photograph import Registration, WorkingGrid
from pigtrack.model.quantity import FloatArray

_REACH = 22
"""Nodes around a point over which the registration is smoothed, about as many millimetres: its flow is right to a few
hundredths of a millimetre, skin is stretched over far more."""

_BELIEVED = 2.0
"""Standard uncertainties up to which a session counts in full; beyond, its weight falls with the square."""

_FAITH = 2.0
"""The stated uncertainties weigh like so many sessions' scatter when both are pooled."""

_ROUNDS = 50
_FAR = 3.0
"""Standard uncertainties from which a photograph is said to be off, and the least share."""

_LEAST_FAR = 0.01


@dataclass(frozen=True, slots=True)
class ScaleClue:
    """What one photograph tells of the baseline's scale.

    Attributes
    ----------
    session : int
        Photographs of one session share how the card lay.
    mm_per_px : float
        Of the *baseline's* upright pixels: the photograph's own scale carried over by the registration.
    u_own : float
        Relative standard uncertainty without what the whole course shares.
    """

    session: int
    mm_per_px: float
    u_own: float


@dataclass(frozen=True, eq=False, slots=True)
class PooledScale:
    """The baseline's scale from all clues.

    Attributes
    ----------
    mm_per_px : float
        Of the baseline's upright pixels.
    u_own : float
        Relative standard uncertainty, again without what the course shares.
    away : ndarray, shape (clues,)
        Relative distance of each clue from what the *other* sessions say; nan where there are none.
    limits : ndarray, shape (clues,)
        From where that distance is more than chance.
    """

    mm_per_px: float
    u_own: float
    away: FloatArray
    limits: FloatArray


def pool_scales(clues: Sequence[ScaleClue]) -> PooledScale:
    """Pool what the photographs of a course tell of the baseline's scale.

    Parameters
    ----------
    clues : sequence of ScaleClue
        At least one.

    Notes
    -----
    Each session gives the mean of its photographs' log scales; sessions are weighed by ``1 / u²``, and beyond two u
    by ever less, so that one tilted card does not pull the rest. The uncertainty is that of the weighted mean times
    Birge's ratio, shrunk towards 1 as the stated uncertainties are known beforehand:
    ``ratio² = (4 + chi²) / (4 + sessions - 1)``.
    """
    if not clues:
        raise ValueError("clues must hold at least one photograph")
    sessions = sorted({clue.session for clue in clues})
    logs, u = (np.array(each) for each in zip(*(_session_clue(clues, number) for number in sessions), strict=True))
    mean, u_mean = _robust_mean(logs, u)
    away, limits = [], []
    for clue in clues:
        others = np.array([number != clue.session for number in sessions])
        if not others.any():
            away.append(np.nan)
            limits.append(np.nan)
            continue
        rest, u_rest = _robust_mean(logs[others], u[others])
        away.append(np.expm1(np.log(clue.mm_per_px) - rest))
        limits.append(max(_FAR * float(np.hypot(clue.u_own, u_rest)), _LEAST_FAR))
    return PooledScale(float(np.exp(mean)), u_mean, np.array(away), np.array(limits))


def registered_ratio(registration: Registration, frame: WorkingGrid, point: FloatArray) -> float:
    """Upright pixels of a photograph on an upright pixel of the baseline, at a point of the frame.

    Parameters
    ----------
    frame : WorkingGrid
        The baseline's.
    point : ndarray, shape (2,)
        Frame x, y.

    Notes
    -----
    Root of the Jacobian of a cubic fitted to the registration's nodes around the point: perspective and the pull
    of skin change the ratio across the picture by some per cent, so it must be taken where the scale is wanted.
    """
    nodes, step = registration.to_photograph, registration.grid_step
    place = np.asarray(point, dtype=np.float64) / step
    column, row = (
        int(min(max(round(value), 1), size - 2)) for value, size in zip(place, nodes.shape[1::-1], strict=True)
    )
    left, top = max(column - _REACH, 0), max(row - _REACH, 0)
    part = nodes[top : row + _REACH + 1, left : column + _REACH + 1]
    return float(np.sqrt(abs(np.linalg.det(_gradient(part, place - [left, top])))) / (step * frame.step))


def _gradient(nodes: FloatArray, place: FloatArray) -> FloatArray:
    """Derivative of a field of nodes, shape (rows, columns, 2), at column and row ``place``, by a cubic; (2, 2)."""
    rows, columns = nodes.shape[:2]
    degree = min(3, rows - 1, columns - 1)
    powers = [(i, k) for k in range(degree + 1) for i in range(degree + 1 - k)]
    j, i = np.mgrid[:rows, :columns]
    x, y = ((i - place[0]) / _REACH).ravel(), ((j - place[1]) / _REACH).ravel()
    design = np.column_stack([x**across * y**down for across, down in powers])
    solution = np.linalg.lstsq(design, nodes.reshape(-1, 2), rcond=None)[0]
    return np.asarray(solution[[powers.index((1, 0)), powers.index((0, 1))]] / _REACH)


def place_in_photograph(registration: Registration, point: FloatArray) -> tuple[float, float]:
    """Upright x, y of a frame point in a registered photograph."""
    x, y = frame_to_photograph(np.asarray(point, dtype=np.float64)[None], registration)[0]
    return float(x), float(y)


def _session_clue(clues: Sequence[ScaleClue], number: int) -> tuple[float, float]:
    own = [clue for clue in clues if clue.session == number]
    return float(np.mean([np.log(clue.mm_per_px) for clue in own])), float(np.mean([clue.u_own for clue in own]))


def _robust_mean(logs: FloatArray, u: FloatArray) -> tuple[float, float]:
    """Weighted mean, started at the weighted median, in which far sessions count less; with its uncertainty."""
    mean, trust = _weighted_median(logs, u), np.ones(len(logs))
    for _ in range(_ROUNDS):
        trust = np.minimum(1.0, _BELIEVED / np.maximum(np.abs(logs - mean) / u, 1e-9)) ** 2
        mean = float(trust / u**2 @ logs / np.sum(trust / u**2))
    chi2 = float(np.sum(trust * ((logs - mean) / u) ** 2))
    birge2 = (_FAITH + chi2) / (_FAITH + max(float(trust.sum()) - 1, 0.0))
    return mean, float(np.sqrt(birge2 / np.sum(trust / u**2)))


def _weighted_median(values: FloatArray, u: FloatArray) -> float:
    """Half way between the values at which the weight ``1 / u²`` below and above is half."""
    order = np.argsort(values, kind="stable")
    share = np.cumsum(1 / u[order] ** 2)
    ends = [np.searchsorted(share, share[-1] / 2 * (1 + side), side="left") for side in (-1e-9, 1e-9)]
    return float(values[order][np.minimum(ends, len(values) - 1)].mean())
