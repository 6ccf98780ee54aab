"""The spectral prior's own fit: a correction that is right for skin, seen through the posterior response."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pigtrack.imaging.calibrate.expansion import ROOT_TERMS, expand, fit_matrix
from pigtrack.imaging.calibrate.response import fit_response
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
    patches: FloatArray, card: Card, kept: NDArray[np.bool_], knowledge: Knowledge
) -> tuple[FloatArray, tuple[float, float]]:
    """Fit the correction on skins seen through the posterior response, with the real patches beside."""
    if card.spectra is None:
        raise ValueError(f"{card.name} has no spectra")
    response = fit_response(patches, card.spectra, kept, knowledge.prior)
    skins = knowledge.skins
    seen = skins.spectra @ response.mean
    rgb, xyz = np.vstack([seen, patches[kept]]), np.vstack([skins.xyz, card.xyz[kept]])
    weights = np.r_[np.ones(len(seen)), np.full(int(kept.sum()), _PATCH_WEIGHT)]
    matrix = fit_matrix(rgb, xyz, weights, ROOT_TERMS)
    return matrix, _uncertainty(matrix, seen, skins, response.spread, max(1.0, response.misfit))


def _uncertainty(
    matrix: FloatArray, seen: FloatArray, skins: Skins, spread: FloatArray, widening: float
) -> tuple[float, float]:
    """What the posterior leaves open: on skin colour (CIEDE2000), and on a contrast as a share of it."""

    def lab_of(rgb: FloatArray) -> FloatArray:
        return xyz_to_lab(expand(rgb, matrix.shape[1]) @ matrix.T)

    lab = lab_of(seen)
    moved = lab_of(seen + skins.spectra @ spread)
    colour = np.sqrt(np.sum(delta_e_2000(moved, lab) ** 2, axis=0))
    spots, clear = skins.pairs.T
    change = (moved - lab)[:, spots] - (moved - lab)[:, clear]
    contrast = np.sqrt(np.sum(change**2, axis=(0, 2))) / np.linalg.norm(lab[spots] - lab[clear], axis=1)
    return widening * float(np.mean(colour)), widening * float(np.mean(contrast))
