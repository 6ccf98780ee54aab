"""The promised colour fit, with what is known of cameras and skins already in hand."""

from dataclasses import replace
from functools import cache

import numpy as np

from pigtrack.imaging.calibrate import Fit, Knowledge, allowed_methods, choose_fit, fit_all, simulate_skins
from pigtrack.model.calibration import Card
from pigtrack.model.quantity import FloatArray
from pigtrack.store.reference_data import load_colour_prior, load_spectra


@cache
def know_colours() -> Knowledge:
    """Return the prior over cameras and lamps, and the simulated skins."""
    return Knowledge(load_colour_prior(), simulate_skins(load_spectra()))


def fit_colour_correction(patches: FloatArray, card: Card, method: str = "auto") -> Fit:
    """Fit the way from a camera's linear R, G, B to CIE XYZ.

    Parameters
    ----------
    patches : ndarray, shape (24, 3)
        Linear R, G, B of the patches in the card's order, any common scale; nan for a patch that is spoilt.
    card : Card
        From `load_card`.
    method : str
        ``spectral-prior``, ``root-polynomial``, ``linear``, or ``auto``: the one that leaves out skin patches best.

    Returns
    -------
    Fit
        With ``apply(rgb)`` → CIE XYZ under D65, perfect white Y = 1, and ``loo_delta_e00``, shape (24,).

    Raises
    ------
    ValueError
        If the patches have another shape, too many are spoilt, or the card does not allow the method.

    Examples
    --------
    >>> import pigtrack
    >>> card = pigtrack.load_card("colorchecker-classic")
    >>> fit = pigtrack.fit_colour_correction(card.xyz, card, method="linear")
    >>> float(fit.loo_delta_e00.max()) < 1.0
    True
    """
    patches = np.asarray(patches, dtype=np.float64)
    if patches.shape != card.xyz.shape:
        raise ValueError(f"patches must have shape {card.xyz.shape}, got {patches.shape}")
    kept = np.asarray((np.isfinite(patches) & (patches > 0)).all(axis=1))
    allowed = allowed_methods(card, kept)
    if method != "auto" and method not in allowed:
        could = ", ".join(allowed) or "none, as too many patches are spoilt"
        raise ValueError(f"method must be one that {card.name} allows here ({could}), got {method!r}")
    if not allowed:
        raise ValueError(f"too many of the {len(patches)} patches are spoilt")
    scale = max(1.0, float(patches[kept].max()))
    filled = np.where(kept[:, None], patches / scale, 1e-4)
    fits = fit_all(filled, card, kept, allowed if method == "auto" else (method,), know_colours())
    return replace(choose_fit(fits, card), scale=scale)
