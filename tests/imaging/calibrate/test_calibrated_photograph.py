"""A calibration bound to its photograph and applied to its pixels."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from known_cameras import knowledge

from pigtrack.imaging.calibrate import (
    LINEAR,
    ROOT_POLYNOMIAL,
    SPECTRAL_PRIOR,
    UNCALIBRATED,
    calibrate_image,
    choose_method,
    fit_methods,
)
from pigtrack.imaging.colour import XYZ_TO_SRGB, encode_srgb, srgb_to_lab, xyz_to_lab
from pigtrack.model.calibration import CardReading
from pigtrack.model.flags import QualityFlag
from pigtrack.model.photograph import Encoding, Photograph, WorkingGrid
from pigtrack.store.reference_data import load_card, load_colour_prior

CARD = load_card("colorchecker-classic")
PITCH = 20.0
SHAPE = (120, 200)
GRID = WorkingGrid(SHAPE, (0.0, 0.0), 1.0, 0.1)
AT_CARD = np.array([[PITCH, 0.0, 60.0], [0.0, PITCH, 30.0], [0.0, 0.0, 1.0]])
"""The card's patch 1 lies at x 60, y 30; patches run 20 pixels apart."""


def reading(patches=None, *, clipped=(), **changes) -> CardReading:
    patches = CARD.xyz @ XYZ_TO_SRGB.T if patches is None else patches
    spoilt = np.zeros(24, bool)
    spoilt[list(clipped)] = True
    grid = np.array([[60 + PITCH * (k % 6), 30 + PITCH * (k // 6)] for k in range(24)])
    plain = CardReading(CARD, grid, AT_CARD, patches, 0.02 * np.abs(patches), spoilt, 0.99, 0.1, 0.8)
    return replace(plain, **changes)


def photograph(linear: np.ndarray, dtype=np.uint8, encoding=Encoding.SRGB) -> Photograph:
    top = np.iinfo(dtype).max
    encoded = linear if encoding is Encoding.LINEAR else encode_srgb(linear)
    return Photograph("a.jpg", np.round(encoded * top).astype(dtype), encoding, "0" * 64)


def field(colour=(0.4, 0.25, 0.18), seed=None) -> np.ndarray:
    """An even field, or one with a fine texture of 10 %."""
    picture = np.ones((*SHAPE, 3)) * colour
    if seed is not None:
        picture *= 1 + 0.1 * np.random.default_rng(seed).uniform(-1, 1, SHAPE)[..., None]
    return picture


def calibration(method=LINEAR, of=None):
    return fit_methods(reading() if of is None else of, knowledge())[method]


def test_right_pixels_come_out_as_they_are():
    image = calibrate_image(photograph(field()), calibration(), GRID, card=None)
    assert image.linear.dtype == np.float32
    np.testing.assert_allclose(image.linear[60, 10], [0.4, 0.25, 0.18], atol=0.006)
    assert image.valid.all()


def test_without_a_calibration_the_file_is_taken_at_its_word():
    image = calibrate_image(photograph(field(), np.uint16), UNCALIBRATED, GRID, card=None)
    np.testing.assert_allclose(image.linear[60, 10], [0.4, 0.25, 0.18], atol=1e-3)
    assert image.sharpness_px == 0


@pytest.mark.parametrize("method", [SPECTRAL_PRIOR, ROOT_POLYNOMIAL, LINEAR])
def test_pixels_and_single_values_are_corrected_alike(method):
    fitted = calibration(method)
    image = calibrate_image(photograph(field(), np.uint16), fitted, GRID, card=None)
    from pigtrack.imaging.calibrate import fit_patches

    fit = fit_patches(CARD.xyz @ XYZ_TO_SRGB.T, CARD, np.ones(24, bool), method, knowledge())
    fall = 1 + (np.array([10.0, 60.0]) - fitted.light_centre) @ fitted.light
    expected = xyz_to_lab(fit.apply(np.array([0.4, 0.25, 0.18])) / fall)
    np.testing.assert_allclose(srgb_to_lab(image.linear[60, 10]), expected, atol=0.05)


def test_the_card_and_what_is_at_an_end_are_not_valid():
    pixels = field()
    pixels[5:10, 5:10] = 1.0
    pixels[5:10, 15:20, 2] = 0.0
    image = calibrate_image(photograph(pixels), calibration(), GRID, card=reading())
    assert not image.valid[5:10, 5:10].any()
    assert not image.valid[5:10, 15:20].any()
    assert not image.valid[30:91, 60:161].any()  # all patch centres
    assert not image.valid[91:119, 60:161].any()  # the maker's name below the last row
    assert image.valid[60, 10]
    assert image.valid[110, 20]
    assert image.valid[:, :30].mean() > 0.9  # skin beside the card stays


@pytest.mark.parametrize("encoding", [Encoding.SRGB, Encoding.LINEAR])
def test_eight_and_sixteen_bits_come_out_alike(encoding):
    shallow, deep = (
        calibrate_image(photograph(field(seed=1), dtype, encoding), calibration(), GRID, card=None)
        for dtype in (np.uint8, np.uint16)
    )
    np.testing.assert_allclose(shallow.linear, deep.linear, atol=0.006)
    assert abs(shallow.linear.mean() - deep.linear.mean()) < 2e-4
    np.testing.assert_array_equal(shallow.valid, deep.valid)


def test_coarser_steps_keep_the_mean_and_the_place():
    bright = field(seed=3)
    bright[:, 100:] *= 0.5
    coarse_grid = WorkingGrid((SHAPE[0] // 2, SHAPE[1] // 2), (0.5, 0.5), 2.0, 0.2)
    fine, coarse = (calibrate_image(photograph(bright), calibration(), g, card=None) for g in (GRID, coarse_grid))
    for columns, halves in ((slice(10, 90), slice(5, 45)), (slice(110, 190), slice(55, 95))):
        means = fine.linear[10:-10, columns].mean((0, 1)), coarse.linear[5:-5, halves].mean((0, 1))
        np.testing.assert_allclose(*means, rtol=2e-3)
    edge = coarse.linear[30, :, 0]
    crossing = np.flatnonzero(edge < edge[:40].mean() * 0.75)[0]
    assert crossing in (49, 50)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 60), st.integers(0, 40), st.floats(1.0, 3.0), st.integers(5, 30), st.integers(5, 30))
def test_any_grid_inside_the_photograph_shows_its_own_pixels(left, top, step, columns, rows):
    ramp = np.ones((*SHAPE, 3)) * 0.2
    ramp += 0.001 * np.arange(SHAPE[1])[None, :, None] + 0.0005 * np.arange(SHAPE[0])[:, None, None]
    grid = WorkingGrid((rows, columns), (float(left), float(top)), step, None)
    last = left + step * (columns - 1), top + step * (rows - 1)
    image = calibrate_image(photograph(ramp, np.uint16), UNCALIBRATED, grid, card=None)
    x, y = left + step * np.arange(columns), top + step * np.arange(rows)
    expected = 0.2 + 0.001 * x[None, :] + 0.0005 * y[:, None]
    room = 3 * step  # the prefilter mirrors at the photograph's edge
    inside = (x > room) & (x < SHAPE[1] - 1 - room)
    within = (y > room) & (y < SHAPE[0] - 1 - room)
    assert last[0] < SHAPE[1]
    np.testing.assert_allclose(image.linear[within][:, inside, 1], expected[within][:, inside], atol=1e-3)


@pytest.mark.parametrize("share", [0.5, 0.8])
def test_a_brighter_lamp_gives_the_same_skin(share):
    patches = CARD.xyz @ XYZ_TO_SRGB.T
    for tone in ((0.55, 0.36, 0.28), (0.32, 0.2, 0.13), (0.1, 0.055, 0.035)):
        plain, dim = (
            calibrate_image(
                photograph(gain * field(tone), np.uint16), calibration(of=reading(gain * patches)), GRID, card=None
            )
            for gain in (1.0, share)
        )
        np.testing.assert_allclose(dim.linear[60, 10], plain.linear[60, 10], rtol=0.01)


def test_the_light_s_slope_over_the_card_is_taken_off_the_skin():
    patches = CARD.spectra @ load_colour_prior().mean
    fall = 1 + 0.02 * (np.arange(24) % 6 - 2.5)
    fitted = calibration(SPECTRAL_PRIOR, of=reading(patches * fall[:, None]))
    x = np.arange(SHAPE[1]) - fitted.light_centre[0]
    sloping = field((0.3, 0.3, 0.3)) * (1 + 0.02 * x / PITCH)[None, :, None]
    image = calibrate_image(photograph(sloping, np.uint16), fitted, GRID, card=None)
    row = image.linear[60, 20:180, 1]
    assert np.ptp(row) / row.mean() < 0.05  # of 16 %
    assert fitted.light_centre == pytest.approx((110.0, 60.0))


def test_a_poor_card_is_flagged():
    rng = np.random.default_rng(3)
    noisy = CARD.xyz @ XYZ_TO_SRGB.T * rng.uniform(0.6, 1.6, (24, 3))
    assert QualityFlag.CALIBRATION_POOR in calibration(LINEAR, of=reading(noisy)).flags
    assert not calibration(LINEAR).flags


def test_a_card_of_too_few_patches_has_no_fit():
    assert fit_methods(reading(clipped=range(13)), knowledge()) == {}
    assert set(fit_methods(reading(clipped=[0]), knowledge(), method=LINEAR)) == {LINEAR}


def course(*losses: dict[str, float]):
    """Photographs whose fits have a given leave-one-out error of skin."""
    fitted = calibration()
    return [
        {
            name: replace(fitted, method=name, loo_skin_delta_e00=loss, loo_delta_e00=np.full(24, loss))
            for name, loss in each.items()
        }
        for each in losses
    ]


def test_one_method_is_chosen_for_the_whole_course():
    sharp, even = {SPECTRAL_PRIOR: 1.0, LINEAR: 3.0}, {SPECTRAL_PRIOR: 5.0, LINEAR: 2.0}
    assert choose_method(course(sharp)) == SPECTRAL_PRIOR
    assert choose_method(course(sharp, even)) == LINEAR
    assert choose_method(course(even, sharp)) == LINEAR


def test_where_methods_are_equals_the_prior_is_kept():
    assert choose_method(course({SPECTRAL_PRIOR: 2.1, ROOT_POLYNOMIAL: 2.0, LINEAR: 2.3})) == SPECTRAL_PRIOR


def test_a_method_that_failed_anywhere_is_not_chosen():
    assert choose_method(course({SPECTRAL_PRIOR: 1.0, LINEAR: 3.0}, {LINEAR: 3.0}, {})) == LINEAR
