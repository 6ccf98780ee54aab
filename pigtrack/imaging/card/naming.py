"""Which sites of a lattice are which patches of the card: told by their colours, over every place and turn."""

from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from pigtrack.imaging.card.lattice import Lattice
from pigtrack.imaging.card.tiles import Codes, Tiles
from pigtrack.imaging.colour import XYZ_TO_SRGB, encode_srgb
from pigtrack.imaging.geometry import apply_homography, fit_homography
from pigtrack.model.calibration import Card
from pigtrack.model.quantity import BoolImage, FloatArray

_Entry = TypeVar("_Entry", np.float64, np.intp)

_AROUND = 0.16
"""Colours are read at nine points so far apart, in pitches: within the smallest patch."""

_LEAST_SEEN = 8
"""Sites with a tile that a place must hold to be considered."""

_SEEN_ONLY = 12
"""Where so many tiles are seen, colours of them alone may decide: the others may be under a finger."""

_SEEN_ONLY_COST = 0.04
_ASTRAY = 0.12
"""Tiles farther from the lattice, in pitches, are not used for placing it."""


@dataclass(frozen=True, eq=False, slots=True)
class Proposal:
    """A card that may lie somewhere.

    Attributes
    ----------
    centres : ndarray, shape (patches, 2)
        x, y of the patches in the card's order.
    likeness : float
        Correlation of the colours with the card's, mean over channels; -1 where no place was worth comparing.
    seen : int
        Most tiles in any window of the card's shape.
    """

    centres: FloatArray
    likeness: float
    seen: int


@dataclass(frozen=True, eq=False, slots=True)
class _Sites:
    """Encoded colours at all sites about a lattice, shape (rows, columns, 3); which are in the picture, and seen."""

    colours: FloatArray
    inside: BoolImage
    seen: BoolImage
    low: NDArray[np.intp]


def name_sites(codes: Codes, tiles: Tiles, lattice: Lattice, card: Card) -> Proposal:
    """Find the place and turn at which the lattice's colours are most like the card's."""
    sites = _read_sites(codes, lattice, max(card.columns, card.rows) - 1)
    target = encode_srgb(card.xyz @ XYZ_TO_SRGB.T).reshape(card.rows, card.columns, 3)
    numbers = np.arange(card.rows * card.columns).reshape(card.rows, card.columns)
    best, most = Proposal(np.zeros((0, 2)), -1.0, 0), 0
    for quarter in range(4):
        for flipped in (False, True):
            likeness, seen = _compare(sites, _turned(target, quarter, flipped))
            if likeness.size == 0:
                continue
            most = max(most, int(seen.max()))
            if likeness.max() <= best.likeness:
                continue
            row, column = np.unravel_index(int(np.argmax(likeness)), likeness.shape)
            corner, order = sites.low + np.array([column, row]), _turned(numbers, quarter, flipped)
            places = _places(tiles, lattice, corner, order)
            best = Proposal(places, float(likeness.max()), int(seen[row, column]))
    return replace(best, seen=most)


def _turned(grid: NDArray[_Entry], quarter: int, flipped: bool) -> NDArray[_Entry]:
    turned = np.rot90(grid, quarter, axes=(0, 1))
    return turned[:, ::-1] if flipped else turned


def _read_sites(codes: Codes, lattice: Lattice, beyond: int) -> _Sites:
    """Read the colours of the lattice and of ``beyond`` sites around it."""
    low, high = np.array([-beyond, -beyond]), lattice.sites.max(axis=0) + beyond
    columns, rows = (np.arange(low[k], high[k] + 1) for k in (0, 1))
    grid = np.stack(np.meshgrid(columns, rows), axis=-1)
    step = np.stack(np.meshgrid(*[[-_AROUND, 0, _AROUND]] * 2), axis=-1).reshape(9, 2)
    where = grid[..., None, :] + step
    before = where @ lattice.homography[2, :2] + lattice.homography[2, 2] > 0.1
    where = apply_homography(lattice.homography, np.where(before[..., None], where, 0.0))
    size = np.array([codes.shape[1], codes.shape[0]])
    inside = ((where >= -0.5) & (where < size - 0.5)).all(axis=(-1, -2)) & before.all(axis=-1)
    spots = np.clip(np.rint(where), 0, size - 1).astype(np.intp)
    colours = codes[spots[..., 1], spots[..., 0]].mean(axis=-2) / 255
    seen = np.zeros(inside.shape, dtype=bool)
    seen[lattice.sites[:, 1] - low[1], lattice.sites[:, 0] - low[0]] = True
    return _Sites(colours, inside, seen & inside, low)


def _compare(sites: _Sites, target: FloatArray) -> tuple[FloatArray, NDArray[np.intp]]:
    """Likeness at every place of a window of the target's shape, and the number of tiles seen in it."""
    shape = target.shape[:2]
    if sites.inside.shape[0] < shape[0] or sites.inside.shape[1] < shape[1]:
        return np.zeros((0, 0)), np.zeros((0, 0), dtype=np.intp)
    colours = sliding_window_view(sites.colours, shape, axis=(0, 1))
    seen, inside = (sliding_window_view(mask, shape) for mask in (sites.seen, sites.inside))
    found = np.moveaxis(colours, 2, -1).reshape(*colours.shape[:2], -1, 3)
    count = seen.sum(axis=(2, 3))
    flat_seen, flat_inside = (mask.reshape(*count.shape, -1).astype(np.float64) for mask in (seen, inside))
    whole = _correlation(found, target.reshape(-1, 3), flat_inside)
    whole = np.where(flat_inside.sum(axis=-1) >= 0.6 * target.shape[0] * target.shape[1], whole, -1)
    alone = _correlation(found, target.reshape(-1, 3), flat_seen) - _SEEN_ONLY_COST
    likeness = np.maximum(whole, np.where(count >= _SEEN_ONLY, alone, -1))
    most = max(_LEAST_SEEN, int(0.7 * count.max()))
    return np.where(count >= most, likeness, -1), count


def _correlation(found: FloatArray, target: FloatArray, weight: FloatArray) -> FloatArray:
    """Weighted correlation over sites, mean over channels: (..., sites, 3) with (sites, 3)."""
    total = np.maximum(weight.sum(axis=-1), 1)[..., None]
    share = (weight / total)[..., None]
    first = found - np.sum(found * share, axis=-2, keepdims=True)
    second = target - np.sum(target * share, axis=-2, keepdims=True)
    both = np.sum(first * second * share, axis=-2)
    size = np.sum(first**2 * share, axis=-2) * np.sum(second**2 * share, axis=-2)
    return np.asarray(np.mean(both / np.sqrt(np.maximum(size, 1e-9)), axis=-1))


def _places(tiles: Tiles, lattice: Lattice, corner: NDArray[np.intp], order: NDArray[np.intp]) -> FloatArray:
    """Place the patches by the tiles of their own window; ``order`` holds the patch at each of its sites."""
    rows, columns = order.shape
    beyond = corner + np.array([columns, rows])
    within = np.asarray(((lattice.sites >= corner) & (lattice.sites < beyond)).all(axis=1))
    homography = _refitted(lattice, tiles, within)
    grid = np.stack(np.meshgrid(np.arange(columns), np.arange(rows)), axis=-1) + corner
    places = apply_homography(homography, grid.reshape(-1, 2).astype(np.float64))
    return np.asarray(places[np.argsort(order.ravel())])


def _refitted(lattice: Lattice, tiles: Tiles, within: BoolImage) -> FloatArray:
    sites, places = lattice.sites[within].astype(np.float64), tiles.centres[lattice.tiles[within]]
    off = np.linalg.norm(places - apply_homography(lattice.homography, sites), axis=1)
    pitch = float(np.median(tiles.sides[lattice.tiles[within]])) / 0.8
    good = off < _ASTRAY * pitch
    spans = good.sum() >= 8 and np.ptp(sites[good], axis=0).min() >= 2
    return fit_homography(sites[good], places[good]) if spans else lattice.homography
