"""How well a field's numbers are known, and the numbers as the stages after it take them: one lesion, number 1."""

from collections.abc import Sequence

import numpy as np

from pigtrack.imaging import opencv
from pigtrack.imaging.colour import delta_e_2000, ita
from pigtrack.imaging.field.background import QUIETEST, offset_u
from pigtrack.model.field import FieldMap, FieldReading
from pigtrack.model.flags import QualityFlag
from pigtrack.model.metrics import PhotographMeasurement, SkinReading, SpotMeasurement
from pigtrack.model.quantity import FloatArray, Measured, Unit

LESION_ID = 1
"""A field is one lesion: its rows and its label."""

SCALE_ERROR = 0.02
"""Relative error of a photograph's melanin index, which moves all heights against the frozen level alike."""

TAN_SHARE = 0.025
BLUSH_SHARE = 0.015
"""Of every height, for each melanin index unit by which all skin has darkened, and each erythema index unit by which
the region has reddened against its control: what unchanged phantom fields scatter more under a tan and a blush."""

PRESENT = 3.0
"""Standard uncertainties that the contrast must stand out by."""

SHOWN, WHOLE = 0.5, 0.98
"""Share of the region that must be in sight for a number, and below which the row says that some is not."""

COLOUR_NOISE = 0.15
"""Standard uncertainty of L*, a* and b* of a median over square centimetres against another's in one photograph."""


def block_noise(rest: FloatArray, baseline: FloatArray | None) -> float:
    """How well one photograph tells the background of a block of clear skin.

    Parameters
    ----------
    rest, baseline : ndarray, shape (blocks,)
        What the backgrounds of this photograph and the baseline's leave. The skin's own unevenness is the same in
        both, so their difference shows light, colour fit and pixels; None: this is the only photograph.
    """
    difference = rest if baseline is None else (rest - baseline) / np.sqrt(2)
    known = difference[np.isfinite(difference)]
    if known.size < 3:
        return 1.0
    return max(float(1.4826 * np.median(np.abs(known - np.median(known)))), QUIETEST)


def weigh_readings(readings: Sequence[FieldReading], *, baseline: int) -> tuple[float, ...]:
    """Return the block noise of every photograph; the baseline's own is the middle one of the others'."""
    first = readings[baseline].rest
    found = {k: block_noise(each.rest, first) for k, each in enumerate(readings) if k != baseline}
    own = float(np.median(list(found.values()))) if found else block_noise(first, None)
    return tuple(found.get(k, own) for k in range(len(readings)))


def to_measurement(
    reading: FieldReading,
    field: FieldMap,
    *,
    baseline: FieldReading,
    noise: float,
    frame_shape: tuple[int, int],
    mm_per_px: float | None,
) -> PhotographMeasurement:
    """Give a reading its uncertainties.

    Parameters
    ----------
    baseline : FieldReading
        Of the baseline's photograph. The background that the skin's own unevenness hides is off alike in both, which
        goes out of the change of a field that stays; of one that has lost a share, that share of it is left.
    noise : float
        From `block_noise`.
    mm_per_px : float or None
        Of the frame; None: areas and loads come in pixels².
    """
    known = mm_per_px is not None
    per_mm2 = 1.0 if known else _pixels_per_mm2(field, frame_shape)
    if reading.seen < SHOWN or reading.lab is None or reading.ring_lab is None:
        return PhotographMeasurement((_unseen(field, frame_shape),), _skin(reading, noise, field), _no_outline())
    covered = field.footprint if field.footprint.any() else field.region
    uneven, moved = block_noise(baseline.rest, None), _moved(reading, baseline)
    u_region, u_contrast = (
        float(np.hypot(_offset(reading, field, mask, noise), lost * _offset(reading, field, mask, uneven)))
        for mask, lost in (
            (field.region, _lost(reading.mean, baseline.mean)),
            (covered, _lost(reading.contrast, baseline.contrast)),
        )
    )
    whole = float(field.region.sum()) * field.cell_area * per_mm2
    u_load, u_height = np.hypot(u_region, moved * reading.mean), np.hypot(u_contrast, moved * reading.contrast)
    area_u = abs(reading.area_slope) * np.hypot(u_contrast, np.hypot(SCALE_ERROR, moved) * field.level) * per_mm2
    area_unit, load_unit = (
        (Unit.SQUARE_MILLIMETRE, Unit.PIGMENT_LOAD) if known else (Unit.SQUARE_PIXEL, Unit.PIGMENT_LOAD_PIXEL)
    )
    area = Measured(reading.area * per_mm2, float(area_u), area_unit)
    lab, ring_lab = np.array(reading.lab), np.array(reading.ring_lab)
    present = bool(field.footprint.any()) and reading.area > 0 and reading.contrast > PRESENT * u_contrast
    spot = SpotMeasurement(
        lesion_id=LESION_ID,
        present=present,
        parts=1 if present else 0,
        centroid=_middle(field, frame_shape),
        area=area,
        area_frozen=area,
        diameter=None,
        lab=reading.lab,
        ring_lab=reading.ring_lab,
        delta_mi=Measured(reading.contrast, float(u_height), Unit.MELANIN_INDEX),
        delta_e00=Measured(float(delta_e_2000(lab, ring_lab)), COLOUR_NOISE, Unit.DELTA_E_2000),
        delta_l=float(ring_lab[0] - lab[0]),
        delta_ita=float(ita(ring_lab) - ita(lab)),
        delta_ei=reading.delta_ei,
        load=Measured(reading.mean * whole, float(u_load) * whole, load_unit),
        edge_width=None,
        flags=frozenset({QualityFlag.AT_EDGE} if reading.seen < WHOLE else ()),
    )
    return PhotographMeasurement((spot,), _skin(reading, noise, field), _no_outline())


def draw_outline(
    reading: FieldReading, frame_shape: tuple[int, int]
) -> np.ndarray[tuple[int, ...], np.dtype[np.int32]]:
    """Draw the skin above the level as a label image on the frame."""
    above = opencv.resize_linear(reading.above.astype(np.float32), frame_shape) > 0.5
    return np.asarray(np.where(above, LESION_ID, 0), dtype=np.int32)


def _offset(
    reading: FieldReading, field: FieldMap, mask: np.ndarray[tuple[int, ...], np.dtype[np.bool_]], noise: float
) -> float:
    seen = np.isfinite(reading.rest)
    return offset_u(field.places[seen], mask, noise=noise, steepness=reading.steepness, cell_mm=field.cell_mm)


def _moved(reading: FieldReading, baseline: FieldReading) -> float:
    """Relative uncertainty of all heights that a tan or a blush since the baseline brings."""
    darker = _shift(reading.control_mi, baseline.control_mi) or _shift(reading.clear_mi, baseline.clear_mi)
    redder = _shift(reading.clear_ei, baseline.clear_ei) - _shift(reading.control_ei, baseline.control_ei)
    return float(np.hypot(TAN_SHARE * darker, BLUSH_SHARE * redder))


def _shift(now: float | None, before: float | None) -> float:
    return 0.0 if now is None or before is None else now - before


def _lost(now: float, before: float) -> float:
    """Share by which a field has changed, at most 1."""
    return 1.0 if before <= 0 else min(abs(1 - now / before), 1.0)


def _unseen(field: FieldMap, frame_shape: tuple[int, int]) -> SpotMeasurement:
    nothing = (None,) * 12
    flags = frozenset({QualityFlag.NOT_VISIBLE})
    return SpotMeasurement(LESION_ID, False, 0, _middle(field, frame_shape), *nothing, flags=flags)


def _no_outline() -> np.ndarray[tuple[int, ...], np.dtype[np.int32]]:
    return np.zeros((0, 0), np.int32)


def _skin(reading: FieldReading, noise: float, field: FieldMap) -> SkinReading:
    """Clear skin of the region against the control's; a region that has none stands as its control does."""
    few = float(noise / np.sqrt(max(np.isfinite(reading.rest).sum() / 2, 1)))
    own_mi = reading.clear_mi if reading.clear_mi is not None else reading.control_mi
    own_ei = reading.clear_ei if reading.clear_ei is not None else reading.control_ei
    return SkinReading(
        region_mi=own_mi or 0.0,
        region_ei=own_ei or 0.0,
        region_lab=reading.ring_lab or (0.0, 0.0, 0.0),
        region_u=few,
        control_mi=reading.control_mi,
        control_ei=reading.control_ei,
        control_u=None if reading.control_mi is None else few,
    )


def _middle(field: FieldMap, frame_shape: tuple[int, int]) -> tuple[float, float]:
    """Centroid of the footprint in frame pixels: fixed, so that the scale of its place is the same in all sessions."""
    covered = field.footprint if field.footprint.any() else field.region
    rows, columns = np.nonzero(covered) if covered.any() else np.nonzero(np.ones_like(covered))
    down, across = (n / cells for n, cells in zip(frame_shape, covered.shape, strict=True))
    return float((columns.mean() + 0.5) * across - 0.5), float((rows.mean() + 0.5) * down - 0.5)


def _pixels_per_mm2(field: FieldMap, frame_shape: tuple[int, int]) -> float:
    """Frame pixels in an (assumed) square millimetre."""
    cells = field.region.shape
    return float(frame_shape[0] * frame_shape[1] / (cells[0] * cells[1]) / field.cell_area)
