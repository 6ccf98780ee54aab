"""How charts look: colours that every eye tells apart, marks that tell verdicts without colour, words for endpoints."""

from dataclasses import dataclass

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from pigtrack.model.course import Endpoint
from pigtrack.model.metrics import Verdict

BLUE = "#0072B2"
VERMILION = "#D55E00"
"""Blue and vermilion of Okabe and Ito's palette (2008), told apart in every common colour vision."""
INK = "#222222"
GREY = "#767676"
"""Grey that still has a contrast of 4.5 on white (WCAG 2.2, 1.4.3)."""
PALE = "#E4EAF0"

WIDTH_IN = 4.2
"""A phone's width of 390 px at 96 px an inch, so that type keeps its size there."""

FONT_PT = 8.5


@dataclass(frozen=True, slots=True)
class Mark:
    """How a point is drawn and what it says in the key."""

    marker: str
    colour: str
    filled: bool
    label: str


MARKS = {
    Verdict.BASELINE: Mark("D", INK, True, "baseline"),
    Verdict.IMPROVED: Mark("v", BLUE, True, "improved"),
    Verdict.WORSENED: Mark("^", VERMILION, True, "worsened"),
    Verdict.NO_DETECTABLE_CHANGE: Mark("o", INK, True, "no detectable change"),
    Verdict.NOT_MEASURABLE: Mark("o", GREY, False, "no verdict"),
}

ENDPOINT_NAMES = {
    Endpoint.LOAD: "Pigment load",
    Endpoint.AREA: "Area",
    Endpoint.CONTRAST: "Contrast",
}


def bare(axes: Axes) -> None:
    """Leave only the two axes that carry numbers, in a quiet grey."""
    axes.spines[["top", "right"]].set_visible(False)
    axes.spines[["left", "bottom"]].set_color(GREY)
    axes.tick_params(colors=INK, labelsize=FONT_PT - 1, length=3, color=GREY)


def sentence_figure(text: str) -> Figure:
    """Return a low figure that says in words why there is no chart: empty axes look like a fault."""
    figure = Figure(figsize=(WIDTH_IN, 0.8))
    figure.text(0.02, 0.5, text, fontsize=FONT_PT, color=GREY, verticalalignment="center")
    return figure
