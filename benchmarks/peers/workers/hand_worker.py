"""The hand recipe: a person clicks the card, the red channel's melanin index is thresholded by Otsu, area by scale."""

from collections.abc import Mapping
from typing import Any

import cv2
import numpy as np
from exchange import Photograph, Reading, main
from numpy.typing import NDArray
from readout import bounding_box, decode, label_spots, read_spots, region_mask, scale_of
from skimage.filters import gaussian, threshold_otsu, threshold_triangle

WHITE, WHITE_Y = 18, 0.914
"""The white patch, and its reflectance: Y of L* 96.5 as published for the card."""


def measure(photograph: Photograph, settings: Mapping[str, Any]) -> Reading:
    """Scale and white from the clicked card, melanin index, Otsu."""
    centres = np.array(photograph["clicked"])
    if "region" not in photograph:
        return Reading(centres)
    scale = scale_of(centres, photograph["pitch_mm"])
    image = cv2.imread(photograph["path"])[..., ::-1]
    corrected = balance(image, centres, photograph["pitch_mm"] / scale)
    region = region_mask(image.shape[:2], photograph["region"], photograph["exclude"])
    labels = label_spots(outline(corrected, region, scale, settings), scale, least_mm2=settings["least_mm2"])
    return Reading(centres, scale, corrected, labels, read_spots(corrected, labels, region, scale))


def balance(image: NDArray[np.uint8], centres: NDArray[np.float64], pitch_px: float) -> NDArray[np.float32]:
    """White balance and exposure on the white patch, in linear light; encoded sRGB again."""
    x, y = np.rint(centres[WHITE]).astype(int)
    half = max(round(pitch_px * 0.2), 1)
    table = decode(np.arange(256) / 255.0)
    white = table[image[y - half : y + half + 1, x - half : x + half + 1]].mean(axis=(0, 1))
    tables = np.clip(table[:, None] * WHITE_Y / white, 0, 1)
    encoded = np.where(tables <= 0.0031308, 12.92 * tables, 1.055 * tables ** (1 / 2.4) - 0.055).astype(np.float32)
    return np.stack([encoded[image[..., k], k] for k in range(3)], axis=-1)


def outline(
    corrected: NDArray[np.float32], region: NDArray[np.bool_], mm_per_px: float, settings: Mapping[str, Any]
) -> NDArray[np.bool_]:
    """Pixels of the region with a melanin index 100·log10(1/R) above the threshold."""
    box = bounding_box(region)
    index = -100 * np.log10(np.maximum(decode(corrected[box][..., 0]), 1e-3))
    index = gaussian(index, settings["blur_mm"] / mm_per_px, preserve_range=True)
    level = {"otsu": threshold_otsu, "triangle": threshold_triangle}[settings["threshold"]](index[region[box]])
    mask = np.zeros(region.shape, dtype=bool)
    mask[box] = (index > level) & region[box]
    return mask


if __name__ == "__main__":
    main(measure)
