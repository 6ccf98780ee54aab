"""The spectral prior's own fit: a correction that is right for skin, seen through the posterior response."""

from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from pigtrack.imaging.calibrate.aims import Aims, Task, aim_at
from pigtrack.imaging.calibrate.expansion import ROOT_TERMS
from pigtrack.imaging.calibrate.response import Response, fit_response, leave_out_responses
from pigtrack.imaging.colour import ita, xyz_to_lab
from pigtrack.imaging.skin import TONES, reflectance, xyz_d65
from pigtrack.model.calibration import Card
from pigtrack.model.quantity import FloatArray
from pigtrack.model.spectra import ColourPrior, SpectralTables

_ADDED_MELANIN = (0.0, 0.015, 0.035, 0.07)
_ADDED_BLOOD = (0.6, 1.0, 2.0)
"""Melanosome fraction added to, and blood as a multiple of, each tone's own: what skin and spots are made of."""

_TONE_REACH_DEG, _LEAST_SHARE = 10.0, 0.05
"""Typology angle over which another tone still counts, and what the farthest does: no skin is just the model's."""


@dataclass(frozen=True, eq=False, slots=True)
class Skins:
    """Simulated skins of all tones, with and without spots and redness.

    Attributes
    ----------
    spectra : ndarray, shape (n, 31)
    xyz : ndarray, shape (n, 3)
    pairs : ndarray, shape (m, 2)
        Indices of a spot and of the clear skin beside it.
    observer : ndarray, shape (31, 3)
        Turns reflectance into XYZ (D65).
    share : ndarray, shape (n,)
        How much each counts in the fit, mean 1.
    """

    spectra: FloatArray
    xyz: FloatArray
    pairs: NDArray[np.intp]
    observer: FloatArray
    share: FloatArray


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
    observer = xyz_d65(np.eye(stacked.shape[1]), tables)
    return Skins(stacked, stacked @ observer, np.array(pairs), observer, np.ones(len(stacked)))


def favour_tone(knowledge: Knowledge, typology_angle: float) -> Knowledge:
    """Let skins count the more, the nearer their tone is to the one that is photographed.

    Parameters
    ----------
    typology_angle : float
        Individual typology angle of the course's skin, degrees.

    Notes
    -----
    One matrix of six terms can't serve all tones alike: fitted on all of them it reads the contrasts of dark skin 2 to
    5 % too high in red and blue, though response and patches be exact; fitted mostly on the tone itself 1 %. A skin
    counts ``0.05 + exp(-(ΔITA / 10°)² / 2)``.
    """
    return replace(knowledge, skins=_favoured(knowledge.skins, round(typology_angle, 2)))


@lru_cache(maxsize=16)
def _favoured(skins: Skins, typology_angle: float) -> Skins:
    away = (ita(xyz_to_lab(_clear_skins(skins))) - typology_angle) / _TONE_REACH_DEG
    share = _LEAST_SHARE + np.exp(-(away**2) / 2)
    return replace(skins, share=share / share.mean())


def _clear_skins(skins: Skins) -> FloatArray:
    """XYZ of the clear skin, of its tone's usual blood, that each skin is made from, shape (n, 3)."""
    each = len(_ADDED_BLOOD) * len(_ADDED_MELANIN)
    usual = _ADDED_BLOOD.index(1.0) * len(_ADDED_MELANIN)
    return np.asarray(np.repeat(skins.xyz[usual::each], each, axis=0))


def fit_on_skins(
    patches: FloatArray,
    card: Card,
    kept: NDArray[np.bool_],
    knowledge: Knowledge,
    *,
    response: Response | None = None,
    doubt: FloatArray | None = None,
) -> tuple[FloatArray, tuple[float, float]]:
    """Fit the correction on skins seen through the posterior response, with the real patches beside.

    Parameters
    ----------
    patches : ndarray, shape (patches, 3)
        Grey-balanced values proportional to light, white = its reflectance.
    response : Response or None
        What `fit_response` found for these patches; None: fitted here.
    doubt : ndarray, shape (few, n, 3), or None
        What tone curve and light leave open of the simulated skins' R, G, B, besides the response: independent shifts
        of one standard deviation each.

    Returns
    -------
    matrix : ndarray, shape (3, 6)
        XYZ from the root-polynomial terms.
    uncertainty : (float, float)
        Standard uncertainty of skin colour (CIEDE2000), and of a contrast as a share of it.

    Notes
    -----
    The matrix has the least *expected* squared error over the skins, over the contrasts of spots with the skin beside
    them, and over the posterior, to first order: where the response is doubtful it leans on what skins have in common
    and multiplies no noise.
    """
    if card.spectra is None:
        raise ValueError(f"{card.name} has no spectra")
    found = response or fit_response(patches, card.spectra, kept, knowledge.prior)
    task = Task(_aims(knowledge.skins), found, doubt)
    task.add_patches(patches, card, kept)
    matrix = task.solve(found.mean[None])[0]
    return matrix, task.uncertainty(matrix)


def leave_out_matrices(
    patches: FloatArray,
    card: Card,
    kept: NDArray[np.bool_],
    knowledge: Knowledge,
    *,
    response: Response,
    doubt: FloatArray | None = None,
) -> FloatArray:
    """Fit the correction without each patch in turn, all at once, the tone curve left as it is.

    Parameters
    ----------
    response : Response
        What `fit_response` found for all the kept patches; its noise is taken over.
    doubt
        As for `fit_on_skins`.

    Returns
    -------
    ndarray, shape (patches, 3, 6)
        nan where the patch is not kept.
    """
    if card.spectra is None:
        raise ValueError(f"{card.name} has no spectra")
    means = leave_out_responses(patches, card.spectra, kept, knowledge.prior, noise=response.noise)
    task = Task(_aims(knowledge.skins), response, doubt)
    task.add_patches(patches, card, kept)
    matrices = np.full((len(patches), 3, ROOT_TERMS), np.nan)
    matrices[kept] = task.solve(means[kept], left_out=np.arange(int(kept.sum())))
    return matrices


@lru_cache(maxsize=16)
def _aims(skins: Skins) -> Aims:
    return aim_at(skins.spectra, skins.observer, skins.pairs, skins.share)
