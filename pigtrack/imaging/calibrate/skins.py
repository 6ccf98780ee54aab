"""The spectral prior's own fit: a correction that is right for skin, seen through the posterior response."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pigtrack.imaging.calibrate.expansion import ROOT_TERMS, expand, expand_slope
from pigtrack.imaging.calibrate.response import Response, fit_response, leave_out_responses
from pigtrack.imaging.colour import delta_e_2000, xyz_to_lab
from pigtrack.imaging.skin import TONES, reflectance, xyz_d65
from pigtrack.model.calibration import Card
from pigtrack.model.quantity import FloatArray
from pigtrack.model.spectra import ColourPrior, SpectralTables

_ADDED_MELANIN = (0.0, 0.015, 0.035, 0.07)
_ADDED_BLOOD = (0.6, 1.0, 2.0)
"""Melanosome fraction added to, and blood as a multiple of, each tone's own: what skin and spots are made of."""

_PATCH_WEIGHT = 0.15
"""Of a real patch against a simulated skin: patches keep the fit sane where no skin lies."""

_STEP = 0.5
"""L*a*b* step over which CIEDE2000 is taken for a quadratic form."""


@dataclass(frozen=True, eq=False, slots=True)
class Skins:
    """Simulated skins of all tones, with and without spots and redness.

    Attributes
    ----------
    spectra : ndarray, shape (n, 31)
    xyz : ndarray, shape (n, 3)
    pairs : ndarray, shape (m, 2)
        Indices of a spot and of the clear skin beside it.
    """

    spectra: FloatArray
    xyz: FloatArray
    pairs: NDArray[np.intp]


@dataclass(frozen=True, eq=False, slots=True)
class Knowledge:
    """What is known before a card is seen: cameras under lamps, and skins."""

    prior: ColourPrior
    skins: Skins


def simulate_skins(tables: SpectralTables) -> Skins:
    """Simulate the skins that the spectral prior is fitted on."""
    spectra: list[FloatArray] = []
    pairs: list[tuple[int, int]] = []
    for tone in TONES.values():
        for blood in _ADDED_BLOOD:
            first = len(spectra)
            added = tone.melanin + np.array(_ADDED_MELANIN)
            spectra.extend(reflectance(tone, added, np.full(len(added), blood * tone.blood), tables))
            pairs.extend((first + k, first) for k in range(1, len(added)))
    stacked = np.stack(spectra)
    return Skins(stacked, xyz_d65(stacked, tables), np.array(pairs))


def fit_on_skins(
    patches: FloatArray, card: Card, kept: NDArray[np.bool_], knowledge: Knowledge, *, response: Response | None = None
) -> tuple[FloatArray, tuple[float, float]]:
    """Fit the correction on skins seen through the posterior response, with the real patches beside.

    Parameters
    ----------
    patches : ndarray, shape (patches, 3)
        Grey-balanced values proportional to light, white = its reflectance.
    response : Response or None
        What `fit_response` found for these patches; None: fitted here.

    Returns
    -------
    matrix : ndarray, shape (3, 6)
        XYZ from the root-polynomial terms.
    uncertainty : (float, float)
        Standard uncertainty of skin colour (CIEDE2000), and of a contrast as a share of it.

    Notes
    -----
    The matrix has the least *expected* squared CIEDE2000 over the skins and over the posterior, to first order: where
    the response is doubtful it leans on what skins have in common and multiplies no noise.
    """
    if card.spectra is None:
        raise ValueError(f"{card.name} has no spectra")
    found = response or fit_response(patches, card.spectra, kept, knowledge.prior)
    task = _Task(patches, card, kept, knowledge.skins, found)
    matrix = task.solve(found.mean[None])[0]
    return matrix, task.uncertainty(matrix, max(1.0, found.misfit))


def leave_out_matrices(
    patches: FloatArray, card: Card, kept: NDArray[np.bool_], knowledge: Knowledge, *, response: Response
) -> FloatArray:
    """Fit the correction without each patch in turn, all at once, the tone curve left as it is.

    Parameters
    ----------
    response : Response
        What `fit_response` found for all the kept patches; its noise is taken over.

    Returns
    -------
    ndarray, shape (patches, 3, 6)
        nan where the patch is not kept.
    """
    if card.spectra is None:
        raise ValueError(f"{card.name} has no spectra")
    means = leave_out_responses(patches, card.spectra, kept, knowledge.prior, noise=response.noise)
    task = _Task(patches, card, kept, knowledge.skins, response)
    matrices = np.full((len(patches), 3, ROOT_TERMS), np.nan)
    matrices[kept] = task.solve(means[kept], left_out=np.arange(int(kept.sum())))
    return matrices


class _Task:
    """Normal equations of the fit on skins and patches; the metric is each colour's own CIEDE2000."""

    def __init__(
        self, patches: FloatArray, card: Card, kept: NDArray[np.bool_], skins: Skins, response: Response
    ) -> None:
        self.skins = skins
        self.metric = _perceived(skins.xyz)
        seen = skins.spectra @ response.mean
        self.seen = expand(seen, ROOT_TERMS)
        shift = skins.spectra @ response.spread
        self.shift = np.einsum("ntc,jnc->jnt", expand_slope(seen), shift, optimize=True)
        self._doubt = np.einsum("jnt,jnu->ntu", self.shift, self.shift, optimize=True)
        self._gram = np.einsum("nki,nkj->nij", self.metric, self.metric)
        own = _PATCH_WEIGHT * _perceived(card.xyz[kept])
        own = np.einsum("nki,nkj->nij", own, own)
        terms = expand(patches[kept], ROOT_TERMS)
        self._patch_left = np.einsum("nij,nt,nu->nitju", own, terms, terms, optimize=True)
        self._patch_right = np.einsum("nij,nj,nt->nit", own, card.xyz[kept], terms, optimize=True)

    def solve(self, means: FloatArray, *, left_out: NDArray[np.intp] | None = None) -> FloatArray:
        """Matrices (responses, 3, 6) for mean responses (responses, 31, 3), each without a patch if so asked."""
        terms = expand(self.skins.spectra @ means, ROOT_TERMS)
        outer = np.einsum("rnt,rnu->rntu", terms, terms) + self._doubt
        left = np.einsum("nij,rntu->ritju", self._gram, outer, optimize=True) + self._patch_left.sum(axis=0)
        right = np.einsum("nij,nj,rnt->rit", self._gram, self.skins.xyz, terms, optimize=True)
        right = right + self._patch_right.sum(axis=0)
        if left_out is not None:
            left, right = left - self._patch_left[left_out], right - self._patch_right[left_out]
        size = 3 * ROOT_TERMS
        solved = np.linalg.solve(left.reshape(-1, size, size), right.reshape(-1, size, 1))
        return np.asarray(solved.reshape(-1, 3, ROOT_TERMS))

    def uncertainty(self, matrix: FloatArray, widening: float) -> tuple[float, float]:
        """What the posterior leaves open, and what the terms cannot follow: on skin colour and on contrasts."""
        wrong = np.concatenate([widening * self.shift @ matrix.T, (self.seen @ matrix.T - self.skins.xyz)[None]])
        colour = np.einsum("nki,jni->jnk", self.metric, wrong, optimize=True)
        slopes = _lab_slope(self.skins.xyz)
        lab = np.einsum("nki,jni->jnk", slopes, wrong, optimize=True)
        spots, clear = self.skins.pairs.T
        colours = xyz_to_lab(self.skins.xyz)
        off = np.sum((lab[:, spots] - lab[:, clear]) ** 2, axis=(0, 2))
        whole = np.sum((colours[spots] - colours[clear]) ** 2, axis=1)
        return float(np.sqrt(np.mean(np.sum(colour**2, axis=(0, 2))))), float(np.sqrt(np.mean(off / whole)))


def _perceived(xyz: FloatArray) -> FloatArray:
    """Matrices (n, 3, 3) that turn a small error of XYZ into one whose length is its CIEDE2000."""
    lab = xyz_to_lab(xyz)
    axes = _STEP * np.eye(3)

    def squared(step: FloatArray) -> FloatArray:
        return np.asarray(delta_e_2000(lab + step, lab) ** 2 / _STEP**2)

    form = np.empty((len(xyz), 3, 3))
    for i in range(3):
        form[:, i, i] = squared(axes[i])
        for j in range(i):
            form[:, i, j] = form[:, j, i] = (squared(axes[i] + axes[j]) - squared(axes[i] - axes[j])) / 4
    sizes, turns = np.linalg.eigh(form)
    root = np.einsum("nij,nj,nkj->nik", turns, np.sqrt(np.maximum(sizes, 1e-6)), turns)
    return np.asarray(root @ _lab_slope(xyz))


def _lab_slope(xyz: FloatArray) -> FloatArray:
    """Derivative of L*a*b* by XYZ, shape (n, 3, 3)."""
    step = 1e-5 * np.eye(3)
    return np.stack([(xyz_to_lab(xyz + each) - xyz_to_lab(xyz - each)) / 2e-5 for each in step], axis=-1)
