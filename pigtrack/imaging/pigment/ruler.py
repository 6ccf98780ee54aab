"""The ruler of a course: the directions in which melanin and blood are read, and the curve that follows."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from pigtrack.errors import CourseError
from pigtrack.imaging import opencv
from pigtrack.imaging.pigment.around import CoarseSkin, central, coarsen, skin_around
from pigtrack.imaging.pigment.curve import fit_curve
from pigtrack.imaging.pigment.maps import LIGHT_MM
from pigtrack.imaging.pigment.tone import DARKEST, density, light_weights, model_density, pigment_directions, tone_of
from pigtrack.imaging.skin import FRESNEL, SkinTone
from pigtrack.imaging.surround import surrounding_mean
from pigtrack.model.metrics import PigmentRuler
from pigtrack.model.photograph import RegisteredImage
from pigtrack.model.quantity import BoolImage, FloatArray, FloatImage
from pigtrack.model.spectra import SpectralTables

SPACING_MM = 0.5
"""Skin is averaged to this spacing before its covariance is taken: the scale of spots, not of pixels and furrows."""

SURROUND_MM = 4.0
"""Standard deviation of the Gaussian that the high-pass takes away: wider than a spot, narrower than shading."""

SLOPE_ERROR = 0.03
VEIL_ERROR = 0.002
"""How far a calibrated channel's contrasts may be wrong: as a share, for tone curves are known no better, and by
light, as a share of white, that a lens or the fit of one lays over the picture. It weighs most in the blue of dark
skin, which has little light of its own."""

USUAL_CONTRAST = 0.1
"""Red density by which a spot stands out; with the errors above it says what the ruler must not magnify."""

CALM_MM = (0.05, 0.1, 0.15, 0.2)
"""Standard deviations of the Gaussian that calms light before its logarithm is taken; the first that suffices is used.

The logarithm of noisy pixels lies too high, by a fifth on a dark spot in a dim room. But a blur of light, unlike one
of densities, shrinks dark spots, by 3 % of area for 0.1 mm on a 3 mm spot of light skin; so no more than is needed."""

CALM_NOISE = 0.1
"""Relative noise of the light at which its logarithm lies 0.002 too high, a fiftieth of a usual spot."""

TILE_PX = 96
TILES = 16
"""Skin tiles, spread over a photograph, in which its noise is looked at."""

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
    """Fix the ruler of pigment for a course, from all its photographs.

    Parameters
    ----------
    images : iterable of RegisteredImage
        On one frame, the baseline first; read once, in order, and not kept.
    tables : SpectralTables
        For the physical model of skin.
    mm_per_px : float or None
        Millimetres per frame pixel; None: the usual working scale is assumed.
    region, exclude : ndarray of bool, optional
        Frame pixels that may be used (default: all), and that may not.
    surface : float
        Share of white that the skin's surface sends back; 0 behind crossed polarisers.

    Notes
    -----
    ``w`` minimises ``wᵀSw`` under ``w·m = 1`` and ``w·h = 0`` (a linearly constrained minimum variance filter),
    m and h being the changes of D with melanin and with blood at this skin's tone, S the covariance of D over
    spot-free skin after high-pass, averaged over the photographs, with what calibration may get wrong of a spot's
    contrast in each channel added. ``w·h = 0`` costs about a quarter more noise than
    the plain matched filter and keeps a blush, or needle marks, out of the melanin map.

    Raises
    ------
    CourseError
        If no photograph shows usable skin, `SPACING_MM` wide at least.
    """
    spacing = mm_per_px or ASSUMED_MM_PER_PX
    samples = [_sample(image, spacing, region, exclude) for image in images]
    samples = [sample for sample in samples if sample.valid.any()]
    if not samples:
        raise CourseError(
            "No session can be measured: the region shows no piece of skin half a millimetre wide.",
            "Check region, exclude and card_patch_pitch_mm in course.toml, or retake with the skin well exposed.",
        )
    colour = np.median([np.median(each.linear[each.valid], axis=0) for each in samples], axis=0).astype(np.float64)
    tone, skin_density = tone_of(colour, tables), -np.log10(np.maximum(colour, DARKEST))
    melanin, haemoglobin = pigment_directions(tone, tables, surface=surface)
    rough = _constrained(np.eye(3), melanin, haemoglobin)[0]
    spread = [_skin_covariance(density(each.linear), each.valid, rough) for each in samples]
    covariance = np.mean(spread, axis=0) + _calibration_covariance(colour, melanin)
    weights, erythema = _constrained(covariance, melanin, haemoglobin)
    around = [skin_around(each.coarse, weights, radius_px=LIGHT_MM / spacing) for each in samples]
    skin_density = _usual(around, skin_density)
    return PigmentRuler(
        weights=weights,
        erythema_weights=erythema,
        melanin=melanin,
        haemoglobin=haemoglobin,
        covariance=covariance,
        curve=fit_curve(tone, skin_density, 100 * np.stack([weights, erythema]), tables, surface=surface),
        palest=_palest(tone, tables, surface),
        light_weights=light_weights(tone, tables, surface=surface),
        skin_density=skin_density,
        baseline_skin=around[0],
        light_radius_px=LIGHT_MM / spacing,
        calm_radius_px=_calm_radius([each.tiles for each in samples], spacing),
    )


@dataclass(frozen=True, eq=False, slots=True)
class _Sample:
    """Skin of one photograph averaged to `SPACING_MM`, the cells that are skin throughout, tiles of its pixels,
    and all of it coarsely.
    """

    linear: FloatImage
    valid: BoolImage
    tiles: tuple[FloatImage, ...]
    coarse: CoarseSkin


def _sample(image: RegisteredImage, mm_per_px: float, region: BoolImage | None, exclude: BoolImage | None) -> _Sample:
    rows, columns = image.valid.shape
    shrink = max(SPACING_MM / mm_per_px, 1.0)
    shape = (max(round(rows / shrink), 1), max(round(columns / shrink), 1))
    use = image.valid if region is None else image.valid & region
    use = use if exclude is None else use & ~exclude
    share = opencv.resize_area(use.astype(np.float32), shape)
    return _Sample(
        opencv.resize_area(image.linear, shape), share > 0.999, _tiles(image.linear, use), coarsen(image, use)
    )


def _tiles(linear: FloatImage, use: BoolImage) -> tuple[FloatImage, ...]:
    rows, columns = use.shape[0] // TILE_PX, use.shape[1] // TILE_PX
    whole = use[: rows * TILE_PX, : columns * TILE_PX].reshape(rows, TILE_PX, columns, TILE_PX).all(axis=(1, 3))
    places = np.argwhere(whole)
    chosen = places[np.linspace(0, len(places) - 1, min(TILES, len(places))).astype(int)] * TILE_PX
    return tuple(linear[y : y + TILE_PX, x : x + TILE_PX].copy() for y, x in chosen.tolist())


def _calm_radius(photographs: Sequence[tuple[FloatImage, ...]], mm_per_px: float) -> float:
    """Pixels over which the noisiest photograph's darkest channel becomes calm enough for a logarithm."""
    radius = 0.5
    for calm_mm in CALM_MM:
        radius = max(calm_mm / mm_per_px, 0.5)
        if max((_relative_noise(tiles, radius) for tiles in photographs if tiles), default=0) <= CALM_NOISE:
            break
    return radius


def _relative_noise(tiles: tuple[FloatImage, ...], radius_px: float) -> float:
    """Noise of calmed light as a share of the light, in the worst channel."""
    shares = []
    for tile in tiles:
        calm = opencv.blur(tile, radius_px)
        rest = np.abs(calm - opencv.blur(calm, 4 * radius_px)).reshape(-1, 3)
        usual = np.maximum(np.median(tile.reshape(-1, 3), axis=0), DARKEST)
        shares.append(1.4826 * np.median(rest, axis=0) / usual)
    return float(np.median(shares, axis=0).max())


def _palest(tone: SkinTone, tables: SpectralTables, surface: float) -> float:
    """Red density that skin of this tone has by its melanin."""
    plain, bare = (
        model_density(tone, np.array(melanin), np.array(tone.blood), tables, surface=surface)[0]
        for melanin in (tone.melanin, 0.0)
    )
    return float(plain - bare)


def _usual(around: Sequence[FloatImage], otherwise: FloatArray) -> FloatArray:
    """Density of the course's plain skin: median of its photographs' medians; ``otherwise`` where none shows any."""
    medians = [np.median(each[each[..., 3] > 0, :3], axis=0) for each in around if each[..., 3].any()]
    return np.median(medians, axis=0).astype(np.float64) if medians else otherwise


def _calibration_covariance(colour: FloatArray, melanin: FloatArray) -> FloatArray:
    """What calibration may get wrong of a usual spot's contrast, each channel for itself."""
    share = np.hypot(SLOPE_ERROR, VEIL_ERROR / np.maximum(colour, DARKEST))
    return np.diag((USUAL_CONTRAST * melanin * share) ** 2)


def _skin_covariance(dense: FloatImage, valid: BoolImage, rough: FloatArray) -> FloatArray:
    """Covariance of D over skin without spots, glare and hair, after high-pass."""
    sigma = SURROUND_MM / SPACING_MM
    rest = dense - surrounding_mean(dense, valid.astype(np.float32), sigma)
    for _ in range(2):
        skin = valid & central(rest @ rough, valid) & central(rest.mean(axis=2), valid)
        skin = skin if skin.sum() > 100 else valid
        rest = dense - surrounding_mean(dense, skin.astype(np.float32), sigma)
    return np.cov(rest[skin].astype(np.float64), rowvar=False) + 1e-9 * np.eye(3)


def _constrained(covariance: FloatArray, melanin: FloatArray, haemoglobin: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Weights of least noise that read one pigment as 1 in its own unit and the other as 0."""
    directions = np.stack([melanin, haemoglobin], axis=1)
    whitened = np.linalg.solve(covariance, directions)
    weights = whitened @ np.linalg.inv(directions.T @ whitened)
    return weights[:, 0], weights[:, 1]
