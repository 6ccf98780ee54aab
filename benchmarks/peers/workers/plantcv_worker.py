"""PlantCV as its documentation has it: card, colour and scale in one call, a threshold, and the size analysis."""

from collections.abc import Mapping
from typing import Any

import cv2
import numpy as np
from exchange import NoCardError, Photograph, Reading, main, prepare_once
from numpy.typing import NDArray
from plantcv import plantcv as pcv
from readout import bounding_box, read_spots, region_mask

PATCHES = np.rot90(np.arange(24).reshape(4, 6), k=3).ravel()
"""PlantCV numbers the chips row by row with the white one at the top left: these are the card's own places."""


def measure(photograph: Photograph, settings: Mapping[str, Any]) -> Reading:
    """Find, correct, outline, size."""
    pcv.params.debug, pcv.params.verbose = None, False
    pcv.outputs.clear()
    centres, corrected = prepare_once(prepare, photograph, settings)
    if corrected is None:
        return Reading(centres)
    region = region_mask(corrected.shape[:2], photograph["region"], photograph["exclude"])
    labels = outline(corrected, region, settings)
    if photograph.get("again"):  # only outlines are tried: hundreds of specks would take minutes to size
        return Reading(centres, pcv.params.px_width, corrected[..., ::-1], labels, plain_areas(labels))
    return sized(centres, corrected, region, labels)


def prepare(photograph: Photograph, settings: Mapping[str, Any]) -> tuple[Any, Any]:
    """Patch centres, and the corrected photograph where it is to be measured; the scale is set on the way."""
    image, _, _ = pcv.readimage(filename=photograph["path"], mode="rgb")
    chips = find(image, photograph, settings)
    return centres_of(chips), correct(image, chips, settings) if "region" in photograph else None


def find(image: NDArray[np.uint8], photograph: Photograph, settings: Mapping[str, Any]) -> NDArray[np.float64]:
    """The labelled mask of the chips; the scale is set on the way, from the chips' size."""
    side = photograph["pitch_mm"] * photograph["patch_width"]
    options = {key: settings[key] for key in ("block_size", "radius", "min_size") if key in settings}
    try:
        return np.asarray(pcv.transform.detect_color_card(rgb_img=image, color_chip_size=(side, side), **options))
    except RuntimeError as refusal:  # what pcv.fatal_error raises: its way of saying that there is no card
        raise NoCardError from refusal


def centres_of(chips: NDArray[np.float64]) -> NDArray[np.float64]:
    """Centre of each patch in the card's order."""
    centres = np.empty((24, 2))
    for place, patch in enumerate(PATCHES):
        rows, columns = np.nonzero(chips == 10 * (place + 1))
        centres[patch] = columns.mean(), rows.mean()
    return centres


def correct(image: NDArray[np.uint8], chips: NDArray[np.float64], settings: Mapping[str, Any]) -> NDArray[np.uint8]:
    """The whole photograph corrected: affine, as ``auto_correct_color`` does, or the cubic one of ``correct_color``."""
    _, seen = pcv.transform.get_color_matrix(rgb_img=image, mask=chips)
    wanted = pcv.transform.std_color_matrix(pos=3)
    if settings["correction"] == "affine":
        return np.asarray(pcv.transform.affine_color_correction(image, seen, wanted))
    _, matrix_m, matrix_b = pcv.transform.get_matrix_m(target_matrix=wanted, source_matrix=seen)
    _, transformation = pcv.transform.calc_transformation_matrix(matrix_m, matrix_b)
    return np.asarray(pcv.transform.apply_transformation_matrix(image, image, transformation))


def outline(corrected: NDArray[np.uint8], region: NDArray[np.bool_], settings: Mapping[str, Any]) -> NDArray[np.int32]:
    """Threshold, fill small pieces, number them."""
    box = bounding_box(region)
    grey = pcv.rgb2gray_lab(rgb_img=np.ascontiguousarray(corrected[box]), channel=settings["channel"].lower())
    mm_per_px = pcv.params.px_width
    size = odd(4 * settings["blur_mm"] / mm_per_px)
    grey = pcv.gaussian_blur(img=grey, ksize=(size, size), sigma_x=0)
    kind = "dark" if settings["channel"] == "L" else "light"
    if settings["threshold"] == "adaptive":
        size = odd(settings["block_mm"] / mm_per_px)
        offset = settings["offset"] if kind == "dark" else -settings["offset"]  # taken off the mean in either case
        found = pcv.threshold.mean(gray_img=grey, ksize=size, offset=offset, object_type=kind)
    else:
        found = getattr(pcv.threshold, settings["threshold"])(gray_img=grey, object_type=kind)
    found = np.where(region[box], found, 0).astype(np.uint8)
    if found.any():
        found = pcv.fill(bin_img=found, size=max(round(settings["least_mm2"] / mm_per_px**2), 1))
    labels = np.zeros(region.shape, dtype=np.int32)
    labels[box] = cv2.connectedComponents(found)[1]
    return labels


def plain_areas(labels: NDArray[np.int32]) -> list[dict[str, float]]:
    """Pixels of each outline, in mm²."""
    sizes = np.bincount(labels.ravel())[1:] * pcv.params.px_width**2
    return [{"label": number, "area_mm2": float(size)} for number, size in enumerate(sizes, start=1)]


def odd(size: float) -> int:
    """The odd number next to a size, at least 3."""
    return max(2 * round((size - 1) / 2) + 1, 3)


def sized(
    centres: NDArray[np.float64], corrected: NDArray[np.uint8], region: NDArray[np.bool_], labels: NDArray[np.int32]
) -> Reading:
    """Areas by ``analyze.size`` in the unit that the chips have set."""
    count = int(labels.max())
    scale = float(np.sqrt(pcv.params.px_width * pcv.params.px_height))
    rgb = corrected[..., ::-1]
    spots = read_spots(rgb, labels, region, scale)
    if count:
        pcv.analyze.size(img=corrected, labeled_mask=labels, n_labels=count, label="spot")
        for spot in spots:
            told = pcv.outputs.observations[f"spot_{spot['label']:.0f}"]["area"]
            spot["area_mm2"] = float(told["value"])
    return Reading(centres, scale, rgb, labels, spots)


if __name__ == "__main__":
    main(measure)
