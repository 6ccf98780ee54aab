"""Photographs with outlines, numbers, a scale bar and what they show."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageDraw

from pigtrack.charts.letters import letters
from pigtrack.charts.picture import SHADOW, Colour, Picture, with_strip
from pigtrack.imaging import opencv
from pigtrack.imaging.colour import encode_srgb
from pigtrack.model.photograph import Pixels
from pigtrack.model.quantity import BoolImage, FloatArray, FloatImage, LabelImage

OUTLINE: Colour = (255, 255, 255)
REFERENCE: Colour = (86, 180, 233)
"""Sky blue of Okabe and Ito's palette: far from every skin."""

NUMBER_SHARE = 26
"""The picture's longer side in heights of a number: 14 px on a phone that is 390 px wide."""

OVERLAY_PX = 1200
"""Longer side of a picture that people look at."""

MOST_NUMBERED = 60
"""Lesions beyond which numbers would hide the skin; their table tells where each lies."""

_Box = tuple[float, float, float, float]


@dataclass(frozen=True, eq=False, slots=True)
class _Patch:
    """One lesion cut out of the labels; ``corner`` is x, y of its top left pixel."""

    label: int
    corner: tuple[int, int]
    mask: BoolImage

    def box(self, scale: float) -> _Box:
        """Left, top, right, bottom in the shrunken picture."""
        (left, top), (rows, columns) = self.corner, self.mask.shape
        return scale * left, scale * top, scale * (left + columns), scale * (top + rows)


_LEVELS = 8192
"""Steps of linear light that are told apart for the eye: a third of the darkest sRGB code."""


NOT_SKIN: Colour = (214, 217, 220)
"""Calm grey where nothing is measured: the card, and what lies outside the photograph."""

_SPECK_PX = 6
"""Invalid places no wider than twice this are glints and dust, left as they are: a person should see them."""


def display_pixels(linear: FloatImage, *, valid: BoolImage | None = None) -> Picture:
    """Encode a calibrated image (linear sRGB, shape (rows, columns, 3)) for the eye, uint8.

    Parameters
    ----------
    valid : ndarray, shape (rows, columns), bool, or None
        Wide places where it is False are painted grey: laid over the baseline, a card is bent as the skin is.
    """
    levels = np.arange(_LEVELS, dtype=np.float64) / (_LEVELS - 1)
    table = np.round(255 * encode_srgb(levels)).astype(np.uint8)
    steps = np.clip(linear * np.float32(_LEVELS - 1) + np.float32(0.5), 0, _LEVELS - 1)
    shown = np.asarray(table[steps.astype(np.uint16)])
    if valid is not None:
        shown[_wide_parts(~valid)] = NOT_SKIN
    return shown


def _wide_parts(mask: BoolImage) -> BoolImage:
    """Keep the parts of a mask that are wider than a speck."""
    around = np.pad(mask, _SPECK_PX + 1, mode="edge")
    cores = ~opencv.dilate(~around, _SPECK_PX)
    inside = slice(_SPECK_PX + 1, -_SPECK_PX - 1)
    return np.asarray(opencv.dilate(cores, _SPECK_PX)[inside, inside])


def eight_bit(pixels: Pixels) -> Picture:
    """Return stored pixels with 8 bits, rounded; pixels that have 8 bits as they are."""
    if pixels.dtype == np.uint8:
        return np.asarray(pixels, dtype=np.uint8)
    return ((pixels.astype(np.uint32) + 128) // 257).astype(np.uint8)


def draw_overlay(
    pixels: Picture,
    labels: LabelImage | None = None,
    *,
    reference: LabelImage | None = None,
    caption: str = "",
    mm_per_px: float | None = None,
    most_px: int = OVERLAY_PX,
    names: Mapping[int, str] | None = None,
) -> Picture:
    """Draw thin outlines and numbers of lesions over a picture, with a strip below for caption and scale bar.

    Parameters
    ----------
    pixels : ndarray, shape (rows, columns, 3), uint8
        R, G, B for the eye.
    labels : ndarray, shape (rows, columns), int32, or None
        Outlines of this photograph: value = lesion_id; drawn white over dark, and numbered
        unless there are more than `MOST_NUMBERED`.
    reference : ndarray, shape (rows, columns), int32, or None
        Outlines of the baseline, drawn below in blue.
    caption : str
        Session and date, say.
    mm_per_px : float or None
        Scale of ``pixels``; None: no bar.
    most_px : int
        The picture is shrunk until neither side is longer.
    names : mapping of int to str, or None
        What to write beside a lesion in place of its number.

    Returns
    -------
    ndarray, uint8
        The picture, shrunk, with the strip below.

    Raises
    ------
    ValueError
        If labels and picture differ in shape.
    """
    for each in (labels, reference):
        if each is not None and each.shape != pixels.shape[:2]:
            raise ValueError(f"labels must have shape {pixels.shape[:2]}, got {each.shape}")
    scale = min(1.0, most_px / max(pixels.shape[:2]))
    picture = shrink(pixels, scale)
    if reference is not None:
        picture = _outline(picture, _cut_out(reference), scale, REFERENCE)
    if labels is not None:
        patches = _cut_out(labels)
        picture = _outline(picture, patches, scale, OUTLINE)
        if len(patches) <= MOST_NUMBERED:
            picture = _number(picture, patches, scale, names or {})
    return with_strip(picture, caption=caption, mm_per_px=None if mm_per_px is None else mm_per_px / scale)


def shrink(pixels: Picture, scale: float) -> Picture:
    """Return a picture at ``scale`` (at most 1) of its size, averaged over areas."""
    if scale == 1.0:
        return pixels.copy()
    shape = (max(round(pixels.shape[0] * scale), 1), max(round(pixels.shape[1] * scale), 1))
    return np.asarray(opencv.resize_area(pixels, shape), dtype=np.uint8)


def _outline(picture: Picture, patches: Sequence[_Patch], scale: float, colour: Colour) -> Picture:
    outlines = [outline for patch in patches for outline in _outlines(patch, scale)]
    thickness = max(1, round(max(picture.shape[:2]) / 700))
    shadow = opencv.draw_outlines(picture, outlines, colour=SHADOW, thickness_px=thickness + 2)
    softened = (picture.astype(np.uint16) + shadow) // 2
    return opencv.draw_outlines(softened.astype(np.uint8), outlines, colour=colour, thickness_px=thickness)


def trace(labels: LabelImage, *, tolerance_px: float = 0.5) -> dict[int, list[FloatArray]]:
    """Return the outlines of each lesion by number, each (n, 2) as x, y, simplified within a tolerance."""
    return {
        patch.label: [opencv.simplify_outline(outline, tolerance_px) for outline in _outlines(patch, 1.0)]
        for patch in _cut_out(labels)
    }


def _cut_out(labels: LabelImage) -> list[_Patch]:
    rows, columns = np.nonzero(labels)
    values = labels[rows, columns]
    patches = []
    for label in np.unique(values):
        own_rows, own_columns = rows[values == label], columns[values == label]
        top, left, bottom, right = own_rows.min(), own_columns.min(), own_rows.max() + 1, own_columns.max() + 1
        mask = np.ascontiguousarray(labels[top:bottom, left:right] == label)
        patches.append(_Patch(int(label), (int(left), int(top)), mask))
    return patches


def _outlines(patch: _Patch, scale: float) -> list[FloatArray]:
    # Pixel centres lie on whole numbers, so point x of the full picture is scale·(x + ½) - ½ of the shrunken one.
    return [scale * (outline + patch.corner + 0.5) - 0.5 for outline in opencv.outlines_of(patch.mask)]


def _number(picture: Picture, patches: Sequence[_Patch], scale: float, names: Mapping[int, str]) -> Picture:
    """Write each number where it hides neither a lesion nor another number, if there is such a place beside it."""
    image = Image.fromarray(picture)
    draw = ImageDraw.Draw(image)
    font = letters(max(13, round(max(picture.shape[:2]) / NUMBER_SHARE)))
    taken = [patch.box(scale) for patch in patches]
    for patch in patches:
        text = names.get(patch.label, str(patch.label))
        place = _place(patch.box(scale), draw.textbbox((0, 0), text, font=font, stroke_width=2), taken, image.size)
        taken.append(place)
        draw.text(place[:2], text, font=font, fill=OUTLINE, stroke_width=2, stroke_fill=SHADOW)
    return np.asarray(image, dtype=np.uint8)


def _place(box: _Box, text: tuple[float, float, float, float], taken: Sequence[_Box], size: tuple[int, int]) -> _Box:
    left, top, right, bottom = box
    width, height, gap = text[2], text[3], 4.0
    across, down = (left + right - width) / 2, (top + bottom - height) / 2
    corners = [
        (right + gap, down), (across, top - gap - height), (left - gap - width, down), (across, bottom + gap),
        (right + gap, top - gap - height), (right + gap, bottom + gap),
        (left - gap - width, top - gap - height), (left - gap - width, bottom + gap),
    ]  # fmt: skip
    places = [(x, y, x + width, y + height) for x, y in corners]
    inside = [each for each in places if min(each[:2]) >= 0 and each[2] <= size[0] and each[3] <= size[1]]
    return min(inside or places, key=lambda place: sum(_overlap(place, each) for each in taken))


def _overlap(first: _Box, second: _Box) -> float:
    width = min(first[2], second[2]) - max(first[0], second[0])
    height = min(first[3], second[3]) - max(first[1], second[1])
    return max(width, 0.0) * max(height, 0.0)
