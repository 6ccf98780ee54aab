"""A colour card as its file describes it: to tell one card from another, never to measure by."""

import textwrap

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import FancyBboxPatch, Rectangle

from pigtrack.charts.style import GREY, INK
from pigtrack.imaging.colour import XYZ_TO_SRGB, encode_srgb, xyz_to_lab
from pigtrack.model.calibration import Card
from pigtrack.model.quantity import FloatArray

UNKNOWN_PITCH_MM = 15.0
"""A card of unknown size is drawn like a Mini; the sheet is then 102 mm wide, as a phone's screen of 390 px is."""

_MM_PER_INCH = 25.4
_MM_PER_POINT = _MM_PER_INCH / 72
_MARGIN_MM = 3.0
_RIM = 0.2
"""Of the frame, in pitches; the cards here have 0.1 to 0.6."""

_FRAME = "#1d1d1f"
_RULER_MM = 50.0
_LINE_SPACING = 1.35
_CHARACTER_WIDTH = 0.58
"""Of an average character of DejaVu Sans, in its size."""

_BEYOND = 0.005
"""Linear R, G or B so far outside 0..1 is a colour that a screen can't show."""

NO_REFERENCE = (
    "A drawing, to tell cards apart. Printed or on a screen it is no reference: never photograph it as a card."
)


def draw_card(card: Card) -> Figure:
    """Draw a card with numbers and names of its patches, at its true size where that is known.

    Returns
    -------
    Figure
        Axes in millimetres, y down.
    """
    pitch = card.pitch_mm or UNKNOWN_PITCH_MM
    size = _text_points(pitch)
    width = (card.columns + 2 * _RIM) * pitch + 2 * _MARGIN_MM
    title, notes = _wrapped([card.title], width, size * 1.25), _wrapped(_notes(card), width, size)
    top = _MARGIN_MM + _height_mm(title, size * 1.25)
    below = top + (card.rows + 2 * _RIM) * pitch
    ruler = _ruler_mm(size) if card.pitch_mm else _MARGIN_MM / 2
    figure, axes = _sheet(width, below + ruler + _height_mm(notes, size) + _MARGIN_MM)
    _write(axes, _MARGIN_MM, title, size * 1.25)
    corner = (_MARGIN_MM + _RIM * pitch, top + _RIM * pitch)
    _draw_face(axes, card, corner, pitch, size)
    if card.pitch_mm:
        _draw_ruler(axes, below + ruler / 2, size)
    _write(axes, below + ruler, notes, size)
    return figure


def _text_points(pitch: float) -> float:
    return float(np.clip(6.0 * pitch / UNKNOWN_PITCH_MM, 6.0, 16.0))


def _write(axes: Axes, y: float, lines: list[str], points: float) -> None:
    axes.text(_MARGIN_MM, y, "\n".join(lines), fontsize=points, color=INK, va="top", linespacing=_LINE_SPACING)


def _notes(card: Card) -> list[str]:
    notes = [NO_REFERENCE]
    if card.pitch_mm is None:
        notes.append("Size unknown or not the same for all: not drawn true to size.")
    else:
        about = "" if card.pitch_u_mm is None else f" ± {card.pitch_u_mm:g}"
        notes.append(f"Patch centres {card.pitch_mm:g}{about} mm apart; true to size if the line is {_RULER_MM:g} mm.")
    beyond = [str(n + 1) for n in np.nonzero(_beyond_screens(card))[0]]
    if beyond:
        notes.append(f"Stronger in life than a screen can show: {', '.join(beyond)}.")
    return [*notes, f"Source: {card.source}."]


def _wrapped(paragraphs: list[str], width_mm: float, points: float) -> list[str]:
    letters = int((width_mm - 2 * _MARGIN_MM) / (points * _MM_PER_POINT * _CHARACTER_WIDTH))
    return [line for paragraph in paragraphs for line in textwrap.wrap(paragraph, letters)]


def _height_mm(lines: list[str], points: float) -> float:
    return (len(lines) + 0.6) * points * _LINE_SPACING * _MM_PER_POINT


def _sheet(width: float, height: float) -> tuple[Figure, Axes]:
    figure = Figure(figsize=(width / _MM_PER_INCH, height / _MM_PER_INCH))
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set(xlim=(0, width), ylim=(height, 0))
    axes.axis("off")
    return figure, axes


def _draw_face(axes: Axes, card: Card, corner: tuple[float, float], pitch: float, size: float) -> None:
    """Draw frame and patches; ``corner`` is the top left of the first cell."""
    left, top = corner
    rim = _RIM * pitch
    axes.add_patch(
        FancyBboxPatch(
            (left - rim, top - rim),
            card.columns * pitch + 2 * rim,
            card.rows * pitch + 2 * rim,
            boxstyle=f"round,pad=0,rounding_size={0.15 * pitch}",
            facecolor=_FRAME,
            edgecolor="none",
        )
    )
    colours, light = encode_srgb(_linear(card)), xyz_to_lab(card.xyz)[:, 0] > 50
    for n in range(card.columns * card.rows):
        row, column = divmod(n, card.columns)
        x, y = left + (column + 0.5) * pitch, top + (row + 0.5) * pitch
        half = card.patch_width * pitch / 2
        axes.add_patch(Rectangle((x - half, y - half), 2 * half, 2 * half, facecolor=colours[n], edgecolor="none"))
        ink = "black" if light[n] else "white"
        axes.text(x, y - half * 0.8, str(n + 1), fontsize=size, color=ink, ha="center", va="top", weight="bold")
        for k, line in enumerate(reversed(_label(card, n))):
            lowest = y + half * 0.8 - k * size * 1.15 * _MM_PER_POINT
            axes.text(x, lowest, line, fontsize=size, color=ink, ha="center", va="baseline")


def _label(card: Card, n: int) -> list[str]:
    return card.names[n].split() if card.names else []


def _linear(card: Card) -> FloatArray:
    return np.asarray(card.xyz @ XYZ_TO_SRGB.T)


def _beyond_screens(card: Card) -> FloatArray:
    linear = _linear(card)
    return np.asarray(((linear < -_BEYOND) | (linear > 1 + _BEYOND)).any(axis=1))


def _ruler_mm(points: float) -> float:
    return 2 + 2 * points * _MM_PER_POINT


def _draw_ruler(axes: Axes, y: float, points: float) -> None:
    ends = (_MARGIN_MM, _MARGIN_MM + _RULER_MM)
    axes.plot(ends, (y, y), color=INK, linewidth=0.8, solid_capstyle="butt")
    for k in range(int(_RULER_MM / 10) + 1):
        x = _MARGIN_MM + 10 * k
        axes.plot((x, x), (y - 1, y + 1), color=INK, linewidth=0.8, solid_capstyle="butt")
    axes.text(ends[1] + 2, y, f"{_RULER_MM:g} mm", fontsize=points, color=GREY, va="center")
