"""The skin around one lesion: its cut-out, its ring, and the level that the ring lays under it."""

from dataclasses import dataclass

import numpy as np

from pigtrack.imaging import opencv
from pigtrack.imaging.colour import srgb_image_to_lab
from pigtrack.imaging.measure.noise import RING_MM
from pigtrack.model.metrics import SkinMaps, SpotMap
from pigtrack.model.photograph import RegisteredImage
from pigtrack.model.quantity import BoolImage, FloatArray, FloatImage

WIDER_MM = 6.0
"""Outer edge of the ring where neighbours leave too little of the usual one."""

LEAST_RING_MM2 = 3.0
"""Skin that a level needs: a tenth of the ring of a 3 mm spot."""


@dataclass(frozen=True, eq=False, slots=True)
class Cutout:
    """A lesion and its surroundings. Pictures share one shape; ``corner`` is x, y of its first pixel in the frame.

    Attributes
    ----------
    height : ndarray, float32
        Melanin index above the ring's level.
    melanin, erythema : ndarray, float32
    lab : ndarray, shape (..., 3), float32
    territory, footprint, ring, valid : ndarray of bool
    """

    corner: tuple[int, int]
    height: FloatImage
    melanin: FloatImage
    erythema: FloatImage
    lab: FloatImage
    territory: BoolImage
    footprint: BoolImage
    ring: BoolImage
    valid: BoolImage


def cut_out(
    image: RegisteredImage, maps: SkinMaps, spots: SpotMap, lesion_id: int, box: tuple[slice, slice], mm_per_px: float
) -> Cutout | None:
    """Cut a lesion out with its ring; None where too little of either is to be seen."""
    area = _widened(box, spots.territories.shape, WIDER_MM / mm_per_px)
    territory, footprint = spots.territories[area] == lesion_id, spots.footprints[area] == lesion_id
    valid = maps.valid[area]
    ring = _ring(footprint, spots.skin[area] & valid & (spots.territories[area] == 0), mm_per_px)
    if ring is None or (footprint & valid).sum() < 0.7 * footprint.sum():
        return None
    melanin = maps.melanin[area]
    return Cutout(
        corner=(area[1].start, area[0].start),
        height=melanin - _level(melanin, ring),
        melanin=melanin,
        erythema=maps.erythema[area],
        lab=srgb_image_to_lab(image.linear[area]),
        territory=territory,
        footprint=footprint,
        ring=ring,
        valid=valid,
    )


def _widened(box: tuple[slice, slice], shape: tuple[int, ...], reach_px: float) -> tuple[slice, slice]:
    reach = round(reach_px) + 1
    rows, columns = (
        slice(max(side.start - reach, 0), min(side.stop + reach, n)) for side, n in zip(box, shape, strict=True)
    )
    return rows, columns


def _ring(footprint: BoolImage, skin: BoolImage, mm_per_px: float) -> BoolImage | None:
    away_mm = opencv.distance_inside(~footprint) * np.float32(mm_per_px)
    for outer in (RING_MM[1], WIDER_MM):
        ring = skin & (away_mm >= RING_MM[0]) & (away_mm <= outer)
        if ring.sum() * mm_per_px**2 >= LEAST_RING_MM2:
            return np.asarray(ring)
    return None


def _level(melanin: FloatImage, ring: BoolImage) -> FloatImage:
    """Plane through the ring, robust, at the height of its median: shading and slow mottling run under the spot."""
    y, x = np.nonzero(ring)
    values = melanin[ring].astype(np.float64)
    centre, scale = np.array([x.mean(), y.mean()]), max(float(np.hypot(x.std(), y.std())), 1.0)
    design = np.stack([np.ones(len(x)), (x - centre[0]) / scale, (y - centre[1]) / scale], axis=1)
    keep = np.ones(len(x), bool)
    plane = np.zeros(3)
    for _ in range(3):
        plane = np.linalg.lstsq(design[keep], values[keep], rcond=None)[0]
        rest = values - design @ plane
        spread = 1.4826 * float(np.median(np.abs(rest - np.median(rest))))
        keep = np.abs(rest - np.median(rest)) <= 2.5 * max(spread, 1e-6)
    plane[0] += float(np.median(rest))
    return _drawn(plane, centre, scale, ring.shape)


def _drawn(plane: FloatArray, centre: FloatArray, scale: float, shape: tuple[int, ...]) -> FloatImage:
    columns = plane[1] * (np.arange(shape[1]) - centre[0]) / scale
    rows = plane[2] * (np.arange(shape[0]) - centre[1]) / scale
    return np.asarray(plane[0] + rows[:, None] + columns[None, :], dtype=np.float32)
