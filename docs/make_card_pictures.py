"""Draws the cards of docs/cards.md: `python docs/make_card_pictures.py`."""

from io import BytesIO
from pathlib import Path

from PIL import Image

from pigtrack.charts.card_chart import draw_card
from pigtrack.charts.render import figure_bytes
from pigtrack.store.reference_data import load_card

FOLDER = Path(__file__).parent / "pictures"
CARDS = ("colorchecker-passport", "spydercheckr-24")
_WIDTH, _COLOURS = 780, 160
"""Twice a phone's width; so many colours do for 24 patches and the edges of letters."""


def picture(name: str) -> bytes:
    """Return one card's drawing as a small PNG."""
    with Image.open(BytesIO(figure_bytes(draw_card(load_card(name)), "png"))) as drawn:
        height = round(drawn.height * _WIDTH / drawn.width)
        small = drawn.convert("RGB").resize((_WIDTH, height), Image.Resampling.LANCZOS)
    target = BytesIO()
    small.quantize(_COLOURS, dither=Image.Dither.NONE).save(target, "png", optimize=True)
    return target.getvalue()


if __name__ == "__main__":
    for card in CARDS:
        (FOLDER / f"card-{card}.png").write_bytes(picture(card))
