"""Maps of melanin and redness for the eye: colours of even steps with their scale, grey where nothing is known."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from pigtrack.charts.letters import letters
from pigtrack.charts.overlay import NOT_SKIN
from pigtrack.charts.picture import SHADOW, Picture, with_strip
from pigtrack.imaging import opencv
from pigtrack.model.quantity import BoolImage, FloatArray, FloatImage

MELANIN_COLOURS, REDNESS_COLOURS = "cividis_r", "OrRd"
"""Palettes of even steps that grow darker all the way, so that they hold in grey print and for every colour vision
(cividis: Nuñez et al. 2018, 10.1371/journal.pone.0199239; OrRd: Brewer's, colorbrewer2.org)."""

ENDS_PERCENT = (0.5, 99.8)
"""Of a course's readings: what lies beyond is glare and hair, and would take the colours away from the skin."""

Palette = NDArray[np.uint8]
"""256 colours, shape (256, 3)."""

LEAST_SPAN = 20.0
"""Index units from end to end at the least: over fewer, the noise of even skin would look like patches."""

_STEPS = (1.0, 2.0, 5.0)
_MOST_TICKS = 6


@dataclass(frozen=True, slots=True)
class MapScale:
    """One scale for all the maps of a course: index units at both ends, and from tick to tick."""

    low: float
    high: float
    step: float

    @property
    def ticks(self) -> tuple[float, ...]:
        """Return the numbers to be written at the scale."""
        count = round((self.high - self.low) / self.step)
        return tuple(self.low + index * self.step for index in range(count + 1))


def choose_scale(readings: FloatArray) -> MapScale:
    """Choose round ends that hold a course's readings, shape (readings,), all but the `ENDS_PERCENT` at either end."""
    low, high = (float(each) for each in np.percentile(readings, ENDS_PERCENT)) if readings.size else (0.0, 1.0)
    rough = max(high - low, LEAST_SPAN) / _MOST_TICKS
    decade = 10.0 ** np.floor(np.log10(rough))
    step = float(next((each * decade for each in _STEPS if each * decade >= rough), 10 * decade))
    first, last = float(np.floor(low / step) * step), float(np.ceil(max(high, low + LEAST_SPAN) / step) * step)
    return MapScale(first, last, step)


def draw_map(
    index: FloatImage,
    valid: BoolImage,
    scale: MapScale,
    *,
    palette: Palette,
    title: str,
    caption: str = "",
    mm_per_px: float | None = None,
    most_px: int = 900,
) -> Picture:
    """Draw a map of an index with its legend, and a strip below for caption and scale bar.

    Parameters
    ----------
    index : ndarray, shape (rows, columns), float32
        Melanin or erythema index on the baseline's frame.
    valid : ndarray, shape (rows, columns), bool
        Where False, the picture is grey.
    scale : MapScale
        The same for every session, so that like colours are like readings.
    palette : ndarray, shape (256, 3), uint8
        Colours from the scale's low end to its high one, see `palette_of`.
    title : str
        What the colours stand for, with the unit.

    Returns
    -------
    ndarray, uint8
        R, G, B.

    Raises
    ------
    ValueError
        If index and valid differ in shape.
    """
    picture = colour_map(index, valid, scale, palette=palette, most_px=most_px)
    shrink = min(1.0, most_px / max(index.shape))
    drawn = np.concatenate([picture, draw_legend(picture.shape[1], scale, palette, title)])
    return with_strip(drawn, caption=caption, mm_per_px=None if mm_per_px is None else mm_per_px / shrink)


def colour_map(
    index: FloatImage, valid: BoolImage, scale: MapScale, *, palette: Palette, most_px: int = 900
) -> Picture:
    """Colour a map of an index, for `draw_map`'s parameters; exactly the frame, nothing beside it."""
    if index.shape != valid.shape:
        raise ValueError(f"valid must have shape {index.shape}, got {valid.shape}")
    shrink = min(1.0, most_px / max(index.shape))
    shape = (max(round(index.shape[0] * shrink), 1), max(round(index.shape[1] * shrink), 1))
    # Invalid pixels take no part in the mean of a smaller one.
    share = opencv.resize_area(valid.astype(np.float32), shape)
    total = opencv.resize_area(np.where(valid, index, 0).astype(np.float32), shape)
    reading = total / np.maximum(share, 1e-6)
    level = np.clip((reading - scale.low) / (scale.high - scale.low), 0, 1)
    picture = palette[np.round(255 * level).astype(np.uint8)]
    picture[share < 0.5] = NOT_SKIN
    drawn: Picture = picture
    return drawn


def palette_of(name: str) -> Palette:
    """Return the colours of a palette by its name in matplotlib, which is loaded for it."""
    import matplotlib  # takes longer to load than a map to draw: workers are handed the colours

    table = matplotlib.colormaps[name](np.arange(256), bytes=True)
    return np.asarray(table[:, :3], dtype=np.uint8)


def draw_legend(width: int, scale: MapScale, palette: Palette, title: str) -> Picture:
    """Draw the colours from end to end with ticks, their numbers, and what they stand for."""
    size = max(13, round(width / 36))
    margin, bar = round(1.2 * size), round(0.9 * size)
    height = round(1.6 * size) + bar + round(1.9 * size)
    image = Image.new("RGB", (width, height), "white")
    draw, font = ImageDraw.Draw(image), letters(size)
    draw.text((margin, round(0.25 * size)), title, font=font, fill=SHADOW)
    top, length = round(1.6 * size), width - 2 * margin
    steps = np.round(np.linspace(0, 255, length)).astype(np.uint8)
    image.paste(Image.fromarray(np.tile(palette[steps], (bar, 1, 1))), (margin, top))
    for tick in scale.ticks:
        x = margin + round((tick - scale.low) / (scale.high - scale.low) * (length - 1))
        draw.line([(x, top + bar), (x, top + bar + size // 3)], fill=SHADOW, width=2)
        text = f"{tick:.{0 if scale.step >= 1 else 1}f}".replace("-", "\u2212")
        draw.text((x, top + bar + size // 3), text, font=font, fill=SHADOW, anchor="ma")
    return np.asarray(image, dtype=np.uint8)
