"""From colour to pigment: melanin and erythema maps on one ruler for a whole course.

Melanin, blood and shading add in optical density. The ruler reads along melanin with haemoglobin's direction
nulled, so that redness does not pass for pigment, and with the least noise that the skin itself allows.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from pigtrack.imaging import opencv
from pigtrack.imaging.colour import ita, srgb_to_lab
from pigtrack.imaging.hair import bridge_hair, find_hair
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

SPACING_MM = 0.5
"""Skin is averaged to this spacing before its covariance is taken: the scale of spots, not of pixels and furrows."""

SURROUND_MM = 4.0
"""Standard deviation of the Gaussian that the high-pass takes away: wider than a spot, narrower than shading."""

SLOPE_ERROR = 0.03
"""How far a calibrated channel's contrasts may be wrong, as a share: tone curves are known no better."""

USUAL_CONTRAST = 0.1
"""Red density by which a spot stands out; with `SLOPE_ERROR` it says what the ruler must not magnify."""

MOST_SURFACE = 0.25
"""Share of the skin's darkest channel that is taken off as surface reflection at the most.

On dark skin the surface sends back half of the blue light. Taking all of that off magnifies whatever calibration gets
wrong there: on unchanged phantom courses of dark skin the load then scattered by 5.9 % between sessions, by 2.4 % with
this bound, and another lamp or a coarser JPEG passed for a change."""

OUTLIER = 3.0
"""Robust standard deviations beyond which skin is no spot-free skin when the covariance is taken."""

CALM_MM = (0.05, 0.1, 0.15, 0.2)
"""Standard deviations of the Gaussian that calms light before its logarithm is taken; the first that suffices is used.

The logarithm of noisy pixels lies too high, by a fifth on a dark spot in a dim room. But a blur of light, unlike one
of densities, shrinks dark spots, by 3 % of area for 0.1 mm on a 3 mm spot of light skin; so no more than is needed."""

CALM_NOISE = 0.15
"""Relative noise of the light from inside the skin at which its logarithm lies 0.005 too high."""

TILE_PX = 96
TILES = 16
"""Skin tiles, spread over a photograph, in which its noise is looked at."""

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
        Share of white that the skin's surface sends back; 0 behind crossed polarisers. At the most `MOST_SURFACE` of
        the darkest channel is taken off. Left in, it presses the
        contrasts of red or dark skin together: doubled blood makes an unchanged spot on dark skin look a quarter
        fainter, half of a spot's melanin reads more than half of its contrast, and changes of contrast over a course
        of calibrated phantom photographs are wrong by 8 % where they are by 6 % without it.

    Notes
    -----
    ``w`` minimises ``wᵀSw`` under ``w·m = 1`` and ``w·h = 0`` (a linearly constrained minimum variance filter),
    m and h being the changes of D with melanin and with blood at this skin's tone, S the covariance of D over
    spot-free skin after high-pass, averaged over the photographs, with the share of a spot's own contrast added that
    calibration may get wrong in each channel. ``w·h = 0`` costs about a quarter more noise than
    the plain matched filter and keeps a blush, or needle marks, out of the melanin map.

    Raises
    ------
    ValueError
        If no photograph shows any usable skin.
    """
    spacing = mm_per_px or ASSUMED_MM_PER_PX
    samples = [_sample(image, spacing, region, exclude) for image in images]
    samples = [sample for sample in samples if sample.valid.any()]
    if not samples:
        raise ValueError("images must show some valid skin inside the region, got none")
    colour = np.median([np.median(each.linear[each.valid], axis=0) for each in samples], axis=0).astype(np.float64)
    surface = min(surface, MOST_SURFACE * float(colour.min()))
    tone = tone_of(colour, tables)
    melanin, haemoglobin = pigment_directions(tone, tables, surface=surface)
    rough = _constrained(np.eye(3), melanin, haemoglobin)[0]
    spread = [_skin_covariance(density(each.linear - surface), each.valid, rough) for each in samples]
    covariance = np.mean(spread, axis=0) + np.diag((SLOPE_ERROR * USUAL_CONTRAST * melanin) ** 2)
    weights, erythema = _constrained(covariance, melanin, haemoglobin)
    return PigmentRuler(
        weights=weights,
        erythema_weights=erythema,
        melanin=melanin,
        haemoglobin=haemoglobin,
        covariance=covariance,
        surface=surface,
        light_weights=_light_weights(tone, tables),
        skin_density=-np.log10(colour),
        light_radius_px=LIGHT_MM / spacing,
        calm_radius_px=_calm_radius([each.tiles for each in samples], surface, spacing),
    )


def map_skin(image: RegisteredImage, ruler: PigmentRuler) -> SkinMaps:
    """Read melanin and erythema index at every pixel of a registered image.

    Notes
    -----
    ``MI = 100 · w · D`` and ``EI = 100 · e · D`` with ``D = -log10(linear sRGB - surface · light)``. The light that
    falls on a place is told from the wide mean of the skin around, in a direction that melanin and blood hardly
    move; so neither a brighter lamp nor a slope of the light changes a contrast. Hair is bridged over.
    """
    light = _light(image, ruler)
    weights = 100 * np.stack([ruler.weights, ruler.erythema_weights])
    calm = surrounding_mean(image.linear, image.valid.astype(np.float32), ruler.calm_radius_px)
    inner = calm - np.float32(ruler.surface) * light[..., None]
    dense = density(inner)
    spacing = LIGHT_MM / ruler.light_radius_px
    hair = find_hair(dense.mean(axis=2), image.valid, mm_per_px=spacing)
    maps = bridge_hair(opencv.transform_channels(dense, weights), hair, image.valid, mm_per_px=spacing)
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


def _light(image: RegisteredImage, ruler: PigmentRuler) -> FloatImage:
    """Light on each pixel, 1 where the skin around is as bright as the course's usual skin."""
    shape = image.valid.shape
    small = (max(shape[0] // 8, 1), max(shape[1] // 8, 1))
    valid = np.asarray(opencv.resize_area(image.valid.astype(np.float32), small)) > 0.99
    plain = density(opencv.resize_area(image.linear, small)) - ruler.skin_density.astype(np.float32)
    dimmer = plain @ ruler.light_weights.astype(np.float32)
    mean = surrounding_mean(dimmer, valid.astype(np.float32), ruler.light_radius_px / 8)
    return np.asarray(10 ** -opencv.resize_linear(np.clip(mean, -0.3, 0.3), shape), dtype=np.float32)


@dataclass(frozen=True, eq=False, slots=True)
class _Sample:
    """Skin of one photograph averaged to `SPACING_MM`, the cells that are skin throughout, and tiles of its pixels."""

    linear: FloatImage
    valid: BoolImage
    tiles: tuple[FloatImage, ...]


def _sample(image: RegisteredImage, mm_per_px: float, region: BoolImage | None, exclude: BoolImage | None) -> _Sample:
    rows, columns = image.valid.shape
    shrink = max(SPACING_MM / mm_per_px, 1.0)
    shape = (max(round(rows / shrink), 1), max(round(columns / shrink), 1))
    use = image.valid if region is None else image.valid & region
    use = use if exclude is None else use & ~exclude
    share = opencv.resize_area(use.astype(np.float32), shape)
    return _Sample(opencv.resize_area(image.linear, shape), share > 0.999, _tiles(image.linear, use))


def _tiles(linear: FloatImage, use: BoolImage) -> tuple[FloatImage, ...]:
    rows, columns = use.shape[0] // TILE_PX, use.shape[1] // TILE_PX
    whole = use[: rows * TILE_PX, : columns * TILE_PX].reshape(rows, TILE_PX, columns, TILE_PX).all(axis=(1, 3))
    places = np.argwhere(whole)
    chosen = places[np.linspace(0, len(places) - 1, min(TILES, len(places))).astype(int)] * TILE_PX
    return tuple(linear[y : y + TILE_PX, x : x + TILE_PX].copy() for y, x in chosen.tolist())


def _calm_radius(photographs: Sequence[tuple[FloatImage, ...]], surface: float, mm_per_px: float) -> float:
    """Pixels over which the noisiest photograph's darkest channel becomes calm enough for a logarithm."""
    radius = 0.5
    for calm_mm in CALM_MM:
        radius = max(calm_mm / mm_per_px, 0.5)
        if max((_relative_noise(tiles, radius, surface) for tiles in photographs if tiles), default=0) <= CALM_NOISE:
            break
    return radius


def _relative_noise(tiles: tuple[FloatImage, ...], radius_px: float, surface: float) -> float:
    """Noise of calmed light as a share of the light from inside the skin, in the worst channel."""
    shares = []
    for tile in tiles:
        calm = opencv.blur(tile, radius_px)
        rest = np.abs(calm - opencv.blur(calm, 4 * radius_px)).reshape(-1, 3)
        inner = np.maximum(np.median(tile.reshape(-1, 3), axis=0) - surface, DARKEST)
        shares.append(1.4826 * np.median(rest, axis=0) / inner)
    return float(np.median(shares, axis=0).max())


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
