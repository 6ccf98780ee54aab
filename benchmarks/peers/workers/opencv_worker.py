"""OpenCV as its documentation has it: ``mcc`` finds the card, ``ccm`` corrects, a threshold outlines."""

from collections.abc import Mapping
from typing import Any

import cv2
import numpy as np
from exchange import NoCardError, Photograph, Reading, main, prepare_once
from numpy.typing import NDArray
from readout import bounding_box, label_spots, read_spots, region_mask, scale_of

CHANNELS = {"L": 0, "a": 1, "b": 2}


def measure(photograph: Photograph, settings: Mapping[str, Any]) -> Reading:
    """Find, correct, outline."""
    centres, corrected = prepare_once(prepare, photograph, settings)
    if corrected is None:
        return Reading(centres)
    scale = scale_of(centres, photograph["pitch_mm"])
    region = region_mask(corrected.shape[:2], photograph["region"], photograph["exclude"])
    labels = label_spots(outline(corrected, region, scale, settings), scale, least_mm2=settings["least_mm2"])
    rgb = corrected[..., ::-1]
    return Reading(centres, scale, rgb, labels, read_spots(rgb, labels, region, scale))


def prepare(photograph: Photograph, settings: Mapping[str, Any]) -> tuple[Any, Any]:
    """Patch centres, and the corrected photograph where it is to be measured."""
    image = cv2.imread(photograph["path"])
    chart = find(image)
    centres = np.array(chart.getColorCharts()).reshape(24, 4, 2).mean(axis=1)
    return centres, correct(image, chart.getChartsRGB(False), settings) if "region" in photograph else None


def find(image: NDArray[np.uint8]) -> Any:
    """The best chart; the chart type must be set, as an unset one is uninitialised memory."""
    detector = cv2.mcc.CCheckerDetector.create()
    detector.setColorChartType(cv2.mcc.MCC24)
    if not detector.process(image, 1):
        raise NoCardError
    return detector.getBestColorChecker()


def correct(image: NDArray[np.uint8], patches: NDArray[np.float64], settings: Mapping[str, Any]) -> NDArray[np.uint8]:
    """The whole photograph corrected; patches R, G, B from 0 to 255, pixels B, G, R."""
    model = cv2.ccm.ColorCorrectionModel(patches.reshape(24, 1, 3) / 255.0, cv2.ccm.COLORCHECKER_MACBETH)
    model.setColorSpace(cv2.ccm.COLOR_SPACE_SRGB)
    model.setCcmType(getattr(cv2.ccm, settings["ccm"]))
    model.setDistance(getattr(cv2.ccm, settings["distance"]))
    model.setLinearization(getattr(cv2.ccm, settings["linearization"]))
    if settings["linearization"] == "LINEARIZATION_GAMMA":
        model.setLinearizationGamma(2.2)
    else:
        model.setLinearizationDegree(3)
    model.compute()
    return np.asarray(model.correctImage(image))


def outline(
    corrected: NDArray[np.uint8], region: NDArray[np.bool_], mm_per_px: float, settings: Mapping[str, Any]
) -> NDArray[np.bool_]:
    """Pixels of the region on the darker (redder, yellower) side of a threshold."""
    box = bounding_box(region)
    channel = cv2.cvtColor(np.ascontiguousarray(corrected[box]), cv2.COLOR_BGR2Lab)[..., CHANNELS[settings["channel"]]]
    if settings["channel"] == "L":
        channel = 255 - channel
    channel = cv2.GaussianBlur(channel, (0, 0), settings["blur_mm"] / mm_per_px)
    if settings["threshold"] == "adaptive":
        size = 2 * round(settings["block_mm"] / mm_per_px / 2) + 1
        kind = cv2.ADAPTIVE_THRESH_MEAN_C
        dark = cv2.adaptiveThreshold(channel, 255, kind, cv2.THRESH_BINARY, size, -settings["offset"]) > 0
    else:
        kind = {"otsu": cv2.THRESH_OTSU, "triangle": cv2.THRESH_TRIANGLE}[settings["threshold"]]
        level, _ = cv2.threshold(channel[region[box]][:, None], 0, 255, cv2.THRESH_BINARY + kind)
        dark = channel > level
    mask = np.zeros(region.shape, dtype=bool)
    mask[box] = dark & region[box]
    return mask


if __name__ == "__main__":
    main(measure)
