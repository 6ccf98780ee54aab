"""The camera: from reflectance to its raw red, green and blue, and its own way to sRGB."""

from dataclasses import dataclass

import numpy as np

from pigtrack.imaging import opencv
from pigtrack.imaging.colour import XYZ_TO_SRGB
from pigtrack.imaging.phantom.condition import Condition, Lamp
from pigtrack.imaging.phantom.plan import PhantomPlan, Purpose, Scenario, stream
from pigtrack.imaging.skin import SkinTone, reflectance, xyz_d65
from pigtrack.model.calibration import Card
from pigtrack.model.quantity import FloatArray, FloatImage
from pigtrack.model.spectra import WAVELENGTHS, SpectralTables

_LUMA = np.array([0.2126, 0.7152, 0.0722])

MELANIN_NODES = np.linspace(0.0, 0.24, 121)
BLOOD_NODES = np.linspace(0.0, 0.12, 97)
"""Fractions for which the colour is computed; between them it is straight within 0.1 %."""


@dataclass(frozen=True, eq=False, slots=True)
class Eye:
    """A camera under one lamp.

    Attributes
    ----------
    response : ndarray, shape (31, 3)
        Lamp times sensitivity; a perfect white gives 1, 1, 1 (white balance done).
    gains : ndarray, shape (3,)
        White balance that was applied, the weakest channel's raw signal being divided by most.
    matrix : ndarray, shape (3, 3)
        The camera's own colour matrix to linear sRGB, with what its white balance is off.
    """

    response: FloatArray
    gains: FloatArray
    matrix: FloatArray


def plan_sensitivities(plan: PhantomPlan, tables: SpectralTables) -> FloatArray:
    """Sensitivities of the course's camera, shape (31, 3): often invented, sometimes a measured one."""
    rng = stream(plan, Purpose.CAMERA)
    choice, bumps = rng.uniform(), _invented(rng)
    if plan.scenario is Scenario.PHONE or choice < 0.6:
        return bumps
    return tables.cameras["nikon-d5100" if choice < 0.92 else "sigma-sd-merrill"]


def _invented(rng: np.random.Generator) -> FloatArray:
    """Three skewed bumps with side lobes, cut at both ends of the spectrum."""
    peaks = np.array([600.0, 535.0, 460.0]) + rng.normal(0, 6, 3)
    widths, skews = rng.uniform(28, 42, 3), rng.uniform(-0.25, 0.25, 3)
    lobes = rng.uniform(0.01, 0.08, (3, 2))
    channels = []
    for peak, width, skew, lobe in zip(peaks, widths, skews, lobes, strict=True):
        own = np.where(peak > WAVELENGTHS, width * (1 + skew), width * (1 - skew))
        bump = np.exp(-0.5 * ((WAVELENGTHS - peak) / own) ** 2)
        sides = sum(h * np.exp(-0.5 * ((WAVELENGTHS - c) / 40) ** 2) for h, c in zip(lobe, (470, 580), strict=True))
        channels.append(bump + sides)
    cut = 1 / (1 + np.exp(-(WAVELENGTHS - 412) / 5)) / (1 + np.exp((WAVELENGTHS - 678) / 7))
    return np.asarray(np.stack(channels, axis=1) * cut[:, None])


def mix_lamp(lamp: Lamp, tables: SpectralTables) -> FloatArray:
    """Relative spectral power of a lamp's parts together, shape (31,); shares are shares of luminance."""
    parts = [share * tables.lamps[name] / (tables.lamps[name] @ tables.observer[:, 1]) for name, share in lamp]
    return np.asarray(np.sum(parts, axis=0))


def open_eye(plan: PhantomPlan, condition: Condition, tables: SpectralTables, card: Card) -> Eye:
    """Adjust the course's camera to a photograph's lamp, with the white balance's own error."""
    sensitivities = plan_sensitivities(plan, tables)
    raw = mix_lamp(condition.lamp, tables)[:, None] * sensitivities
    neutral = raw.sum(axis=0)
    red, blue = condition.white_error
    matrix = _matrix(sensitivities, tables, card, condition.saturation)
    return Eye(raw / neutral, neutral.max() / neutral, np.diag([1 + red, 1.0, 1 + blue]) @ matrix)


def _matrix(sensitivities: FloatArray, tables: SpectralTables, card: Card, saturation: float) -> FloatArray:
    """Best matrix under D55 from the card's spectra to sRGB, white kept white: what a maker burns in."""
    if card.spectra is None:
        raise ValueError(f"card must have spectra, got {card.name} without")
    response = tables.lamps["D55"][:, None] * sensitivities
    seen = card.spectra @ (response / response.sum(axis=0))
    wanted = xyz_d65(card.spectra, tables) @ XYZ_TO_SRGB.T
    fitted = np.linalg.lstsq(seen, wanted, rcond=None)[0].T
    fitted = fitted / fitted.sum(axis=1, keepdims=True)
    grey = np.outer(np.ones(3), _LUMA)
    return np.asarray((saturation * np.eye(3) + (1 - saturation) * grey) @ fitted)


def skin_table(tone: SkinTone, weights: FloatArray, tables: SpectralTables) -> FloatImage:
    """Colour of skin for every node of melanin (columns) and blood (rows), shape (97, 121, 3), float32.

    ``weights``, shape (31, 3), turn reflectance into three channels.
    """
    melanin, blood = np.meshgrid(MELANIN_NODES, BLOOD_NODES)
    return (reflectance(tone, melanin, blood, tables) @ weights).astype(np.float32)


def look_up_skin(table: FloatImage, melanin: FloatImage, blood: FloatImage) -> FloatImage:
    """Colour of every pixel from its melanin and blood, shape (rows, columns, 3), float32."""
    across = np.clip(melanin * np.float32(1 / MELANIN_NODES[1]), 0, len(MELANIN_NODES) - 1.001)
    down = np.clip(blood * np.float32(1 / BLOOD_NODES[1]), 0, len(BLOOD_NODES) - 1.001)
    colours: FloatImage = opencv.remap_linear(table, across.astype(np.float32), down.astype(np.float32))
    return colours
