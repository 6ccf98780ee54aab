import re

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.patches import Rectangle

from pigtrack.charts import figure_bytes
from pigtrack.charts.card_chart import NO_REFERENCE, draw_card
from pigtrack.imaging.colour import XYZ_TO_SRGB, encode_srgb
from pigtrack.store.reference_data import list_cards, load_card

MM_PER_INCH = 25.4
CARDS = list_cards()


def squares(figure):
    return [patch for patch in figure.axes[0].patches if isinstance(patch, Rectangle)]


def said(figure):
    return " ".join(text.get_text().replace("\n", " ") for text in figure.axes[0].texts)


def by_name(card):
    return card.name


@pytest.mark.parametrize("card", CARDS, ids=by_name)
def test_every_patch_has_its_colour_and_number(card):
    figure = draw_card(card)
    drawn = squares(figure)
    assert len(drawn) == 24
    colours = np.array([patch.get_facecolor()[:3] for patch in drawn])
    np.testing.assert_allclose(colours, encode_srgb(card.xyz @ XYZ_TO_SRGB.T), atol=1e-9)
    assert {text.get_text() for text in figure.axes[0].texts} >= {str(n + 1) for n in range(24)}


@pytest.mark.parametrize("card", CARDS, ids=by_name)
def test_every_drawing_says_that_it_is_no_reference_and_where_the_colours_are_from(card):
    text = said(draw_card(card))
    assert NO_REFERENCE in text
    assert card.source[:30] in text
    assert card.title in text


@pytest.mark.parametrize("card", [card for card in CARDS if card.pitch_mm], ids=by_name)
def test_a_card_of_known_size_is_drawn_true_to_size(card):
    figure = draw_card(card)
    axes, drawn = figure.axes[0], squares(figure)
    mm_on_paper = figure.get_figwidth() * MM_PER_INCH / np.ptp(axes.get_xlim())
    apart = (drawn[1].get_x() - drawn[0].get_x()) * mm_on_paper
    assert apart == pytest.approx(card.pitch_mm)
    assert (drawn[6].get_y() - drawn[0].get_y()) * mm_on_paper == pytest.approx(card.pitch_mm)
    assert drawn[0].get_width() == pytest.approx(card.patch_width * card.pitch_mm)
    assert f"{card.pitch_mm:g} ±" in said(figure)


def test_a_card_of_unknown_size_says_so():
    text = said(draw_card(load_card("colorchecker-nano")))
    assert "not drawn true to size" in text
    assert "50 mm" not in text


def test_colours_that_no_screen_shows_are_named():
    assert "than a screen can show: 18." in said(draw_card(load_card("colorchecker-classic")))


@pytest.mark.parametrize("card", CARDS, ids=by_name)
def test_no_word_leaves_its_patch_or_the_sheet(card):
    figure = draw_card(card)
    renderer = FigureCanvasAgg(figure).get_renderer()
    sheet = figure.bbox
    patches = [patch.get_window_extent(renderer) for patch in squares(figure)]
    for text in figure.axes[0].texts:
        box = text.get_window_extent(renderer)
        assert sheet.x0 <= box.x0 < box.x1 <= sheet.x1, text.get_text()
        assert sheet.y0 <= box.y0 < box.y1 <= sheet.y1, text.get_text()
        middle = ((box.x0 + box.x1) / 2, (box.y0 + box.y1) / 2)
        for patch in patches:
            if patch.contains(*middle):
                assert patch.x0 <= box.x0 < box.x1 <= patch.x1, text.get_text()


def test_the_same_card_gives_the_same_bytes():
    card = load_card("spydercheckr-24")
    first, second = (figure_bytes(draw_card(card), "svg") for _ in range(2))
    assert first == second
    assert re.search(rb'width="\d', first)


def test_a_small_card_fits_a_phone():
    """390 px at 96 px an inch."""
    assert draw_card(load_card("colorchecker-classic-mini")).get_figwidth() * 96 <= 390
