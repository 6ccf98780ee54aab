"""Measure a field in one photograph: area above the frozen level, load, contrast and evenness."""

from collections.abc import Mapping

import numpy as np

from pigtrack.imaging.colour import srgb_to_lab
from pigtrack.imaging.field.background import block_medians, fit_background
from pigtrack.imaging.field.find import smoothed
from pigtrack.model.field import FieldCells, FieldMap, FieldReading, RegionReading
from pigtrack.model.quantity import BoolImage, FloatImage

STEP_MI = 0.25
"""The level is moved by this, up and down, to see how the area hangs on it."""


def read_field(cells: FieldCells, field: FieldMap, *, regions: Mapping[str, BoolImage] | None = None) -> FieldReading:
    """Read a field off one photograph.

    Parameters
    ----------
    regions : mapping of str to ndarray of bool, optional
        Regions of a face, in cells.

    Notes
    -----
    With ``h`` the level melanin index less the background of clear skin: *load* is the sum of ``h`` over the whole
    region, signed, so that noise makes none; *area* counts the cells whose ``h``, averaged over 0.75 mm, exceeds the
    frozen level; *contrast* is the median of ``h`` over the course's footprint (over the region, where nothing stands
    out). What the photograph does not show of
    the region is taken to be like the rest of it.
    """
    shape = (cells.valid.shape[0], cells.valid.shape[1])
    medians = block_medians(cells.melanin, cells.valid, field.blocks, len(field.places))
    background = fit_background(medians, field.places, shape, cell_mm=field.cell_mm)
    height = cells.melanin - background.surface
    smooth = smoothed(cells, field.cell_mm) - background.surface
    region, footprint = field.region & cells.valid, field.footprint & cells.valid
    clear = field.clear & cells.valid
    seen = float(region.sum() / max(field.region.sum(), 1))
    whole = field.region.sum() * field.cell_area
    pigmented = footprint if footprint.any() else region
    lab, ring_lab = _lab(cells, pigmented), _lab(cells, clear)
    control = None if field.control is None else field.control & clear
    return FieldReading(
        area=_share(smooth, region, field.level) * whole,
        area_slope=_slope(smooth, region, field.level) * whole,
        mean=float(height[region].mean(dtype=np.float64)) if region.any() else 0.0,
        contrast=_median(height, pigmented) or 0.0,
        variation=_variation(smooth, footprint, clear),
        seen=seen,
        above=region & (smooth > field.level),
        rest=background.rest,
        steepness=background.steepness,
        lab=lab,
        ring_lab=ring_lab,
        delta_ei=(_median(cells.erythema, pigmented) or 0.0) - (_median(cells.erythema, clear) or 0.0),
        clear_mi=_median(cells.melanin, clear if control is None else clear & ~control),
        clear_ei=_median(cells.erythema, clear if control is None else clear & ~control),
        control_mi=None if control is None else _median(cells.melanin, control),
        control_ei=None if control is None else _median(cells.erythema, control),
        regions=tuple(_read_region(name, mask, smooth, cells.valid, field) for name, mask in (regions or {}).items()),
    )


def _read_region(name: str, mask: BoolImage, smooth: FloatImage, valid: BoolImage, field: FieldMap) -> RegionReading:
    region = mask & valid
    above = region & (smooth > field.level)
    contrast = _median(smooth, above) or 0.0
    return RegionReading(
        name=name,
        fraction=_share(smooth, region, field.level),
        fraction_slope=_slope(smooth, region, field.level),
        contrast=contrast,
        variation=_variation(smooth, above, field.clear & valid),
    )


def _share(height: FloatImage, mask: BoolImage, level: float) -> float:
    return float((height[mask] > level).mean()) if mask.any() else 0.0


def _slope(height: FloatImage, mask: BoolImage, level: float) -> float:
    """Fall of the share where the level rises by 1."""
    low, high = _share(height, mask, level - STEP_MI), _share(height, mask, level + STEP_MI)
    return (low - high) / (2 * STEP_MI)


def _variation(height: FloatImage, mask: BoolImage, clear: BoolImage) -> float:
    """Deviation over a mask beyond that of clear skin, as a share of the median."""
    middle = _median(height, mask)
    if middle is None or middle <= 0:
        return 0.0
    own, noise = float(height[mask].std()), _deviation(height, clear)
    return float(np.sqrt(max(own**2 - noise**2, 0.0)) / middle)


def _deviation(height: FloatImage, mask: BoolImage) -> float:
    if not mask.any():
        return 0.0
    values = height[mask]
    return float(1.4826 * np.median(np.abs(values - np.median(values))))


def _median(values: FloatImage, mask: BoolImage) -> float | None:
    return float(np.median(values[mask])) if mask.any() else None


def _lab(cells: FieldCells, mask: BoolImage) -> tuple[float, float, float] | None:
    if not mask.any():
        return None
    L, a, b = np.asarray(srgb_to_lab(np.median(cells.linear[mask], axis=0).astype(np.float64)))
    return float(L), float(a), float(b)
