"""Skin of one tone in optical density: plain, and as melanin and blood change it."""

import numpy as np

from pigtrack.imaging import opencv
from pigtrack.imaging.colour import ita, srgb_to_lab
from pigtrack.imaging.skin import FRESNEL, TONES, SkinTone, linear_srgb, reflectance
from pigtrack.model.quantity import FloatArray, FloatImage
from pigtrack.model.spectra import SpectralTables

DARKEST = 2e-3
"""Light below this share of white is noise in any photograph; densities stop at 2.7."""

ADDED_MELANIN = 0.03
"""Melanosome fraction between melasma (+0.015) and lentigo (+0.035): the step that gives melanin's direction."""

USUAL_TAN = 0.005
USUAL_BLUSH = 0.3
USUAL_COLOUR_ERROR = 0.01
"""How far skin of one course moves in melanosome fraction, in its share of blood, and a channel in calibration."""


def density(light: FloatImage) -> FloatImage:
    """Optical density ``-log10`` of linear light, shape (..., 3), float32, held at `DARKEST`."""
    return opencv.log(np.maximum(light, np.float32(DARKEST))) * np.float32(-1 / np.log(10))


def tone_of(colour: FloatArray, tables: SpectralTables) -> SkinTone:
    """Skin of the physical model that lies at this colour's individual typology angle, between the six classes."""
    tones = list(TONES.values())
    spectra = [reflectance(t, np.array(t.melanin), np.array(t.blood), tables) for t in tones]
    angles = ita(srgb_to_lab(linear_srgb(np.stack(spectra), tables)))
    order = np.argsort(angles)
    here = float(ita(srgb_to_lab(colour)))
    table = np.array([[t.melanin, t.blood, t.oxygen, t.scattering, t.yellow] for t in tones])[order]
    values = [float(np.interp(here, angles[order], column)) for column in table.T]
    return SkinTone(*values)


def model_density(
    tone: SkinTone, melanin: FloatArray, blood: FloatArray, tables: SpectralTables, *, surface: float = FRESNEL
) -> FloatArray:
    """Optical density of the model's skin in linear sRGB under D65.

    Parameters
    ----------
    melanin, blood : ndarray, shape (...)
        Melanosome and blood volume fractions.
    surface : float
        Share of white that the skin's surface sends back; 0 behind crossed polarisers.

    Returns
    -------
    ndarray, shape (..., 3)
    """
    light = linear_srgb(reflectance(tone, melanin, blood, tables), tables) + (surface - FRESNEL)
    return np.asarray(-np.log10(np.maximum(light, 1e-5)))


def pigment_directions(
    tone: SkinTone, tables: SpectralTables, *, surface: float = FRESNEL
) -> tuple[FloatArray, FloatArray]:
    """Change of density with melanin and with blood on skin of a given tone.

    Returns
    -------
    tuple of ndarray, shape (3,)
        Melanin's change of D for a change of plain red density by 1, and haemoglobin's for plain green density.
    """
    seen = _steps(tone, tables, melanin=ADDED_MELANIN, blood=tone.blood, surface=surface)
    plain = _steps(tone, tables, melanin=ADDED_MELANIN, blood=tone.blood)
    return (seen[1] - seen[0]) / (plain[1] - plain[0])[0], (seen[2] - seen[0]) / (plain[2] - plain[0])[1]


def light_weights(tone: SkinTone, tables: SpectralTables, *, surface: float = FRESNEL) -> FloatArray:
    """Direction that reads a change of the light as 1 with the least error from tan, redness and colour errors."""
    steps = _steps(tone, tables, melanin=USUAL_TAN, blood=USUAL_BLUSH * tone.blood, surface=surface)
    tanned, flushed = steps[1] - steps[0], steps[2] - steps[0]
    nuisance = np.outer(tanned, tanned) + np.outer(flushed, flushed)
    weights = np.linalg.solve(nuisance + (USUAL_COLOUR_ERROR / np.log(10)) ** 2 * np.eye(3), np.ones(3))
    return np.asarray(weights / weights.sum())


def _steps(
    tone: SkinTone, tables: SpectralTables, *, melanin: float, blood: float, surface: float = FRESNEL
) -> FloatArray:
    """Densities of the plain skin, with melanin added, and with blood added: three rows."""
    steps = np.array([[0, 0], [melanin, 0], [0, blood]])
    return model_density(tone, tone.melanin + steps[:, 0], tone.blood + steps[:, 1], tables, surface=surface)
