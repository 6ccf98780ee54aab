"""A sheet of scale stickers to print and cut out, true to size."""

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import PathPatch, Rectangle
from matplotlib.path import Path
from matplotlib.transforms import Affine2D

from pigtrack.imaging.scale.stickerface import (
    FOOT,
    MODULES,
    QUIET,
    SIDES_MM,
    STICKERS_PER_SIDE,
    nominal_side_mm,
    sticker_cells,
)

_MM_PER_INCH = 25.4
_PAPER_MM = (210.0, 297.0)
"""A4; on letter paper, printed at 100 %, nothing is cut off either."""

_MARGIN_MM = 20.0
_GAP_MM = 6.0
_TRIAL_MM = 100.0
"""Of the line by which a printer is checked."""

_BLACK, _CUT = "#000000", "#b0b0b0"
_CUT_WIDTH = 0.3
_TEXT_PT = 2.8

HOW = (
    "Scale stickers for pigtrack. Print at 100 % (never 'fit to page') on matt white paper or skin-safe label film.",
    "Check: the long line must be 100 mm. Then measure the side of one black square, outer edge to outer edge,",
    "and give it in course.toml, for example scale_sticker_mm = 10.0.",
    "Cut along the grey lines: the white around the square is needed. Lay one flat on healthy skin beside the spot,",
    "never over it. It gives size, no colour.",
)


def draw_sticker_sheet() -> Figure:
    """Draw all stickers on a sheet of A4.

    Returns
    -------
    Figure
        Axes in millimetres, y down.
    """
    figure = Figure(figsize=(_PAPER_MM[0] / _MM_PER_INCH, _PAPER_MM[1] / _MM_PER_INCH))
    axes = figure.add_axes((0.0, 0.0, 1.0, 1.0))
    axes.set(xlim=(0, _PAPER_MM[0]), ylim=(_PAPER_MM[1], 0))
    axes.axis("off")
    _write(axes, _MARGIN_MM, _MARGIN_MM, "\n".join(HOW), 8.0)
    top = _MARGIN_MM + 24.0
    _draw_rule(axes, _MARGIN_MM, top, _TRIAL_MM, 2.0)
    top += 14.0
    for first, side in enumerate(SIDES_MM):
        numbers = range(first * STICKERS_PER_SIDE, (first + 1) * STICKERS_PER_SIDE)
        top = _draw_rows(axes, top, list(numbers), side)
    return figure


def _draw_rows(axes: Axes, top: float, numbers: list[int], side_mm: float) -> float:
    """Lay stickers in rows as wide as the paper; return where the next row may start."""
    module = side_mm / MODULES
    width, height = (MODULES + 2 * QUIET) * module, (MODULES + QUIET + FOOT) * module
    across = int((_PAPER_MM[0] - 2 * _MARGIN_MM + _GAP_MM) // (width + _GAP_MM))
    for place, number in enumerate(numbers):
        row, column = divmod(place, across)
        _draw_sticker(axes, number, _MARGIN_MM + column * (width + _GAP_MM), top + row * (height + _GAP_MM))
    return top + -(-len(numbers) // across) * (height + _GAP_MM)


def _draw_sticker(axes: Axes, number: int, left: float, top: float) -> None:
    """Draw one sticker; ``left`` and ``top`` are its paper's, in millimetres."""
    side = nominal_side_mm(number) or 0.0
    module = side / MODULES
    width, height = (MODULES + 2 * QUIET) * module, (MODULES + QUIET + FOOT) * module
    axes.add_patch(Rectangle((left, top), width, height, fill=False, edgecolor=_CUT, linewidth=_CUT_WIDTH))
    x, y = left + QUIET * module, top + QUIET * module
    rows, columns = sticker_cells(number)[1:-1, 1:-1].nonzero()
    _fill_cells(
        axes, [(x + column * module, y + row * module) for row, column in zip(rows, columns, strict=True)], module
    )
    below = y + side + 1.0 * module
    _draw_rule(axes, x, below, side, 0.9 * module)
    _write(axes, x, below + 1.3 * module, f"pigtrack {side:g} mm  {number}", _TEXT_PT * side / SIDES_MM[0])


def _fill_cells(axes: Axes, corners: list[tuple[float, float]], side: float) -> None:
    """Fill squares as one shape, so that no seam shows between them."""
    squares = [Path.unit_rectangle().transformed(Affine2D().scale(side).translate(*corner)) for corner in corners]
    whole = Path.make_compound_path(*squares)
    axes.add_patch(PathPatch(whole, facecolor=_BLACK, edgecolor="none", linewidth=0, snap=False))


def _draw_rule(axes: Axes, left: float, top: float, length_mm: float, height: float) -> None:
    """Draw a ruler whose lines stand a millimetre apart, each fifth longer; its ends are the length's ends."""
    for tick in range(round(length_mm) + 1):
        share = 1.0 if tick % 10 == 0 else 0.8 if tick % 5 == 0 else 0.5
        _fill(axes, left + tick - 0.05, top, 0.1, share * height)
    _fill(axes, left, top - 0.05, length_mm, 0.1)


def _fill(axes: Axes, left: float, top: float, width: float, height: float) -> None:
    axes.add_patch(Rectangle((left, top), width, height, facecolor=_BLACK, edgecolor="none", linewidth=0, snap=False))


def _write(axes: Axes, left: float, top: float, text: str, points: float) -> None:
    axes.text(left, top, text, fontsize=points, va="top", ha="left", color=_BLACK)
