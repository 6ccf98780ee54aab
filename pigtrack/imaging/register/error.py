"""What a registration is off by, from matches that took no part in it."""

import numpy as np

from pigtrack.model.quantity import FloatArray

CELL_MM = 10.0
"""Matches so near one another share the registration's error, which is smooth; their own noise they don't share."""

STRAY = 3.0
"""Matches that lie off by more times the median distance are wrong ones."""

RELIEF_MM = 0.02
"""What no match tells: relief lit from elsewhere lies elsewhere, all of it by 0.02 to 0.1 mm on phantoms."""


def spread_of(away: FloatArray) -> float:
    """Robust root mean square length of residuals, shape (n, 2): from the median, so that stray ones do not count."""
    return float(np.median(np.hypot(*away.T)) / np.sqrt(np.log(2)))


def estimate_error(places: FloatArray, away: FloatArray) -> float:
    """Estimate the root mean square error of a registration.

    Parameters
    ----------
    places : ndarray, shape (n, 2)
        Where the held-out matches lie, millimetres.
    away : ndarray, shape (n, 2)
        How far they are off, millimetres: the registration's error and the match's own noise.

    Returns
    -------
    float
        Millimetres; never below `RELIEF_MM`.

    Notes
    -----
    In a cell of `CELL_MM` the residuals r share the error and have independent noise, so the mean of ``r_i · r_j``
    over its pairs is the squared error without the noise. Its own chance error, about the mean square of r over the
    square root of the number of pairs, is added, as few matches tell little.
    """
    length = np.hypot(*away.T)
    kept = length <= STRAY * np.median(length)
    cells = np.unique(np.floor(places[kept] / CELL_MM), axis=0, return_inverse=True)[1].ravel()
    count = np.bincount(cells)
    sums = np.stack([np.bincount(cells, each) for each in away[kept].T])
    pairs = float((count * (count - 1)).sum())
    square = float(np.square(length[kept]).sum())
    if pairs == 0:
        return float(np.hypot(spread_of(away), RELIEF_MM))
    shared = max((float(np.square(sums).sum()) - square) / pairs, 0.0)
    return float(np.sqrt(shared + square / kept.sum() / np.sqrt(pairs) + RELIEF_MM**2))
