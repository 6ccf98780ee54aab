"""Which patch of a close-up's relief is the lesion that the picture was taken of."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pigtrack.imaging import opencv
from pigtrack.imaging.closeup.view import View, edge_of, off_centre
from pigtrack.model.quantity import BoolImage, FloatImage

LEVELS = 12
"""Heights between noise and the darkest at which patches are looked at, each 1.2 to 1.4 times the one before."""

LOWEST = 2.5
"""Standard deviations of the skin at which the lowest level lies."""

SMALLEST = 0.0015
"""Share of the picture that a patch must cover: a disc of a twentieth of its width."""

NEAR = 0.5
"""Distance from the middle, in half widths of the view, at which a patch counts for 61 %: lesions are centred."""

EDGE_POWER = 4
"""A patch of whose rim a quarter lies at the end of the view counts for a third: it is a rim or a sticker, not skin."""


@dataclass(frozen=True, eq=False, slots=True)
class Candidate:
    """A patch above a level of the relief, and how much it looks like what the picture was taken of."""

    mask: BoolImage
    score: float


def find_candidate(relief: FloatImage, noise: float, view: View) -> Candidate | None:
    """Return the best patch over all levels; None where nothing stands out from the skin.

    Notes
    -----
    ``score = contrast · √area · centrality · √solidity · (1 - share of the rim at the view's end)⁴``. Contrast times
    the root of the area is how far a patch stands out from white noise. Solidity is the share of the largest disc
    inside, which is small for a vessel, a fold or a shadow.
    """
    top = float(np.quantile(relief[view.valid], 0.999))
    lowest = max(LOWEST * noise, 0.03 * top)
    edge, away = edge_of(view.valid), off_centre(view.shape)
    best: Candidate | None = None
    for level in np.geomspace(lowest, max(0.6 * top, 1.6 * lowest), LEVELS):
        labels, table = opencv.measure_components(((relief > level) & view.valid).astype(np.uint8))
        for number in np.nonzero(table[1:, 4] > SMALLEST * relief.size)[0] + 1:
            box = _box(table[number])
            patch = np.asarray(labels[box] == number)
            score = _score(relief[box], patch, edge[box], away[box], view.width_px)
            if best is None or score > best.score:
                best = Candidate(np.asarray(labels == number), score)
    return best


def share_of_pigment(relief: FloatImage, noise: float, lesion: BoolImage, view: View) -> float:
    """Share of a lesion in all that stands out in the view and does not run out of it, 0 to 1."""
    pigment = ((relief > LOWEST * noise) & view.valid) | lesion
    labels, _ = opencv.measure_components(pigment.astype(np.uint8))
    load = np.bincount(labels.ravel(), np.maximum(relief, 0).ravel())
    own = np.unique(labels[lesion])
    cut = np.setdiff1d(np.unique(labels[edge_of(view.valid)]), own)
    load[np.append(cut, 0)] = 0
    inside = float(relief[lesion].sum())
    return inside / max(inside + float(np.delete(load, np.union1d(own, [0])).sum()), 1e-9)


def _score(relief: FloatImage, patch: BoolImage, edge: BoolImage, away: FloatImage, width_px: float) -> float:
    area = float(patch.sum())
    depth = opencv.distance_inside(np.pad(patch, 1))[1:-1, 1:-1]
    rim = patch & (depth < 1.5)
    solid = min(np.pi * float(depth.max()) ** 2 / area, 1.0)
    central = np.exp(-0.5 * (float(np.median(away[patch])) / NEAR) ** 2)
    free = 1 - float((rim & edge).sum()) / max(float(rim.sum()), 1.0)
    standing_out = float(np.median(relief[patch])) * np.sqrt(area) / width_px
    return float(standing_out * central * np.sqrt(solid) * free**EDGE_POWER)


def _box(row: NDArray[np.int32]) -> tuple[slice, slice]:
    left, top, width, height = row[:4].tolist()
    return slice(top, top + height), slice(left, left + width)
