"""Melanin and erythema index at every pixel of one photograph."""

import numpy as np

from pigtrack.imaging import opencv
from pigtrack.imaging.hair import bridge_hair, find_hair
from pigtrack.imaging.indices import apply_curve
from pigtrack.imaging.pigment.tone import density
from pigtrack.imaging.surround import surrounding_mean
from pigtrack.model.metrics import PigmentRuler, SkinMaps
from pigtrack.model.photograph import RegisteredImage
from pigtrack.model.quantity import FloatImage

LIGHT_MM = 9.0
"""Standard deviation of the Gaussian over which light is told from skin: wider than a spot."""

_COARSER = 8
"""Pixels that are averaged each way before light is told from skin."""


def map_skin(image: RegisteredImage, ruler: PigmentRuler) -> SkinMaps:
    """Read melanin and erythema index at every pixel of a registered image.

    Notes
    -----
    The readings ``100 · w · D`` and ``100 · e · D`` with ``D = -log10(linear sRGB / light)`` go through the ruler's
    curve. The light that falls on a place is told from the wide mean of the skin around, in a direction that melanin
    and blood hardly move; so neither a brighter lamp nor a slope of the light changes a contrast. Hair is bridged.
    """
    dense = density(surrounding_mean(image.linear, image.valid.astype(np.float32), ruler.calm_radius_px))
    spacing = LIGHT_MM / ruler.light_radius_px
    hair = find_hair(dense.mean(axis=2), image.valid, mm_per_px=spacing)
    weights = np.stack([ruler.weights, ruler.erythema_weights])
    readings = opencv.transform_channels(dense, 100 * weights)
    readings -= _dimming(image, ruler)[..., None] * (100 * weights.sum(axis=1)).astype(np.float32)
    maps = apply_curve(ruler.curve, bridge_hair(readings, hair, image.valid, mm_per_px=spacing))
    return SkinMaps(np.ascontiguousarray(maps[..., 0]), np.ascontiguousarray(maps[..., 1]), image.valid)


def _dimming(image: RegisteredImage, ruler: PigmentRuler) -> FloatImage:
    """Density that weaker light adds to each pixel, 0 where the skin around is as bright as the course's usual."""
    shape = image.valid.shape
    small = (max(shape[0] // _COARSER, 1), max(shape[1] // _COARSER, 1))
    valid = np.asarray(opencv.resize_area(image.valid.astype(np.float32), small)) > 0.99
    plain = density(opencv.resize_area(image.linear, small)) - ruler.skin_density.astype(np.float32)
    dimmer = plain @ ruler.light_weights.astype(np.float32)
    mean = surrounding_mean(dimmer, valid.astype(np.float32), ruler.light_radius_px / _COARSER)
    return np.asarray(opencv.resize_linear(np.clip(mean, -0.3, 0.3), shape), dtype=np.float32)
