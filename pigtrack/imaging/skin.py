"""The physical model of skin's reflectance: an absorbing epidermis over a scattering dermis with blood.

``R = F + (1 - F) · T² · R_dermis`` with the surface's Fresnel reflection F, the epidermis' transmission T and the
dermis' diffuse reflectance. Fitted to measured skin it is right to 0.5–0.8 CIEDE2000.

References
----------
Jacques 2013, doi:10.1088/0031-9155/58/11/R37 (melanin, baseline, scattering); Flock et al. 1989,
doi:10.1109/TBME.1989.1173624 (diffuse reflectance); Svaasand et al. 1995, doi:10.1007/BF02133172 (packaging of
blood in vessels); haemoglobin: Prahl's compilation.
"""

from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from pigtrack.imaging.colour import XYZ_TO_SRGB
from pigtrack.model.quantity import FloatArray
from pigtrack.model.spectra import WAVELENGTHS, SpectralTables

FRESNEL = 0.028
"""Share of light that skin of n = 1.4 reflects from its surface."""

EPIDERMIS_CM = 60e-4
VESSEL_RADIUS_CM = 20e-4
PATH_FACTOR = 1.8
"""Mean path of diffuse light through the epidermis, in its thickness."""

_N = 1.4
_INNER = -1.440 / _N**2 + 0.710 / _N + 0.668 + 0.0636 * _N
_KAPPA = (1 + _INNER) / (1 - _INNER)


@dataclass(frozen=True, slots=True)
class SkinTone:
    """Spot-free skin: melanosome fraction, blood fraction, oxygen saturation, scattering at 500 nm (1/cm), yellow."""

    melanin: float
    blood: float
    oxygen: float
    scattering: float
    yellow: float


TONES = MappingProxyType(
    {
        "very-light": SkinTone(0.0163, 0.0100, 0.75, 72.0, 0.0),
        "light": SkinTone(0.0273, 0.0148, 0.86, 76.0, 0.0),
        "intermediate": SkinTone(0.0374, 0.0153, 0.79, 64.0, 0.0),
        "tan": SkinTone(0.0500, 0.0147, 0.65, 48.0, 0.002),
        "brown": SkinTone(0.0603, 0.0119, 0.30, 16.0, 0.016),
        "dark": SkinTone(0.0624, 0.0120, 0.30, 10.0, 0.017),
    }
)
"""Parameter sets whose means match measured skin of the six classes of the individual typology angle."""


def reflectance(tone: SkinTone, melanin: FloatArray, blood: FloatArray, tables: SpectralTables) -> FloatArray:
    """Spectral reflectance of skin of one tone with given melanin and blood.

    Parameters
    ----------
    tone : SkinTone
        Gives oxygen, scattering and yellow; its own melanin and blood are not used.
    melanin, blood : ndarray, shape (...)
        Melanosome and blood volume fractions, 0..1, of like shape.
    tables : SpectralTables
        For the blood's extinction.

    Returns
    -------
    ndarray, shape (..., 31)
        Reflectance 0..1 at `WAVELENGTHS`.
    """
    melanin = np.asarray(melanin, dtype=np.float64)[..., None]
    blood = np.asarray(blood, dtype=np.float64)[..., None]
    passed = np.exp(-2 * PATH_FACTOR * EPIDERMIS_CM * _epidermal_absorption(melanin))
    absorbed = blood * _packed_blood(tone, tables) + (1 - blood) * _baseline() + _yellow(tone)
    return np.asarray(FRESNEL + (1 - FRESNEL) * passed * _diffuse(absorbed, _scattering(tone)))


def linear_srgb(spectra: FloatArray, tables: SpectralTables) -> FloatArray:
    """Linear sRGB of reflectance spectra under D65, shape (..., 31) → (..., 3), perfect white = 1."""
    return np.asarray(xyz_d65(spectra, tables) @ XYZ_TO_SRGB.T)


def xyz_d65(spectra: FloatArray, tables: SpectralTables) -> FloatArray:
    """CIE XYZ of reflectance spectra under D65, shape (..., 31) → (..., 3), perfect white Y = 1."""
    weights = tables.lamps["D65"][:, None] * tables.observer
    return np.asarray(spectra @ (weights / weights[:, 1].sum()))


def _epidermal_absorption(melanin: FloatArray) -> FloatArray:
    melanosome = 6.6e11 * WAVELENGTHS**-3.33
    return np.asarray(melanin * melanosome + (1 - melanin) * _baseline())


def _baseline() -> FloatArray:
    return np.asarray(7.84e8 * WAVELENGTHS**-3.255)


def _packed_blood(tone: SkinTone, tables: SpectralTables) -> FloatArray:
    mixed = tables.haemoglobin @ np.array([tone.oxygen, 1 - tone.oxygen])
    whole = 2.303 * 150.0 / 64_500.0 * mixed
    depth = 2 * whole * VESSEL_RADIUS_CM
    return np.asarray(whole * (1 - np.exp(-depth)) / depth)


def _yellow(tone: SkinTone) -> FloatArray:
    return np.asarray(tone.yellow * 60 * np.exp(-(((WAVELENGTHS - 460) / 35) ** 2)))


def _scattering(tone: SkinTone) -> FloatArray:
    return np.asarray(tone.scattering * (WAVELENGTHS / 500) ** -1.421)


def _diffuse(absorption: FloatArray, scattering: FloatArray) -> FloatArray:
    albedo = scattering / (absorption + scattering)
    rest = 1 - albedo
    return np.asarray(albedo / (1 + 2 * _KAPPA * rest + (1 + 2 * _KAPPA / 3) * np.sqrt(3 * rest)))
