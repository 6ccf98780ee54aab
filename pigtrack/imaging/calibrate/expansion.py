"""The terms that a colour correction is linear in, and its weighted least squares."""

import numpy as np

from pigtrack.model.quantity import FloatArray

LINEAR_TERMS = 3
ROOT_TERMS = 6

_RIDGE = 1e-5
"""Holds a matrix where the colours at hand do not ask for a change; against the mean square of a term."""


def expand(rgb: FloatArray, terms: int) -> FloatArray:
    """R, G, B, and with six terms √RG, √RB, √GB as well; shape (..., 3) → (..., terms).

    References
    ----------
    Finlayson, Mackiewicz, Hurlbert 2015, doi:10.1109/TIP.2015.2405336: the root terms scale with exposure.
    """
    if terms == LINEAR_TERMS:
        return rgb
    r, g, b = np.moveaxis(np.maximum(rgb, 0.0), -1, 0)
    return np.stack([r, g, b, np.sqrt(r * g), np.sqrt(r * b), np.sqrt(g * b)], axis=-1)


def fit_matrix(rgb: FloatArray, xyz: FloatArray, weights: FloatArray, terms: int) -> FloatArray:
    """Matrix (3, terms) with the least weighted squared error in XYZ.

    Parameters
    ----------
    weights : ndarray, shape (n,)
        On top of 1/√Y, which spreads the error evenly over light and dark.
    """
    scale = (weights / np.sqrt(np.maximum(xyz[:, 1], 0.01)))[:, None]
    solution = np.linalg.lstsq(expand(rgb, terms) * scale, xyz * scale, rcond=None)[0]
    return np.asarray(solution.T)


def leave_out_fits(rgb: FloatArray, xyz: FloatArray, weights: FloatArray, terms: int) -> FloatArray:
    """Do as `fit_matrix` without each row in turn, shape (n, 3, terms): the whole's normal equations less one row's."""
    scale = (weights / np.sqrt(np.maximum(xyz[:, 1], 0.01)))[:, None]
    design, wanted = expand(rgb, terms) * scale, xyz * scale
    left = design.T @ design - np.einsum("nt,nu->ntu", design, design)
    right = design.T @ wanted - np.einsum("nt,ni->nti", design, wanted)
    return np.asarray(np.linalg.solve(left, right).transpose(0, 2, 1))


def absorb(matrices: FloatArray, rgb: FloatArray, shifts: FloatArray) -> FloatArray:
    """Change matrices (k, 3, 6) so that they give of ``rgb + shifts`` what they gave of ``rgb``, near enough.

    Parameters
    ----------
    rgb : ndarray, shape (n, 3)
    shifts : ndarray, shape (k, n, 3)
        Small against ``rgb``; no shift leaves a matrix as it is.
    """
    scale = 1 / np.sqrt(np.maximum(rgb[:, 1], 0.01))[:, None]
    before, after = expand(rgb, ROOT_TERMS) * scale, expand(rgb + shifts, ROOT_TERMS) * scale
    lost = np.einsum("kit,knt->kni", matrices, before - after)
    left = np.einsum("knt,knu->ktu", after, after) + _RIDGE * len(rgb) * np.eye(ROOT_TERMS)
    change = np.linalg.solve(left, np.einsum("knt,kni->kti", after, lost))
    return np.asarray(matrices + change.transpose(0, 2, 1))


def expand_slope(rgb: FloatArray) -> FloatArray:
    """Derivative of the six root terms by R, G, B; shape (n, 3) → (n, 6, 3)."""
    root = np.sqrt(np.maximum(rgb, 1e-6))
    slope = np.zeros((len(rgb), ROOT_TERMS, 3))
    slope[:, range(3), range(3)] = 1.0
    for term, (i, j) in enumerate(((0, 1), (0, 2), (1, 2)), start=3):
        slope[:, term, i], slope[:, term, j] = 0.5 * root[:, j] / root[:, i], 0.5 * root[:, i] / root[:, j]
    return slope
