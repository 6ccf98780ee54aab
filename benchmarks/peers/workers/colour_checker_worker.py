"""colour-checker-detection with colour-science as their examples have it; scikit-image outlines."""

from collections.abc import Mapping
from typing import Any

import colour
import cv2
import numpy as np
from colour_checker_detection import detect_colour_checkers_segmentation
from exchange import NoCardError, Photograph, Reading, main, prepare_once
from numpy.typing import NDArray
from readout import bounding_box, label_spots, read_spots, region_mask, scale_of
from skimage.color import rgb2lab
from skimage.filters import gaussian, threshold_local, threshold_otsu, threshold_triangle

CHANNELS = {"L": 0, "a": 1, "b": 2}


def measure(photograph: Photograph, settings: Mapping[str, Any]) -> Reading:
    """Find, correct, outline."""
    centres, corrected = prepare_once(prepare, photograph, settings)
    if corrected is None:
        return Reading(centres)
    scale = scale_of(centres, photograph["pitch_mm"])
    region = region_mask(corrected.shape[:2], photograph["region"], photograph["exclude"])
    labels = label_spots(outline(corrected, region, scale, settings), scale, least_mm2=settings["least_mm2"])
    return Reading(centres, scale, corrected, labels, read_spots(corrected, labels, region, scale))


def prepare(photograph: Photograph, settings: Mapping[str, Any]) -> tuple[Any, Any]:
    """Patch centres, and the corrected photograph where it is to be measured."""
    linear = colour.cctf_decoding(colour.read_image(photograph["path"])[..., :3])
    swatches, centres = find(linear)
    return centres, correct(linear, swatches, settings) if "region" in photograph else None


def find(linear: NDArray[np.floating[Any]]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Linear R, G, B of the 24 swatches, and their centres in the photograph."""
    found = detect_colour_checkers_segmentation(linear, additional_data=True)
    if not found:
        raise NoCardError
    return np.asarray(found[0].swatch_colours), centres_of(found[0], linear.shape[:2])


def centres_of(found: Any, shape: tuple[int, int]) -> NDArray[np.float64]:
    """Swatch centres back through the card's rectangle and the working size, in which a tall photograph lies turned."""
    rows, columns = found.colour_checker.shape[:2]
    rectangle = np.float32([[columns, 0], [columns, rows], [0, rows], [0, 0]])
    back = cv2.getPerspectiveTransform(rectangle, np.float32(found.quadrilateral))
    masks = np.asarray(found.swatch_masks, dtype=np.float64)
    middle = np.stack([masks[:, 2:].mean(axis=1), masks[:, :2].mean(axis=1)], axis=1)
    working = cv2.perspectiveTransform(middle[None], back)[0]
    if shape[1] >= shape[0]:
        return working * shape[1] / 1440
    x, y = (working * shape[0] / 1440).T
    return np.stack([y, shape[0] - 1 - x], axis=1)


def correct(
    linear: NDArray[np.floating[Any]], swatches: NDArray[np.float64], settings: Mapping[str, Any]
) -> NDArray[np.float32]:
    """The whole photograph corrected, encoded sRGB."""
    card = colour.CCS_COLOURCHECKERS[settings["reference"]]
    srgb = colour.RGB_COLOURSPACES["sRGB"]
    xyz = colour.xyY_to_XYZ(list(card.data.values()))
    reference = colour.XYZ_to_RGB(xyz, srgb, card.illuminant, apply_cctf_encoding=False)
    options = {key: settings[key] for key in ("terms", "degree") if key in settings}
    corrected = colour.colour_correction(linear, swatches, reference, method=settings["method"], **options)
    return np.asarray(np.clip(colour.cctf_encoding(np.clip(corrected, 0, None)), 0, 1), dtype=np.float32)


def outline(
    corrected: NDArray[np.float32], region: NDArray[np.bool_], mm_per_px: float, settings: Mapping[str, Any]
) -> NDArray[np.bool_]:
    """Pixels of the region on the darker (redder, yellower) side of a threshold."""
    box = bounding_box(region)
    channel = rgb2lab(corrected[box])[..., CHANNELS[settings["channel"]]]
    if settings["channel"] == "L":
        channel = 100 - channel
    channel = gaussian(channel, settings["blur_mm"] / mm_per_px, preserve_range=True)
    if settings["threshold"] == "adaptive":
        size = 2 * round(settings["block_mm"] / mm_per_px / 2) + 1
        dark = channel > threshold_local(channel, size, method="mean", offset=-settings["offset"])
    else:
        level = {"otsu": threshold_otsu, "triangle": threshold_triangle}[settings["threshold"]](channel[region[box]])
        dark = channel > level
    mask = np.zeros(region.shape, dtype=bool)
    mask[box] = dark & region[box]
    return mask


if __name__ == "__main__":
    main(measure)
