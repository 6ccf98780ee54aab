"""The effective response of camera and lamp: a posterior from the prior and the card's patches.

The patch values are linear in the response through the card's spectra, so the posterior of a Gaussian prior is one
small linear solve.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pigtrack.model.quantity import FloatArray
from pigtrack.model.spectra import ColourPrior

_RELATIVE_NOISE = 0.01
_FLOOR = 0.002
"""Error of a patch: 1 % of its value, and this share of white where it is dark (flare, gloss, print)."""


@dataclass(frozen=True, eq=False, slots=True)
class Response:
    """Posterior of the effective response.

    Attributes
    ----------
    mean : ndarray, shape (31, 3)
    spread : ndarray, shape (components, 31, 3)
        Directions of one standard deviation each, independent of one another.
    misfit : float
        Root mean square residual of the patches in expected standard deviations.
    """

    mean: FloatArray
    spread: FloatArray
    misfit: float


def fit_response(patches: FloatArray, spectra: FloatArray, kept: NDArray[np.bool_], prior: ColourPrior) -> Response:
    """Fit the response to the patches.

    Parameters
    ----------
    patches : ndarray, shape (patches, 3)
        Grey-balanced values proportional to light, white = its reflectance.
    spectra : ndarray, shape (patches, 31)
    kept : ndarray of bool, shape (patches,)
    """
    expected = np.einsum("pw,wc->pc", spectra[kept], prior.mean)
    design = np.einsum("pw,kwc->pck", spectra[kept], prior.basis).reshape(-1, len(prior.basis))
    residual = (patches[kept] - expected).ravel()
    deviation = np.hypot(_RELATIVE_NOISE * np.abs(patches[kept]), _FLOOR).ravel()
    scaled = design / deviation[:, None]
    precision = scaled.T @ scaled + np.eye(len(prior.basis))
    z = np.linalg.solve(precision, scaled.T @ (residual / deviation))
    misfit = float(np.sqrt(np.mean(((residual - design @ z) / deviation) ** 2)))
    root = np.linalg.inv(np.linalg.cholesky(precision)).T
    spread = np.einsum("kj,kwc->jwc", root, prior.basis)
    return Response(prior.mean + np.einsum("k,kwc->wc", z, prior.basis), spread, misfit)
