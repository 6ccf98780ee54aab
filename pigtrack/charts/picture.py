"""Pixels as files, and the strip below a picture that says what it shows and how large."""

from io import BytesIO
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from pigtrack.charts.letters import letters

Picture = NDArray[np.uint8]
Colour = tuple[int, int, int]
SHADOW: Colour = (20, 20, 20)

BAR_LENGTHS_MM = (1, 2, 5, 10, 20, 50, 100)


def picture_bytes(pixels: NDArray[np.uint8], kind: Literal["jpeg", "png"] = "jpeg", *, quality: int = 85) -> bytes:
    """Write 8-bit R, G, B pixels as JPEG or PNG, without any metadata."""
    if kind not in ("jpeg", "png"):
        raise ValueError(f"kind must be 'jpeg' or 'png', got {kind!r}")
    target = BytesIO()
    image = Image.fromarray(pixels)
    if kind == "jpeg":
        image.save(target, kind, quality=quality, subsampling=0)
    else:
        image.save(target, kind)
    return target.getvalue()


def with_strip(picture: Picture, *, caption: str = "", mm_per_px: float | None = None) -> Picture:
    """Add a white strip below a picture with a caption and a scale bar; nothing where there is neither.

    Parameters
    ----------
    picture : ndarray, shape (rows, columns, 3), uint8
    mm_per_px : float or None
        Millimetres of skin on a pixel of this picture; None: no bar.
    """
    if not caption and mm_per_px is None:
        return picture
    width = picture.shape[1]
    height = max(28, round(width / 18))
    strip = Image.new("RGB", (width, height), "white")
    draw = ImageDraw.Draw(strip)
    font = _font_for(draw, caption, height, width * (0.97 if mm_per_px is None else 0.6))
    draw.text((height * 0.3, height / 2), caption, font=font, fill=SHADOW, anchor="lm")
    if mm_per_px is not None:
        _draw_bar(draw, letters(max(13, round(height * 0.58))), width, height, mm_per_px)
    return np.concatenate([picture, np.asarray(strip, dtype=np.uint8)])


def _font_for(draw: ImageDraw.ImageDraw, caption: str, height: int, room: float) -> ImageFont.FreeTypeFont:
    """Return letters that let the caption end before the scale bar."""
    size = max(13, round(height * 0.58))
    needed = draw.textlength(caption, font=letters(size))
    return letters(max(11, min(size, int(size * room / max(needed, 1.0)))))


def _draw_bar(draw: ImageDraw.ImageDraw, font: ImageFont.FreeTypeFont, width: int, height: int, mm: float) -> None:
    length = max((each for each in BAR_LENGTHS_MM if each / mm <= width / 4), default=BAR_LENGTHS_MM[0])
    right, middle = width - height * 0.3, height / 2
    left = right - length / mm
    draw.line([(left, middle), (right, middle)], fill=SHADOW, width=3)
    for end in (left, right):
        draw.line([(end, middle - 5), (end, middle + 5)], fill=SHADOW, width=2)
    draw.text((left - height * 0.3, middle), f"{length} mm", font=font, fill=SHADOW, anchor="rm")
