"""One curve for one camera: what the photographs of a course say of it together, and of which skin they are."""

import numpy as np
import pytest
from known_cameras import knowledge, response

from pigtrack.imaging.calibrate import SPECTRAL_PRIOR, favour_tone, fit_all, pool_curves
from pigtrack.imaging.calibrate.assumptions import PRIOR
from pigtrack.imaging.colour import XYZ_TO_SRGB, decode, encode_srgb, ita, xyz_to_lab
from pigtrack.imaging.skin import TONES, reflectance, xyz_d65
from pigtrack.model.photograph import Encoding
from pigtrack.store.reference_data import load_card, load_spectra

CARD = load_card("colorchecker-classic")
ALL = np.ones(24, bool)


def develop(light: np.ndarray, contrast: float) -> np.ndarray:
    """Decode what a camera writes that lays an S of this strength over the standard curve."""
    code = encode_srgb(0.85 * light)
    code = code + contrast * (code**2 * (3 - 2 * code) - code)
    return decode(np.clip(code, 0, 1), Encoding.SRGB)


def session(seed: int, contrast: float = 0.4, exposure: float = 1.0, noise: float = 0.006) -> np.ndarray:
    light = exposure * CARD.spectra @ response("nikon-d5100", "LED-B3")
    exact = develop(light, contrast)
    return exact * (1 + noise * np.random.default_rng(seed).standard_normal(exact.shape))


def fits(sessions, beliefs=None, known=None):
    beliefs = [{}] * len(sessions) if beliefs is None else [{"belief": each} for each in beliefs]
    return [
        fit_all(patches, CARD, ALL, (SPECTRAL_PRIOR,), known or knowledge(), **belief)[0]
        for patches, belief in zip(sessions, beliefs, strict=True)
    ]


def contrasts(tone_name: str, found, exposures, contrast: float = 0.4) -> np.ndarray:
    """Density contrast, R, G, B, of a spot on this skin in each photograph."""
    tone = TONES[tone_name]
    skins = reflectance(tone, tone.melanin + np.array([0.0, 0.035]), np.full(2, tone.blood), load_spectra())
    seen = [
        fit.apply(develop(exposure * skins @ response("nikon-d5100", "LED-B3"), contrast)) @ XYZ_TO_SRGB.T
        for fit, exposure in zip(found, exposures, strict=True)
    ]
    return np.array([np.log10(each[0] / each[1]) for each in seen])


@pytest.mark.parametrize("tone", ["light", "tan", "dark"])
def test_contrasts_scatter_less_between_sessions_when_the_curve_is_pooled(tone):
    exposures = [1.0, 0.9, 1.05, 0.95, 1.0, 0.85]
    sessions = [session(seed, exposure=exposure) for seed, exposure in enumerate(exposures)]
    alone = fits(sessions)
    together = fits(sessions, pool_curves([fit.levelling.posterior for fit in alone]))
    scatter = [np.std(np.log(contrasts(tone, found, exposures)), axis=0).mean() for found in (alone, together)]
    assert scatter[1] < 0.75 * scatter[0]


def test_one_photograph_is_taken_as_any_camera():
    fit = fits([session(1)])[0]
    (belief,) = pool_curves([fit.levelling.posterior])
    np.testing.assert_allclose(belief.mean, 0, atol=1e-12)
    np.testing.assert_allclose(belief.covariance, PRIOR, rtol=1e-6, atol=1e-9)


def test_cameras_that_differ_are_not_forced_onto_one_curve():
    sessions = [session(k, contrast) for k, contrast in enumerate((-0.1, 0.75, 0.1, 0.6))]
    alone = fits(sessions)
    together = fits(sessions, pool_curves([fit.levelling.posterior for fit in alone]))
    for before, after in zip(alone, together, strict=True):
        assert np.nanmean(after.surprise_delta_e00) < np.nanmean(before.surprise_delta_e00) + 0.15


def test_believing_the_others_does_not_hang_on_their_order():
    found = [fit.levelling.posterior for fit in fits([session(seed) for seed in range(4)])]
    forward, backward = pool_curves(found), pool_curves(found[::-1])[::-1]
    for one, other in zip(forward, backward, strict=True):
        np.testing.assert_allclose(one.mean, other.mean, atol=1e-6)


@pytest.mark.parametrize(("tone", "most"), [("light", 0.02), ("tan", 0.02), ("dark", 0.025)])
def test_a_correction_made_for_the_tone_reads_its_contrasts_right(tone, most):
    skin = TONES[tone]
    spectra = reflectance(skin, skin.melanin + np.array([0.0, 0.035]), np.full(2, skin.blood), load_spectra())
    xyz = xyz_d65(spectra, load_spectra())
    true = np.log10((xyz[0] @ XYZ_TO_SRGB.T) / (xyz[1] @ XYZ_TO_SRGB.T))
    patches = CARD.spectra @ response("nikon-d5100", "D65")
    off = []
    for known in (knowledge(), favour_tone(knowledge(), float(ita(xyz_to_lab(xyz[0]))))):
        fit = fit_all(patches, CARD, ALL, (SPECTRAL_PRIOR,), known)[0]
        seen = fit.apply(spectra @ response("nikon-d5100", "D65")) @ XYZ_TO_SRGB.T
        off.append(np.abs(np.log10(seen[0] / seen[1]) / true - 1).max())
    assert off[1] < max(off[0], most)
    assert off[1] < most
