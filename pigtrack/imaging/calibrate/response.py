"""The effective response of camera and lamp: a posterior from the prior and the card's patches.

The patch values are linear in the response through the card's spectra, so the posterior of a Gaussian prior is one
small linear solve. The prior is a mixture of Gaussians, one a kind of camera under a kind of lamp: how well each
explains the patches (its evidence) says how much it counts, and the same evidence says how noisy the patches are.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pigtrack.model.quantity import FloatArray
from pigtrack.model.spectra import ColourPrior, ResponseFamily

NOISE_LEVELS: FloatArray = np.array([0.0035, 0.005, 0.007, 0.01, 0.014, 0.02, 0.03, 0.04, 0.06, 0.08])
"""Relative errors of a patch that are weighed against one another: print, gloss, light and pixels together, and what a
camera did to its colours that no response explains. Pictures of unknown processing go to the end of this list."""

_FLOOR = 0.1
"""Error of a black patch (flare, gloss, print) against that of a white one."""

_WORTH_A_LOOK = 20.0
"""A family whose log evidence is this far behind the best one's is left aside at once."""

_NEGLIGIBLE = 0.01
"""Share below which a family does not count."""


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
    noise : float
        Relative error of a patch, as the patches themselves have it or as it was given.
    shares : tuple of (str, float)
        The families that explain the patches, with how much each counts; together 1.
    """

    mean: FloatArray
    spread: FloatArray
    misfit: float
    noise: float = 0.01
    shares: tuple[tuple[str, float], ...] = ()


def fit_response(
    patches: FloatArray,
    spectra: FloatArray,
    kept: NDArray[np.bool_],
    prior: ColourPrior,
    *,
    noise: float | None = None,
) -> Response:
    """Fit the response to the patches.

    Parameters
    ----------
    patches : ndarray, shape (patches, 3)
        Grey-balanced values proportional to light, white = its reflectance.
    spectra : ndarray, shape (patches, 31)
    kept : ndarray of bool, shape (patches,)
    noise : float or None
        Relative error of a patch; None: what the patches speak for, between `NOISE_LEVELS`.
    """
    views = _views(patches, spectra, kept, prior)
    level = _expected_noise(views) if noise is None else noise
    beliefs = [view.believe(level) for view in views]
    return _pool(beliefs, _shares(np.array([each.evidence for each in beliefs])), level)


def leave_out_responses(
    patches: FloatArray,
    spectra: FloatArray,
    kept: NDArray[np.bool_],
    prior: ColourPrior,
    *,
    noise: float,
) -> FloatArray:
    """Fit the mean response without each patch in turn, all at once in closed form.

    Parameters
    ----------
    patches, spectra, kept, prior
        As for `fit_response`.
    noise : float
        Relative error of a patch, from the fit to all of them.

    Returns
    -------
    ndarray, shape (patches, 31, 3)
        nan where the patch is not kept.

    Notes
    -----
    With residual r, deviation D and leverage H = A Σ Aᵀ of the patch's three values, the posterior mean moves by
    ``-Σ Aᵀ (D² - H)⁻¹ r`` when they are taken away, and its evidence loses what the others predicted of them.
    """
    beliefs = [view.believe(noise) for view in _views(patches, spectra, kept, prior)]
    moved = [each.without_each() for each in beliefs]
    shares = _shares(np.stack([evidence for _, evidence in moved]))
    responses = np.full((len(patches), *prior.mean.shape), np.nan)
    responses[kept] = sum(share[:, None, None] * mean for share, (mean, _) in zip(shares, moved, strict=True))
    return responses


def narrow_prior(
    patches: FloatArray,
    spectra: FloatArray,
    kept: NDArray[np.bool_],
    prior: ColourPrior,
    *,
    count: int = 4,
) -> ColourPrior:
    """Keep the few families that may explain the patches: later fits of the same card then take less time."""
    families = [view.family for view in _views(patches, spectra, kept, prior)][:count]
    return ColourPrior(prior.mean, tuple(families))


@dataclass(frozen=True, eq=False, slots=True)
class _Belief:
    """The posterior of one family at one noise level, in the terms of its basis; ``design`` (values, components)."""

    family: ResponseFamily
    evidence: float
    z: FloatArray
    covariance: FloatArray
    design: FloatArray
    residual: FloatArray
    deviation: FloatArray

    @property
    def response(self) -> FloatArray:
        return np.asarray(self.family.mean + np.tensordot(self.z, self.family.basis, axes=1))

    @property
    def misfit(self) -> float:
        return float(np.mean((self.residual / self.deviation) ** 2))

    def without_each(self) -> tuple[FloatArray, FloatArray]:
        """Mean response (kept patches, 31, 3) and log evidence (kept patches,) without each patch."""
        rows = self.design.reshape(-1, 3, len(self.z))
        residual, variance = self.residual.reshape(-1, 3), self.deviation.reshape(-1, 3) ** 2
        carried = rows @ self.covariance
        left = variance[:, :, None] * np.eye(3) - carried @ rows.transpose(0, 2, 1)
        pull = np.linalg.solve(left, residual[..., None])[..., 0]
        z = self.z - np.einsum("pck,pc->pk", carried, pull)
        spread = 2 * np.log(variance).sum(axis=1) - np.linalg.slogdet(left)[1]
        evidence = self.evidence + 0.5 * (np.einsum("pc,pc->p", residual, pull) + spread)
        return self.family.mean + np.tensordot(z, self.family.basis, axes=1), evidence


class _View:
    """One family's view of the patches, decomposed so that any noise level is cheap."""

    def __init__(self, patches: FloatArray, spectra: FloatArray, deviation: FloatArray, family: ResponseFamily) -> None:
        self.family, self.deviation = family, deviation.ravel()
        self.residual = (patches - spectra @ family.mean).ravel()
        self.design = (spectra @ family.basis).reshape(len(family.basis), -1).T
        scaled, off = self.design / self.deviation[:, None], self.residual / self.deviation
        self._sizes, self._axes = np.linalg.eigh(scaled.T @ scaled)
        self._sizes = np.maximum(self._sizes, 0.0)
        self._along, self._off = self._axes.T @ (scaled.T @ off), float(off @ off)

    def evidence(self, noise: FloatArray) -> FloatArray:
        """Log probability of the patches at each noise level, but for a constant that all families share."""
        square = np.square(noise)
        grown = self._sizes + square[:, None]
        unexplained = (self._off - np.sum(self._along**2 / grown, axis=1)) / square
        occam = np.sum(np.log(grown / square[:, None]), axis=1) + len(self.residual) * np.log(square)
        return np.asarray(-0.5 * (unexplained + occam))

    def believe(self, noise: float) -> _Belief:
        """The posterior at a noise level."""
        grown = self._sizes + noise**2
        z = self._axes @ (self._along / grown)
        covariance = (self._axes * (noise**2 / grown)) @ self._axes.T
        residual = self.residual - self.design @ z
        return _Belief(
            self.family,
            float(self.evidence(np.array([noise]))[0]),
            z,
            covariance,
            self.design,
            residual,
            noise * self.deviation,
        )


def _views(patches: FloatArray, spectra: FloatArray, kept: NDArray[np.bool_], prior: ColourPrior) -> list[_View]:
    """The families that may explain the kept patches, the likeliest first."""
    deviation = np.hypot(patches, _FLOOR)[kept]
    views = [_View(patches[kept], spectra[kept], deviation, family) for family in prior.families]
    evidence = np.array([view.evidence(NOISE_LEVELS).max() for view in views])
    order = np.argsort(-evidence, kind="stable")
    return [views[k] for k in order if evidence[k] > evidence.max() - _WORTH_A_LOOK]


def _expected_noise(views: Sequence[_View]) -> float:
    """Noise level that the evidence speaks for; between the levels, so that like photographs are treated alike."""
    total = np.logaddexp.reduce(np.stack([view.evidence(NOISE_LEVELS) for view in views]), axis=0)
    share = np.exp(total - total.max())
    return float(np.exp(share @ np.log(NOISE_LEVELS) / share.sum()))


def _shares(evidence: FloatArray) -> FloatArray:
    """How much each belief counts, from the log evidence along the first axis."""
    share = np.exp(evidence - evidence.max(axis=0))
    share /= share.sum(axis=0)
    share[share < _NEGLIGIBLE] = 0.0
    return np.asarray(share / share.sum(axis=0))


def _pool(beliefs: Sequence[_Belief], shares: FloatArray, noise: float) -> Response:
    """One Gaussian of the mean and covariance of all the beliefs together."""
    counted = [(share, belief) for share, belief in zip(shares, beliefs, strict=True) if share > 0]
    mean = sum(share * belief.response for share, belief in counted)
    spread: list[FloatArray] = []
    for share, belief in counted:
        root = np.linalg.cholesky(belief.covariance)
        spread.append(np.sqrt(share) * np.tensordot(root.T, belief.family.basis, axes=1))
        spread.append(np.sqrt(share) * (belief.response - mean)[None])
    misfit = float(np.sqrt(sum(share * belief.misfit for share, belief in counted)))
    names = tuple((belief.family.name, float(share)) for share, belief in counted)
    return Response(np.asarray(mean), np.concatenate(spread), misfit, noise, names)
