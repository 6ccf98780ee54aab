"""The colour fits: from the card's patches to CIE XYZ, each with its leave-one-patch-out error."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pigtrack.imaging.calibrate.expansion import LINEAR_TERMS, ROOT_TERMS, expand, fit_matrix
from pigtrack.imaging.calibrate.response import fit_response
from pigtrack.imaging.calibrate.skins import Knowledge, fit_on_skins
from pigtrack.imaging.calibrate.tone import apply_tone, fit_tone
from pigtrack.imaging.colour import delta_e_2000, xyz_to_lab
from pigtrack.model.calibration import Card, ToneCurve
from pigtrack.model.quantity import FloatArray
from pigtrack.model.spectra import ColourPrior

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

_LIGHT_PRIOR = 0.06
"""Standard deviation of the light's slope over the card, per card width."""

_LIGHT_ROUNDS = 3


@dataclass(frozen=True, eq=False, slots=True)
class Fit:
    """A colour fit of 24 patches, before it is bound to a photograph.

    Attributes
    ----------
    light : ndarray, shape (2,)
        Relative slope of the light along the card's x and y, per pitch, about the card's middle.
    """

    method: str
    tone: ToneCurve
    light: FloatArray
    matrix: FloatArray
    loo_delta_e00: FloatArray
    u_skin_delta_e00: float
    u_contrast: float

    def apply(self, rgb: FloatArray) -> FloatArray:
        """CIE XYZ (D65, perfect white Y = 1) of linear camera R, G, B, shape (..., 3)."""
        balanced = apply_tone(np.asarray(rgb, dtype=np.float64), self.tone)
        return np.asarray(expand(balanced, self.matrix.shape[1]) @ self.matrix.T)


@dataclass(frozen=True, eq=False, slots=True)
class _Levelled:
    """Patches with the tone curve, the white balance and the light's slope taken out."""

    tone: ToneCurve
    light: FloatArray
    patches: FloatArray


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
    levelled, matrix, uncertainty = _fit_once(patches, card, kept, method, knowledge)
    loo = np.full(len(patches), np.nan)
    for left_out in np.flatnonzero(kept):
        loo[left_out] = _left_out_error(patches, card, kept, method, knowledge, int(left_out))
    u_skin, u_contrast = uncertainty
    if np.isnan(u_skin):
        u_skin = float(np.sqrt(np.nanmean(loo[list(card.skin + card.neutral)] ** 2)))
    return Fit(method, levelled.tone, levelled.light, matrix, loo, u_skin, u_contrast)


def allowed_methods(card: Card, kept: NDArray[np.bool_]) -> tuple[str, ...]:
    """Return the methods that a card and its unspoilt patches allow; none where too few patches are left."""
    if kept.sum() < FEWEST_PATCHES or kept[list(card.neutral)].sum() < FEWEST_GREYS:
        return ()
    return METHODS if card.spectra is not None else (ROOT_POLYNOMIAL, LINEAR)


def _fit_once(
    patches: FloatArray, card: Card, kept: NDArray[np.bool_], method: str, knowledge: Knowledge
) -> tuple[_Levelled, FloatArray, tuple[float, float]]:
    levelled = _level(patches, card, kept, knowledge.prior)
    if method == SPECTRAL_PRIOR:
        return levelled, *fit_on_skins(levelled.patches, card, kept, knowledge)
    weights = np.ones(len(patches))
    weights[list(card.skin)] = _SKIN_WEIGHTS
    weights[list(card.neutral)] = _GREY_WEIGHTS
    terms = LINEAR_TERMS if method == LINEAR else ROOT_TERMS
    matrix = fit_matrix(levelled.patches[kept], card.xyz[kept], weights[kept], terms)
    return levelled, matrix, (np.nan, PLAIN_CONTRAST_ERROR)


def _left_out_error(
    patches: FloatArray, card: Card, kept: NDArray[np.bool_], method: str, knowledge: Knowledge, left_out: int
) -> float:
    others = kept.copy()
    others[left_out] = False
    levelled, matrix, _ = _fit_once(patches, card, others, method, knowledge)
    xyz = expand(levelled.patches[left_out], matrix.shape[1]) @ matrix.T
    return float(delta_e_2000(xyz_to_lab(xyz), xyz_to_lab(card.xyz[left_out])))


def _level(patches: FloatArray, card: Card, kept: NDArray[np.bool_], prior: ColourPrior) -> _Levelled:
    """Fit tone curve and light together: the greys give the curve, what the other patches are off gives the slope."""
    place, greys = _places(card), list(card.neutral)
    light, response = np.zeros(2), prior.mean
    rounds = 1 if card.spectra is None else _LIGHT_ROUNDS
    for _ in range(rounds):
        fall = 1 + place @ light
        target = card.xyz[greys][:, [1, 1, 1]] if card.spectra is None else card.spectra[greys] @ response
        tone = fit_tone(patches[greys], target * fall[greys, None], kept[greys])
        levelled = apply_tone(patches, tone) / fall[:, None]
        if card.spectra is not None:
            response = fit_response(levelled, card.spectra, kept, prior).mean
            light = light + _slope(levelled, card.spectra @ response, place, kept)
    return _Levelled(tone, light, levelled)


def _places(card: Card) -> FloatArray:
    """Patch positions in pitches about the card's middle, shape (patches, 2)."""
    columns, rows = np.meshgrid(np.arange(card.columns), np.arange(card.rows))
    points = np.stack([columns.ravel(), rows.ravel()], axis=1).astype(np.float64)
    return np.asarray(points - points.mean(axis=0))


def _slope(found: FloatArray, expected: FloatArray, place: FloatArray, kept: NDArray[np.bool_]) -> FloatArray:
    """Slope of the light that the brighter channels of the patches still show, drawn towards none."""
    usable = (expected > 0.03) & kept[:, None]
    off = np.log(np.maximum(found, 1e-4) / np.maximum(expected, 1e-4))
    rows, channels = np.nonzero(usable)
    values = off[rows, channels]
    values = values - np.median(values)
    weights = 1 / (1 + (values / 0.03) ** 2)
    design = place[rows]
    ridge = np.eye(2) * (0.02 / (_LIGHT_PRIOR / np.ptp(place[:, 0]))) ** 2
    return np.asarray(np.linalg.solve((design.T * weights) @ design + ridge, (design.T * weights) @ values))
