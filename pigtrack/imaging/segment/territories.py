"""Who owns which skin: separable cores, their territories, and each one's widest extent."""

import numpy as np
from skimage.measure import label, regionprops
from skimage.morphology import reconstruction
from skimage.segmentation import watershed

from pigtrack.imaging import opencv
from pigtrack.imaging.segment.evidence import SPACING_MM, Evidence, Relief, robust_spread
from pigtrack.imaging.surround import surrounding_mean
from pigtrack.model.quantity import BoolImage, FloatArray, FloatImage, LabelImage

SMOOTHING_MM = 0.25
"""Standard deviation of the Gaussian before outlining: calms noise, and keeps a 1 mm spot."""

CLUSTER_HEIGHT = 3.0
"""Robust standard deviations above which pigment is looked at together with the certain spot that it touches."""

SADDLE = 0.65
"""Two peaks are two spots where the ridge between them sinks below this share of the lower one."""

SADDLE_NOISE = 4.0
"""... and by this many standard deviations, so that noise does not cut a spot in two."""

LEAST_HEIGHT = 4.0
"""Standard deviations that a spot must have to be outlined in a photograph."""


def find_footprints(evidence: Evidence) -> LabelImage:
    """Outline every spot at half of its own height, at its widest over all photographs.

    Returns
    -------
    ndarray, shape (rows, columns), int32
        One label a spot, in no particular order, 0 elsewhere; at the evidence's own spacing.
    """
    smooth = [_smoothed(relief) for relief in evidence.reliefs]
    spreads = [robust_spread(s[r.valid]) for s, r in zip(smooth, evidence.reliefs, strict=True)]
    widest = np.asarray(np.max(smooth, axis=0), dtype=np.float32)
    clusters = _clusters(widest, evidence.strength)
    spots = np.zeros(widest.shape, np.int32)
    for cluster in regionprops(clusters):
        strength = evidence.strength[cluster.slice]
        heights = [height[cluster.slice] for height in smooth]
        found = _owning_spots(heights, cluster.image, strength, spreads)
        spots[cluster.slice][found > 0] = found[found > 0] + spots.max()
    level = np.zeros(widest.shape, np.float32)
    owners = np.asarray(watershed(level, spots, mask=clusters > 0), dtype=np.int32)
    return _extents(owners, smooth, spreads)


def _smoothed(relief: Relief) -> FloatImage:
    smooth = surrounding_mean(relief.height, relief.valid.astype(np.float32), SMOOTHING_MM / SPACING_MM)
    return np.where(relief.valid, smooth, np.float32(0))


def _clusters(widest: FloatImage, strength: FloatImage) -> LabelImage:
    """Connected pigment that holds a certain spot, numbered from 1."""
    level = float(np.median(widest)) + CLUSTER_HEIGHT * robust_spread(widest)
    pigment = opencv.label_components((widest > level) | (strength > 1))
    certain = np.unique(pigment[strength > 1])
    return np.asarray(label(np.isin(pigment, certain[certain > 0])), dtype=np.int32)


def _owning_spots(
    heights: list[FloatImage], inside: BoolImage, strength: FloatImage, spreads: list[float]
) -> LabelImage:
    """Spots that own a cluster: those of the first photograph, and what later ones show beside them.

    Where a spot of the first photograph comes apart later, its parts stay its own; where two of its spots grow
    together, they stay two, each with all the skin that it had at first and with what is nearer to it than to the
    other. A broad faint spot without any clear peak is one. ``heights`` holds the mean first, then the photographs
    in order.
    """
    first = _cores(heights[1], inside, strength, spreads[1])
    spots = _extents(np.asarray(watershed(-heights[1], first, mask=inside), np.int32), heights[1:2], spreads[1:2])
    owners = np.where(spots > 0, spots, first)
    for height, spread in zip([heights[0], *heights[2:]], [spreads[0], *spreads[2:]], strict=True):
        later = _cores(height, inside, strength, spread)
        fresh = _fresh(later, spots, height, inside, spread)
        owners = np.where(fresh > 0, fresh + owners.max(), owners)
        spots = np.maximum(spots, fresh)
    if not owners.any():
        owners = (strength == strength[inside].max()) & inside
    return np.asarray(owners, dtype=np.int32)


def _fresh(later: LabelImage, spots: LabelImage, height: FloatImage, inside: BoolImage, spread: float) -> LabelImage:
    """Extents of those peaks that stand apart from every known spot, down to half of their height."""
    owners = np.asarray(watershed(-height, later, mask=inside), np.int32)
    extents = _extents(owners, [height], [spread])
    while True:
        near = np.unique(extents[opencv.dilate(spots > 0, 1)])
        known = np.isin(extents, near[near > 0])
        if not known.any():
            return np.asarray(label(extents > 0, connectivity=1) if extents.any() else extents, dtype=np.int32)
        spots = np.maximum(spots, np.where(known, extents, 0))
        extents = np.where(known, 0, extents)


def _cores(height: FloatImage, inside: BoolImage, strength: FloatImage, spread: float) -> LabelImage:
    """Separable peaks of one cluster in one photograph, numbered from 1.

    A peak survives the reconstruction of ``SADDLE · height`` only where no higher ground is reached without going
    below that share of it.
    """
    height = np.where(inside, np.maximum(height, 0), 0).astype(np.float64)
    lowered = np.minimum(SADDLE * height, height - SADDLE_NOISE * spread).clip(min=0)
    rebuilt = reconstruction(lowered, height)
    tops = (rebuilt <= lowered + 1e-9) & (strength > 1) & (height > LEAST_HEIGHT * spread)
    return np.asarray(label(tops & inside, connectivity=2), dtype=np.int32)


def _extents(owners: LabelImage, smooth: list[FloatImage], spreads: list[float]) -> LabelImage:
    """Where each spot stands above half of its own height in any photograph."""
    widest = np.zeros(owners.shape, np.int32)
    for spot in regionprops(owners):
        part = widest[spot.slice]
        for height, spread in zip(smooth, spreads, strict=True):
            own = height[spot.slice]
            level = _half_level(own[spot.image])
            if level > LEAST_HEIGHT / 2 * spread:
                part[_largest(spot.image & (own >= level))] = spot.label
    return widest


def _half_level(heights: FloatArray | FloatImage) -> float:
    """Half of the median height of what lies above half; 0 where nothing stands above the background."""
    top = float(np.percentile(heights, 95))
    if top <= 0:
        return 0.0
    return 0.5 * float(np.median(heights[heights >= 0.5 * top]))


def _largest(mask: BoolImage) -> BoolImage:
    labels = opencv.label_components(mask)
    sizes = np.bincount(labels.ravel())
    sizes[0] = 0
    return np.asarray((labels == sizes.argmax()) & mask)
