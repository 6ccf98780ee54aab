"""Tiles that stand in rows and columns: grids grown from a few neighbours outwards."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import binary_propagation
from scipy.spatial import cKDTree

from pigtrack.imaging.card.tiles import Tiles
from pigtrack.imaging.geometry import apply_homography
from pigtrack.model.quantity import BoolImage, FloatArray

_NEIGHBOURS = 12
_NEAREST, _FARTHEST = 1.0, 2.0
"""Distance of neighbours in sides of a tile: patches fill 0.7 to 1.0 of the pitch, and their edges are eaten into."""

_LIKE_SIZED = 1.6
_OPPOSITE = 0.22
"""How far two neighbours may be from lying opposite each other, in pitches."""

_SQUARENESS = 0.75
"""Least sine of the angle between the two directions of a grid, 49 degrees."""

_ON_SITE = (0.24, 0.24, 0.24, 0.2, 0.17, 0.17)
"""How far a tile may be from its predicted place, in pitches; after each round less."""

_COMPARED = 9
"""Nearest tiles, itself among them, whose colours are compared."""

_MOST_LIKELY = 3000
_MOST_SEEDS = 150
"""Places from which a grid is grown: it bounds the work in a picture full of texture."""

_MOTLEY = 0.06
"""Difference of encoded colours, of 1, that most neighbours on a card have: its patches are all unlike."""

_LEAST_TILES = 8
_REACHES = (1, 2, 3, 5)
"""Sites either way that a grid may hold after each round; it is refitted in between."""

_FULL_REACH = 7
"""In the last two rounds; more for cards of more rows or columns."""


@dataclass(frozen=True, eq=False, slots=True)
class Lattice:
    """A grid of tiles.

    Attributes
    ----------
    homography : ndarray, shape (3, 3)
        Sites (column, row; whole numbers) to pixels.
    sites : ndarray, shape (n, 2), int
        Where tiles were found, 0, 0 at the lowest column and row.
    tiles : ndarray, shape (n,), int
        Their numbers.
    """

    homography: FloatArray
    sites: NDArray[np.intp]
    tiles: NDArray[np.intp]


def find_lattices(tiles: Tiles, *, least: int = _LEAST_TILES, longest: int = _FULL_REACH) -> Iterator[Lattice]:
    """Yield grids of at least ``least`` tiles, ``longest`` the most rows or columns; no tile belongs to two grids."""
    reach = max(longest, _FULL_REACH)
    if len(tiles.centres) < least:
        return
    tree = cKDTree(tiles.centres)
    used = np.zeros(len(tiles.centres), dtype=bool)
    for seed, across, down in _seeds(tiles, tree):
        if used[seed]:
            continue
        lattice = _grow(tiles, tree, seed, (across, down), (*_REACHES, reach, reach))
        if lattice is not None and len(lattice.sites) >= least and not used[lattice.tiles].any():
            used[lattice.tiles] = True
            yield lattice


def _seeds(tiles: Tiles, tree: cKDTree) -> Iterator[tuple[int, FloatArray, FloatArray]]:
    """Tiles between two opposite neighbours, with a third across: the best placed first."""
    away, who = tree.query(tiles.centres, k=min(_NEIGHBOURS + 1, len(tiles.centres)))
    like = _alike(tiles, away, who)
    likely = np.flatnonzero(like.sum(axis=1) >= 3)
    motley = _motley(tiles, who[likely], like[likely])
    likely = likely[np.argsort(-motley, kind="stable")[: min(_MOST_LIKELY, int((motley > _MOTLEY).sum()))]]
    vectors = tiles.centres[who[likely]] - tiles.centres[likely, None]
    opposite = np.hypot(*np.moveaxis(vectors[:, :, None] + vectors[:, None, :], -1, 0))
    pairs = (opposite < _OPPOSITE * away[likely, :, None]) & like[likely, :, None] & like[likely, None, :]
    rank = pairs.sum(axis=(1, 2))
    for place in np.argsort(-rank, kind="stable")[:_MOST_SEEDS]:
        if rank[place] == 0:
            return
        seed = likely[place]
        basis = _basis(vectors[place], away[seed], like[seed], pairs[place])
        if basis is not None:
            yield int(seed), basis[0], basis[1]


def _alike(tiles: Tiles, away: FloatArray, who: NDArray[np.intp]) -> BoolImage:
    """Which neighbours are of like size and as far away as the next patch of a card."""
    size, other = tiles.sides[:, None], tiles.sides[who]
    like = np.maximum(other, size) < _LIKE_SIZED * np.minimum(other, size)
    return np.asarray(like & (away > _NEAREST * size) & (away < _FARTHEST * size))


def _motley(tiles: Tiles, who: NDArray[np.intp], like: BoolImage) -> FloatArray:
    """Lower quartile of the differences in colour among a tile and its like neighbours: 0 in cloth of two colours."""
    among = like[:, :_COMPARED].copy()
    among[:, 0] = True
    colours = np.where(among[..., None], tiles.colours[who[:, :_COMPARED]], np.nan).astype(np.float32)
    first, second = np.triu_indices(among.shape[1], 1)
    steps = colours[:, first] - colours[:, second]
    away = np.sort(np.einsum("npc,npc->np", steps, steps), axis=1)  # nan last
    count = np.isfinite(away).sum(axis=1)
    quartile = np.take_along_axis(away, np.minimum(count // 4, away.shape[1] - 1)[:, None], axis=1)[:, 0]
    return np.where(count > 0, np.sqrt(np.nan_to_num(quartile)), 0.0)


def _basis(
    vectors: FloatArray, away: FloatArray, like: BoolImage, pairs: BoolImage
) -> tuple[FloatArray, FloatArray] | None:
    """Take the shortest direction that has an opposite, and the neighbour most squarely across it."""
    first, second = np.nonzero(pairs)
    best = int(np.argmin(away[first] + away[second]))
    across = (vectors[first[best]] - vectors[second[best]]) / 2
    length = np.linalg.norm(across)
    sine = (across[0] * vectors[:, 1] - across[1] * vectors[:, 0]) / np.maximum(length * away, 1e-9)
    ratio = away / length
    good = like & (np.abs(sine) > _SQUARENESS) & (ratio > 0.6) & (ratio < 1.65)
    if not good.any():
        return None
    chosen = int(np.argmax(np.where(good, np.abs(sine) - 0.5 * np.abs(ratio - 1), -1)))
    return across, np.asarray(vectors[chosen] * np.sign(sine[chosen]))


def _grow(
    tiles: Tiles, tree: cKDTree, seed: int, basis: tuple[FloatArray, FloatArray], reaches: tuple[int, ...]
) -> Lattice | None:
    """Predict sites, take the tiles that lie on them, fit again, reach farther."""
    origin = tiles.centres[seed]
    homography = np.column_stack([*(np.append(side, 0) for side in basis), np.append(origin, 1)])
    sites = members = np.zeros(0, dtype=np.intp)
    for step, reach in enumerate(reaches):
        sites, members = _occupied(tiles, tree, homography, reach, _ON_SITE[step])
        if len(sites) < min(5 + step, 8):
            return None
        fitted = _fit(sites.astype(np.float64), tiles.centres[members])
        if fitted is None:
            return None
        homography = fitted
    return _from_corner(homography, sites, members)


def _occupied(
    tiles: Tiles, tree: cKDTree, homography: FloatArray, reach: int, on_site: float
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Sites within reach on which a tile of like size lies, connected to the origin, and those tiles."""
    steps = np.arange(-reach, reach + 1)
    sites = np.stack(np.meshgrid(steps, steps), axis=-1).reshape(-1, 2)
    depth = sites @ homography[2, :2] + homography[2, 2]
    places = apply_homography(homography, sites[depth > 0.2 * homography[2, 2]].astype(np.float64))
    sites = sites[depth > 0.2 * homography[2, 2]]
    pitch = _pitch(homography, places, sites)
    away, who = tree.query(places, k=4, distance_upper_bound=float(pitch.max()) * on_site)
    inside = np.isfinite(away) & (away < on_site * pitch[:, None])
    sides = np.append(tiles.sides, np.nan)[who]
    ratio = sides / pitch[:, None]
    inside &= (ratio > 0.38) & (ratio < 1.05)
    best = np.argmin(np.where(inside, away, np.inf), axis=1)
    good = inside.any(axis=1)
    sites, members = sites[good], who[np.arange(len(who)), best][good]
    joined = _joined(sites, reach)
    return sites[joined], members[joined]


def _joined(sites: NDArray[np.intp], reach: int) -> BoolImage:
    """Which sites hang together with the origin, over gaps of one: another grid beside this one does not."""
    occupied = np.zeros((2 * reach + 1, 2 * reach + 1), dtype=bool)
    occupied[sites[:, 1] + reach, sites[:, 0] + reach] = True
    origin = np.zeros_like(occupied)
    origin[reach, reach] = True
    reached = binary_propagation(origin, structure=np.ones((3, 3), dtype=bool), mask=occupied | _single_gaps(occupied))
    return np.asarray(reached[sites[:, 1] + reach, sites[:, 0] + reach])


def _single_gaps(occupied: BoolImage) -> BoolImage:
    """Empty sites between two occupied ones, along a row or a column."""
    gaps = np.zeros_like(occupied)
    gaps[:, 1:-1] = occupied[:, :-2] & occupied[:, 2:]
    gaps[1:-1] |= occupied[:-2] & occupied[2:]
    return gaps


def _pitch(homography: FloatArray, places: FloatArray, sites: NDArray[np.intp]) -> FloatArray:
    """Pixels a site at each place, the mean over both directions."""
    beside = apply_homography(homography, sites + np.array([0.5, 0.0]))
    below = apply_homography(homography, sites + np.array([0.0, 0.5]))
    return np.asarray(np.linalg.norm(beside - places, axis=1) + np.linalg.norm(below - places, axis=1))


def _fit(sites: FloatArray, places: FloatArray) -> FloatArray | None:
    """Fit an affine map to few sites, a homography to ten and more that span both ways; quick, for growing only."""
    if np.ptp(sites, axis=0).min() < 1:
        return None
    size = float(np.ptp(places, axis=0).max())
    middle = places.mean(axis=0)
    target = (places - middle) / size
    basis = np.column_stack([sites, np.ones(len(sites))])
    back = np.array([[size, 0, middle[0]], [0, size, middle[1]], [0, 0, 1]])
    if len(sites) < 10 or np.ptp(sites, axis=0).min() < 2:
        return np.asarray(back @ np.vstack([np.linalg.lstsq(basis, target, rcond=None)[0].T, [0, 0, 1]]))
    zero = np.zeros_like(basis)
    along_x = np.hstack([basis, zero, -target[:, :1] * sites])
    along_y = np.hstack([zero, basis, -target[:, 1:] * sites])
    entries = np.linalg.lstsq(np.vstack([along_x, along_y]), target.T.ravel(), rcond=None)[0]
    return np.asarray(back @ np.append(entries, 1.0).reshape(3, 3))


def _from_corner(homography: FloatArray, sites: NDArray[np.intp], members: NDArray[np.intp]) -> Lattice:
    low = sites.min(axis=0)
    move = np.array([[1, 0, low[0]], [0, 1, low[1]], [0, 0, 1]], dtype=np.float64)
    moved = homography @ move
    return Lattice(moved / moved[2, 2], sites - low, members)
