"""From colour to pigment: melanin and erythema maps on one ruler for a whole course.

Melanin, blood and shading add in optical density. The ruler reads along melanin with haemoglobin's direction
nulled, so that redness does not pass for pigment, and with the least noise that the skin itself allows.
"""

from collections.abc import Iterable

import numpy as np

from pigtrack.imaging import opencv
from pigtrack.imaging.colour import ita, srgb_to_lab
from pigtrack.imaging.skin import FRESNEL, TONES, SkinTone, linear_srgb, reflectance
from pigtrack.imaging.surround import surrounding_mean
from pigtrack.model.metrics import PigmentRuler, SkinMaps
from pigtrack.model.photograph import RegisteredImage
from pigtrack.model.provenance import Algorithm
from pigtrack.model.quantity import BoolImage, FloatArray, FloatImage
from pigtrack.model.spectra import SpectralTables

ALGORITHM = Algorithm("pigment", 1)

DARKEST = 2e-3
"""Light from inside the skin below this share of white is noise in any photograph; densities stop at 2.7."""

ADDED_MELANIN = 0.03
"""Melanosome fraction between melasma (+0.015) and lentigo (+0.035): the step that gives melanin's direction."""

SPACING_MM = 0.25
"""Skin is averaged to this spacing before its covariance is taken: the scale of spots, not of pixels."""

SURROUND_MM = 4.0
"""Standard deviation of the Gaussian that the high-pass takes away: wider than a spot, narrower than shading."""

OUTLIER = 3.0
"""Robust standard deviations beyond which skin is no spot-free skin when the covariance is taken."""

LIGHT_MM = 9.0
"""Standard deviation of the Gaussian over which light is told from skin: wider than a spot."""

USUAL_TAN = 0.005
USUAL_BLUSH = 0.3
USUAL_COLOUR_ERROR = 0.01
"""How far skin of one course moves in melanosome fraction, in its share of blood, and a channel in calibration."""

ASSUMED_MM_PER_PX = 1 / 17
"""Stands in where the scale is unknown: the working scale that photographs are brought to."""


def fit_ruler(
    images: Iterable[RegisteredImage],
    *,
    tables: SpectralTables,
    mm_per_px: float | None,
    region: BoolImage | None = None,
    exclude: BoolImage | None = None,
    surface: float = FRESNEL,
) -> PigmentRuler:
    """Fix the direction of pigment for a course, from all its photographs.

    Parameters
    ----------
    images : iterable of RegisteredImage
        On one frame; read once, in order, and not kept.
    tables : SpectralTables
        For the physical model of skin.
    mm_per_px : float or None
        Millimetres per frame pixel; None: the usual working scale is assumed.
    region, exclude : ndarray of bool, optional
        Frame pixels that may be used (default: all), and that may not.
    surface : float
        Share of white that the skin's surface sends back; 0 behind crossed polarisers. Left in, it presses the
        contrasts of red or dark skin together: doubled blood makes an unchanged spot on dark skin look a quarter
        fainter, and with it taken off 3 %; half of a spot's melanin reads more than half of its contrast.

    Notes
    -----
    ``w`` minimises ``wᵀSw`` under ``w·m = 1`` and ``w·h = 0`` (a linearly constrained minimum variance filter),
    m and h being the changes of D with melanin and with blood at this skin's tone, S the covariance of D over
    spot-free skin after high-pass, averaged over the photographs. ``w·h = 0`` costs about a quarter more noise than
    the plain matched filter and keeps a blush, or needle marks, out of the melanin map.

    Raises
    ------
    ValueError
        If no photograph shows any usable skin.
    """
    samples = [_sample(image, mm_per_px or ASSUMED_MM_PER_PX, region, exclude) for image in images]
    samples = [sample for sample in samples if sample[1].any()]
    if not samples:
        raise ValueError("images must show some valid skin inside the region, got none")
    colour = np.median([np.median(linear[valid], axis=0) for linear, valid in samples], axis=0).astype(np.float64)
    tone = tone_of(colour, tables)
    melanin, haemoglobin = pigment_directions(tone, tables, surface=surface)
    rough = _constrained(np.eye(3), melanin, haemoglobin)[0]
    spread = [_skin_covariance(density(linear - surface), valid, rough) for linear, valid in samples]
    covariance = np.mean(spread, axis=0)
    weights, erythema = _constrained(covariance, melanin, haemoglobin)
    light = _light_weights(tone, tables)
    return PigmentRuler(weights, erythema, melanin, haemoglobin, covariance, surface, light, -np.log10(colour))


def map_skin(image: RegisteredImage, ruler: PigmentRuler, *, mm_per_px: float | None) -> SkinMaps:
    """Read melanin and erythema index at every pixel of a registered image.

    Notes
    -----
    ``MI = 100 · w · D`` and ``EI = 100 · e · D`` with ``D = -log10(linear sRGB - surface · light)``. The light that
    falls on a place is told from the wide mean of the skin around, in a direction that melanin and blood hardly
    move; so neither a brighter lamp nor a slope of the light changes a contrast.
    """
    light = _light(image, ruler, mm_per_px or ASSUMED_MM_PER_PX)
    weights = 100 * np.stack([ruler.weights, ruler.erythema_weights])
    inner = image.linear - np.float32(ruler.surface) * light[..., None]
    maps = opencv.transform_channels(density(inner), weights)
    return SkinMaps(np.ascontiguousarray(maps[..., 0]), np.ascontiguousarray(maps[..., 1]), image.valid)


def density(light: FloatImage) -> FloatImage:
    """Optical density ``-log10`` of linear light, shape (..., 3), float32, held at `DARKEST`."""
    return np.asarray(-np.log10(np.maximum(light, np.float32(DARKEST))), dtype=np.float32)


def pigment_directions(tone: SkinTone, tables: SpectralTables, *, surface: float) -> tuple[FloatArray, FloatArray]:
    """Change of density with melanin and with blood on skin of a given tone.

    Returns
    -------
    tuple of ndarray, shape (3,)
        Melanin's change of D for a change of plain red density by 1, and haemoglobin's for plain green density.
    """
    seen = _states(tone, tables, melanin=ADDED_MELANIN, blood=tone.blood)
    skin, darker, redder = -np.log10(seen - surface)
    plain = np.log10(seen[0] / seen)
    return (darker - skin) / plain[1, 0], (redder - skin) / plain[2, 1]


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


def _states(tone: SkinTone, tables: SpectralTables, *, melanin: float, blood: float) -> FloatArray:
    """Linear sRGB of the plain skin, with melanin added, and with blood added: three rows."""
    steps = np.array([[0, 0], [melanin, 0], [0, blood]])
    return linear_srgb(reflectance(tone, tone.melanin + steps[:, 0], tone.blood + steps[:, 1], tables), tables)


def _light_weights(tone: SkinTone, tables: SpectralTables) -> FloatArray:
    """Direction that reads a change of the light as 1 with the least error from tan, redness and colour errors."""
    skin, tanned, flushed = -np.log10(_states(tone, tables, melanin=USUAL_TAN, blood=USUAL_BLUSH * tone.blood))
    nuisance = np.outer(tanned - skin, tanned - skin) + np.outer(flushed - skin, flushed - skin)
    weights = np.linalg.solve(nuisance + (USUAL_COLOUR_ERROR / np.log(10)) ** 2 * np.eye(3), np.ones(3))
    return np.asarray(weights / weights.sum())


def _light(image: RegisteredImage, ruler: PigmentRuler, mm_per_px: float) -> FloatImage:
    """Light on each pixel, 1 where the skin around is as bright as the course's usual skin."""
    shape = image.valid.shape
    small = (max(shape[0] // 8, 1), max(shape[1] // 8, 1))
    valid = np.asarray(opencv.resize_area(image.valid.astype(np.float32), small)) > 0.99
    plain = density(opencv.resize_area(image.linear, small)) - ruler.skin_density.astype(np.float32)
    dimmer = plain @ ruler.light_weights.astype(np.float32)
    mean = surrounding_mean(dimmer, valid.astype(np.float32), LIGHT_MM / mm_per_px / 8)
    return np.asarray(10 ** -opencv.resize_linear(np.clip(mean, -0.3, 0.3), shape), dtype=np.float32)


def _sample(
    image: RegisteredImage, mm_per_px: float, region: BoolImage | None, exclude: BoolImage | None
) -> tuple[FloatImage, BoolImage]:
    """Skin averaged to `SPACING_MM`, with the cells that are skin throughout."""
    rows, columns = image.valid.shape
    shrink = max(SPACING_MM / mm_per_px, 1.0)
    shape = (max(round(rows / shrink), 1), max(round(columns / shrink), 1))
    use = image.valid if region is None else image.valid & region
    use = use if exclude is None else use & ~exclude
    share = opencv.resize_area(use.astype(np.float32), shape)
    return opencv.resize_area(image.linear, shape), share > 0.999


def _skin_covariance(dense: FloatImage, valid: BoolImage, rough: FloatArray) -> FloatArray:
    """Covariance of D over skin without spots, glare and hair, after high-pass."""
    sigma = SURROUND_MM / SPACING_MM
    rest = dense - surrounding_mean(dense, valid.astype(np.float32), sigma)
    for _ in range(2):
        skin = valid & _central(rest @ rough, valid) & _central(rest.mean(axis=2), valid)
        skin = skin if skin.sum() > 100 else valid
        rest = dense - surrounding_mean(dense, skin.astype(np.float32), sigma)
    return np.cov(rest[skin].astype(np.float64), rowvar=False) + 1e-9 * np.eye(3)


def _central(values: FloatArray | FloatImage, valid: BoolImage) -> BoolImage:
    inside = values[valid]
    middle = np.median(inside)
    spread = 1.4826 * np.median(np.abs(inside - middle))
    return np.asarray(np.abs(values - middle) <= OUTLIER * spread)


def _constrained(covariance: FloatArray, melanin: FloatArray, haemoglobin: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Weights of least noise that read one pigment as 1 in its own unit and the other as 0."""
    directions = np.stack([melanin, haemoglobin], axis=1)
    whitened = np.linalg.solve(covariance, directions)
    weights = whitened @ np.linalg.inv(directions.T @ whitened)
    return weights[:, 0], weights[:, 1]
