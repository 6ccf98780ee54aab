"""Whether one photograph, on its own, is fit to be measured: what its pixels, its card and its file tell.

Every check has a limit from which it warns and one from which it rejects. The limits are those of clinical photography
guides where these could be held by good real photographs, and follow the measurement's own tolerance elsewhere.

References
----------
Finnane et al. 2017, doi:10.1001/jamadermatol.2016.6214 (photography of skin); the tolerance to blur and tilt is worked
out in ``docs/method.md``.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from pigtrack.imaging import opencv
from pigtrack.imaging.colour import decode, xyz_to_lab
from pigtrack.imaging.geometry import apply_homography, bounding_box
from pigtrack.model.calibration import CardReading, ColourCalibration, SpatialCalibration
from pigtrack.model.flags import QualityFlag
from pigtrack.model.photograph import Photograph
from pigtrack.model.provenance import Algorithm
from pigtrack.model.quality import QualityCheck, QualityVerdict
from pigtrack.model.quantity import BoolImage, FloatArray

ALGORITHM = Algorithm("quality", 1)

_THUMBNAIL_PIXELS = 60_000
"""Light and glare are looked at in a picture of this size: glints of a millimetre still show."""

_CARD_MARGIN = 1.2
"""Card and rim reach this many pitches beyond the outermost patch centres; its shadow lies there too."""

_FULL, _EMPTY = 0.98, 0.008
"""Encoded values from which a channel counts as at its end: codes 250 and 2 of 255."""

_GLINT_BRIGHTER, _GLINT_PALER = 1.35, 0.75
"""A glint is so much brighter than the skin around, and has this share of its saturation at most."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Where a check warns and where it rejects; ``above`` tells on which side worse lies."""

    warn: float
    reject: float
    flag: QualityFlag
    above: bool = True

    def judge(self, value: float) -> QualityVerdict:
        """Return the verdict on a value."""
        sign = 1.0 if self.above else -1.0
        if sign * value > sign * self.reject:
            return QualityVerdict.REJECT
        return QualityVerdict.WARN if sign * value > sign * self.warn else QualityVerdict.PASS


LIMITS: dict[str, Limits] = {
    "card_found": Limits(0.5, 0.5, QualityFlag.NO_CARD, above=False),
    "card_patches_lost": Limits(6, 10, QualityFlag.CARD_CLIPPED),
    "calibration_loo_mean": Limits(4.0, 8.0, QualityFlag.CALIBRATION_POOR),
    "calibration_loo_max": Limits(14.0, 30.0, QualityFlag.CALIBRATION_POOR),
    "underexposure_l": Limits(14.0, 35.0, QualityFlag.EXPOSURE),
    "clipped_share": Limits(0.001, 0.05, QualityFlag.CLIPPED_SKIN),
    "glare_share": Limits(0.01, 0.06, QualityFlag.GLARE),
    "uneven_light": Limits(0.25, 0.60, QualityFlag.UNEVEN_LIGHT),
    "mixed_light": Limits(0.12, 0.40, QualityFlag.UNEVEN_LIGHT),
    "blur_mm": Limits(0.15, 0.40, QualityFlag.BLUR),
    "blur_px": Limits(2.5, 6.0, QualityFlag.BLUR),
    "px_per_mm": Limits(8.0, 3.0, QualityFlag.LOW_RESOLUTION, above=False),
    "card_tilt_deg": Limits(10.0, 25.0, QualityFlag.CARD_TILT),
    "processing_traces": Limits(0.5, np.inf, QualityFlag.PROCESSED),
}
"""Units: ``_l`` L*, shares 0..1, the two kinds of uneven light as relative change across the region.

Calibration: leave-one-patch-out means of good real photographs lie at 2 to 6 CIEDE2000 (the guide's 2 and 4 hold for a
studio only). Blur: an edge of 0.15 mm takes 1 % off a 3 mm spot, 0.4 mm about 7 %. Resolution: 8 pixels a millimetre
put 24 across a 3 mm spot, 3 put 9. Uneven light of 25 % costs 3 to 5 CIEDE2000 of absolute colour, not of contrast.
"""

_SKIN_CHECKS = frozenset({"clipped_share", "glare_share", "uneven_light", "mixed_light"})
"""Without a drawn region they also see towels and walls, so then they warn and never reject."""


def check_photograph(
    photograph: Photograph,
    reading: CardReading | None,
    calibration: ColourCalibration | None,
    scale: SpatialCalibration | None,
    *,
    region: FloatArray | None = None,
) -> tuple[QualityCheck, ...]:
    """Judge one photograph.

    Parameters
    ----------
    reading, calibration, scale : optional
        What could be made of its card; None where it has none.
    region : ndarray, shape (n, 2), optional
        Polygon of the skin that matters, x, y upright pixels; None: the whole photograph but for the card.

    Returns
    -------
    tuple of QualityCheck
        Always in the same order; a check that needs what is missing is left out.
    """
    values: dict[str, float] = {"card_found": 0.0 if reading is None else 1.0}
    if reading is not None:
        values |= _card_values(photograph, reading, scale)
    if calibration is not None and np.isfinite(calibration.loo_delta_e00).any():
        values["calibration_loo_mean"] = float(np.nanmean(calibration.loo_delta_e00))
        values["calibration_loo_max"] = float(np.nanmax(calibration.loo_delta_e00))
    values |= _skin_values(photograph, reading, region)
    values["processing_traces"] = float(len(photograph.capture.processing))
    lenient = _SKIN_CHECKS if region is None else frozenset()
    return tuple(_check(name, values[name], lenient) for name in LIMITS if name in values)


def grade(checks: Sequence[QualityCheck]) -> QualityVerdict:
    """Return the worst verdict of all; ``pass`` where nothing was checked."""
    order = (QualityVerdict.PASS, QualityVerdict.WARN, QualityVerdict.REJECT)
    return max((check.verdict for check in checks), key=order.index, default=QualityVerdict.PASS)


def flags_of(checks: Sequence[QualityCheck]) -> frozenset[QualityFlag]:
    """Return the flags of the checks that did not pass."""
    failed = (check.name for check in checks if check.verdict is not QualityVerdict.PASS)
    return frozenset(LIMITS[name].flag for name in failed if name in LIMITS)


def _check(name: str, value: float, lenient: frozenset[str]) -> QualityCheck:
    limits = LIMITS[name]
    verdict = limits.judge(value)
    if name in lenient and verdict is QualityVerdict.REJECT:
        verdict = QualityVerdict.WARN
    return QualityCheck(name, value, limits.warn, verdict, limits.flag.remedy)


def _card_values(photograph: Photograph, reading: CardReading, scale: SpatialCalibration | None) -> dict[str, float]:
    values = {"card_patches_lost": float(reading.clipped.sum()), "underexposure_l": _underexposure(reading)}
    if np.isfinite(reading.edge_blur_px):
        values["blur_px"] = reading.edge_blur_px
    if scale is not None:
        values["card_tilt_deg"] = scale.tilt_deg
    if scale is not None and scale.mm_per_px is not None:
        values["px_per_mm"] = 1 / scale.mm_per_px
        if "blur_px" in values:
            values["blur_mm"] = values.pop("blur_px") * scale.mm_per_px
    return values


def _underexposure(reading: CardReading) -> float:
    """How many L* the brightest grey that is not blown out lies below its reference, as the file shows it."""
    usable = [index for index in reading.card.neutral if not reading.clipped[index]]
    if not usable:
        return 0.0
    luminance = np.array([0.2126, 0.7152, 0.0722])
    shown = float(reading.patches[usable[0]] @ luminance)
    white = np.array([0.95047, 1.0, 1.08883])
    levels = xyz_to_lab(np.stack([white * shown, white * reading.card.xyz[usable[0], 1]]))[:, 0]
    return float(levels[1] - levels[0])


def _skin_values(photograph: Photograph, reading: CardReading | None, region: FloatArray | None) -> dict[str, float]:
    """What the skin shows: clipped and glinting pixels, and how the light changes across it."""
    encoded, skin = _skin_thumbnail(photograph, reading, region)
    if skin.sum() < 100:
        return {}
    ends = ((encoded >= _FULL) | (encoded <= _EMPTY)).any(axis=-1)
    linear = np.maximum(decode(encoded.astype(np.float64), photograph.encoding), 1e-4)
    brightness = np.log(linear.mean(axis=-1))
    warmth = np.log(linear[..., 0] / linear[..., 2])
    plain = skin & ~ends
    values = {"clipped_share": float(ends[skin].mean()), "glare_share": _glare(linear, skin)}
    if plain.sum() >= 100:
        values["uneven_light"] = float(np.expm1(_change_across(brightness, plain)))
        values["mixed_light"] = float(np.expm1(_change_across(warmth, plain)))
    return values


def _skin_thumbnail(
    photograph: Photograph, reading: CardReading | None, region: FloatArray | None
) -> tuple[Any, BoolImage]:
    """Encoded values 0..1 of the region, shrunk by picking pixels, and which of them are skin."""
    rows, columns = photograph.pixels.shape[:2]
    whole = np.array([[0, 0], [columns - 1, 0], [columns - 1, rows - 1], [0, rows - 1]], dtype=np.float64)
    outline = whole if region is None else np.asarray(region, dtype=np.float64)
    left, top, right, bottom = bounding_box(outline, (rows, columns))
    step = max(1, int(np.sqrt((right - left) * (bottom - top) / _THUMBNAIL_PIXELS)))
    codes = photograph.pixels[top:bottom:step, left:right:step]
    skin = _inside(outline, codes.shape[:2], (left, top), step)
    if reading is not None:
        skin &= ~_inside(_card_outline(reading), codes.shape[:2], (left, top), step)
    return codes / np.iinfo(codes.dtype).max, skin


def _inside(outline: FloatArray, shape: tuple[int, ...], origin: tuple[int, int], step: int) -> BoolImage:
    return opencv.fill_polygon((shape[0], shape[1]), (outline - np.array(origin)) / step)


def _card_outline(reading: CardReading) -> FloatArray:
    right, bottom = reading.card.columns - 1 + _CARD_MARGIN, reading.card.rows - 1 + _CARD_MARGIN
    corners = [[-_CARD_MARGIN, -_CARD_MARGIN], [right, -_CARD_MARGIN], [right, bottom], [-_CARD_MARGIN, bottom]]
    return apply_homography(reading.homography, np.array(corners))


def _glare(linear: FloatArray, skin: BoolImage) -> float:
    """Share of skin that is brighter and paler than the skin around it."""
    brightness = linear.mean(axis=-1).astype(np.float32)
    saturation = (1 - linear.min(axis=-1) / linear.max(axis=-1)).astype(np.float32)
    width = 2 * (min(skin.shape) // 8) + 1
    weight = np.maximum(opencv.box_mean(skin.astype(np.float32), width), 1e-3)
    around = opencv.box_mean(np.where(skin, brightness, 0).astype(np.float32), width) / weight
    paleness = opencv.box_mean(np.where(skin, saturation, 0).astype(np.float32), width) / weight
    glint = (brightness > _GLINT_BRIGHTER * around) & (saturation < _GLINT_PALER * paleness)
    return float(glint[skin].mean())


def _change_across(values: FloatArray, skin: BoolImage) -> float:
    """Change of a plane laid robustly through the skin's values, from its 2nd to its 98th percentile."""
    y, x = np.nonzero(skin)
    design = np.column_stack([x / values.shape[1], y / values.shape[0], np.ones(len(x))])
    weights, found = np.ones(len(x)), values[skin]
    for _ in range(6):
        plane = np.linalg.lstsq(design * weights[:, None], found * weights, rcond=None)[0]
        residual = np.abs(found - design @ plane)
        weights = 1 / np.maximum(residual, 1.5 * float(np.median(residual)) + 1e-6)
    low, high = np.percentile(design @ plane, [2, 98])
    return float(high - low)
