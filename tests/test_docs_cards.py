"""The page on cards says what the card files say."""

import re
from pathlib import Path

import pytest

from pigtrack.imaging.colour import WHITE_D50, WHITE_D65
from pigtrack.store.card_colours import orders
from pigtrack.store.card_files import _KEYS
from pigtrack.store.reference_data import list_cards, load_card

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "docs" / "cards.md").read_text(encoding="utf-8")


def table(head):
    body = PAGE.split(f"| {head} |")[1].split("\n\n")[0]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in body.splitlines()[2:]]


ROWS = {row[0].strip("`"): row for row in table("name")}


def test_the_page_lists_the_cards_that_there_are():
    assert list(ROWS) == sorted(ROWS, key=list(ROWS).index)
    assert set(ROWS) == {card.name for card in list_cards()}


@pytest.mark.parametrize("card", list_cards(), ids=lambda card: card.name)
def test_the_page_tells_each_card_s_size_and_spectra(card):
    _, _, apart, spectra = ROWS[card.name]
    assert spectra == ("none" if card.spectra is None else "estimated" if card.spectra_estimated else "measured")
    if card.pitch_mm is None:
        assert apart == "unknown"
    else:
        pitch, u = (float(number) for number in re.findall(r"[\d.]+", apart))
        assert (pitch, u) == (card.pitch_mm, card.pitch_u_mm)


def test_the_page_tells_every_key_of_a_card_file():
    told = {key for row in table("key") for key in re.findall(r"`(\w+)`", row[0])}
    assert told == set(_KEYS)


def test_the_page_names_every_order():
    assert set(orders()) == {f"{way}{how}" for way in ("rows", "columns") for how in ("", "-backwards", "-from-below")}
    assert "each also with `-backwards` or `-from-below`" in PAGE


def test_the_card_file_of_the_page_can_be_used(tmp_path):
    text = re.search(r"```toml\n(.*?)```", PAGE, re.DOTALL)[1]
    base = load_card("colorchecker-passport")
    rows = "\n".join("\t".join(["p", *(f"{100 * x:.3f}" for x in row)]) for row in base.xyz * WHITE_D50 / WHITE_D65)
    (tmp_path / "our-card.txt").write_text(f"name\tX\tY\tZ\n{rows}\n", encoding="utf-8")
    (tmp_path / "our-card.toml").write_text(text, encoding="utf-8")
    card = load_card(tmp_path / "our-card.toml")
    assert card.source == "own measurement with i1Pro 2 2026-01-11"
    assert card.pitch_mm == base.pitch_mm
