"""From a camera's R, G, B to colour: tone curve, light over the card and effective response, fitted together.

References
----------
Root-polynomial expansion: Finlayson et al. 2015, doi:10.1109/TIP.2015.2405336. The prior over responses and the fit on
simulated skins are pigtrack's own; see ``docs/method.md``.
"""

from collections.abc import Mapping, Sequence

import numpy as np

from pigtrack.imaging.calibrate.image import calibrate_image, calibrate_patches, calibrate_values
from pigtrack.imaging.calibrate.methods import (
    LINEAR,
    METHODS,
    ROOT_POLYNOMIAL,
    SPECTRAL_PRIOR,
    Fit,
    allowed_methods,
    fit_all,
    fit_patches,
)
from pigtrack.imaging.calibrate.pooling import USUAL, pool_curves
from pigtrack.imaging.calibrate.skins import Knowledge, Skins, favour_tone, simulate_skins
from pigtrack.imaging.colour import SRGB_TO_XYZ
from pigtrack.imaging.geometry import apply_homography, local_jacobian
from pigtrack.model.calibration import TONE_TERMS, Card, CardReading, ColourCalibration, CurveBelief, ToneCurve
from pigtrack.model.flags import QualityFlag
from pigtrack.model.provenance import Algorithm

__all__ = [
    "ALGORITHM",
    "LINEAR",
    "METHODS",
    "ROOT_POLYNOMIAL",
    "SPECTRAL_PRIOR",
    "UNCALIBRATED",
    "Fit",
    "Knowledge",
    "Skins",
    "allowed_methods",
    "calibrate_image",
    "calibrate_patches",
    "calibrate_values",
    "choose_fit",
    "choose_method",
    "favour_tone",
    "fit_all",
    "fit_methods",
    "fit_patches",
    "pool_curves",
    "simulate_skins",
]

ALGORITHM = Algorithm("calibrate", 3)

POOR_LOO = 3.0
"""Mean leave-one-patch-out CIEDE2000 above which a calibration is flagged."""

_GOOD_ENOUGH = 1.1
"""A method is kept before a later one as long as its error is not larger than this many times the least."""

UNCALIBRATED = ColourCalibration(
    method="none",
    tone=ToneCurve(np.zeros((3, TONE_TERMS))),
    light=np.zeros(2),
    light_centre=(0.0, 0.0),
    matrix=SRGB_TO_XYZ,
    loo_delta_e00=np.full(24, np.nan),
    u_skin_delta_e00=10.0,
    u_contrast=0.1,
)
"""Taking the file at its word: what is left without a card."""


def fit_methods(
    reading: CardReading, knowledge: Knowledge, *, method: str = "auto", belief: CurveBelief = USUAL
) -> dict[str, ColourCalibration]:
    """Fit every method that the card and its unspoilt patches allow, or the one that is asked for.

    Parameters
    ----------
    belief : CurveBelief
        What is assumed of the camera's curve beforehand, such as what `pool_curves` says.

    Returns
    -------
    dict
        By method's name; empty where too many patches are spoilt.
    """
    kept = ~reading.clipped
    wanted = [name for name in allowed_methods(reading.card, kept) if method in ("auto", name)]
    fits = fit_all(reading.patches, reading.card, kept, wanted, knowledge, belief=belief)
    return {fit.method: _bind(fit, reading) for fit in fits}


def choose_method(photographs: Sequence[Mapping[str, ColourCalibration]]) -> str:
    """Choose one method for a whole course: the least leave-one-patch-out error of skin over all its photographs.

    Parameters
    ----------
    photographs : sequence of mapping
        What `fit_methods` gave for each; at least one not empty.

    Notes
    -----
    Only the card's skin-like patches are looked at: a fit that is right for skin may well be wrong for a saturated
    blue, and no blue is ever measured. The spectral prior is judged by what the camera shows of these patches against
    what the others foretell, as its correction gives paint another colour than skin by design. A method must have
    worked on every photograph on which any did. Among those that come within 10 % of the best, the first of `METHODS`
    is taken.
    """
    fitted = [each for each in photographs if each]
    if not fitted:
        raise ValueError("at least one photograph must have a fit")
    common = [name for name in METHODS if all(name in each for each in fitted)] or list(fitted[0])
    errors = [np.mean([each[name].loo_skin_delta_e00 for each in fitted if name in each]) for name in common]
    return next(name for name, error in zip(common, errors, strict=True) if error <= _GOOD_ENOUGH * min(errors))


def choose_fit(fits: Sequence[Fit], card: Card) -> Fit:
    """Choose among the fits of one card by the same rule; ``fits`` in the order of `METHODS`, not empty."""
    errors = [_skin_loo(fit, card) for fit in fits]
    return next(fit for fit, error in zip(fits, errors, strict=True) if error <= _GOOD_ENOUGH * min(errors))


def _bind(fit: Fit, reading: CardReading) -> ColourCalibration:
    """Turn a fit of patches into the calibration of its photograph."""
    card = reading.card
    middle = card.middle
    centre = apply_homography(reading.homography, middle)
    to_pixels = local_jacobian(reading.homography, middle)
    poor = {QualityFlag.CALIBRATION_POOR} if np.nanmean(fit.surprise_delta_e00) > POOR_LOO else set()
    return ColourCalibration(
        method=fit.method,
        tone=fit.tone,
        light=np.asarray(np.linalg.solve(to_pixels.T, fit.light), dtype=np.float64),
        light_centre=(float(centre[0]), float(centre[1])),
        matrix=fit.matrix,
        loo_delta_e00=fit.surprise_delta_e00,
        u_skin_delta_e00=fit.u_skin_delta_e00,
        u_contrast=fit.u_contrast,
        light_misfit=fit.levelling.light_misfit,
        tone_locality=fit.levelling.locality.power,
        u_tone_locality=fit.levelling.locality.u_power,
        loo_skin_delta_e00=_skin_loo(fit, card),
        belief=fit.levelling.posterior,
        flags=frozenset(poor),
    )


def _skin_loo(fit: Fit, card: Card) -> float:
    """What the fit is judged by, mean over the skin-like patches; over all where not two of these are unspoilt."""
    skin = fit.surprise_delta_e00[list(card.skin)]
    return float(np.nanmean(skin if np.isfinite(skin).sum() > 1 else fit.surprise_delta_e00))
