"""What simulated skins and their contrasts ask of a colour correction, as a least-squares problem.

Errors of XYZ are weighed by what the eye makes of them: a skin's by a quadratic form as long as its CIEDE2000, the
difference of a spot's and of the skin's beside it by ΔE*ab as a share of the contrast. All of it is quadratic in the
eighteen numbers of the matrix.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from pigtrack.imaging.calibrate.expansion import ROOT_TERMS, expand, expand_slope
from pigtrack.imaging.calibrate.response import Response
from pigtrack.imaging.colour import delta_e_2000, xyz_to_lab
from pigtrack.model.calibration import Card
from pigtrack.model.quantity import FloatArray
from pigtrack.model.spectra import WAVELENGTHS

_CONTRAST_WEIGHT = 10.0
"""A contrast that is wrong by a tenth of itself counts as much as a skin that is wrong by 1 CIEDE2000: contrasts are
what a course is judged by. Twice this buys a tenth off the contrasts' error for a tenth on the colours'."""

_PATCH_WEIGHT = 0.1
"""Of a real patch against a simulated skin: patches keep the fit sane where no skin lies and cost skin little."""

_MODES = 10
"""Skins are sums of this many spectra to 2e-4: so much of the response's doubt matters to them."""

_STEP = 0.5
"""L*a*b* step over which CIEDE2000 is taken for a quadratic form."""

_STRAY, _STRAY_WAVES = 0.01, 6
"""Measured skins stray from the model's by 0.5 to 0.8 CIEDE2000: smooth errors of about 1 % of their spectra."""


@dataclass(frozen=True, eq=False, slots=True)
class Aims:
    """What the skins and their contrasts ask of a correction: a quadratic form of its errors of XYZ.

    Attributes
    ----------
    spectra, xyz : ndarray, shape (n, 31), (n, 3)
        Of the skins.
    pairs : ndarray, shape (m, 2)
        Indices of a spot and of the clear skin beside it.
    strays, strays_xyz : ndarray, shape (few, n, 31), (few, n, 3)
        How real skins stray from these: independent errors of one standard deviation each.
    metric, slope : ndarray, shape (n, 3, 3)
        From an error of XYZ to one as long as its CIEDE2000, and to one of L*a*b*.
    weight : ndarray, shape (m,)
        Of a contrast's error of L*a*b*: the inverse of its size.
    share : ndarray, shape (n,)
        How much each skin counts, mean 1.
    own : ndarray, shape (n, 3, 3)
        Form of each skin's own error, its part in contrasts included.
    cross : ndarray, shape (m, 3, 3)
        What a spot's error has to do with that of the skin beside it.
    pull : ndarray, shape (n, 3)
        The form's product with the true XYZ.
    loads, axes : ndarray, shape (n, modes), (modes, 31)
        Their product is the skins' spectra.
    """

    spectra: FloatArray
    xyz: FloatArray
    pairs: NDArray[np.intp]
    strays: FloatArray
    strays_xyz: FloatArray
    metric: FloatArray
    slope: FloatArray
    weight: FloatArray
    share: FloatArray
    own: FloatArray
    cross: FloatArray
    pull: FloatArray
    loads: FloatArray
    axes: FloatArray

    def form(self, terms: FloatArray) -> FloatArray:
        """Form of the matrix' numbers, shape (..., 18, 18), of expanded values (..., few, n, 6) summed over few."""
        spots, clear = self.pairs.T
        across = terms.swapaxes(-3, -2)
        outer = across.swapaxes(-1, -2) @ across
        apart = across[..., spots, :, :].swapaxes(-1, -2) @ across[..., clear, :, :]
        mixed = _spread_out(self.cross, apart)
        return np.asarray(_spread_out(self.own, outer) - mixed - mixed.swapaxes(-1, -2))

    def errors(self, off: FloatArray) -> tuple[float, float]:
        """Root mean square CIEDE2000, and relative error of contrasts, of errors of XYZ (few, n, 3) summed over few."""
        spots, clear = self.pairs.T
        colour = np.einsum("nij,fnj->fni", self.metric, off)
        lab = np.einsum("nij,fnj->fni", self.slope, off)
        contrast = (lab[:, spots] - lab[:, clear]) * self.weight[:, None]
        counts = self.share[spots]
        return (
            float(np.sqrt((self.share[:, None] * colour**2).sum() / self.share.sum())),
            float(np.sqrt((counts[:, None] * contrast**2).sum() / counts.sum())),
        )

    def shifts(self, spread: FloatArray) -> FloatArray:
        """The response's doubt as independent shifts of the skins' R, G, B, shape (few, n, 3)."""
        moved = np.einsum("mw,jwc->jmc", self.axes, spread).reshape(len(spread), -1)
        sizes, turns = np.linalg.eigh(moved.T @ moved)
        few = sizes > 1e-6 * sizes[-1]
        roots = (turns[:, few] * np.sqrt(sizes[few])).T.reshape(-1, len(self.axes), 3)
        return np.asarray(self.loads @ roots)


def aim_at(spectra: FloatArray, observer: FloatArray, pairs: NDArray[np.intp], share: FloatArray) -> Aims:
    """Take skins for aims; ``observer``, shape (31, 3), turns spectra into XYZ, ``share``, shape (n,), is their say."""
    xyz = spectra @ observer
    metric, slope, lab = _perceived(xyz), _lab_slope(xyz), xyz_to_lab(xyz)
    spots, clear = pairs.T
    weight = 1 / np.linalg.norm(lab[spots] - lab[clear], axis=1)
    own = share[:, None, None] * (metric.swapaxes(1, 2) @ metric) / len(metric)
    counts = ((_CONTRAST_WEIGHT * weight) ** 2 * share[spots] / len(weight))[:, None, None]
    for members in (spots, clear):
        np.add.at(own, members, counts * (slope[members].swapaxes(1, 2) @ slope[members]))
    cross = counts * (slope[spots].swapaxes(1, 2) @ slope[clear])
    pull = np.einsum("nij,nj->ni", own, xyz)
    np.add.at(pull, spots, -np.einsum("mij,mj->mi", cross, xyz[clear]))
    np.add.at(pull, clear, -np.einsum("mji,mj->mi", cross, xyz[spots]))
    loads, sizes, axes = np.linalg.svd(spectra, full_matrices=False)
    strays = spectra * _strays()[:, None, :]
    return Aims(
        spectra=spectra,
        xyz=xyz,
        pairs=pairs,
        strays=strays,
        strays_xyz=strays @ observer,
        metric=metric,
        slope=slope,
        weight=weight,
        share=share,
        own=own,
        cross=cross,
        pull=pull,
        loads=loads[:, :_MODES] * sizes[:_MODES],
        axes=axes[:_MODES],
    )


def _strays() -> FloatArray:
    """Smooth relative errors, shape (6, 31), together of the size `_STRAY` at each wavelength."""
    place = np.linspace(0, np.pi, len(WAVELENGTHS))
    waves = np.cos(np.arange(1, _STRAY_WAVES + 1)[:, None] * place)
    return np.asarray(_STRAY * np.sqrt(2 / _STRAY_WAVES) * waves)


class Task:
    """The least-squares problem of one card: skins and contrasts, the doubt about them, real patches."""

    def __init__(self, aims: Aims, response: Response, doubt: FloatArray | None) -> None:
        self._aims = aims
        seen = aims.spectra @ response.mean
        shifts = aims.shifts(response.spread) * max(1.0, response.misfit)
        shifts = shifts if doubt is None else np.concatenate([shifts, doubt])
        self._terms = expand(seen, ROOT_TERMS)
        self._moved = np.einsum("ntc,jnc->jnt", expand_slope(seen), shifts)
        self._doubt = aims.form(self._moved)
        self._strayed = np.einsum("ntc,jnc->jnt", expand_slope(seen), aims.strays @ response.mean)
        self._patch_forms, self._patch_pulls = np.zeros((1, 18, 18)), np.zeros((1, 18))

    def add_patches(self, patches: FloatArray, card: Card, kept: NDArray[np.bool_]) -> None:
        """Ask a little of the real patches as well."""
        forms = _PATCH_WEIGHT**2 / len(self._aims.metric) * _patch_forms(card)[kept]
        terms = expand(patches[kept], ROOT_TERMS)
        outer = terms[:, :, None] * terms[:, None]
        self._patch_forms = np.einsum("pij,ptu->pitju", forms, outer).reshape(-1, 18, 18)
        self._patch_pulls = np.einsum("pij,pj,pt->pit", forms, card.xyz[kept], terms).reshape(-1, 18)

    def solve(self, means: FloatArray, *, left_out: NDArray[np.intp] | None = None) -> FloatArray:
        """Matrices (responses, 3, 6) for mean responses (responses, 31, 3), each without a patch if so asked."""
        terms = expand(self._aims.spectra @ means, ROOT_TERMS)
        form = self._aims.form(terms[:, None]) + self._doubt + self._patch_forms.sum(axis=0)
        pull = (self._aims.pull.T @ terms).reshape(-1, 18) + self._patch_pulls.sum(axis=0)
        if left_out is not None:
            form, pull = form - self._patch_forms[left_out], pull - self._patch_pulls[left_out]
        return np.asarray(np.linalg.solve(form, pull[..., None]).reshape(-1, 3, ROOT_TERMS))

    def uncertainty(self, matrix: FloatArray) -> tuple[float, float]:
        """Of skin colour and of contrasts: the doubt, what the terms cannot follow, skins that are not the model's."""
        missed = self._terms @ matrix.T - self._aims.xyz
        strayed = self._strayed @ matrix.T - self._aims.strays_xyz
        return self._aims.errors(np.concatenate([missed[None], self._moved @ matrix.T, strayed]))


def _spread_out(forms: FloatArray, outer: FloatArray) -> FloatArray:
    """Sum over n of the Kronecker products of forms (n, 3, 3) and outer products (..., n, 6, 6); (..., 18, 18)."""
    flat = forms.reshape(-1, 9).T @ outer.reshape(*outer.shape[:-2], -1)
    parts = flat.reshape(*flat.shape[:-2], 3, 3, ROOT_TERMS, ROOT_TERMS).swapaxes(-3, -2)
    return np.asarray(parts.reshape(*flat.shape[:-2], 18, 18))


@lru_cache(maxsize=16)
def _patch_forms(card: Card) -> FloatArray:
    metric = _perceived(card.xyz)
    return np.asarray(metric.swapaxes(1, 2) @ metric)


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
