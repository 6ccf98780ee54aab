"""The promised colour fit: patches in, colours out."""

import pickle

import numpy as np
import pytest

import pigtrack
from pigtrack.imaging.colour import XYZ_TO_SRGB, delta_e_2000, xyz_to_lab
from pigtrack.store.reference_data import load_spectra

CARD = pigtrack.load_card("colorchecker-classic")
PATCHES = np.clip(CARD.xyz @ XYZ_TO_SRGB.T, 1e-3, None)
SKINS = np.array([[0.55, 0.36, 0.28], [0.32, 0.2, 0.13], [0.1, 0.055, 0.035]])
"""Light, tan and dark, linear sRGB."""


def off(fit, scale=1.0) -> np.ndarray:
    return delta_e_2000(xyz_to_lab(fit.apply(scale * SKINS)), xyz_to_lab(SKINS @ np.linalg.inv(XYZ_TO_SRGB).T))


@pytest.mark.parametrize("method", ["auto", "spectral-prior", "root-polynomial", "linear"])
@pytest.mark.parametrize("scale", [0.3, 1.0, 255.0])
def test_right_values_come_out_as_they_are_on_any_scale(method, scale):
    fit = pigtrack.fit_colour_correction(scale * PATCHES, CARD, method=method)
    assert off(fit, scale).max() < 1.6
    assert fit.loo_delta_e00.shape == (24,)


def test_auto_takes_the_prior_where_patches_are_as_foretold():
    tables = load_spectra()
    seen = tables.lamps["FL2"][:, None] * tables.cameras["nikon-d5100"]
    patches = CARD.spectra @ (0.8 * seen / seen.sum(axis=0))
    assert pigtrack.fit_colour_correction(patches, CARD).method == "spectral-prior"


def test_spoilt_patches_are_left_out_and_told():
    patches = PATCHES.copy()
    patches[[3, 7]] = np.nan
    fit = pigtrack.fit_colour_correction(patches, CARD)
    assert off(fit).max() < 1.6
    assert np.isnan(fit.loo_delta_e00[[3, 7]]).all()
    assert np.isfinite(fit.loo_delta_e00).sum() > 18


def test_what_cannot_be_fitted_is_refused():
    with pytest.raises(ValueError, match="shape"):
        pigtrack.fit_colour_correction(PATCHES[:20], CARD)
    with pytest.raises(ValueError, match="got 'magic'"):
        pigtrack.fit_colour_correction(PATCHES, CARD, method="magic")
    with pytest.raises(ValueError, match="spoilt"):
        pigtrack.fit_colour_correction(np.full((24, 3), np.nan), CARD)


def test_a_fit_can_be_kept():
    fit = pigtrack.fit_colour_correction(PATCHES, CARD)
    again = pickle.loads(pickle.dumps(fit))
    np.testing.assert_array_equal(again.apply(SKINS), fit.apply(SKINS))
