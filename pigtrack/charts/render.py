"""Figures and pictures as bytes, the same every time."""

from collections.abc import Sequence
from io import BytesIO
from typing import Literal

import matplotlib
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure

PNG_DPI = 200


def figure_bytes(figure: Figure, kind: Literal["svg", "png", "pdf"]) -> bytes:
    """Write a figure as SVG (letters as paths, so that it looks alike everywhere), PNG or PDF.

    The same figure gives the same bytes: no date, no version, and ids from a fixed salt.
    """
    target = BytesIO()
    if kind == "svg":
        with matplotlib.rc_context({"svg.hashsalt": "pigtrack", "svg.fonttype": "path"}):
            FigureCanvasSVG(figure).print_svg(target, metadata={"Date": None, "Creator": None})
    elif kind == "png":
        figure.set_dpi(PNG_DPI)
        FigureCanvasAgg(figure).print_png(target, metadata={"Software": None})
    elif kind == "pdf":
        from matplotlib.backends.backend_pdf import FigureCanvasPdf  # loads font tools that nothing else here needs

        FigureCanvasPdf(figure).print_pdf(target, metadata={"CreationDate": None, "Creator": None, "Producer": None})
    else:
        raise ValueError(f"kind must be 'svg', 'png' or 'pdf', got {kind!r}")
    return target.getvalue()


def figure_files(figure: Figure, kinds: Sequence[Literal["svg", "png", "pdf"]]) -> tuple[bytes, ...]:
    """Write a figure in several kinds, laid out once: finding room for every label takes longer than drawing."""
    files = []
    for kind in kinds:
        files.append(figure_bytes(figure, kind))
        figure.set_layout_engine("none")
    return tuple(files)
