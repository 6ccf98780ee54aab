"""What the skin itself shows in one photograph: how much of it there is, its light, glints, ends of range."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pigtrack.imaging import opencv
from pigtrack.imaging.colour import decode
from pigtrack.imaging.geometry import bounding_box, card_outline
from pigtrack.imaging.quality.words import Finding, percent, side_of
from pigtrack.model.calibration import CardReading
from pigtrack.model.photograph import Photograph
from pigtrack.model.quantity import BoolImage, FloatArray

_THUMBNAIL_PIXELS = 60_000
"""Light and glare are looked at in a picture of this size: glints of a millimetre still show."""

_RIM_PITCHES, _FOOT_PITCHES = 1.3, 2.2
"""Card, rim and shadow reach so many pitches beyond the outermost patch centres, below the last row also the foot."""

_FULL, _EMPTY = 0.98, 0.008
"""Encoded values from which a channel counts as at its end: codes 250 and 2 of 255."""

_GLINT_BRIGHTER, _GLINT_PALER = 1.35, 0.75
"""A glint is so much brighter than the skin around, and has this share of its saturation at most."""

_RED_OVER_GREEN = (0.10, 1.6)
_GREEN_OVER_BLUE = (-0.12, 1.7)
"""Natural logarithms of skin's linear sRGB ratios after balancing on the card's white. The physical model gives 0.3 to
0.7 and 0.2 to 0.6 over all tones with half to twice their blood; cameras' colours stretch that by up to a half, and
lamps and carelessly balanced whites by 0.15 more."""

_NEIGHBOURHOOD = 15
"""A glint or a hair within skin is skin: thumbnail pixels over which the majority decides."""

_FEWEST = 400
"""Thumbnail pixels of skin below which there is nothing to be judged."""


@dataclass(frozen=True, eq=False, slots=True)
class SkinView:
    """A small picture of the skin.

    Attributes
    ----------
    encoded : ndarray, shape (rows, columns, 3)
        Values 0..1 as stored, of picked pixels: ends of the range show only there.
    linear : ndarray, shape (rows, columns, 3)
        Averaged over each thumbnail pixel, so that noise is no glint.
    skin : ndarray, shape (rows, columns), bool
        Inside the region, off the card and, where no region was drawn, of skin's colour or blown out.
    share : float
        Of the region (or of the photograph without the card) that has skin's colour.
    step : int
        Upright pixels from one picked pixel to the next.
    origin : tuple of int
        Upright x, y of the first.
    """

    encoded: FloatArray
    linear: FloatArray
    skin: BoolImage
    share: float
    step: int
    origin: tuple[int, int]

    @property
    def enough(self) -> bool:
        """Whether there is skin to be judged."""
        return bool(self.skin.sum() >= _FEWEST)


def view_skin(
    photograph: Photograph,
    reading: CardReading | None,
    region: FloatArray | None,
    *,
    exclude: Sequence[FloatArray] = (),
) -> SkinView:
    """Pick the skin's pixels; all that is not the card where no region was drawn."""
    rows, columns = photograph.pixels.shape[:2]
    whole = np.array([[0, 0], [columns - 1, 0], [columns - 1, rows - 1], [0, rows - 1]], dtype=np.float64)
    outline = whole if region is None else np.asarray(region, dtype=np.float64)
    left, top, right, bottom = bounding_box(outline, (rows, columns))
    if left >= right or top >= bottom:
        left, top, right, bottom = 0, 0, 1, 1  # all of it lies outside: one pixel, and that is none of the skin
    step = max(1, int(np.sqrt((right - left) * (bottom - top) / _THUMBNAIL_PIXELS)))
    window = photograph.pixels[top:bottom, left:right]
    codes = window[step // 2 :: step, step // 2 :: step]
    inside = _inside(outline, codes.shape, (left, top), step)
    if reading is not None:
        inside &= ~_inside(card_outline(reading, rim=_RIM_PITCHES, foot=_FOOT_PITCHES), codes.shape, (left, top), step)
    for outline in exclude:
        inside &= ~_inside(outline, codes.shape, (left, top), step)
    top_code = np.iinfo(codes.dtype).max
    encoded = codes / top_code
    calm = opencv.resize_area(window, (codes.shape[0], codes.shape[1])) / top_code
    linear = np.maximum(decode(calm, photograph.encoding), 1e-4)
    coloured = _like_skin(linear, reading)
    share = float((inside & _majority(coloured)).sum() / max(inside.sum(), 1))
    blown = (encoded >= _FULL).any(axis=-1)
    skin = inside if region is not None else inside & _majority(coloured | blown)
    return SkinView(encoded, linear, skin, share, step, (left, top))


def usual_skin(view: SkinView) -> tuple[float, float, float] | None:
    """Median decoded R, G, B of the skin; None where too little of it is seen."""
    if not view.enough:
        return None
    r, g, b = np.median(view.linear[view.skin], axis=0).tolist()
    return r, g, b


def judge_skin(view: SkinView) -> dict[str, Finding]:
    """Return what the skin gives, by the checks' names."""
    found = {"skin_share": Finding(view.share)}
    if not view.enough:
        return found
    ends = ((view.encoded >= _FULL) | (view.encoded <= _EMPTY)).any(axis=-1)
    found |= {"clipped_share": _clipped(view), "glare_share": Finding(_glare(view.linear, view.skin))}
    plain = view.skin & ~ends
    if plain.sum() >= _FEWEST:
        found |= {"uneven_light": _uneven(view, plain), "mixed_light": _mixed(view, plain)}
    return found


def _inside(outline: FloatArray, shape: tuple[int, ...], origin: tuple[int, int], step: int) -> BoolImage:
    return opencv.fill_polygon((shape[0], shape[1]), (outline - np.array(origin)) / step)


def _like_skin(linear: FloatArray, reading: CardReading | None) -> BoolImage:
    """Tell which pixels have skin's colour."""
    logs = np.log(linear / _white(reading))
    redder, yellower = logs[..., 0] - logs[..., 1], logs[..., 1] - logs[..., 2]
    return _between(redder, _RED_OVER_GREEN) & _between(yellower, _GREEN_OVER_BLUE)


def _majority(mask: BoolImage) -> BoolImage:
    """Tell where most of the neighbourhood belongs."""
    return np.asarray(opencv.box_mean(mask.astype(np.float32), _NEIGHBOURHOOD) > 0.5)


def _between(values: FloatArray, limits: tuple[float, float]) -> NDArray[np.bool_]:
    return (values > limits[0]) & (values < limits[1])


def _white(reading: CardReading | None) -> FloatArray:
    """Balance of the channels: the brightest grey patch that is not blown out."""
    usable = [] if reading is None else [k for k in reading.card.neutral if not reading.clipped[k]]
    if reading is None or not usable:
        return np.ones(3)
    white = reading.patches[usable[0]]
    return np.asarray(white / white.mean())


def _clipped(view: SkinView) -> Finding:
    seen = view.encoded[view.skin]
    full, empty = (seen >= _FULL).any(axis=-1).mean(), (seen <= _EMPTY).any(axis=-1).mean()
    share = float(full + empty)
    if empty > full:
        return Finding(share, f"{percent(share)} of the skin is black: raise the exposure or add light.")
    return Finding(share, f"{percent(share)} of the skin is blown out: lower the exposure, switch the flash off.")


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


def _uneven(view: SkinView, plain: BoolImage) -> Finding:
    share, towards = _change_across(np.log(view.linear.mean(axis=-1)), plain)
    how = f"The {side_of(towards)} of the skin is {percent(share)} brighter than the opposite one"
    return Finding(share, f"{how}: turn a quarter away from the window or lamp, or light from both sides.")


def _mixed(view: SkinView, plain: BoolImage) -> Finding:
    share, towards = _change_across(np.log(view.linear[..., 0] / view.linear[..., 2]), plain)
    how = f"The light is {percent(share)} redder at the {side_of(towards)}"
    return Finding(share, f"{how}: leave one kind of lamp on, shut daylight and coloured walls out.")


def _change_across(values: FloatArray, skin: BoolImage) -> tuple[float, FloatArray]:
    """Relative change over a plane laid robustly through the skin, 2nd to 98th percentile, and where it rises to."""
    y, x = np.nonzero(skin)
    thin = slice(None, None, max(1, len(x) // 8000))
    y, x = y[thin], x[thin]
    longer = max(values.shape)
    design = np.column_stack([x / longer, y / longer, np.ones(len(x))])
    weights, found = np.ones(len(x)), values[y, x]
    plane: FloatArray = np.zeros(3)
    for _ in range(6):
        plane = np.asarray(np.linalg.lstsq(design * weights[:, None], found * weights, rcond=None)[0])
        residual = np.abs(found - design @ plane)
        weights = 1 / np.maximum(residual, 1.5 * float(np.median(residual)) + 1e-6)
    low, high = np.percentile(design @ plane, [2, 98])
    return float(np.expm1(high - low)), plane[:2]
