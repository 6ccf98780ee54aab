"""The posterior of the response: what the patches and the prior say, and what they say without one patch."""

import numpy as np
import pytest
from known_cameras import knowledge, response

from pigtrack.imaging.calibrate.expansion import expand
from pigtrack.imaging.calibrate.response import (
    NOISE_LEVELS,
    fit_response,
    leave_out_responses,
    narrow_prior,
)
from pigtrack.imaging.calibrate.skins import fit_on_skins, leave_out_matrices
from pigtrack.imaging.colour import delta_e_2000, xyz_to_lab
from pigtrack.model.spectra import ColourPrior
from pigtrack.store.reference_data import load_card, load_colour_prior, load_spectra

CARD = load_card("colorchecker-classic")
ALL = np.ones(24, bool)


def patches(camera="nikon-d5100", lamp="FL11", noise=0.005, seed=1) -> np.ndarray:
    exact = CARD.spectra @ response(camera, lamp)
    return exact * (1 + noise * np.random.default_rng(seed).standard_normal(exact.shape))


@pytest.mark.parametrize("camera", sorted(load_spectra().cameras))
@pytest.mark.parametrize("lamp", ["A", "D65", "FL11", "LED-B3"])
def test_what_skin_shows_is_foretold_to_within_a_percent(camera, lamp):
    found = fit_response(patches(camera, lamp), CARD.spectra, ALL, load_colour_prior())
    skins = knowledge().skins.spectra
    ratio = (skins @ found.mean) / (skins @ response(camera, lamp))
    assert np.sqrt(np.mean((ratio - 1) ** 2)) < 0.01


@pytest.mark.parametrize(("camera", "kind"), [("nikon-d5100", ("filters", "jpeg")), ("sigma-sd-merrill", ("layers",))])
def test_the_kind_of_camera_is_recognised(camera, kind):
    found = fit_response(patches(camera, "D65"), CARD.spectra, ALL, load_colour_prior())
    shares = dict(found.shares)
    assert sum(shares.values()) == pytest.approx(1)
    assert sum(share for name, share in shares.items() if name.startswith(kind)) > 0.9


@pytest.mark.parametrize("noise", [0.005, 0.02, 0.05])
def test_the_noise_of_the_patches_is_found(noise):
    found = [fit_response(patches(noise=noise, seed=k), CARD.spectra, ALL, load_colour_prior()).noise for k in range(6)]
    assert 0.6 < np.mean(found) / noise < 1.5
    assert NOISE_LEVELS[0] <= min(found) <= max(found) <= NOISE_LEVELS[-1]


def test_noisier_patches_leave_more_doubt():
    quiet, loud = (fit_response(patches(noise=n), CARD.spectra, ALL, load_colour_prior()) for n in (0.004, 0.04))
    skins = knowledge().skins.spectra
    doubt = [np.sqrt(np.sum((skins @ each.spread) ** 2, axis=0)).mean() for each in (quiet, loud)]
    assert doubt[1] > 2 * doubt[0]


@pytest.mark.parametrize("camera", sorted(load_spectra().cameras))
def test_leaving_patches_out_in_closed_form_is_what_leaving_them_out_gives(camera):
    values, prior = patches(camera, noise=0.01), load_colour_prior()
    whole = fit_response(values, CARD.spectra, ALL, prior)
    left_out = leave_out_responses(values, CARD.spectra, ALL, prior, noise=whole.noise)
    for patch in (0, 7, 18, 23):
        kept = ALL.copy()
        kept[patch] = False
        alone = fit_response(values, CARD.spectra, kept, prior, noise=whole.noise)
        off = CARD.spectra[patch] @ (left_out[patch] - alone.mean)
        assert np.abs(off).max() < 0.002


def test_with_one_family_the_closed_form_is_exact():
    values, prior = patches(), load_colour_prior()
    one = ColourPrior(prior.mean, prior.families[:1])
    left_out = leave_out_responses(values, CARD.spectra, ALL, one, noise=0.01)
    kept = ALL.copy()
    kept[5] = False
    alone = fit_response(values, CARD.spectra, kept, one, noise=0.01)
    np.testing.assert_allclose(left_out[5], alone.mean, atol=1e-9)


def test_a_left_out_patch_s_own_correction_does_not_know_it():
    values = patches(noise=0.01)
    whole = fit_response(values, CARD.spectra, ALL, load_colour_prior())
    matrices = leave_out_matrices(values, CARD, ALL, knowledge(), response=whole)
    kept = ALL.copy()
    kept[1] = False
    alone, _ = fit_on_skins(values, CARD, kept, knowledge())
    shown = [xyz_to_lab(expand(values[1], 6) @ each.T) for each in (matrices[1], alone)]
    assert delta_e_2000(*shown) < 0.3


def test_patches_that_are_not_kept_are_left_alone():
    kept = ALL.copy()
    kept[[3, 12]] = False
    ruined = patches()
    ruined[~kept] = 7.0
    whole = fit_response(ruined, CARD.spectra, kept, load_colour_prior())
    np.testing.assert_array_equal(whole.mean, fit_response(patches(), CARD.spectra, kept, load_colour_prior()).mean)
    matrices = leave_out_matrices(ruined, CARD, kept, knowledge(), response=whole)
    assert np.isnan(matrices[~kept]).all()
    assert np.isfinite(matrices[kept]).all()


def test_a_narrowed_prior_finds_the_same_in_less_time():
    prior, values = load_colour_prior(), patches("sigma-sd-merrill", "D65")
    narrow = narrow_prior(values, CARD.spectra, ALL, prior)
    assert 1 <= len(narrow.families) <= 4
    few, all_families = (fit_response(values, CARD.spectra, ALL, each) for each in (narrow, prior))
    np.testing.assert_allclose(CARD.spectra @ few.mean, CARD.spectra @ all_families.mean, atol=0.002)
