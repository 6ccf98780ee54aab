"""The background of a field: what clear skin reads, carried under the pigment.

Levelled skin still leans a little, by what veil, vignetting and the colour fit leave. A low surface through the
blocks of clear skin takes it off, no steeper than those blocks ask for.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pigtrack.model.quantity import BoolImage, FloatArray, FloatImage, LabelImage

BLOCK_MM = 6.0
"""Side of a block of clear skin."""

UNIT_MM = 50.0
"""Length in which slope and bend are counted: from the middle of a region to that of its control."""

STEEPNESS = (0.02, 0.05, 0.1, 0.2, 0.4, 0.8)
"""Prior deviations of slope and bend, melanin index units over `UNIT_MM`, weighed by their evidence."""

BEND = 0.5
"""Prior deviation of bend against slope: light falls off more than it curves."""

FREE = 30.0
"""Prior deviation of the background itself: as good as none."""

FEWEST_CELLS = 20
"""Clear cells that make a block: 5 mm² of skin."""

QUIETEST = 0.02
"""Melanin index units below which no block's noise is believed."""


@dataclass(frozen=True, eq=False, slots=True)
class Background:
    """A background with what it leaves.

    Attributes
    ----------
    surface : ndarray, shape (rows, columns), float32
        Melanin index of clear skin at every cell.
    rest : ndarray, shape (blocks,)
        Blocks less the surface; nan where out of sight.
    steepness : float
        Prior deviation that the evidence chose (a mean).
    """

    surface: FloatImage
    rest: FloatArray
    steepness: float


def draw_blocks(clear: BoolImage, *, cell_mm: tuple[float, float]) -> LabelImage:
    """Number the squares of `BLOCK_MM` that hold enough clear cells, from 1 without gaps; 0 elsewhere."""
    rows, columns = (np.arange(n) // max(round(BLOCK_MM / mm), 1) for n, mm in zip(clear.shape, cell_mm, strict=True))
    squares = rows[:, None] * (columns[-1] + 1) + columns[None, :]
    kept = np.bincount(squares[clear], minlength=int(squares.max()) + 1) >= FEWEST_CELLS
    numbers = np.where(kept, np.cumsum(kept), 0)
    return np.asarray(np.where(clear, numbers[squares], 0), dtype=np.int32)


def places_of(blocks: LabelImage) -> FloatArray:
    """Mean row and column of each block's cells, shape (blocks, 2)."""
    rows, columns = np.nonzero(blocks)
    number = blocks[rows, columns] - 1
    count = np.bincount(number)
    return np.stack([np.bincount(number, each) / count for each in (rows, columns)], axis=1)


def block_medians(values: FloatImage, valid: BoolImage, blocks: LabelImage, count: int) -> FloatArray:
    """Median of each block's valid cells, shape (count,); nan where fewer than `FEWEST_CELLS` are valid."""
    used = valid & (blocks > 0)
    number, seen = blocks[used], values[used].astype(np.float64)
    order = np.lexsort((seen, number))
    number, seen = number[order], seen[order]
    first = np.searchsorted(number, np.arange(1, count + 2))
    size = np.diff(first)
    low, high = first[:-1] + np.maximum(size - 1, 0) // 2, first[:-1] + size // 2
    padded = np.append(seen, np.nan)
    middle = (padded[np.minimum(low, len(seen))] + padded[np.minimum(high, len(seen))]) / 2
    return np.where(size >= FEWEST_CELLS, middle, np.nan)


def fit_background(
    medians: FloatArray, places: FloatArray, shape: tuple[int, int], *, cell_mm: tuple[float, float]
) -> Background:
    """Lay a surface of second order through the blocks that are seen.

    Notes
    -----
    ``y = β·φ(x, y) + e`` with φ = 1, x, y, x², xy, y² in units of `UNIT_MM` about the frame's middle; β has a Gaussian
    prior whose deviation is averaged over `STEEPNESS` by evidence, so that even light gets no slope from noise and
    uneven light gets the one it has. Blocks far off (a mole, a shine) are drawn in to three robust deviations.
    """
    seen = np.isfinite(medians)
    basis = basis_at(places, shape, cell_mm=cell_mm)
    found, y = basis[seen], medians[seen]
    beta = np.zeros(basis.shape[1])
    steepness = STEEPNESS[0]
    for _ in range(3):
        rest = y - found @ beta if beta.any() else y - np.median(y)
        noise = max(1.4826 * float(np.median(np.abs(rest - np.median(rest)))), QUIETEST)
        drawn_in = y - rest + np.clip(rest - np.median(rest), -3 * noise, 3 * noise) + np.median(rest)
        beta, steepness = _average(found, drawn_in, noise)
    rows, columns = np.mgrid[: shape[0], : shape[1]]
    everywhere = basis_at(np.stack([rows.ravel(), columns.ravel()], axis=1), shape, cell_mm=cell_mm)
    surface = (everywhere @ beta).reshape(shape)
    return Background(surface.astype(np.float32), medians - basis @ beta, steepness)


def offset_u(
    places: FloatArray, mask: BoolImage, *, noise: float, steepness: float, cell_mm: tuple[float, float]
) -> float:
    """Standard uncertainty of the background's mean over a mask, where each block is known to ``noise``."""
    shape = (mask.shape[0], mask.shape[1])
    where = basis_at(np.argwhere(mask), shape, cell_mm=cell_mm).mean(axis=0)
    basis = basis_at(places, shape, cell_mm=cell_mm)
    precision = basis.T @ basis / noise**2 + np.diag(1 / _prior(steepness) ** 2)
    return float(np.sqrt(where @ np.linalg.solve(precision, where)))


def basis_at(
    places: NDArray[np.float64] | NDArray[np.int64], shape: tuple[int, int], *, cell_mm: tuple[float, float]
) -> FloatArray:
    """Terms of the surface at rows and columns, shape (n, 6)."""
    middle = (np.asarray(shape) - 1) / 2
    y, x = ((np.asarray(places, dtype=np.float64) - middle) * cell_mm / UNIT_MM).T
    return np.stack([np.ones_like(x), x, y, x * x, x * y, y * y], axis=1)


def _prior(steepness: float) -> FloatArray:
    return np.array([FREE, steepness, steepness, *[BEND * steepness] * 3])


def _average(basis: FloatArray, y: FloatArray, noise: float) -> tuple[FloatArray, float]:
    """Posterior means for each steepness, averaged by evidence; with the averaged steepness."""
    evidence, means = [], []
    for steepness in STEEPNESS:
        scaled = basis * _prior(steepness)
        covariance = scaled @ scaled.T + noise**2 * np.eye(len(y))
        factor = np.linalg.cholesky(covariance)
        white = np.linalg.solve(factor, y)
        evidence.append(-0.5 * white @ white - np.log(np.diag(factor)).sum())
        means.append(_prior(steepness) * (scaled.T @ np.linalg.solve(covariance, y)))
    weight = np.exp(np.array(evidence) - max(evidence))
    weight /= weight.sum()
    return weight @ np.array(means), float(np.sqrt(weight @ np.square(STEEPNESS)))
