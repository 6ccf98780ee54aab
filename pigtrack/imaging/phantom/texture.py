"""The look of bare skin: mottled pigment and blood, furrows, pores and vessels on a grid of 0.05 mm."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from pigtrack.imaging import opencv
from pigtrack.imaging.phantom.layout import FIELD_MM, MARGIN_MM
from pigtrack.model.quantity import BoolImage, FloatImage

STEP_MM = 0.05


@dataclass(frozen=True, eq=False, slots=True)
class SkinTexture:
    """What belongs to the skin and moves with it, on a grid of `STEP_MM` that starts at minus the margin.

    Attributes
    ----------
    melanin, blood : ndarray, shape (rows, columns), float32
        Relative deviation from the tone's own melanin and blood.
    grain : ndarray
        Mean 0 and deviation 1: how pigment clumps within a lesion.
    height : ndarray
        Relief in millimetres.
    hollow : ndarray
        Height above the skin within about 1.5 mm around, which decides how much of the room's light gets there.
    """

    melanin: FloatImage
    blood: FloatImage
    grain: FloatImage
    height: FloatImage
    hollow: FloatImage


@lru_cache(maxsize=1)
def grow_texture(seed: int) -> SkinTexture:
    """Grow the skin of one seed; kept, as every photograph of a course shows the same."""
    rng = np.random.default_rng([seed, 0x5C1])
    pores = _pores(rng)
    melanin = 0.006 * _cloud(rng, 9.0) + 0.005 * _cloud(rng, 2.5) + 0.025 * _cloud(rng, 0.35)
    blood = 0.045 * _cloud(rng, 8.0) + 0.04 * _cloud(rng, 2.2) + 0.07 * _cloud(rng, 0.5)
    blood += 0.55 * _vessels(rng) + 0.12 * pores
    grain = 0.8 * _cloud(rng, 0.30) + 0.6 * _cloud(rng, 0.9)
    height = _relief(rng, pores)
    return SkinTexture(melanin, blood, grain, height, height - _surroundings(height))


def _shape() -> tuple[int, int]:
    width, height = (round((side + 2 * MARGIN_MM) / STEP_MM) + 1 for side in FIELD_MM)
    return height, width


def _cloud(rng: np.random.Generator, size_mm: float) -> FloatImage:
    """Smooth noise of mean 0 and deviation 1 with structures of about ``size_mm``."""
    step = max(STEP_MM, size_mm / 4)
    shape = tuple(int(np.ceil(n * STEP_MM / step)) + 2 for n in _shape())
    noise = opencv.blur(rng.standard_normal(shape, dtype=np.float32), 0.5 * size_mm / step)
    noise = (noise - noise.mean()) / noise.std()
    if step == STEP_MM:
        return np.asarray(noise[: _shape()[0], : _shape()[1]])
    return _enlarged(noise, step)


def _enlarged(coarse: FloatImage, step: float) -> FloatImage:
    rows, columns = _shape()
    across, down = np.meshgrid(
        np.arange(columns, dtype=np.float32) * np.float32(STEP_MM / step),
        np.arange(rows, dtype=np.float32) * np.float32(STEP_MM / step),
    )
    large: FloatImage = opencv.remap_cubic(coarse, across, down)
    return large


def _scattered(rng: np.random.Generator, spacing_mm: float, stretch: float) -> tuple[np.ndarray, np.ndarray]:
    """Rows and columns of grid points strewn evenly but not regularly; ``stretch`` pulls them apart along x."""
    rows, columns = _shape()
    step_y, step_x = spacing_mm / STEP_MM, spacing_mm * stretch / STEP_MM
    y, x = np.mgrid[0 : rows / step_y, 0 : columns / step_x]
    x = x + 0.5 * (np.arange(y.shape[0])[:, None] % 2)
    y = (y + rng.uniform(0.1, 0.9, y.shape)) * step_y
    x = (x + rng.uniform(0.1, 0.9, x.shape)) * step_x
    inside = (y < rows - 1) & (x < columns - 1)
    return y[inside].astype(int), x[inside].astype(int)


def _furrows(rng: np.random.Generator, spacing_mm: float, stretch: float, width_mm: float) -> FloatImage:
    """Depth 0..1 of a network of lines around cells of about ``spacing_mm``."""
    seeds = np.zeros(_shape(), bool)
    seeds[_scattered(rng, spacing_mm, stretch)] = True
    cells = opencv.label_nearest(seeds)
    lines = np.zeros(_shape(), bool)
    lines[:, 1:] |= cells[:, 1:] != cells[:, :-1]
    lines[1:] |= cells[1:] != cells[:-1]
    away = opencv.distance_inside(~lines) * np.float32(STEP_MM / width_mm)
    return np.asarray(np.exp(-(away**2)), dtype=np.float32)


def _pores(rng: np.random.Generator) -> FloatImage:
    """Depth 0..1 of pores, about 2 mm apart and 0.2 mm wide."""
    places = _scattered(rng, 1.7, 1.1)
    depth = np.zeros(_shape(), np.float32)
    depth[places] = rng.uniform(0.2, 1.0, len(places[0])).astype(np.float32)
    return np.asarray(opencv.blur(depth, 0.09 / STEP_MM) * np.float32(2 * np.pi * (0.09 / STEP_MM) ** 2))


def _vessels(rng: np.random.Generator) -> FloatImage:
    """Faint winding vessels, 0..1: each a walk whose heading drifts."""
    lines = []
    for _ in range(36):
        steps = int(rng.integers(40, 160))
        heading = rng.uniform(0, 2 * np.pi) + np.cumsum(rng.normal(0, 0.22, steps))
        path = rng.uniform(0, 1, 2) * np.array(_shape()[::-1])
        lines.append(path + np.cumsum(np.stack([np.cos(heading), np.sin(heading)], axis=1) * 3.0, axis=0))
    thin: BoolImage = opencv.draw_lines(_shape(), lines, thickness_px=2)
    patchy = np.clip(0.5 + 0.5 * _cloud(rng, 6.0), 0, 1)
    return np.asarray(opencv.blur(thin.astype(np.float32), 0.11 / STEP_MM) * patchy)


def _surroundings(height: FloatImage) -> FloatImage:
    """Height averaged over about 1.5 mm around."""
    rows, columns = height.shape
    small: FloatImage = opencv.resize_area(height, (rows // 5, columns // 5))
    around: FloatImage = opencv.resize_linear(opencv.blur(small, 0.6 / (5 * STEP_MM)), (rows, columns))
    return around


def _relief(rng: np.random.Generator, pores: FloatImage) -> FloatImage:
    """Relief in millimetres: fine and coarse furrows, pores, and a slow swell."""
    patchy = np.clip(0.7 + 0.3 * _cloud(rng, 5.0), 0.15, 1.3)
    fine = _furrows(rng, 0.42, 1.25, 0.07) * patchy
    coarse = _furrows(rng, 1.25, 1.5, 0.12)
    grain = _cloud(rng, 0.2)
    height = -0.017 * fine - 0.022 * coarse - 0.045 * pores + 0.0035 * grain + 0.008 * _cloud(rng, 3.0)
    return np.asarray(opencv.blur(height, 0.8), dtype=np.float32)
