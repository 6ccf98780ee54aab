"""Fix what a field's course is measured by: its clear skin, its level, the skin that the field covers."""

from collections.abc import Sequence

import numpy as np

from pigtrack.imaging import opencv
from pigtrack.imaging.field.background import block_medians, draw_blocks, fit_background, places_of
from pigtrack.imaging.field.cells import cells_of
from pigtrack.imaging.surround import surrounding_mean
from pigtrack.model.field import FieldCells, FieldMap
from pigtrack.model.quantity import BoolImage, FloatArray, FloatImage

SMOOTH_MM = 0.75
"""Standard deviation over which pigment is averaged before it is held against the level: the field's own grain."""

LEVEL_MADS = 4.0
"""The level, in robust standard deviations of clear skin above the background: clear skin hardly ever reaches it."""

LEAST_LEVEL = 1.0
"""Melanin index units that the level is at the least: about one CIEDE2000, which an eye just sees."""

FADE_MM = 5.0
"""Skin this near to cells above the level may still bear the field's last shade, and is not called clear."""

LIGHTEST = 0.05
"""Share of the skin that is taken for unpigmented to start with where no control was drawn."""

ROUNDS = 3


def find_field(
    cells: Sequence[FieldCells],
    *,
    baseline: int,
    frame_shape: tuple[int, int],
    mm_per_px: float,
    region: BoolImage | None = None,
    control: BoolImage | None = None,
    exclude: BoolImage | None = None,
) -> FieldMap:
    """Fix level, clear skin and footprint on the photographs of a course.

    Parameters
    ----------
    cells : sequence of FieldCells
        Of all photographs, on one frame.
    baseline : int
        Index of the photograph whose clear skin sets the level.
    region, control, exclude : ndarray of bool, optional
        On the frame. Without a region all skin but the control is one; without a control the lightest skin of the
        region is taken for unpigmented, which weakens every verdict: that skin was treated too.

    Notes
    -----
    *Level*: ``max(LEVEL_MADS · 1.4826 · MAD, LEAST_LEVEL)`` above the background, MAD over clear skin of the baseline
    after smoothing over `SMOOTH_MM`. *Clear skin*: the control and all surroundings farther than `FADE_MM` from any
    cell that stands above the level in any photograph. *Footprint*: the region's cells that do stand above.
    Mean, not baseline, as a footprint cut from one photograph's noise would fade by itself in all others.
    """
    shape = (cells[0].valid.shape[0], cells[0].valid.shape[1])
    usable = np.ones(shape, bool) if exclude is None else ~opencv.dilate(cells_of(exclude, shape), 2)
    own_control = None if control is None else cells_of(control, shape) & usable
    whole = np.ones(shape, bool) if region is None else cells_of(region, shape)
    treated = whole & usable if own_control is None else whole & usable & ~own_control
    cell_mm = (frame_shape[0] / shape[0] * mm_per_px, frame_shape[1] / shape[1] * mm_per_px)
    smooth = [smoothed(each, cell_mm) for each in cells]
    shown = np.sum([each.valid for each in cells], axis=0)
    drawn = whole if own_control is None else whole | own_control
    seen = usable & drawn & (shown > 0)
    clear = _first_guess(smooth, seen, treated, own_control)
    level, noise, mean = 0.0, 0.0, np.zeros(shape, np.float32)
    for _ in range(ROUNDS):
        heights = [_height(one, each.valid & clear, cell_mm) for one, each in zip(smooth, cells, strict=True)]
        noise = _robust_deviation(heights[baseline][cells[baseline].valid & clear])
        level = max(LEVEL_MADS * noise, LEAST_LEVEL)
        total = np.sum([np.where(each.valid, one, 0) for one, each in zip(heights, cells, strict=True)], axis=0)
        mean = (total / np.maximum(shown, 1)).astype(np.float32)
        highest = np.max([np.where(each.valid, one, -np.inf) for one, each in zip(heights, cells, strict=True)], axis=0)
        clear = _clear(highest, mean, seen, own_control, level, cell_mm)
    blocks = draw_blocks(clear, cell_mm=cell_mm)
    return FieldMap(
        region=treated,
        control=own_control,
        clear=clear,
        footprint=treated & seen & (mean > level),
        level=level,
        noise=noise,
        cell_mm=cell_mm,
        places=places_of(blocks),
        blocks=blocks,
    )


def smoothed(cells: FieldCells, cell_mm: tuple[float, float]) -> FloatImage:
    """Melanin index averaged over `SMOOTH_MM`."""
    return surrounding_mean(cells.melanin, cells.valid.astype(np.float32), SMOOTH_MM / cell_mm[0])


def _height(smooth: FloatImage, clear: BoolImage, cell_mm: tuple[float, float]) -> FloatImage:
    """What stands above a background through some clear skin."""
    shape = (clear.shape[0], clear.shape[1])
    blocks = draw_blocks(clear, cell_mm=cell_mm)
    count = int(blocks.max())
    if count == 0:
        return np.asarray(smooth - (np.median(smooth[clear]) if clear.any() else 0), dtype=np.float32)
    medians = block_medians(smooth, clear, blocks, count)
    return np.asarray(smooth - fit_background(medians, places_of(blocks), shape, cell_mm=cell_mm).surface)


def _clear(
    highest: FloatArray,
    mean: FloatImage,
    seen: BoolImage,
    control: BoolImage | None,
    level: float,
    cell_mm: tuple[float, float],
) -> BoolImage:
    """Skin far from the field as it is in any photograph: a baseline's fading rim must not lift its background."""
    pigmented = opencv.dilate(opencv.erode(seen & (highest > level), 1), 1)
    near = opencv.dilate(pigmented | (seen & (mean > level)), round(FADE_MM / cell_mm[0]))
    clear = seen & ~near & (mean > -level)
    return clear if clear.any() or control is None else control & seen


def _first_guess(
    smooth: Sequence[FloatImage], seen: BoolImage, treated: BoolImage, control: BoolImage | None
) -> BoolImage:
    """The control; without one the lightest part of the skin, by the mean over the photographs."""
    if control is not None and (control & seen).any():
        return control & seen
    skin = seen & treated
    mean = np.mean(smooth, axis=0)
    return np.asarray(skin & (mean <= np.quantile(mean[skin], LIGHTEST)))


def _robust_deviation(values: FloatImage) -> float:
    if values.size == 0:
        return 0.0
    return float(1.4826 * np.median(np.abs(values - np.median(values))))
