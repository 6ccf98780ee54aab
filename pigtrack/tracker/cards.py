"""What is asked of the cards themselves: to be listed and drawn; and of the scale sticker: to be printed."""

from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from pigtrack.charts import figure_bytes
from pigtrack.charts.card_chart import draw_card
from pigtrack.charts.sticker_sheet import draw_sticker_sheet
from pigtrack.errors import OutputError
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


def draw_stickers(*, out: Path) -> Path:
    """Draw a sheet of scale stickers to print, true to size, as SVG or PDF by the file's ending.

    Raises
    ------
    OutputError
        If the ending is another, or the file can't be written.
    """
    path = Path(out)
    kinds: dict[str, Literal["svg", "pdf"]] = {".svg": "svg", ".pdf": "pdf"}
    kind = kinds.get(path.suffix.lower())
    if kind is None:
        raise OutputError("Stickers are drawn as SVG or PDF only.", "Name a file that ends in .svg or .pdf.")
    return write_drawings(path.parent, {path.name: figure_bytes(draw_sticker_sheet(), kind)})[0]
