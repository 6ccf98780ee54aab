import numpy as np
import pytest

from pigtrack.imaging.card.colours import MOTLEY, agreement, colour_misfit, reference_rgb, variety
from pigtrack.imaging.colour import encode_srgb
from pigtrack.store.reference_data import load_card

CARD = load_card("colorchecker-classic")
TRUE = reference_rgb(CARD)
ALL = np.ones(24, dtype=bool)
MIXED = np.array([[0.9, 0.15, 0.02], [0.08, 0.85, 0.1], [0.02, 0.2, 0.75]])
"""A camera whose channels overlap."""


@pytest.mark.parametrize("lamp", [(1, 1, 1), (1.45, 0.95, 0.4), (0.5, 1.0, 0.7), (0.1, 0.1, 0.1)])
@pytest.mark.parametrize("contrast", [0.75, 1.0, 1.3])
def test_lamp_exposure_tone_and_camera_are_forgiven(lamp, contrast):
    seen = ((TRUE @ MIXED.T + 1e-4) * lamp) ** contrast
    assert np.median(colour_misfit(seen, CARD, ALL)) < 4
    assert agreement(seen, TRUE) > 0.85


def test_colours_of_another_card_are_not():
    shuffled = TRUE[np.random.default_rng(1).permutation(24)]
    assert np.median(colour_misfit(shuffled, CARD, ALL)) > 12


def test_hues_exchanged_fit_a_matrix_but_do_not_agree():
    exchanged = TRUE[:, [1, 2, 0]]
    assert np.median(colour_misfit(exchanged, CARD, ALL)) < 4
    assert agreement(exchanged, TRUE) < 0.7


def test_strangers_among_the_patches_stand_out_and_leave_the_others_alone():
    seen = TRUE.copy()
    seen[[3, 7, 12, 20]] = (0.62, 0.42, 0.32)
    away = colour_misfit(seen, CARD, ALL)
    assert away[[3, 7, 12, 20]].min() > 15
    assert np.median(np.delete(away, [3, 7, 12, 20])) < 2


def test_half_a_card_is_told_by_its_other_half():
    seen = TRUE.copy()
    seen[18:] = (0.3, 0.2, 0.13)  # all greys under a hand
    away = colour_misfit(seen, CARD, ALL)
    assert np.median(away[:18]) < 3


@pytest.mark.parametrize("skin", [(0.62, 0.42, 0.32), (0.33, 0.20, 0.13), (0.09, 0.05, 0.035)])
def test_skin_has_no_variety_of_colours(skin):
    patches = np.array(skin) * np.random.default_rng(2).normal(1, 0.03, (20, 1))
    assert variety(encode_srgb(patches)) < MOTLEY < variety(encode_srgb(TRUE))
