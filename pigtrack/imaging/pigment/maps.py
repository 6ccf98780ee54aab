"""Melanin and erythema index at every pixel of one photograph."""

from dataclasses import replace

import numpy as np

from pigtrack.imaging import opencv
from pigtrack.imaging.hair import bridge_hair, find_hair
from pigtrack.imaging.indices import apply_curve
from pigtrack.imaging.pigment.around import CoarseSkin, coarsen, skin_around, widen
from pigtrack.imaging.pigment.sheen import find_glare, tell_sheen
from pigtrack.imaging.pigment.tone import DARKEST, density
from pigtrack.imaging.surround import surrounding_mean
from pigtrack.model.metrics import PigmentRuler, SkinMaps
from pigtrack.model.photograph import RegisteredImage
from pigtrack.model.quantity import BoolImage, FloatImage

LIGHT_MM = 9.0
"""Standard deviation of the Gaussian over which light is told from skin: wider than a spot."""

CALM_MM = 0.35
CALM_SHEEN = 2.0
"""Standard deviation of the Gaussian, about a furrow's width, that calms light under sheen; fully so where the sheen
is half of the skin's darkest channel. The logarithm of what is left would else lie too high."""

STRONG = 0.05
"""Sheen as a share of the skin's darkest channel from which it is told again and calmed: a weaker one is right to a
hundredth as it is."""

AGAIN = 2
"""Times that sheen is told again of what is left."""

_MEAN = np.full(3, 1 / 3)


def map_skin(image: RegisteredImage, ruler: PigmentRuler) -> SkinMaps:
    """Read melanin and erythema index at every pixel of a registered image.

    Notes
    -----
    The readings ``100 · w · D`` and ``100 · e · D`` with ``D = -log10((linear sRGB - sheen) / light)`` go through the
    ruler's curve. The light that falls on a place is told from the wide mean of the skin around, in a direction that
    melanin and blood hardly move; so neither a brighter lamp nor a slope of the light changes a contrast. Sheen is
    light that the surface mirrors beyond the baseline's; glare, brighter than skin without melanin, is left out as
    invalid. Hair is bridged.
    """
    spacing = LIGHT_MM / ruler.light_radius_px
    coarse = coarsen(image)
    around = skin_around(coarse, ruler.weights, radius_px=ruler.light_radius_px)
    glare = find_glare(coarse, around, palest=ruler.palest, mm_per_px=spacing)
    valid = _without(image.valid, glare)
    if glare.any():
        coarse = replace(coarse, valid=coarse.valid & ~glare)
        around = skin_around(coarse, ruler.weights, radius_px=ruler.light_radius_px)
    sheen = _sheen(coarse, around, ruler)
    light = surrounding_mean(image.linear, valid.astype(np.float32), ruler.calm_radius_px)
    if sheen.any():
        light = _take_off(light, sheen, ruler)
    weights = np.stack([100 * ruler.weights, 100 * ruler.erythema_weights])
    read = opencv.transform_channels(density(light), np.vstack([weights, _MEAN]))
    hair = find_hair(np.ascontiguousarray(read[..., 2]), valid, mm_per_px=spacing)
    readings = bridge_hair(np.ascontiguousarray(read[..., :2]), hair, valid, mm_per_px=spacing)
    dimming = np.asarray(opencv.resize_linear(_dimming(around, sheen, ruler), valid.shape))
    maps = apply_curve(ruler.curve, readings - dimming[..., None] * weights.sum(axis=1).astype(np.float32))
    return SkinMaps(np.ascontiguousarray(maps[..., 0]), np.ascontiguousarray(maps[..., 1]), valid, sheen)


def _without(valid: BoolImage, coarse: BoolImage) -> BoolImage:
    """Leave out the pixels of some coarse cells."""
    if not coarse.any():
        return valid
    return np.asarray(valid & (opencv.resize_nearest(coarse.view(np.uint8), valid.shape) == 0))


def _take_off(light: FloatImage, sheen: FloatImage, ruler: PigmentRuler) -> FloatImage:
    """Take mirrored light off, and calm what is left where little is: each furrow mirrors otherwise."""
    mirrored = np.asarray(opencv.resize_linear(sheen, light.shape[:2]))[..., None]
    if not _strong(sheen, ruler):
        return np.asarray(light - mirrored)
    share = np.clip(np.float32(CALM_SHEEN / _darkest(ruler)) * np.abs(mirrored), 0, 1)
    calm = opencv.blur(light, CALM_MM / LIGHT_MM * ruler.light_radius_px)
    return np.asarray(light + share * (calm - light) - mirrored)


def _strong(sheen: FloatImage, ruler: PigmentRuler) -> bool:
    return bool(np.abs(sheen).max() > STRONG * _darkest(ruler))


def _darkest(ruler: PigmentRuler) -> float:
    """Light of the course's usual skin in its darkest channel."""
    return float(10 ** -ruler.skin_density.max())


def _sheen(coarse: CoarseSkin, around: FloatImage, ruler: PigmentRuler) -> FloatImage:
    """Light mirrored beyond the baseline's, a share of white, in the cells of `around`.

    As the skin around is a mean, the middle of a patch of sheen is told too low: what is left is told again.
    """
    usual = ruler.baseline_skin
    if usual.shape != around.shape:
        raise ValueError(f"image must lie on the ruler's frame of {usual.shape[:2]} cells, got {around.shape[:2]}")
    seen = (around[..., 3] > 0) & (usual[..., 3] > 0)
    sheen = tell_sheen(around[..., :3], usual[..., :3], seen, ruler.haemoglobin)
    for _ in range(AGAIN):
        if not _strong(sheen, ruler):
            break
        mirrored = np.asarray(opencv.resize_linear(sheen, coarse.valid.shape))[..., None]
        left = replace(coarse, dense=density(10**-coarse.dense - mirrored))
        inner = skin_around(left, ruler.weights, radius_px=ruler.light_radius_px)
        sheen = sheen + tell_sheen(inner[..., :3], usual[..., :3], seen, ruler.haemoglobin)
    return sheen


def _dimming(around: FloatImage, sheen: FloatImage, ruler: PigmentRuler) -> FloatImage:
    """Density that weaker light adds to each cell, 0 where the skin around is as bright as the course's usual."""
    inner = np.maximum(10 ** -around[..., :3] - sheen[..., None], np.float32(DARKEST))
    plain = density(inner) - ruler.skin_density.astype(np.float32)
    dimmer = widen(plain @ ruler.light_weights.astype(np.float32), around[..., 3], radius_px=ruler.light_radius_px)
    return np.clip(dimmer, -0.3, 0.3)
