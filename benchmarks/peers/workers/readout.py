"""What every peer's corrected photograph and outlines are read by: the same few lines for all of them.

The peers have no reading of a spot against its surround; their users write it. Here it is written once, exactly, so
that a difference between peers is theirs.
"""

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

RING_MM = (1.0, 3.0)
"""The surround of a spot: skin so far from its outline, other spots left out; as the phantom's truth has it."""

Image = NDArray[Any]
Labels = NDArray[np.int32]

_TO_XYZ = np.array(
    [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]]
)
_WHITE = np.array([0.95047, 1.0, 1.08883])
"""Linear sRGB to XYZ, and its white (D65): IEC 61966-2-1."""


def decode(encoded: NDArray[np.float64]) -> NDArray[np.float64]:
    """Encoded sRGB from 0 to 1 → linear light."""
    return np.where(encoded <= 0.04045, encoded / 12.92, ((np.maximum(encoded, 0) + 0.055) / 1.055) ** 2.4)


def lab_of(encoded: NDArray[np.float64]) -> NDArray[np.float64]:
    """Encoded sRGB from 0 to 1 → CIELAB, D65."""
    t = decode(encoded) @ _TO_XYZ.T / _WHITE
    f = np.where(t > (6 / 29) ** 3, np.cbrt(t), t / (3 * (6 / 29) ** 2) + 4 / 29)
    return np.stack([116 * f[..., 1] - 16, 500 * (f[..., 0] - f[..., 1]), 200 * (f[..., 1] - f[..., 2])], axis=-1)


def colour_within(image: Image, mask: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Median of each channel, from 0 to 1."""
    full = 255.0 if image.dtype == np.uint8 else 1.0
    return np.median(image[mask], axis=0).astype(np.float64) / full


def lab_of_places(image: Image, places: NDArray[np.uint16]) -> dict[str, list[float]]:
    """CIELAB of each numbered place of a photograph, by the medians of its channels."""
    numbers = np.unique(places[places > 0])
    return {str(number): lab_of(colour_within(image, places == number)).tolist() for number in numbers}


def label_spots(mask: NDArray[np.bool_], mm_per_px: float, *, least_mm2: float) -> Labels:
    """Number the connected pieces of a mask that are large enough."""
    count, labels, stats, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8), connectivity=8)
    kept = stats[:, cv2.CC_STAT_AREA] * mm_per_px**2 >= least_mm2
    kept[0] = False
    numbers = np.zeros(count, dtype=np.int32)
    numbers[kept] = np.arange(1, int(kept.sum()) + 1)
    return numbers[labels]


def read_spots(image: Image, labels: Labels, region: NDArray[np.bool_], mm_per_px: float) -> list[dict[str, float]]:
    """Area, and contrast against the ring of skin around it, of every outline."""
    return [_spot(image, labels, region, mm_per_px, number) for number in range(1, int(labels.max()) + 1)]


def _spot(image: Image, labels: Labels, region: NDArray[np.bool_], mm_per_px: float, number: int) -> dict[str, float]:
    window = _window(labels == number, round(RING_MM[1] / mm_per_px) + 2)
    own = labels[window] == number
    away = cv2.distanceTransform((~own).view(np.uint8), cv2.DIST_L2, 5) * mm_per_px
    ring = (away > RING_MM[0]) & (away <= RING_MM[1]) & (labels[window] == 0) & region[window]
    spot = {"label": number, "area_mm2": float(own.sum()) * mm_per_px**2}
    if ring.any():
        inside, outside = (colour_within(image[window], mask) for mask in (own, ring))
        spot["delta_mi"] = float(100 * np.log10(max(decode(outside)[0], 1e-4) / max(decode(inside)[0], 1e-4)))
        spot["lab"], spot["ring_lab"] = lab_of(inside).tolist(), lab_of(outside).tolist()
    return spot


def _window(mask: NDArray[np.bool_], margin: int) -> tuple[slice, slice]:
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    return (
        slice(max(int(rows[0]) - margin, 0), int(rows[-1]) + margin + 1),
        slice(max(int(columns[0]) - margin, 0), int(columns[-1]) + margin + 1),
    )


def region_mask(shape: tuple[int, int], region: Any, exclude: Any) -> NDArray[np.bool_]:
    """The drawn region without what is excluded."""
    mask = np.zeros(shape, dtype=np.uint8)
    cv2.fillPoly(mask, [np.rint(np.array(region)).astype(np.int32)], 1)
    for polygon in exclude:
        cv2.fillPoly(mask, [np.rint(np.array(polygon)).astype(np.int32)], 0)
    return mask.astype(bool)


def bounding_box(mask: NDArray[np.bool_]) -> tuple[slice, slice]:
    """The smallest window that holds a mask."""
    return _window(mask, 0)


def scale_of(centres: NDArray[np.float64], pitch_mm: float) -> float:
    """Millimetres a pixel from the patch centres: the mean over both directions of the grid."""
    grid = np.asarray(centres).reshape(4, 6, 2)
    steps = [*np.diff(grid, axis=0).reshape(-1, 2), *np.diff(grid, axis=1).reshape(-1, 2)]
    return float(pitch_mm / np.mean(np.hypot(*np.array(steps).T)))
