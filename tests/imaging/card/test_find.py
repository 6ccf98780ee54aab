import csv
import os
from pathlib import Path

import numpy as np
import pytest
from drawn_card import BACKGROUNDS, POSE, develop, draw_card

from pigtrack.errors import CardError
from pigtrack.imaging.card import find_card
from pigtrack.imaging.card.refine import card_points
from pigtrack.imaging.colour import XYZ_TO_SRGB
from pigtrack.imaging.geometry import apply_homography
from pigtrack.model.photograph import Encoding, Photograph
from pigtrack.store.reference_data import load_card

CARD = load_card("colorchecker-classic")
REAL = Path(os.environ.get("PIGTRACK_REAL_PHOTOS", Path(__file__).parents[4] / "shared" / "data")) / "cards"


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


def test_a_card_file_of_another_layout_is_our_callers_fault():
    from dataclasses import replace

    with pytest.raises(ValueError, match="6 columns"):
        find_card(develop(draw_card()), replace(CARD, columns=4, rows=6))


WHOLE = [
    "ccd_IMG_1967_corrected.png", "ccd_IMG_1967_raw.png", "ccd_IMG_1971_corrected.png", "ccd_IMG_1971_raw.png",
    "ccd_IMG_2578_corrected.png", "ccd_IMG_2578_raw.png", "ccd_IMG_2581_corrected.png", "ccd_IMG_2581_raw.png",
    "pedrodiamel_hand_4160x3120.jpg", "plantcv_calibrite-passport.png", "plantcv_classic.png",
    "plantcv_colorchecker-classic-mini.jpg", "plantcv_xrite-passport.png", "plantcv_source1_img.png",
    "plantcv_target_img.png", "plantcv_target_img_plant.jpg",
]  # fmt: skip
REFUSED = {
    "plantcv_partial_card_rgb.png": "covered",
    "plantcv_camera-trax.png": "another make",
    "plantcv_source2_img.png": "runs out",
    "plantcv_tobacco_leaves.jpg": "blown out",
}


def _real(name):
    if not (REAL / "MANIFEST.csv").is_file():
        pytest.skip("no folder of real photographs (set PIGTRACK_REAL_PHOTOS)")
    image = pytest.importorskip("PIL.Image").open(REAL / name).convert("RGB")
    return Photograph(name, np.asarray(image), Encoding.SRGB, "0" * 64)


@pytest.mark.parametrize("name", WHOLE)
def test_whole_cards_in_real_photographs_are_found(name):
    reading = find_card(_real(name), CARD)
    assert reading.score > 0.8
    pitch = np.linalg.norm(reading.centres[1] - reading.centres[0])
    assert reading.centre_error_px < max(0.015 * pitch, 0.2)


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_no_whole_card_is_refused_with_its_reason(name):
    with pytest.raises(CardError, match=REFUSED[name]):
        find_card(_real(name), CARD)


def test_the_manifest_of_real_photographs_is_what_we_read():
    if not (REAL / "MANIFEST.csv").is_file():
        pytest.skip("no folder of real photographs (set PIGTRACK_REAL_PHOTOS)")
    names = {row["file"] for row in csv.DictReader((REAL / "MANIFEST.csv").read_text(encoding="utf-8").splitlines())}
    assert names >= set(WHOLE) | set(REFUSED)
