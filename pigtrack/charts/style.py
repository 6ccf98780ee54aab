"""How charts look: colours that every eye tells apart, and marks that tell verdicts without colour."""

from dataclasses import dataclass
from textwrap import fill

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from pigtrack.model.metrics import Verdict

BLUE = "#0072B2"
VERMILION = "#D55E00"
"""Blue and vermilion of Okabe and Ito's palette (2008), told apart in every common colour vision."""
PURPLE = "#8A4A78"
"""Of adverse events: their reddish purple, darker, so that small letters keep a contrast of 4.5 on white."""
INK = "#222222"
GREY = "#6B6B6B"
"""Grey that has a contrast of 4.5 on white, and on `PALE` (WCAG 2.2, 1.4.3)."""
PALE = "#E4EAF0"
STRETCHES = ("#F1F1EF", "#E4E4DF", "#D3D3CC")
"""Nothing expected yet, may show, clearer: greys, as nobody has earned a colour by then."""

WIDTH_IN = 4.2
"""A phone's width of 390 px at 96 px an inch, so that type keeps its size there."""

FONT_PT = 8.5
_LINE_LETTERS = 56
"""Of a sentence across `WIDTH_IN`."""


@dataclass(frozen=True, slots=True)
class Mark:
    """How a point is drawn; filled or hollow."""

    marker: str
    colour: str
    filled: bool

    @property
    def face(self) -> str:
        """Return what it is filled with."""
        return self.colour if self.filled else "white"


MARKS = {
    Verdict.BASELINE: Mark("D", INK, True),
    Verdict.IMPROVED: Mark("v", BLUE, True),
    Verdict.WORSENED: Mark("^", VERMILION, True),
    Verdict.NO_DETECTABLE_CHANGE: Mark("o", INK, True),
    Verdict.NOT_MEASURABLE: Mark("s", GREY, False),
}
LEFT_OUT = Mark("o", GREY, False)
"""Of a session that is kept out of the trend."""


def bare(axes: Axes) -> None:
    """Leave only the two axes that carry numbers, in a quiet grey."""
    axes.spines[["top", "right"]].set_visible(False)
    axes.spines[["left", "bottom"]].set_color(GREY)
    axes.tick_params(colors=INK, labelsize=FONT_PT - 1, length=3, color=GREY)


def sentence_figure(text: str) -> Figure:
    """Return a low figure that says in words why there is no chart: empty axes look like a fault."""
    figure = Figure(figsize=(WIDTH_IN, 0.8))
    figure.text(0.02, 0.5, fill(text, _LINE_LETTERS), fontsize=FONT_PT, color=GREY, verticalalignment="center")
    return figure


def panel(figure: Figure, left: float, top: float, width: float, height: float) -> Axes:
    """Add axes by their place in inches from the figure's top left: a layout that need not be searched for."""
    across, down = figure.get_size_inches()
    return figure.add_axes((left / across, 1 - (top + height) / down, width / across, height / down))
