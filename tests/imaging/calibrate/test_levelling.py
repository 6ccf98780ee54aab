"""A card made level: light, shadows, outliers and tone mapping on patches worked out from spectra."""

from functools import cache

import numpy as np
import pytest
from known_cameras import knowledge

from pigtrack.imaging.calibrate.assumptions import places_of
from pigtrack.imaging.calibrate.levelling import Levelling, level_patches
from pigtrack.imaging.calibrate.surroundings import surroundings_of
from pigtrack.imaging.calibrate.tone import apply_tone, tone_shapes, tone_terms
from pigtrack.model.calibration import TONE_TERMS, ToneCurve
from pigtrack.store.reference_data import load_card, load_spectra

CARD = load_card("colorchecker-classic")
ALL = np.ones(24, bool)
PLACE = places_of(CARD)


@cache
def seen(lamp: str = "D65") -> np.ndarray:
    """The card's patches as a measured camera sees them in even light."""
    tables = load_spectra()
    both = tables.lamps[lamp][:, None] * tables.cameras["nikon-d5100"]
    return CARD.spectra @ (both / both.sum(axis=0))


def level(values, kept=ALL, card=CARD) -> Levelling:
    return level_patches(np.asarray(values), card, kept, knowledge().prior)


def noisy(values, size=0.01, seed=0):
    return values * (1 + size * np.random.default_rng(seed).standard_normal(values.shape))


@pytest.mark.parametrize("slope", [(0.03, 0.0), (-0.03, 0.01), (0.0, 0.05), (0.06, -0.02)])
@pytest.mark.parametrize("bend", [1.0, 0.85])
def test_a_steep_slope_of_the_light_is_recovered(slope, bend):
    light = 1 + PLACE @ np.array(slope)
    found = level((0.8 * seen() * light[:, None]) ** bend)
    np.testing.assert_allclose(found.light, slope, atol=0.004)
    assert found.light_misfit < 0.02


@pytest.mark.parametrize("depth", [0.2, 0.35, 0.5])
def test_a_shadow_across_the_card_is_found_and_taken_off(depth):
    """The columns beyond the third lie in the shadow of a hand."""
    shade = np.where(PLACE[:, 0] > 0.6, 1 - depth, 1.0)[:, None]
    found, plain = level(noisy(seen()) * shade), level(noisy(seen()))
    assert found.shadow == pytest.approx(depth, abs=0.04)
    assert plain.shadow == 0
    np.testing.assert_allclose(found.patches, plain.patches, rtol=0.06, atol=0.004)
    assert found.light_misfit > 0.07 > 0.03 > plain.light_misfit


@pytest.mark.parametrize("slope", [0.0, 0.04])
def test_even_and_sloping_light_is_no_shadow(slope):
    for seed in range(5):
        light = 1 + slope * PLACE[:, :1]
        assert level(noisy(seen() * light, 0.02, seed)).shadow == 0


@pytest.mark.parametrize("power", [-0.3, -0.15])
@pytest.mark.parametrize("lamp", ["D65", "A", "LED-B3"])
def test_a_camera_that_lifts_dark_surroundings_is_told_from_one_that_does_not(power, lamp):
    around = surroundings_of(CARD)[:, None]
    bent = level(noisy(seen(lamp) * np.exp(power * around))).locality
    plain = level(noisy(seen(lamp))).locality
    assert bent.power == pytest.approx(power, abs=0.06)
    assert bent.power < -4 * bent.u_power
    assert abs(plain.power) < 0.06
    assert abs(plain.power) < 3 * plain.u_power


@pytest.mark.parametrize("spoilt", [[1], [7, 19], [3, 12, 21]])
def test_a_shining_patch_hardly_moves_the_others(spoilt):
    values = noisy(seen(), 0.005)
    shining = values.copy()
    shining[spoilt] += 0.15
    found, plain = level(shining), level(values)
    others = np.setdiff1d(np.arange(24), spoilt)
    assert (found.weights[spoilt] < 0.2).all()
    np.testing.assert_allclose(found.patches[others], plain.patches[others], rtol=0.03, atol=0.003)


@pytest.mark.parametrize("veil", [0.01, -0.006])
def test_a_veil_over_the_picture_is_taken_off(veil):
    found = level(seen() + veil)
    assert found.tone.veil.mean() == pytest.approx(veil, abs=0.004)
    np.testing.assert_allclose(found.patches[23], seen()[23], atol=0.004)


def test_a_patch_levelled_by_the_others_is_what_a_fit_without_it_says():
    values = noisy(seen(), 0.015) ** 0.9
    whole = level(values)
    for left_out in (0, 5, 18, 23):
        kept = ALL.copy()
        kept[left_out] = False
        again = level(values, kept)
        np.testing.assert_allclose(whole.left_out[left_out], again.patches[left_out], rtol=0.03, atol=2e-3)


def test_a_clean_photograph_leaves_nothing_unexplained():
    found = level(noisy(seen(), 0.003))
    assert found.amplitude < 0.02
    assert np.abs(found.unexplained.at(found.patches)).max() < 0.02
    np.testing.assert_allclose(found.weights, 1, atol=0.4)


def test_a_card_without_spectra_is_levelled_too():
    card = load_card("spydercheckr-24")
    assert card.spectra is None
    rgb = np.clip(card.xyz @ np.linalg.inv(np.eye(3) * 0.9 + 0.1 / 3), 1e-3, None)
    found = level(rgb * (1 + 0.03 * PLACE[:, :1]), card=card)
    np.testing.assert_allclose(found.light, [0.03, 0.0], atol=0.008)


def test_unkept_patches_take_no_part():
    values, kept = seen().copy(), ALL.copy()
    kept[[4, 11]] = False
    values[[4, 11]] = 0.5
    found, plain = level(values, kept), level(seen(), kept)
    np.testing.assert_allclose(found.light, plain.light, atol=1e-9)
    assert (found.weights[[4, 11]] == 0).all()
    assert np.isnan(found.left_out[[4, 11]]).all()


def test_a_straight_curve_takes_values_at_their_word():
    values = np.array([[0.0, 1e-5, 0.01], [0.2, 0.5, 1.0]])
    np.testing.assert_allclose(apply_tone(values, ToneCurve(np.zeros((3, TONE_TERMS)))), values, atol=1e-12)


@pytest.mark.parametrize("spread", [-1.0, 0.0, 1.0])
def test_plausible_curves_rise(spread):
    shapes = tone_shapes()
    sizes, turns = np.linalg.eigh(shapes.covariance)
    for direction in turns.T * np.sqrt(sizes)[:, None]:
        values = np.geomspace(0.01, 1, 60)
        log_light = np.log(values) + tone_terms(values) @ (shapes.mean + spread * direction)
        assert (np.diff(log_light) > 0).all()


def test_a_patch_fades_out_on_its_way_to_an_end_of_the_scale():
    """One code more or less, and the fit would jump where the patch is taken for clipped."""
    from pigtrack.imaging.calibrate.assumptions import trust_of

    grey = np.full((1, 3), 0.3)
    trust = [trust_of(grey * [1, 1, darker])[0] for darker in (1.0, 0.03, 0.01, 0.003, 1e-4)]
    assert trust[0] == 1
    assert (np.diff(trust) <= 0).all()
    assert trust[-1] < 0.02
    assert trust_of(np.full((1, 3), 0.99))[0] < 0.05
