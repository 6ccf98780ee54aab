"""The printed scale sticker: found by its code in any pose, measured to a part of a per cent, never invented."""

import os
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from drawn_sticker import SKINS, photographed, posed, print_sticker, skin
from PIL import Image

from pigtrack.imaging import opencv
from pigtrack.imaging.geometry import apply_homography
from pigtrack.imaging.scale import find_sticker, mask_sticker, measure_scale, sticker_outline
from pigtrack.imaging.scale.stickerface import paper_corners, square_corners, sticker_cells
from pigtrack.model.photograph import Encoding, Photograph, WorkingGrid

REAL = Path(os.environ.get("PIGTRACK_REAL_PHOTOS", Path(__file__).parents[4] / "shared" / "data"))


def side(corners):
    """Root of a quadrilateral's area."""
    x, y = corners.T
    return np.sqrt(abs(np.sum(x * np.roll(y, -1) - y * np.roll(x, -1))) / 2)


def errors(found, homography):
    """Relative error of the side, and the largest of a corner in pixels."""
    true = apply_homography(homography, square_corners())
    return side(found.corners) / side(true) - 1, np.abs(found.corners - true).max()


@pytest.mark.parametrize("tone", SKINS)
@pytest.mark.parametrize("px_per_module", [5.0, 8.0])
@pytest.mark.parametrize(("tilt", "turn"), [(0.0, 10.0), (15.0, 130.0), (30.0, 250.0)])
@pytest.mark.parametrize(("blur", "gain"), [(0.6, 0.0), (1.2, 0.06)])
def test_scale_is_right_to_a_third_of_a_per_cent(tone, px_per_module, tilt, turn, blur, gain):
    homography = posed(px_per_module, tilt=tilt, turn=turn, middle=(160.3, 120.6))
    scene = print_sticker(skin(tone, (240, 320)), homography, 4, gain=gain)
    found = find_sticker(photographed(scene, blur=blur), side_mm=10.0)
    assert found is not None
    assert found.number == 4
    of_side, of_corner = errors(found, homography)
    assert abs(of_side) < 0.003
    assert of_corner < 0.1


@pytest.mark.parametrize("number", [0, 9, 10, 19])
def test_each_sticker_says_its_number_and_its_size(number):
    asked = 10.0 if number < 10 else 20.0
    picture = photographed(print_sticker(skin("tan", (240, 320)), posed(8.0, middle=(160, 120)), number))
    assert find_sticker(picture, side_mm=asked).number == number
    assert find_sticker(picture, side_mm=asked * 0.95).side_mm == asked * 0.95
    assert find_sticker(picture, side_mm=30.0 - asked) is None


def test_the_errors_are_as_large_as_the_uncertainty_says():
    ratios = []
    for seed in range(12):
        homography = posed(6.0 + seed / 3, tilt=2.0 * seed, turn=11 + 31 * seed, middle=(160.1 + seed / 7, 120.0))
        scene = print_sticker(skin("light", (240, 320), seed), homography, seed % 10, gain=0.01 * (seed % 4))
        found = find_sticker(photographed(scene, seed=seed, noise=0.01), side_mm=10.0)
        away = found.corners - apply_homography(homography, square_corners())
        ratios.append(np.mean(away**2) / found.corner_error_px**2)
    assert 0.3 < np.sqrt(np.mean(ratios)) < 1.5


def test_brighter_light_moves_nothing():
    homography = posed(7.0, tilt=10.0, middle=(160, 120))
    scene = print_sticker(skin("light", (240, 320)), homography, 2)
    dim, bright = (find_sticker(photographed(scene * gain, seed=1), side_mm=10.0) for gain in (0.35, 1.0))
    assert dim.corners == pytest.approx(bright.corners, abs=0.06)


def test_sixteen_bits_and_a_hair_across_it_do_no_harm():
    homography = posed(7.0, middle=(160, 120))
    scene = print_sticker(skin("light", (240, 320)), homography, 2)
    scene[:, 150:152] *= 0.3
    picture = photographed(scene)
    wide = replace(picture, pixels=picture.pixels.astype(np.uint16) * 257)
    found = find_sticker(wide, side_mm=10.0)
    assert abs(errors(found, homography)[0]) < 0.006


def test_a_half_hidden_sticker_is_not_measured():
    homography = posed(7.0, middle=(160, 120))
    scene = print_sticker(skin("tan", (240, 320)), homography, 2)
    scene[:, 165:] = SKINS["tan"]
    assert find_sticker(photographed(scene), side_mm=10.0) is None


def code_like(rows, columns, cell, seed):
    """Black and white squares at random, as a QR code has them, with its three finders."""
    cells = np.random.default_rng(seed).random((rows, columns)) < 0.5
    finder = np.pad(np.pad(np.ones((3, 3), bool), 1), 1, constant_values=True)
    for top, left in ((0, 0), (0, columns - 7), (rows - 7, 0)):
        cells[top : top + 7, left : left + 7] = finder
    return np.where(np.pad(cells, 4).repeat(cell, 0).repeat(cell, 1), 0.03, 0.85)


@pytest.mark.parametrize("seed", range(6))
def test_a_qr_code_or_another_marker_is_no_sticker(seed):
    scene = np.repeat(code_like(29, 29, 6, seed)[..., None], 3, axis=-1)
    assert find_sticker(photographed(scene), side_mm=10.0) is None
    other = np.where(np.pad(opencv.marker_modules(60 + seed), 2).repeat(9, 0).repeat(9, 1), 0.03, 0.85)
    assert find_sticker(photographed(np.repeat(other[..., None], 3, axis=-1)), side_mm=10.0) is None


def test_plain_skin_holds_none():
    assert find_sticker(photographed(skin("light")), side_mm=10.0) is None


def test_real_photographs_without_a_sticker_show_none():
    files = sorted([*REAL.glob("**/*.jpg"), *REAL.glob("**/*.JPG")])[::9][:12] if REAL.is_dir() else []
    if not files:
        pytest.skip(f"no real photographs in {REAL}")
    for file in files:
        with Image.open(file) as image:
            pixels = np.asarray(image.convert("RGB"))
        photograph = Photograph(file.name, pixels, Encoding.SRGB, "0" * 64)
        assert find_sticker(photograph, side_mm=10.0) is None
        assert find_sticker(photograph, side_mm=20.0) is None


def test_its_paper_is_no_skin():
    homography = posed(7.0, middle=(160, 120))
    found = find_sticker(photographed(print_sticker(skin("tan", (240, 320)), homography, 2)), side_mm=10.0)
    mask = mask_sticker(found, WorkingGrid((120, 160), (0.5, 0.5), 2.0, None))
    corners = (apply_homography(homography, paper_corners()) - 0.5) / 2.0
    x, y = np.round(corners).astype(int).T
    assert mask[y, x].all()
    assert mask.mean() < 0.35
    assert side(sticker_outline(found)) > side(apply_homography(homography, paper_corners()))


def test_a_sticker_gives_the_scale_of_the_skin_it_lies_on():
    """Seen straight on and askew, carried to a place two sides away."""
    for tilt in (0.0, 12.0):
        homography = posed(8.0, tilt=tilt, turn=0.0, middle=(160.0, 120.0))
        found = find_sticker(photographed(print_sticker(skin("tan", (240, 320)), homography, 12)), side_mm=20.0)
        focal_35mm = 8.0 * 200 / np.hypot(240, 320) * 43.267
        scale = measure_scale(
            None, None, (160.0, 120.0), image_shape=(240, 320), focal_length_35mm=focal_35mm, sticker=found
        )
        assert scale.source == "sticker"
        true = 20.0 / side(apply_homography(homography, square_corners()))
        assert scale.mm_per_px == pytest.approx(true, rel=0.003)
        assert scale.u_relative < 0.01


def test_a_number_that_is_not_printed_is_refused():
    with pytest.raises(ValueError, match="19"):
        sticker_cells(20)


def test_the_search_is_quick():
    part = photographed(skin("light", (300, 400)))
    picture = replace(part, pixels=np.tile(part.pixels, (10, 10, 1)))
    started = time.process_time()
    find_sticker(picture, side_mm=10.0)
    assert time.process_time() - started < 0.3  # 0.06 s on a free machine
