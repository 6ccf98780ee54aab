"""What is asked of the cards themselves: to be listed and drawn."""

from collections.abc import Sequence
from pathlib import Path

from pigtrack.charts import figure_bytes
from pigtrack.charts.card_chart import draw_card
from pigtrack.model.calibration import Card
from pigtrack.store.drawings import write_drawings


def draw_cards(*, cards: Sequence[Card], out: Path) -> tuple[Path, ...]:
    """Draw cards, each as SVG and PNG, named like the card.

    Raises
    ------
    OutputError
        If the folder can't be written.
    """
    files = {f"{card.name}.{kind}": figure_bytes(draw_card(card), kind) for card in cards for kind in ("svg", "png")}
    return write_drawings(Path(out), files)
