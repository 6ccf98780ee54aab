"""The skin of a close-up, told from the outer part of the view, where the lesion is not."""

from dataclasses import dataclass

import numpy as np

from pigtrack.imaging import opencv
from pigtrack.imaging.closeup.view import View, off_centre, slopes_and_bends
from pigtrack.model.quantity import BoolImage, FloatArray, FloatImage

OUTER = (0.65, 1.0)
"""From here to there, in half widths of the view, the skin is first looked for: a lesion is centred by who takes the
picture, and the corners are the dermoscope's."""

SKIN_SHARE = 0.5
"""Share of the outer part that is taken for skin at first: rulers and stickers must not cover more than half of it."""

ROUNDS = 8
"""Rounds of concentration; the kept half no longer changes after five or six (Rousseeuw & Van Driessen 1999,
doi:10.1080/00401706.1999.10485670)."""

SAMPLE = 8000
"""Pixels that the outer skin is fitted to: 6 coefficients a channel need no more."""

LIKE_SKIN = 2.5
"""Times the distance within which 40 % of the outer part lie that a place may be off and be skin."""

STIFF = 1e-3
"""Prior against slopes and bends, as a share of the pixels: it matters only where skin is seen on one side alone."""

_FLOOR = 1e-5
"""Variance of density that calmed codes have at the least: a third of a hundredth, squared."""


@dataclass(frozen=True, eq=False, slots=True)
class Skin:
    """The skin under and around a lesion.

    Attributes
    ----------
    rest : ndarray, shape (rows, columns, 3), float32
        Density above the skin's own, a polynomial of second degree that follows lamp and lens.
    mask : ndarray, shape (rows, columns), bool
        Pixels taken for skin.
    covariance : ndarray, shape (3, 3)
        Of ``rest`` over them.
    """

    rest: FloatImage
    mask: BoolImage
    covariance: FloatArray


def find_skin(view: View) -> Skin:
    """Find the skin of a close-up without knowing where its lesion is."""
    terms, outer = slopes_and_bends(view.shape), _outer_part(view)
    rest = view.density - _predict(terms, _concentrate(view.density[outer], terms[outer]))
    mask = view.valid
    for _ in range(4):
        distance = _distance(rest, outer)
        mask = view.valid & (distance < LIKE_SKIN * np.quantile(distance[outer], 0.4))
        mask = opencv.dilate(opencv.erode(mask, 3), 3) & mask
        rest = view.density - _predict(terms, _least_squares(view.density[mask], terms[mask]))
    return _skin(rest, mask)


def fit_skin(view: View, mask: BoolImage) -> Skin:
    """Lay the skin through the pixels that are known to be skin."""
    return _skin(above_skin(view.density, mask), mask)


def above_skin(channels: FloatImage, mask: BoolImage) -> FloatImage:
    """Take the skin's own level off each channel, shape (rows, columns, n): a polynomial through its pixels."""
    terms = slopes_and_bends((mask.shape[0], mask.shape[1]))
    return channels - _predict(terms, _least_squares(channels[mask], terms[mask]))


def robust_spread(values: FloatImage) -> float:
    """Standard deviation from the median absolute deviation; 0 of nothing."""
    return 0.0 if values.size == 0 else float(1.4826 * np.median(np.abs(values - np.median(values))))


def _skin(rest: FloatImage, mask: BoolImage) -> Skin:
    return Skin(rest, mask, np.cov(rest[mask].astype(np.float64), rowvar=False) + _FLOOR * np.eye(3))


def _outer_part(view: View) -> BoolImage:
    away = off_centre(view.shape)
    outer = view.valid & (away > OUTER[0]) & (away < OUTER[1])
    return outer if outer.mean() > 0.05 else view.valid


def _concentrate(density: FloatImage, terms: FloatImage) -> FloatArray:
    """Least trimmed squares: the polynomial through the half of the pixels that agree best.

    It sets out from the densest colour, and slopes and bends are let go one after the other.
    """
    step = max(len(density) // SAMPLE, 1)
    seen, terms = density[::step].astype(np.float64), terms[::step].astype(np.float64)
    distance = ((seen - _densest(seen)) ** 2).sum(axis=1)
    for number in range(ROUNDS):
        kept = distance <= np.quantile(distance, SKIN_SHARE)
        count = (1, 3, 3)[number] if number < 3 else 6
        rest = seen - terms[:, :count] @ _least_squares(seen[kept], terms[kept, :count])
        distance = _mahalanobis(rest, np.cov(rest[kept], rowvar=False))
    return _least_squares(seen[kept], terms[kept])


def _densest(colours: FloatArray) -> FloatArray:
    """Middle of the half that lies closest together, settled in rounds from the median."""
    middle = np.median(colours, axis=0)
    for _ in range(6):
        away = np.abs(colours - middle).max(axis=1)
        middle = np.median(colours[away <= np.quantile(away, SKIN_SHARE)], axis=0)
    return np.asarray(middle)


def _distance(rest: FloatImage, outer: BoolImage) -> FloatImage:
    """How far each place is off the skin, in the spread of the calmer half of the outer part."""
    inside = rest[outer].astype(np.float64)
    away = np.abs(inside - np.median(inside, axis=0)).max(axis=1)
    calm = inside[away <= np.quantile(away, 0.5)]
    return np.sqrt(_mahalanobis(rest, np.cov(calm, rowvar=False))).astype(np.float32)


def _mahalanobis(rest: FloatArray | FloatImage, covariance: FloatArray) -> FloatArray:
    root = np.linalg.cholesky(np.linalg.inv(covariance + _FLOOR * np.eye(3))).astype(rest.dtype)
    return np.asarray(np.sum(np.square(np.matmul(rest, root)), axis=-1))


def _least_squares(density: FloatArray | FloatImage, terms: FloatArray | FloatImage) -> FloatArray:
    stiff = STIFF * len(terms) * np.eye(terms.shape[1])
    stiff[0, 0] = 1e-9
    terms = terms.astype(np.float64)
    return np.asarray(np.linalg.solve(terms.T @ terms + stiff, terms.T @ density))


def _predict(terms: FloatImage, coefficients: FloatArray) -> FloatImage:
    return np.asarray(terms @ coefficients.astype(np.float32), dtype=np.float32)
