"""Maps of melanin and redness: one scale a course, like colours for like readings, grey where nothing is known."""

import numpy as np
import pytest

from pigtrack.charts.letters import letters
from pigtrack.charts.maps import (
    LEAST_SPAN,
    MELANIN_COLOURS,
    REDNESS_COLOURS,
    MapScale,
    choose_scale,
    draw_map,
    palette_of,
)
from pigtrack.charts.overlay import NOT_SKIN

SCALE = MapScale(30.0, 60.0, 5.0)


def drawn(index, valid=None, **options):
    valid = np.ones(index.shape, bool) if valid is None else valid
    palette = palette_of(MELANIN_COLOURS)
    return draw_map(index.astype(np.float32), valid, SCALE, palette=palette, title="melanin index, MI", **options)


@pytest.mark.parametrize("skin", [20.0, 45.0, 110.0], ids=["light", "tan", "dark"])
def test_a_scale_has_round_ends_that_hold_the_skin_and_its_spots(skin):
    readings = np.concatenate([np.full(9000, skin), np.full(900, skin + 17.3), [skin + 400]])
    scale = choose_scale(readings)
    assert scale.low <= skin
    assert skin + 17.3 <= scale.high < skin + 60
    assert all(tick == round(tick) for tick in scale.ticks)
    assert 4 <= len(scale.ticks) <= 8


def test_even_skin_is_not_made_to_look_patchy():
    scale = choose_scale(50 + np.random.default_rng(1).normal(0, 0.5, 5000))
    assert scale.high - scale.low >= LEAST_SPAN


def test_nothing_seen_still_has_a_scale():
    assert choose_scale(np.zeros(0)).high > 0


def test_darker_skin_is_drawn_darker_all_the_way():
    for name in (MELANIN_COLOURS, REDNESS_COLOURS):
        light = palette_of(name).astype(float) @ [0.2126, 0.7152, 0.0722]
        assert (np.diff(light) <= 1.5).all()
        assert light[0] - light[-1] > 120


def test_the_same_reading_has_the_same_colour_whatever_lies_around_it():
    one, other = np.full((60, 80), 40.0), np.full((60, 80), 40.0)
    other[:30] = 59.0
    assert (drawn(one)[50, 70] == drawn(other)[50, 70]).all()


def test_what_was_not_measured_is_grey_and_leaves_its_neighbours_alone():
    index, valid = np.full((400, 400), 40.0), np.ones((400, 400), bool)
    index[:, 200:], valid[:, 200:] = -1e6, False
    picture = drawn(index, valid, most_px=100)
    assert tuple(picture[50, 80]) == NOT_SKIN
    assert (picture[50, 20] == drawn(np.full((400, 400), 40.0), most_px=100)[50, 20]).all()
    assert (picture[50, 49] == picture[50, 20]).all()


def test_scale_bar_legend_and_caption_stand_below_and_are_the_same_every_time():
    index = np.full((300, 400), 40.0)
    bare, whole = drawn(index), drawn(index, caption="Sitzung 1, 11. März 2026", mm_per_px=0.1)
    assert whole.shape[0] > bare.shape[0] > 300
    assert (whole[: bare.shape[0]] == bare).all()
    assert (whole == drawn(index, caption="Sitzung 1, 11. März 2026", mm_per_px=0.1)).all()


def test_maps_and_masks_of_unlike_shape_are_refused():
    with pytest.raises(ValueError, match="valid must have shape"):
        drawn(np.zeros((4, 5)), np.ones((5, 4), bool))


def test_pictures_have_the_letters_of_every_language():
    missing = letters(20).getmask("\ufffe").getbbox()
    for letter in "äöüßÄÖÜé–−·²Δ°%":
        assert letters(20).getmask(letter).getbbox() not in (None, missing), letter
