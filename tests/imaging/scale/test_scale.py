"""Scale at a place on the skin, from a card or a sticker that lies on it."""

import time
from dataclasses import replace

import numpy as np
import pytest
from posed_things import CARD, PITCH_MM, SHAPE, Stand

from pigtrack.imaging.scale import measure_scale
from pigtrack.model.flags import QualityFlag

PLACE = (-30.0, -15.0)


def scale(stand, *, told=True, place=PLACE, pitch=PITCH_MM, card=CARD, **more):
    focal = stand.focal_35mm if told else None
    return measure_scale(
        stand.reading(card), pitch, stand.point(place), image_shape=SHAPE, focal_length_35mm=focal, **more
    )


def test_seen_straight_on_scale_is_right():
    stand = Stand()
    found = scale(stand)
    assert found.mm_per_px == pytest.approx(stand.mm_per_px(PLACE), rel=2e-4)
    assert found.distance_mm == pytest.approx(399.0, abs=0.5)
    assert found.tilt_deg == pytest.approx(0.0, abs=0.05)
    assert found.source == "card"


@pytest.mark.parametrize("focal", [26.0, 52.0, 110.0])
@pytest.mark.parametrize("tilt", [(6.0, 3.0), (-15.0, 4.0), (0.0, 24.0)])
def test_with_the_focal_length_the_tilt_is_right_to_a_degree(focal, tilt):
    stand = Stand(focal_35mm=focal, distance=400 * focal / 52, skin=(*tilt, 0.0), noise_px=0.2)
    assert scale(stand).tilt_deg == pytest.approx(stand.tilt_deg(), abs=1.0)


@pytest.mark.parametrize("turn", [0.0, 50.0, 90.0, 180.0, 265.0])
def test_a_card_turned_in_its_plane_tells_the_same(turn):
    straight, turned = (Stand(skin=(8.0, -5.0, 0.0), card=(0.0, 0.0, angle)) for angle in (0.0, turn))
    assert scale(turned).mm_per_px == pytest.approx(scale(straight).mm_per_px, rel=1e-4)
    assert scale(turned).tilt_deg == pytest.approx(scale(straight).tilt_deg, abs=0.02)


@pytest.mark.parametrize("focal", [30.0, 85.0])
def test_without_the_focal_length_tilt_is_right_to_a_third(focal):
    stand = Stand(focal_35mm=focal, distance=400 * focal / 52, skin=(18.0, 5.0, 0.0))
    assert scale(stand, told=False).tilt_deg == pytest.approx(stand.tilt_deg(), rel=0.34)
    assert scale(stand, told=False).distance_mm is None


@pytest.mark.parametrize("tilt", [(5.0, -4.0), (-8.0, 2.0)])
def test_a_camera_held_askew_costs_little_scale(tilt):
    stand = Stand(skin=(*tilt, 0.0))
    found = scale(stand)
    assert abs(np.log(found.mm_per_px / stand.mm_per_px(PLACE))) < found.u_relative
    assert found.mm_per_px == pytest.approx(stand.mm_per_px(PLACE), rel=0.006)


def test_a_card_that_leans_alone_is_believed_in_part_and_told_in_the_uncertainty():
    leaning = Stand(card=(0.0, 5.0, 8.0))
    found = scale(leaning)
    wrong_if_believed = 1.5 * np.tan(np.radians(5.0)) * 65 / 400
    assert abs(np.log(found.mm_per_px / leaning.mm_per_px(PLACE))) < wrong_if_believed
    assert scale(leaning, place=(60.0, 50.0)).u_relative < found.u_relative


def test_the_height_of_the_card_is_taken_off():
    thick = replace(CARD, thickness_mm=2.0)
    stand = Stand(card_height=2.2, distance=300.0)
    believed = scale(stand, card=thick).mm_per_px
    assert believed == pytest.approx(stand.mm_per_px(PLACE), rel=2e-4)
    assert scale(stand).mm_per_px / stand.mm_per_px(PLACE) - 1 == pytest.approx(-1.2 / 300, rel=0.1)


def test_an_unknown_size_gives_no_millimetres_and_says_so():
    found = scale(Stand(skin=(6.0, 0.0, 0.0)), pitch=None)
    assert found.mm_per_px is None
    assert QualityFlag.CARD_SIZE_UNKNOWN in found.flags
    assert found.tilt_deg == pytest.approx(6.0, abs=0.1)


def test_a_sticker_on_the_skin_decides_beside_a_card():
    stand = Stand(card_height=15.0, distance=300.0)
    found = scale(stand, sticker=stand.sticker())
    assert found.source == "sticker"
    assert found.mm_per_px == pytest.approx(stand.mm_per_px(PLACE), rel=2e-3)
    assert QualityFlag.SCALE_MISMATCH in found.flags


def test_a_sticker_that_agrees_is_not_complained_about():
    stand = Stand(skin=(4.0, -3.0, 0.0))
    assert not scale(stand, sticker=stand.sticker()).flags


def test_a_sticker_alone_gives_millimetres():
    stand = Stand()
    found = measure_scale(
        None, None, stand.point(PLACE), image_shape=SHAPE, focal_length_35mm=52.0, sticker=stand.sticker(20.0)
    )
    assert found.mm_per_px == pytest.approx(stand.mm_per_px(PLACE), rel=2e-3)
    assert not found.flags


def test_with_a_card_of_unknown_size_a_sticker_still_gives_millimetres():
    stand = Stand()
    found = scale(stand, pitch=None, sticker=stand.sticker())
    assert found.mm_per_px == pytest.approx(stand.mm_per_px(PLACE), rel=2e-3)
    assert not found.flags


def test_nothing_seen_is_refused():
    with pytest.raises(ValueError, match="both"):
        measure_scale(None, 9.0, (0.0, 0.0), image_shape=SHAPE)


def test_the_uncertainty_is_what_the_errors_are():
    """Over cameras and cards that lean as the priors say, and cards of thickness 0.3 to 2 mm."""
    rng = np.random.default_rng(11)
    ratios = []
    for seed in range(120):
        stand = Stand(
            distance=rng.uniform(250, 600), focal_35mm=rng.uniform(26, 110), skin=(*rng.normal(0, 5.0, 2), 0.0),
            card=(*rng.normal(0, 1.5, 2), rng.uniform(0, 360)), card_height=rng.uniform(0.3, 2.0), noise_px=0.1,
            seed=seed,
        )  # fmt: skip
        found = scale(stand)
        ratios.append(np.log(found.mm_per_px / stand.mm_per_px(PLACE)) / found.u_relative)
    assert 0.7 < np.sqrt(np.mean(np.square(ratios))) < 1.4


def test_scale_takes_less_than_ten_milliseconds():
    reading = Stand(skin=(9.0, 3.0, 0.0), noise_px=0.2).reading()
    started = time.process_time()
    for _ in range(10):
        measure_scale(reading, PITCH_MM, (900.0, 900.0), image_shape=SHAPE)
    assert (time.process_time() - started) / 10 < 0.05  # ten on a free machine; room for a busy one
