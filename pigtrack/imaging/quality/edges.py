"""How sharp the card's edges are along both of its directions, and whether the camera drew halos along them."""

from dataclasses import dataclass

import numpy as np

from pigtrack.imaging import opencv
from pigtrack.imaging.geometry import apply_homography, bounding_box
from pigtrack.imaging.quality.words import Finding
from pigtrack.model.calibration import CardReading
from pigtrack.model.photograph import Photograph
from pigtrack.model.quantity import FloatArray

_INSIDE, _OUTSIDE = 0.32, 0.14
"""Pitches from the edge into the patch, and at most out of it, that a profile covers."""

_STEPS = 49
_ALONG = np.linspace(-0.22, 0.22, 9)
"""Samples of a profile across the edge, and places along it, in pitches, that are averaged."""

_FEWEST = 4
_CONTRAST = 0.12
"""Encoded contrast of patch and frame below which an edge is too faint, and how many clear ones are needed."""

_PLATEAU = 0.2
"""Pitches from the edge from which on the patch shows its own colour, clear of blur and halo."""

_MOVED = 1.5
"""One direction so many times softer than the other is motion; missed focus softens both alike."""

_PIXEL = 0.6
"""What sampling between pixels and averaging along the edge add to its blur, pixels."""

_QUARTILES = 1.349
"""From a quarter to three quarters of a Gaussian edge, in its standard deviations."""


@dataclass(frozen=True, slots=True)
class CardEdges:
    """Blur of the card's edges, deviation in upright pixels across its x and y, and the overshoot inside them.

    ``nan`` where no edge has contrast enough. The overshoot is a share of the edge's step.
    """

    across_x: float
    across_y: float
    overshoot: float


def read_edges(photograph: Photograph, reading: CardReading) -> CardEdges:
    """Read the mean profile of the patches' edges along both directions of the card."""
    across = np.linspace(-min(1 - reading.card.patch_width, _OUTSIDE), _INSIDE, _STEPS)
    profiles = [_mean_profile(photograph, reading, across, axis) for axis in (0, 1)]
    widths = [_width(across, each) * _pixels_a_pitch(reading, axis) for axis, each in enumerate(profiles)]
    halos = [float(each.max() - 1) for each in profiles if np.isfinite(each).all()]
    return CardEdges(widths[0], widths[1], float(np.mean(halos)) if halos else float("nan"))


def judge_edges(edges: CardEdges) -> dict[str, Finding]:
    """Return the halo as a check."""
    return {} if np.isnan(edges.overshoot) else {"sharpening": Finding(edges.overshoot)}


def blur_of(edges: CardEdges, edge_blur_px: float) -> float:
    """Blur in upright pixels: that of the reading, or that of its softer direction where the camera moved."""
    low, high = sorted((edges.across_x, edges.across_y))
    if not np.isfinite(high) or high < _MOVED * max(low, 0.5):
        return edge_blur_px
    return max(edge_blur_px, float(np.sqrt(max(high**2 - _PIXEL**2, 0.0))))


def blur_remedy(edges: CardEdges) -> str:
    """Tell motion from missed focus, where the card's two directions differ."""
    low, high = sorted((edges.across_x, edges.across_y))
    if np.isfinite(high) and high > _MOVED * max(low, 0.5):
        return "Camera or skin moved: rest the elbows or use a stand, and add light for a shorter exposure."
    return "Focus on the skin beside the card, from no nearer than the lens can focus, and hold still."


def _pixels_a_pitch(reading: CardReading, axis: int) -> float:
    step = np.eye(2)[axis] / 2
    middle = reading.card.middle
    ends = apply_homography(reading.homography, np.stack([middle - step, middle + step]))
    return float(np.linalg.norm(ends[1] - ends[0]))


def _mean_profile(photograph: Photograph, reading: CardReading, across: FloatArray, axis: int) -> FloatArray:
    """Median profile from frame (0) to patch (1) over the clear edges across one direction; nan where all are faint."""
    found = _sample(photograph, apply_homography(reading.homography, _places(reading, across, axis))).mean(axis=2)
    inside, outside = found[:, across > _PLATEAU].mean(axis=1), found[:, :2].mean(axis=1)
    rows, channel = np.arange(len(found)), np.argmax(np.abs(inside - outside), axis=1)
    low, high = outside[rows, channel], inside[rows, channel]
    clear = np.abs(high - low) > _CONTRAST
    if clear.sum() < _FEWEST:
        return np.full(len(across), np.nan)
    scaled = (found[rows, :, channel] - low[:, None])[clear] / (high - low)[clear, None]
    return np.asarray(np.median(scaled, axis=0))


def _places(reading: CardReading, across: FloatArray, axis: int) -> FloatArray:
    """Card coordinates of the profiles of all kept patches at both edges, shape (edges, steps, along, 2)."""
    card, kept = reading.card, np.flatnonzero(~reading.clipped)
    middles = np.stack([kept % card.columns, kept // card.columns], axis=1).astype(np.float64)
    offset = np.zeros((2, len(across), len(_ALONG), 2))
    for side, sign in enumerate((-1.0, 1.0)):
        offset[side, ..., axis] = (sign * (card.patch_width / 2 - across))[:, None]
        offset[side, ..., 1 - axis] = _ALONG
    return np.asarray((middles[:, None, None, None] + offset).reshape(-1, len(across), len(_ALONG), 2))


def _sample(photograph: Photograph, places: FloatArray) -> FloatArray:
    """Encoded 0..1 at upright x, y, linearly interpolated, shape (..., 3)."""
    rows, columns = photograph.pixels.shape[:2]
    left, top, right, bottom = bounding_box(places.reshape(-1, 2), (rows, columns))
    window = photograph.pixels[top : bottom + 1, left : right + 1]
    flat = (places - [left, top]).reshape(len(places), -1, 2).astype(np.float32)
    x, y = (np.ascontiguousarray(flat[..., k]) for k in (0, 1))
    values = opencv.remap_linear(window, x, y).reshape(*places.shape[:-1], 3)
    return np.asarray(values / np.iinfo(photograph.pixels.dtype).max)


def _width(across: FloatArray, profile: FloatArray) -> float:
    """Deviation in pitches of the Gaussian edge that climbs from a quarter to three quarters as fast."""
    if np.isnan(profile).any():
        return float("nan")
    climbing = np.maximum.accumulate(profile)
    quarter, three = (float(np.interp(level, climbing, across)) for level in (0.25, 0.75))
    return (three - quarter) / _QUARTILES
