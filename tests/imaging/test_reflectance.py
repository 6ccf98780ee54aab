"""Another ColorChecker's own spectra, measured by Ohta in 1997, are the truth for those that are estimated."""

import numpy as np
import pytest

from pigtrack.imaging.colour import adapt_d50_to_d65, delta_e_2000, xyz_to_lab
from pigtrack.imaging.reflectance import adapt_spectra, tristimulus
from pigtrack.model.spectra import WAVELENGTHS
from pigtrack.store.reference_data import load_card, load_spectra

TABLES = load_spectra()
KNOWN = load_card("colorchecker-classic").spectra


@pytest.fixture(scope="module")
def another():
    with pytest.MonkeyPatch.context() as patched, np.errstate(all="ignore"):
        import warnings

        patched.setattr(warnings, "warn", lambda *arguments, **options: None)
        import colour

        shape = colour.SpectralShape(400, 700, 10)
        chart = colour.SDS_COLOURCHECKERS["ColorChecker N Ohta"]
        return np.stack([each.copy().align(shape).values for each in chart.values()])


def weights(lamp):
    return tristimulus(TABLES.lamps[lamp], TABLES.observer)


def away(first, second, lamp):
    white = weights(lamp).sum(axis=0)
    return delta_e_2000(xyz_to_lab(first @ weights(lamp), white), xyz_to_lab(second @ weights(lamp), white))


def test_the_spectra_show_the_colours_that_were_measured(another):
    bent = adapt_spectra(KNOWN, another @ weights("D50"), weights("D50"))
    assert away(bent, another, "D50").max() < 1e-3


@pytest.mark.parametrize(("lamp", "closest", "as_known"), [("A", 0.4, 0.8), ("FL2", 0.4, 0.8), ("LED-B3", 0.3, 0.7)])
def test_they_tell_what_another_lamp_shows_better_than_the_known_card_does(another, lamp, closest, as_known):
    bent = adapt_spectra(KNOWN, another @ weights("D50"), weights("D50"))
    assert away(bent, another, lamp).mean() < closest
    assert away(KNOWN, another, lamp).mean() > as_known


def test_they_go_from_d50_to_d65_better_than_bradford(another):
    bent = adapt_spectra(KNOWN, another @ weights("D50"), weights("D50"))
    white = weights("D65").sum(axis=0)
    bradford = adapt_d50_to_d65(another @ weights("D50"))
    plain = delta_e_2000(xyz_to_lab(bradford, white), xyz_to_lab(another @ weights("D65"), white))
    assert away(bent, another, "D65").mean() < plain.mean() / 3


def test_a_card_that_is_as_it_was_keeps_its_spectra():
    bent = adapt_spectra(KNOWN, KNOWN @ weights("D65"), weights("D65"))
    np.testing.assert_allclose(bent, KNOWN, atol=1e-6)


def test_a_card_that_darkened_evenly_is_found_to_have_darkened_evenly():
    bent = adapt_spectra(KNOWN, 0.9 * KNOWN @ weights("D65"), weights("D65"))
    np.testing.assert_allclose(bent, 0.9 * KNOWN, atol=0.01)
    assert bent.shape == (24, len(WAVELENGTHS))
