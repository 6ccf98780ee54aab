from dataclasses import replace

import card_scenes as drawn
import numpy as np
import pytest

from pigtrack.imaging import opencv
from pigtrack.imaging.card import find_card
from pigtrack.imaging.card.refine import card_points
from pigtrack.imaging.geometry import fit_homography, scale_at
from pigtrack.store.reference_data import load_card

CARD = load_card("colorchecker-classic")


@pytest.mark.parametrize(
    ("pitch", "blur", "skin"), [(8.5, 0.5, "light"), (14, 0.7, "tan"), (22, 1.6, "dark"), (45, 3.0, "light")]
)
def test_scale_is_right_to_three_thousandths_however_small_or_blurred(pitch, blur, skin):
    look = drawn.Look(pitch=pitch, blur=blur, roll=33, tilt=6, skin=skin)
    scene = drawn.photograph_card("blurred", CARD, look, np.random.default_rng(4), ("whole",))
    reading = find_card(scene.photograph, CARD)
    true = fit_homography(card_points(CARD), scene.centres)
    middle = np.array([2.5, 1.5])
    assert scale_at(reading.homography, middle) / scale_at(true, middle) == pytest.approx(1, abs=0.003)


def test_the_centres_own_error_is_reported_small_where_the_card_is_flat():
    scene = drawn.photograph_card("flat", CARD, drawn.Look(pitch=20), np.random.default_rng(6), ("whole",))
    assert find_card(scene.photograph, CARD).centre_error_px < 0.1


def test_a_card_that_is_bent_reports_it():
    look = drawn.Look(pitch=20, roll=0)
    scene = drawn.photograph_card("flat", CARD, look, np.random.default_rng(6), ("whole",))
    rows, columns = np.mgrid[: scene.photograph.pixels.shape[0], : scene.photograph.pixels.shape[1]]
    bend = 1.2 * np.cos((columns - scene.centres[:, 0].mean()) / 30)
    x, y = columns.astype(np.float32), (rows + bend).astype(np.float32)
    bent = opencv.remap_linear(scene.photograph.pixels, x, y)
    flat = find_card(scene.photograph, CARD)
    assert find_card(replace(scene.photograph, pixels=bent), CARD).centre_error_px > 2 * flat.centre_error_px
