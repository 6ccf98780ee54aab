import csv
from dataclasses import replace

import card_photographs as real
import numpy as np
import pytest
from drawn_card import BACKGROUNDS, POSE, develop, draw_card

from pigtrack.errors import CardError
from pigtrack.imaging.card import find_card
from pigtrack.imaging.card.refine import card_points
from pigtrack.imaging.card.verify import Fault
from pigtrack.imaging.colour import XYZ_TO_SRGB
from pigtrack.imaging.geometry import apply_homography
from pigtrack.model.photograph import Encoding, Photograph
from pigtrack.store.reference_data import load_card

CARD = load_card("colorchecker-classic")
needs_photographs = pytest.mark.skipif(
    not real.there("cards"), reason="no folder of real photographs (set PIGTRACK_REAL_PHOTOS)"
)


@pytest.mark.parametrize("tone", BACKGROUNDS)
def test_centres_of_a_drawn_card_are_right_to_a_hundredth_of_the_pitch(tone):
    reading = find_card(develop(draw_card(tone=tone)), CARD)
    away = np.linalg.norm(reading.centres - apply_homography(POSE, card_points(CARD)), axis=1)
    assert away.max() < 0.1
    assert reading.score > 0.95


def test_patches_are_read_in_linear_light():
    reading = find_card(develop(draw_card(gain=0.8)), CARD)
    true = 0.8 * np.clip(CARD.xyz @ XYZ_TO_SRGB.T, 0, 1)
    kept = ~reading.clipped
    assert kept.sum() >= 20
    assert np.abs(reading.patches[kept] - true[kept]).max() < 0.006


def test_a_brighter_lamp_scales_the_patches_and_moves_nothing():
    dim, bright = (find_card(develop(draw_card(gain=gain)), CARD) for gain in (0.4, 0.8))
    assert np.abs(dim.centres - bright.centres).max() < 0.05
    kept = ~(dim.clipped | bright.clipped) & (dim.patches.min(axis=1) > 0.01)
    assert bright.patches[kept] / dim.patches[kept] == pytest.approx(2.0, rel=0.05)


def test_a_card_upside_down_is_read_in_its_own_order():
    upright = draw_card()
    reading = find_card(develop(np.ascontiguousarray(upright[::-1, ::-1])), CARD)
    true = np.array([719, 479]) - apply_homography(POSE, card_points(CARD))
    assert np.abs(reading.centres - true).max() < 0.1


def test_sixteen_bits_read_like_eight():
    eight, sixteen = (find_card(develop(draw_card(), depth=depth), CARD) for depth in (8, 16))
    assert np.abs(eight.patches - sixteen.patches).max() < 0.004


@pytest.mark.parametrize("blur_px", [0.8, 1.2, 1.8])
def test_the_blur_of_the_edges_is_measured(blur_px):
    reading = find_card(develop(draw_card(blur_px=blur_px)), CARD)
    assert reading.edge_blur_px == pytest.approx(np.hypot(blur_px, np.sqrt(1 / 12)), rel=0.12)


def test_a_mirrored_card_is_refused_as_mirrored():
    with pytest.raises(CardError, match="mirrored"):
        find_card(develop(np.ascontiguousarray(draw_card()[:, ::-1])), CARD)


def test_a_blown_out_card_is_refused_as_blown_out():
    with pytest.raises(CardError, match="blown out"):
        find_card(develop(draw_card(gain=3.5)), CARD)


def test_a_card_with_its_colours_shuffled_is_refused():
    def shuffle(colours):
        return colours[np.random.default_rng(3).permutation(24)]

    with pytest.raises(CardError):
        find_card(develop(draw_card(alter=shuffle)), CARD)


def test_a_card_half_under_cloth_is_refused():
    picture = draw_card()
    picture[:, :330] = (0.4, 0.1, 0.1)
    with pytest.raises(CardError):
        find_card(develop(picture), CARD)


def test_a_card_cut_off_by_the_frame_is_refused():
    with pytest.raises(CardError):
        find_card(develop(draw_card()[:, 250:].copy()), CARD)


def test_bare_skin_holds_no_card():
    rng = np.random.default_rng(5)
    picture = np.full((300, 400, 3), BACKGROUNDS["light"], np.float32) * rng.normal(1, 0.05, (300, 400, 1))
    with pytest.raises(CardError, match="No known"):
        find_card(develop(picture), CARD)


def test_linear_pictures_of_sixteen_bits_are_searched_with_a_tone_curve():
    linear = draw_card(gain=0.25)
    codes = np.rint(np.clip(linear, 0, 1) * 65535).astype(np.uint16)
    reading = find_card(Photograph("raw.dng", codes, Encoding.LINEAR, "0" * 64), CARD)
    assert np.abs(reading.centres - apply_homography(POSE, card_points(CARD))).max() < 0.1


def test_the_same_photograph_is_read_the_same_twice():
    photograph = develop(draw_card(tone="tan"))
    first, second = find_card(photograph, CARD), find_card(photograph, CARD)
    assert np.array_equal(first.centres, second.centres)
    assert np.array_equal(first.patches, second.patches)


def test_the_photograph_is_left_as_it_was():
    photograph = develop(draw_card())
    before = photograph.pixels.copy()
    find_card(photograph, CARD)
    assert np.array_equal(photograph.pixels, before)


def test_a_card_of_too_few_patches_is_our_callers_fault():
    with pytest.raises(ValueError, match="3 x 4 patches"):
        find_card(develop(draw_card()), replace(CARD, columns=12, rows=2))


@needs_photographs
@pytest.mark.parametrize("name", real.WHOLE_CARDS)
def test_whole_cards_in_real_photographs_are_found(name):
    reading = find_card(real.open_real("cards", name), CARD)
    assert reading.score > 0.9
    pitch = np.linalg.norm(reading.centres[1] - reading.centres[0])
    assert reading.centre_error_px < max(0.015 * pitch, 0.2)


@needs_photographs
@pytest.mark.parametrize("name", real.REFUSED_CARDS)
def test_what_is_no_whole_card_is_refused_with_its_reason(name):
    with pytest.raises(CardError) as refusal:
        find_card(real.open_real("cards", name), CARD)
    assert {fault.value[0]: fault.name for fault in Fault}[refusal.value.problem] in real.REFUSED_CARDS[name]


@needs_photographs
def test_found_centres_lie_within_the_corners_that_others_marked():
    for name, quad in real.quads().items():
        if name in real.WHOLE_CARDS:
            centres = find_card(real.open_real("cards", name), CARD).centres
            pitch = np.linalg.norm(centres[1] - centres[0])
            corners = centres[[0, 5, 23, 18]]
            assert np.linalg.norm(corners - quad, axis=1).max() < 1.6 * pitch
            assert np.linalg.norm(corners.mean(axis=0) - quad.mean(axis=0)) < 0.3 * pitch


@needs_photographs
@pytest.mark.slow
@pytest.mark.parametrize("name", real.fixed_camera())
def test_small_cards_before_a_camera_that_never_moved_are_found(name):
    assert find_card(real.open_real("fixed_camera", name), CARD).score > 0.95


@needs_photographs
@pytest.mark.slow
def test_photographs_without_a_card_hold_none():
    for photograph in real.without_card():
        with pytest.raises(CardError, match="No known"):
            find_card(photograph, CARD)


@needs_photographs
def test_the_manifest_of_real_photographs_is_what_we_read():
    lines = (real.REAL / "cards" / "MANIFEST.csv").read_text(encoding="utf-8").splitlines()
    names = {row["file"] for row in csv.DictReader(lines)}
    assert names == set(real.WHOLE_CARDS) | set(real.REFUSED_CARDS)
