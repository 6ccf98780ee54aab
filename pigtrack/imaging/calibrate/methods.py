"""The colour fits: from the card's patches to CIE XYZ, each with its leave-one-patch-out error."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pigtrack.imaging.calibrate.assumptions import trust_of
from pigtrack.imaging.calibrate.doubt import PLAIN_CONTRAST, doubt_light, off_on_skins, together
from pigtrack.imaging.calibrate.expansion import LINEAR_TERMS, ROOT_TERMS, expand, fit_matrix, leave_out_fits
from pigtrack.imaging.calibrate.levelling import Levelling, level_patches
from pigtrack.imaging.calibrate.pooling import USUAL
from pigtrack.imaging.calibrate.skins import Knowledge, Skins
from pigtrack.imaging.calibrate.spectral import SkinView, view_skins
from pigtrack.imaging.calibrate.tone import apply_tone
from pigtrack.imaging.colour import delta_e_2000, xyz_to_lab
from pigtrack.model.calibration import Card, CurveBelief, ToneCurve
from pigtrack.model.quantity import FloatArray

SPECTRAL_PRIOR = "spectral-prior"
ROOT_POLYNOMIAL = "root-polynomial"
LINEAR = "linear"
METHODS = (SPECTRAL_PRIOR, ROOT_POLYNOMIAL, LINEAR)
"""In the order in which ``auto`` prefers them where they do equally well."""

FEWEST_PATCHES = 12
FEWEST_GREYS = 3
"""Fewer unspoilt patches than these leave too little to fit and to check with."""

_BELIEVED = 0.1
"""Patches of less trust have a channel so near an end of its scale that they are as good as clipped."""

_SKIN_WEIGHTS = 4.0
_GREY_WEIGHTS = 2.0
"""Of the card's skin-like and grey patches where there is no prior."""


@dataclass(frozen=True, eq=False, slots=True)
class Fit:
    """A colour fit of 24 patches, before it is bound to a photograph.

    Attributes
    ----------
    light : ndarray, shape (2,)
        Relative slope of the light along the card's x and y, per pitch, about the card's middle.
    residual_delta_e00 : ndarray, shape (patches,)
        CIEDE2000 of the patches that the fit was made on.
    surprise_delta_e00 : ndarray, shape (patches,)
        What the fit is judged by: ``loo_delta_e00``, but for the spectral prior, whose correction gives paint another
        colour than skin by design, `SkinView.surprise_delta_e00`.
    levelling : Levelling
        What all methods share: the card with tone curve, light and veil taken off.
    scale : float
        Values are divided by this first.
    """

    method: str
    tone: ToneCurve
    light: FloatArray
    matrix: FloatArray
    loo_delta_e00: FloatArray
    u_skin_delta_e00: float
    u_contrast: float
    residual_delta_e00: FloatArray
    surprise_delta_e00: FloatArray
    levelling: Levelling
    scale: float = 1.0

    def apply(self, rgb: FloatArray) -> FloatArray:
        """CIE XYZ (D65, perfect white Y = 1) of linear camera R, G, B, shape (..., 3)."""
        balanced = apply_tone(np.asarray(rgb, dtype=np.float64) / self.scale, self.tone)
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
    return fit_all(patches, card, kept, (method,), knowledge)[0]


def fit_all(
    patches: FloatArray,
    card: Card,
    kept: NDArray[np.bool_],
    methods: Sequence[str],
    knowledge: Knowledge,
    *,
    belief: CurveBelief = USUAL,
) -> list[Fit]:
    """Fit several methods that the card allows to its patches; they share the levelling and the view of skin."""
    if not methods:
        return []
    believed = kept & (trust_of(patches) > _BELIEVED)
    kept = believed if allowed_methods(card, believed) else kept
    levelling = level_patches(patches, card, kept, knowledge.prior, belief=belief)
    view = view_skins(levelling, card, kept, knowledge)
    return [_fit_levelled(levelling, view, card, kept, method, knowledge) for method in methods]


def _fit_levelled(
    levelling: Levelling,
    view: SkinView | None,
    card: Card,
    kept: NDArray[np.bool_],
    method: str,
    knowledge: Knowledge,
) -> Fit:
    lab = xyz_to_lab(card.xyz)
    if method == SPECTRAL_PRIOR and view is not None:
        matrix, without = view.matrix, view.without
    else:
        matrix, without = _fit_plain(levelling, card, kept, LINEAR_TERMS if method == LINEAR else ROOT_TERMS)
    loo, residual = np.full(len(kept), np.nan), np.full(len(kept), np.nan)
    terms = expand(levelling.left_out[kept], matrix.shape[1])
    loo[kept] = delta_e_2000(xyz_to_lab(np.einsum("pit,pt->pi", without[kept], terms)), lab[kept])
    found = xyz_to_lab(expand(levelling.patches[kept], matrix.shape[1]) @ matrix.T)
    residual[kept] = delta_e_2000(found, lab[kept])
    surprise = view.surprise_delta_e00 if method == SPECTRAL_PRIOR and view is not None else loo
    u_skin, u_contrast = _doubt(matrix, levelling, view, surprise, card, knowledge.skins)
    return Fit(method, levelling.tone, levelling.light, matrix, loo, u_skin, u_contrast, residual, surprise, levelling)


def _doubt(
    matrix: FloatArray, levelling: Levelling, view: SkinView | None, loo: FloatArray, card: Card, skins: Skins
) -> tuple[float, float]:
    """Standard uncertainties of skin colour and of a contrast."""
    light = doubt_light(levelling.light, skins)
    if view is None:
        near = loo[list(card.skin + card.neutral)]
        return together(np.array([light]), np.array([PLAIN_CONTRAST]), float(np.sqrt(np.nanmean(near**2))))
    colour, contrast = np.array([light, view.u_skin_delta_e00]), np.array([view.u_contrast])
    if matrix is not view.matrix:
        own = off_on_skins(matrix, view.seen, skins)
        colour, contrast = np.append(colour, own[0]), np.append(contrast, own[1])
    return together(colour, contrast, float(np.nanmean(view.surprise_delta_e00)))


def allowed_methods(card: Card, kept: NDArray[np.bool_]) -> tuple[str, ...]:
    """Return the methods that a card and its unspoilt patches allow; none where too few patches are left."""
    if kept.sum() < FEWEST_PATCHES or kept[list(card.neutral)].sum() < FEWEST_GREYS:
        return ()
    return METHODS if card.spectra is not None else (ROOT_POLYNOMIAL, LINEAR)


def _fit_plain(levelling: Levelling, card: Card, kept: NDArray[np.bool_], terms: int) -> tuple[FloatArray, FloatArray]:
    """Least squares of the patches, skin-like and grey ones counting for more: matrix, and those without each patch."""
    weights = np.ones(len(kept))
    weights[list(card.skin)] = _SKIN_WEIGHTS
    weights[list(card.neutral)] = _GREY_WEIGHTS
    weights *= np.sqrt(levelling.weights)
    without = np.full((len(kept), 3, terms), np.nan)
    without[kept] = leave_out_fits(levelling.patches[kept], card.xyz[kept], weights[kept], terms)
    return fit_matrix(levelling.patches[kept], card.xyz[kept], weights[kept], terms), without
