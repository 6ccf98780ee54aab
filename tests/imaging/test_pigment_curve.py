"""Through the skin model turned round, melanin reads melanin and blood reads blood, on light, tan and dark skin."""

from functools import cache

import numpy as np
import pytest

from pigtrack.imaging.indices import apply_curve
from pigtrack.imaging.pigment.curve import fit_curve
from pigtrack.imaging.pigment.ruler import _constrained
from pigtrack.imaging.pigment.tone import model_density, pigment_directions
from pigtrack.imaging.skin import TONES
from pigtrack.store.reference_data import load_spectra

SKINS = ("light", "tan", "dark")
ADDED = np.array([0.0, 0.015, 0.035, 0.07])
TABLES = load_spectra()


@cache
def readings_of(tone, surface=0.028):
    melanin, blood = pigment_directions(TONES[tone], TABLES, surface=surface)
    return 100 * np.stack(_constrained(np.diag((0.03 * melanin) ** 2), melanin, blood))


def read(tone, melanin, blood, *, surface=0.028):
    """MI and EI of skin with so much melanin and so many times its blood, in a picture of one row."""
    skin, directions = TONES[tone], readings_of(tone, surface)
    plain = model_density(skin, np.array(skin.melanin), np.array(skin.blood), TABLES, surface=surface)
    curve = fit_curve(skin, plain, directions, TABLES, surface=surface)
    melanin, blood = np.broadcast_arrays(melanin, blood)
    dense = model_density(skin, melanin, blood * skin.blood, TABLES, surface=surface)
    return apply_curve(curve, (dense @ directions.T)[None].astype(np.float32))[0].T


def red_density(tone, melanin):
    skin = TONES[tone]
    return 100 * model_density(skin, melanin, np.full_like(melanin, skin.blood), TABLES)[:, 0]


@pytest.mark.parametrize("tone", SKINS)
def test_any_contrast_reads_its_own_red_density(tone):
    melanin = TONES[tone].melanin + ADDED
    found, _ = read(tone, melanin, 1.0)
    true = red_density(tone, melanin)
    np.testing.assert_allclose(found - found[0], true - true[0], rtol=0.01, atol=0.05)
    assert found[0] == pytest.approx(true[0], abs=0.1)


@pytest.mark.parametrize("tone", SKINS)
@pytest.mark.parametrize("blood", [0.5, 1.5, 2.0, 3.0])
def test_more_or_less_blood_reads_the_same_melanin(tone, blood):
    melanin = TONES[tone].melanin + ADDED
    before, after = read(tone, melanin, 1.0)[0], read(tone, melanin, blood)[0]
    np.testing.assert_allclose(after, before, atol=0.2)


@pytest.mark.parametrize("tone", SKINS)
@pytest.mark.parametrize("blood", [0.5, 1.0, 2.0])
def test_more_melanin_reads_the_same_blood(tone, blood):
    found = read(tone, TONES[tone].melanin + ADDED, blood)[1]
    np.testing.assert_allclose(found, found[0], atol=0.5)


@pytest.mark.parametrize("tone", SKINS)
def test_the_same_melanin_added_to_tanned_skin_reads_the_same(tone):
    melanin = TONES[tone].melanin + ADDED
    pale, tanned = read(tone, melanin, 1.0)[0], read(tone, melanin + 0.006, 1.0)[0]
    np.testing.assert_allclose(tanned - tanned[0], pale - pale[0], rtol=0.01, atol=0.1)
    assert tanned[0] - pale[0] > 1


@pytest.mark.parametrize("tone", SKINS)
def test_behind_crossed_polarisers_the_indices_stay_the_same(tone):
    melanin = TONES[tone].melanin + ADDED
    np.testing.assert_allclose(read(tone, melanin, 1.5, surface=0.0), read(tone, melanin, 1.5), atol=0.25)


def test_readings_beyond_the_curve_go_on_in_parallel():
    curve = fit_curve(TONES["light"], np.array([0.3, 0.5, 0.7]), readings_of("light"), TABLES)
    middle = (curve.start[0] + curve.step * (curve.lift.shape[1] - 1), curve.start[1] + 30.0)
    far = np.array([[middle, (middle[0] + 50, middle[1])]], np.float32)
    found = apply_curve(curve, far)
    assert found[0, 1, 0] - found[0, 0, 0] == pytest.approx(50, abs=0.1)
