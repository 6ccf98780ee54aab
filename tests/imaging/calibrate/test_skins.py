"""The fit on simulated skins: right for skins it was not fitted on, and it knows how right."""

from functools import cache

import numpy as np
import pytest
from known_cameras import knowledge, response

from pigtrack.imaging.calibrate.expansion import expand, expand_slope
from pigtrack.imaging.calibrate.response import Response, fit_response
from pigtrack.imaging.calibrate.skins import fit_on_skins
from pigtrack.imaging.colour import delta_e_2000, xyz_to_lab
from pigtrack.imaging.skin import TONES, reflectance, xyz_d65
from pigtrack.store.reference_data import load_card, load_spectra

CARD = load_card("colorchecker-classic")
ALL = np.ones(24, bool)
LAMPS = ("A", "D50", "D65", "FL2", "FL7", "FL11", "FL3.12", "LED-B1", "LED-B3", "LED-B5", "LED-V1", "LED-BH1")
ADDED = np.array([0.0, 0.01, 0.025, 0.05])


def skins(tone_name: str) -> np.ndarray:
    """Clear skin and three spots, redder than usual."""
    tone = TONES[tone_name]
    return reflectance(tone, tone.melanin + ADDED, np.full(len(ADDED), 1.3 * tone.blood), load_spectra())


def noisy_patches(seen: np.ndarray, noise: float, seed: int) -> np.ndarray:
    exact = CARD.spectra @ seen
    return exact * (1 + noise * np.random.default_rng(seed).standard_normal(exact.shape))


@cache
def trials(noise: float) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Colour errors (conditions, tones, skins), contrast errors (conditions, tones, spots), and both foretold."""
    colours, contrasts, foretold = [], [], []
    for camera in load_spectra().cameras:
        for number, lamp in enumerate(LAMPS):
            seen = response(camera, lamp)
            matrix, u = fit_on_skins(noisy_patches(seen, noise, number), CARD, ALL, knowledge())
            found = [xyz_to_lab(expand(skins(tone) @ seen, 6) @ matrix.T) for tone in TONES]
            true = [xyz_to_lab(xyz_d65(skins(tone), load_spectra())) for tone in TONES]
            colours.append([delta_e_2000(f, t) for f, t in zip(found, true, strict=True)])
            off = [(f - t)[1:] - (f - t)[0] for f, t in zip(found, true, strict=True)]
            size = [np.linalg.norm(t[1:] - t[0], axis=1) for t in true]
            contrasts.append([np.linalg.norm(o, axis=1) / s for o, s in zip(off, size, strict=True)])
            foretold.append(u)
    u_skin, u_contrast = np.array(foretold).T
    return np.array(colours), np.array(contrasts), u_skin, u_contrast


def test_skin_comes_out_right_with_measured_cameras_under_every_lamp():
    colours = trials(0.005)[0]
    assert colours.mean() < 0.8
    assert colours.mean(axis=(1, 2)).max() < 2.0


@pytest.mark.parametrize("tone", range(6))
def test_skin_of_every_tone_comes_out_as_right(tone):
    assert trials(0.005)[0][:, tone].mean() < 0.9


def test_contrasts_come_out_right_to_a_twentieth():
    contrasts = trials(0.005)[1]
    assert np.sqrt(np.mean(contrasts**2)) < 0.06


@pytest.mark.parametrize("noise", [0.003, 0.01, 0.03])
def test_colours_and_contrasts_are_as_wrong_as_foretold(noise):
    """The two uncertainties are standard ones: errors against them have a root mean square near 1."""
    colours, contrasts, u_skin, u_contrast = trials(noise)
    colour_ratio = np.sqrt(np.mean(colours**2, axis=(1, 2))) / u_skin
    contrast_ratio = np.sqrt(np.mean(contrasts**2, axis=(1, 2))) / u_contrast
    assert 0.7 < np.sqrt(np.mean(colour_ratio**2)) < 1.4
    assert 0.6 < np.sqrt(np.mean(contrast_ratio**2)) < 1.4


def test_the_same_skin_in_more_light_keeps_its_colour():
    seen = response("nikon-d5100", "D65")
    patches = noisy_patches(seen, 0.0, 0)
    matrix, _ = fit_on_skins(patches, CARD, ALL, knowledge())
    for tone in ("light", "tan", "dark"):
        xyz = expand(skins(tone) @ seen, 6) @ matrix.T
        np.testing.assert_allclose(expand(0.5 * skins(tone) @ seen, 6) @ matrix.T, 0.5 * xyz, rtol=1e-9)


def test_more_doubt_is_told_and_the_correction_minds_it():
    """If each channel's gain is doubtful, the fit that knows of it is hurt less by wrong gains."""
    patches = noisy_patches(response("sigma-sd-merrill", "D65"), 0.005, 1)
    found, all_skins = fit_response(patches, CARD.spectra, ALL, knowledge().prior), knowledge().skins
    seen = all_skins.spectra @ found.mean
    doubt = 0.02 * seen * np.eye(3)[:, None, :]
    sure, (u_sure, _) = fit_on_skins(patches, CARD, ALL, knowledge(), response=found)
    unsure, (u_unsure, _) = fit_on_skins(patches, CARD, ALL, knowledge(), response=found, doubt=doubt)
    assert u_unsure > 1.5 * u_sure
    gains = 1 + 0.02 * np.random.default_rng(5).standard_normal((40, 1, 3))
    hurt = [
        delta_e_2000(xyz_to_lab(expand(seen * gains, 6) @ each.T), xyz_to_lab(all_skins.xyz)).mean()
        for each in (sure, unsure)
    ]
    assert hurt[1] < 0.9 * hurt[0]
    assert hurt[1] < 1.4 * u_unsure


def test_the_terms_slope_is_their_derivative():
    rgb, step = np.array([[0.4, 0.3, 0.2], [0.05, 0.04, 0.02]]), 1e-6
    for channel in range(3):
        moved = rgb + step * np.eye(3)[channel]
        np.testing.assert_allclose(
            expand_slope(rgb)[:, :, channel], (expand(moved, 6) - expand(rgb, 6)) / step, rtol=1e-3, atol=1e-6
        )


def test_a_card_without_spectra_is_the_caller_s_fault():
    with pytest.raises(ValueError, match="no spectra"):
        fit_on_skins(np.ones((24, 3)), load_card("spydercheckr-24"), ALL, knowledge())


def test_skins_that_are_not_the_model_s_are_reckoned_with():
    """With the response known exactly, what is left is that real skins are not those simulated."""
    seen = response("nikon-d5100", "D65")
    sure = Response(seen, 1e-9 * np.ones((1, 31, 3)), 1.0)
    _, (u_skin, u_contrast) = fit_on_skins(CARD.spectra @ seen, CARD, ALL, knowledge(), response=sure)
    assert 0.1 < u_skin < 0.5
    assert u_contrast < 0.05
