"""The colour fits on patches worked out from spectra: known cameras, known lamps, known skins."""

from functools import cache

import numpy as np
import pytest
from known_cameras import knowledge, response

from pigtrack.imaging.calibrate import (
    LINEAR,
    METHODS,
    ROOT_POLYNOMIAL,
    SPECTRAL_PRIOR,
    allowed_methods,
    choose_method,
    fit_patches,
)
from pigtrack.imaging.colour import SRGB_TO_XYZ, XYZ_TO_SRGB, delta_e_2000, xyz_to_lab
from pigtrack.imaging.skin import TONES, reflectance, xyz_d65
from pigtrack.store.reference_data import load_card, load_spectra

CARD = load_card("colorchecker-classic")
WITHOUT_SPECTRA = "spydercheckr-24"
ALL = np.ones(24, bool)
LAMPS = ("D65", "A", "FL11", "LED-B3")


@cache
def test_skins() -> tuple[np.ndarray, np.ndarray]:
    """Skin of six tones, clear and with a spot, redder than usual: not the skins that the prior is fitted on."""
    tables = load_spectra()
    spectra = np.concatenate(
        [
            reflectance(tone, tone.melanin + np.array([0.0, 0.022]), np.full(2, 1.4 * tone.blood), tables)
            for tone in TONES.values()
        ]
    )
    return spectra, xyz_d65(spectra, tables)


test_skins.__test__ = False


def fit(patches, method, *, kept=ALL, card=CARD):
    return fit_patches(np.asarray(patches), card, kept, method, knowledge())


def noisy_patches(seen: np.ndarray, noise: float) -> np.ndarray:
    return CARD.spectra @ seen * (1 + noise * np.random.default_rng(4).standard_normal((24, 3)))


def skin_error(seen: np.ndarray, method: str, *, noise: float = 0.0) -> np.ndarray:
    """CIEDE2000 of each test skin through a response; ``noise`` is the relative error of the patches."""
    spectra, xyz = test_skins()
    found = fit(noisy_patches(seen, noise), method).apply(spectra @ seen)
    return delta_e_2000(xyz_to_lab(found), xyz_to_lab(xyz))


@pytest.mark.parametrize("method", [LINEAR, ROOT_POLYNOMIAL])
def test_a_linear_camera_is_recovered(method):
    mixing = np.array([[0.8, 0.15, 0.05], [0.1, 0.8, 0.1], [0.05, 0.2, 0.75]])
    camera = XYZ_TO_SRGB.T @ mixing.T
    found = fit(CARD.xyz @ camera, method)
    skin = test_skins()[1]
    error = delta_e_2000(xyz_to_lab(found.apply(skin @ camera)), xyz_to_lab(skin))
    assert error.max() < 0.6
    assert np.nanmean(found.loo_delta_e00) < 0.6


@pytest.mark.parametrize("bend", [0.8, 1.25])
def test_a_camera_s_tone_curve_is_undone(bend):
    linear = CARD.xyz @ XYZ_TO_SRGB.T
    curved = fit(np.clip(linear, 1e-4, None) ** bend, LINEAR)
    skin = test_skins()[1]
    found = curved.apply(np.clip(skin @ XYZ_TO_SRGB.T, 1e-4, None) ** bend)
    assert delta_e_2000(xyz_to_lab(found), xyz_to_lab(skin)).max() < 1.0


@pytest.mark.parametrize("method", METHODS)
def test_a_brighter_lamp_leaves_colours_alone(method):
    patches = CARD.spectra @ response("nikon-d5100", "D65")
    spectra, _ = test_skins()
    seen = spectra @ response("nikon-d5100", "D65")
    plain = xyz_to_lab(fit(patches, method).apply(seen))
    bright = xyz_to_lab(fit(0.4 * patches, method).apply(0.4 * seen))
    assert delta_e_2000(bright, plain).max() < 0.2


@pytest.mark.parametrize("method", METHODS)
def test_another_white_balance_leaves_colours_alone(method):
    patches, spectra = CARD.spectra @ response("nikon-d5100", "FL11"), test_skins()[0]
    seen, gains = spectra @ response("nikon-d5100", "FL11"), np.array([0.9, 0.7, 0.5])
    plain = xyz_to_lab(fit(0.7 * patches, method).apply(0.7 * seen))
    turned = xyz_to_lab(fit(gains * patches, method).apply(gains * seen))
    assert delta_e_2000(turned, plain).max() < 0.2


@pytest.mark.parametrize("slope", [(0.0, 0.0), (0.02, 0.0), (0.0, -0.02), (-0.01, 0.015)])
def test_the_slope_of_the_light_over_the_card_is_recovered(slope):
    x, y = np.meshgrid(np.arange(6) - 2.5, np.arange(4) - 1.5)
    light = 1 + slope[0] * x.ravel() + slope[1] * y.ravel()
    patches = CARD.spectra @ response("nikon-d5100", "D65")
    found = fit(patches * light[:, None], SPECTRAL_PRIOR)
    np.testing.assert_allclose(found.light, slope, atol=0.006)


@pytest.mark.parametrize("camera", sorted(load_spectra().cameras))
@pytest.mark.parametrize("lamp", LAMPS)
def test_the_spectral_prior_is_true_on_skin_of_every_tone(camera, lamp):
    error = skin_error(response(camera, lamp), SPECTRAL_PRIOR)
    assert error.shape == (12,)
    assert error.mean() < 1.5
    assert error.max() < 3.0


def test_the_spectral_prior_is_truer_than_a_matrix_over_cameras_and_lamps():
    errors = {
        method: np.concatenate(
            [skin_error(response(camera, lamp), method) for camera in load_spectra().cameras for lamp in LAMPS]
        )
        for method in (SPECTRAL_PRIOR, LINEAR)
    }
    assert errors[SPECTRAL_PRIOR].mean() < 0.75 * errors[LINEAR].mean()
    assert np.percentile(errors[SPECTRAL_PRIOR], 95) < np.percentile(errors[LINEAR], 95)


@pytest.mark.parametrize("noise", [0.0, 0.005])
def test_its_uncertainty_covers_its_errors(noise):
    """Sensors of overlapping bands multiply the patches' noise on skin; then the fit must say so."""
    ratios = []
    for camera in load_spectra().cameras:
        for lamp in LAMPS:
            seen = response(camera, lamp)
            u = fit(noisy_patches(seen, noise), SPECTRAL_PRIOR).u_skin_delta_e00
            ratios.append(skin_error(seen, SPECTRAL_PRIOR, noise=noise).mean() / u)
    assert max(ratios) < 2.5


@pytest.mark.parametrize("method", METHODS)
def test_leaving_a_patch_out_tells_more_than_the_residual(method):
    rng = np.random.default_rng(8)
    patches = CARD.spectra @ response("sigma-sd-merrill", "A") * (1 + 0.02 * rng.standard_normal((24, 3)))
    found = fit(patches, method)
    residual = delta_e_2000(xyz_to_lab(found.apply(patches)), xyz_to_lab(CARD.xyz))
    assert np.nanmean(found.loo_delta_e00) > residual.mean()


@pytest.mark.parametrize("method", METHODS)
def test_a_spoilt_patch_is_left_out_and_says_nothing(method):
    patches = CARD.spectra @ response("nikon-d5100", "D65")
    kept = ALL.copy()
    kept[[8, 18]] = False  # red and white
    ruined = patches.copy()
    ruined[~kept] = [5.0, 0.001, 0.3]
    clean, spoilt = fit(patches, method, kept=kept), fit(ruined, method, kept=kept)
    np.testing.assert_array_equal(spoilt.matrix, clean.matrix)
    assert np.isnan(spoilt.loo_delta_e00[~kept]).all()
    assert np.isfinite(spoilt.loo_delta_e00[kept]).all()


def test_too_few_patches_allow_no_method():
    few, no_greys = ALL.copy(), ALL.copy()
    few[:13] = False
    no_greys[list(CARD.neutral[:4])] = False
    assert allowed_methods(CARD, few) == allowed_methods(CARD, no_greys) == ()
    with pytest.raises(ValueError, match="too many patches are spoilt"):
        fit(CARD.xyz, LINEAR, kept=few)


def test_a_card_without_spectra_refuses_the_spectral_prior_and_names_what_it_allows():
    card = load_card(WITHOUT_SPECTRA)
    assert card.spectra is None
    assert allowed_methods(card, ALL) == (ROOT_POLYNOMIAL, LINEAR)
    with pytest.raises(ValueError, match=r"root-polynomial, linear.*spectral-prior"):
        fit(card.xyz @ XYZ_TO_SRGB.T, SPECTRAL_PRIOR, card=card)
    assert np.nanmean(fit(card.xyz @ XYZ_TO_SRGB.T, LINEAR, card=card).loo_delta_e00) < 0.6


def test_an_unknown_method_is_the_caller_s_fault():
    with pytest.raises(ValueError, match="method"):
        fit(CARD.xyz, "magic")


@pytest.mark.parametrize("method", METHODS)
def test_one_value_and_a_whole_picture_are_corrected_alike(method):
    found = fit(CARD.xyz @ XYZ_TO_SRGB.T, method)
    rgb = np.random.default_rng(2).uniform(0.05, 0.8, (3, 4, 3))
    np.testing.assert_allclose(found.apply(rgb)[1, 2], found.apply(rgb[1, 2]))
    assert found.apply(np.full(3, 0.5))[1] == pytest.approx(SRGB_TO_XYZ[1].sum() * 0.5, rel=0.05)


def test_a_fit_changes_nothing_that_it_was_given():
    patches, kept = CARD.xyz @ XYZ_TO_SRGB.T, ALL.copy()
    before = patches.copy()
    fit(patches, SPECTRAL_PRIOR, kept=kept)
    np.testing.assert_array_equal(patches, before)
    assert kept.all()


def test_a_course_without_any_fit_has_no_method():
    with pytest.raises(ValueError, match="at least one photograph"):
        choose_method([{}, {}])


def test_the_prior_is_judged_by_what_it_foretells_of_paint_not_by_how_it_renders_it():
    patches = CARD.spectra @ response("nikon-d5100", "FL11")
    found = fit(patches, SPECTRAL_PRIOR)
    assert np.nanmean(found.surprise_delta_e00) < 0.5 < np.nanmean(found.loo_delta_e00)
    plain = fit(patches, LINEAR)
    np.testing.assert_array_equal(plain.surprise_delta_e00, plain.loo_delta_e00)


@pytest.mark.parametrize("method", METHODS)
def test_all_methods_tell_their_residual_and_leave_out_in_closed_form(method):
    rng = np.random.default_rng(5)
    patches = CARD.spectra @ response("nikon-d5100", "D65") * (1 + 0.01 * rng.standard_normal((24, 3)))
    whole = fit(patches, method)
    assert whole.residual_delta_e00.shape == (24,)
    for left_out in (1, 9, 20):
        kept = ALL.copy()
        kept[left_out] = False
        again = fit(patches, method, kept=kept)
        off = delta_e_2000(xyz_to_lab(again.apply(patches[left_out])), xyz_to_lab(CARD.xyz[left_out]))
        assert whole.loo_delta_e00[left_out] == pytest.approx(off, abs=0.35 + 0.1 * off)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("camera", sorted(load_spectra().cameras))
def test_every_method_s_uncertainty_covers_its_errors_on_skin(method, camera):
    ratios = []
    for lamp in LAMPS:
        seen = response(camera, lamp)
        spectra, xyz = test_skins()
        patches = CARD.spectra @ seen * (1 + 0.005 * np.random.default_rng(4).standard_normal((24, 3)))
        found = fit(patches, method)
        error = delta_e_2000(xyz_to_lab(found.apply(spectra @ seen)), xyz_to_lab(xyz))
        ratios.append(np.sqrt(np.mean(error**2)) / found.u_skin_delta_e00)
    assert 0.2 < np.sqrt(np.mean(np.square(ratios))) < 1.6
