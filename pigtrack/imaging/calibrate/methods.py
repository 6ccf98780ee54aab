"""The colour fits: from the card's patches to CIE XYZ, each with its leave-one-patch-out error."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from pigtrack.imaging.calibrate.expansion import LINEAR_TERMS, ROOT_TERMS, absorb, expand, fit_matrix, leave_out_fits
from pigtrack.imaging.calibrate.levelling import Levelling, level_patches
from pigtrack.imaging.calibrate.response import fit_response
from pigtrack.imaging.calibrate.skins import Knowledge, fit_on_skins, leave_out_matrices
from pigtrack.imaging.calibrate.tone import apply_tone
from pigtrack.imaging.colour import delta_e_2000, xyz_to_lab
from pigtrack.model.calibration import Card, ToneCurve
from pigtrack.model.quantity import FloatArray

SPECTRAL_PRIOR = "spectral-prior"
ROOT_POLYNOMIAL = "root-polynomial"
LINEAR = "linear"
METHODS = (SPECTRAL_PRIOR, ROOT_POLYNOMIAL, LINEAR)
"""In the order in which ``auto`` prefers them where they do equally well."""

FEWEST_PATCHES = 12
FEWEST_GREYS = 3
"""Fewer unspoilt patches than these leave too little to fit and to check with."""

_SKIN_WEIGHTS = 4.0
_GREY_WEIGHTS = 2.0
"""Of the card's skin-like and grey patches where there is no prior."""

PLAIN_CONTRAST_ERROR = 0.04
"""What a fit without the prior leaves on a contrast, as a share of it: 0.1 to 0.3 L* of 5 in spectral hold-outs."""


@dataclass(frozen=True, eq=False, slots=True)
class Fit:
    """A colour fit of 24 patches, before it is bound to a photograph.

    Attributes
    ----------
    light : ndarray, shape (2,)
        Relative slope of the light along the card's x and y, per pitch, about the card's middle.
    levelling : Levelling
        What all methods share: the card with tone curve, light and veil taken off.
    """

    method: str
    tone: ToneCurve
    light: FloatArray
    matrix: FloatArray
    loo_delta_e00: FloatArray
    u_skin_delta_e00: float
    u_contrast: float
    residual_delta_e00: FloatArray
    levelling: Levelling

    def apply(self, rgb: FloatArray) -> FloatArray:
        """CIE XYZ (D65, perfect white Y = 1) of linear camera R, G, B, shape (..., 3)."""
        balanced = apply_tone(np.asarray(rgb, dtype=np.float64), self.tone)
        return np.asarray(expand(balanced, self.matrix.shape[1]) @ self.matrix.T)


def fit_patches(patches: FloatArray, card: Card, kept: NDArray[np.bool_], method: str, knowledge: Knowledge) -> Fit:
    """Fit one method to the patches of a card.

    Parameters
    ----------
    patches : ndarray, shape (patches, 3)
        Linear R, G, B as far as the declared encoding goes.
    kept : ndarray of bool, shape (patches,)
        Unspoilt patches.

    Raises
    ------
    ValueError
        If the method is unknown, needs spectra that the card does not have, or too few patches are left.
    """
    if method not in allowed_methods(card, kept):
        allowed = ", ".join(allowed_methods(card, kept)) or "none, as too many patches are spoilt"
        raise ValueError(f"method must be one that {card.name} allows here ({allowed}), got {method!r}")
    levelling = level_patches(patches, card, kept, knowledge.prior)
    return fit_levelled(levelling, card, kept, method, knowledge)


def fit_levelled(levelling: Levelling, card: Card, kept: NDArray[np.bool_], method: str, knowledge: Knowledge) -> Fit:
    """Fit one method to patches that are level already; all methods share the levelling."""
    corrected = _on_skins if method == SPECTRAL_PRIOR else _on_patches
    matrix, without, (u_skin, u_contrast) = corrected(levelling, card, kept, method, knowledge)
    lab = xyz_to_lab(card.xyz)
    loo, residual = np.full(len(kept), np.nan), np.full(len(kept), np.nan)
    terms = expand(levelling.left_out[kept], matrix.shape[1])
    loo[kept] = delta_e_2000(xyz_to_lab(np.einsum("pit,pt->pi", without[kept], terms)), lab[kept])
    found = xyz_to_lab(expand(levelling.patches[kept], matrix.shape[1]) @ matrix.T)
    residual[kept] = delta_e_2000(found, lab[kept])
    if np.isnan(u_skin):
        u_skin = float(np.sqrt(np.nanmean(loo[list(card.skin + card.neutral)] ** 2)))
    return Fit(method, levelling.tone, levelling.light, matrix, loo, u_skin, u_contrast, residual, levelling)


def allowed_methods(card: Card, kept: NDArray[np.bool_]) -> tuple[str, ...]:
    """Return the methods that a card and its unspoilt patches allow; none where too few patches are left."""
    if kept.sum() < FEWEST_PATCHES or kept[list(card.neutral)].sum() < FEWEST_GREYS:
        return ()
    return METHODS if card.spectra is not None else (ROOT_POLYNOMIAL, LINEAR)


def _on_skins(
    levelling: Levelling, card: Card, kept: NDArray[np.bool_], method: str, knowledge: Knowledge
) -> tuple[FloatArray, FloatArray, tuple[float, float]]:
    """Matrix (3, 6), the matrices without each patch (patches, 3, 6), and what they leave open."""
    if card.spectra is None:
        raise ValueError(f"{card.name} has no spectra")
    explained, narrowed = levelling.explained, replace(knowledge, prior=levelling.prior)
    response = fit_response(explained, card.spectra, kept, levelling.prior)
    doubt = levelling.doubt(knowledge.skins.spectra @ response.mean)
    matrix, uncertainty = fit_on_skins(explained, card, kept, narrowed, response=response, doubt=doubt)
    without = leave_out_matrices(explained, card, kept, narrowed, response=response, doubt=doubt)
    seen = np.vstack([knowledge.skins.spectra @ response.mean, explained[kept]])
    matrix = absorb(matrix[None], seen, levelling.unexplained.at(seen)[None])[0]
    without[kept] = absorb(without[kept], seen, levelling.unexplained_without.at(seen))
    return matrix, without, uncertainty


def _on_patches(
    levelling: Levelling, card: Card, kept: NDArray[np.bool_], method: str, knowledge: Knowledge
) -> tuple[FloatArray, FloatArray, tuple[float, float]]:
    """The same for a plain least squares of the patches, skin-like and grey ones counting for more."""
    weights = np.ones(len(kept))
    weights[list(card.skin)] = _SKIN_WEIGHTS
    weights[list(card.neutral)] = _GREY_WEIGHTS
    weights *= np.sqrt(levelling.weights)
    terms = LINEAR_TERMS if method == LINEAR else ROOT_TERMS
    matrix = fit_matrix(levelling.patches[kept], card.xyz[kept], weights[kept], terms)
    without = np.full((len(kept), 3, terms), np.nan)
    without[kept] = leave_out_fits(levelling.patches[kept], card.xyz[kept], weights[kept], terms)
    return matrix, without, (np.nan, PLAIN_CONTRAST_ERROR)
