import numpy as np
import pytest

from pigtrack.imaging import colour
from pigtrack.model.photograph import Encoding

SHARMA = np.array([
    [50, 2.6772, -79.7751, 50, 0, -82.7485, 2.0425], [50, 3.1571, -77.2803, 50, 0, -82.7485, 2.8615],
    [50, 2.8361, -74.0200, 50, 0, -82.7485, 3.4412], [50, -1.3802, -84.2814, 50, 0, -82.7485, 1.0000],
    [50, -1.1848, -84.8006, 50, 0, -82.7485, 1.0000], [50, -0.9009, -85.5211, 50, 0, -82.7485, 1.0000],
    [50, 0, 0, 50, -1, 2, 2.3669], [50, -1, 2, 50, 0, 0, 2.3669],
    [50, 2.4900, -0.0010, 50, -2.4900, 0.0009, 7.1792], [50, 2.4900, -0.0010, 50, -2.4900, 0.0010, 7.1792],
    [50, 2.4900, -0.0010, 50, -2.4900, 0.0011, 7.2195], [50, 2.4900, -0.0010, 50, -2.4900, 0.0012, 7.2195],
    [50, -0.0010, 2.4900, 50, 0.0009, -2.4900, 4.8045], [50, -0.0010, 2.4900, 50, 0.0010, -2.4900, 4.8045],
    [50, -0.0010, 2.4900, 50, 0.0011, -2.4900, 4.7461], [50, 2.5, 0, 50, 0, -2.5, 4.3065],
    [50, 2.5, 0, 73, 25, -18, 27.1492], [50, 2.5, 0, 61, -5, 29, 22.8977], [50, 2.5, 0, 56, -27, -3, 31.9030],
    [50, 2.5, 0, 58, 24, 15, 19.4535], [50, 2.5, 0, 50, 3.1736, 0.5854, 1.0000],
    [50, 2.5, 0, 50, 3.2972, 0, 1.0000], [50, 2.5, 0, 50, 1.8634, 0.5757, 1.0000],
    [50, 2.5, 0, 50, 3.2592, 0.3350, 1.0000],
    [60.2574, -34.0099, 36.2677, 60.4626, -34.1751, 39.4387, 1.2644],
    [63.0109, -31.0961, -5.8663, 62.8187, -29.7946, -4.0864, 1.2630],
    [61.2901, 3.7196, -5.3901, 61.4292, 2.2480, -4.9620, 1.8731],
    [35.0831, -44.1164, 3.7933, 35.0232, -40.0716, 1.5901, 1.8645],
    [22.7233, 20.0904, -46.6940, 23.0331, 14.9730, -42.5619, 2.0373],
    [36.4612, 47.8580, 18.3852, 36.2715, 50.5065, 21.2231, 1.4146],
    [90.8027, -2.0831, 1.4410, 91.1528, -1.6435, 0.0447, 1.4441],
    [90.9257, -0.5406, -0.9208, 88.6381, -0.8985, -0.7239, 1.5381],
    [6.7747, -0.2908, -2.4247, 5.8714, -0.0985, -2.2286, 0.6377],
    [2.0776, 0.0795, -1.1350, 0.9033, -0.0636, -0.5514, 0.9082],
])  # fmt: skip
"""Sharma, Wu, Dalal 2005, table 1."""

SKIN = {"light": (0.62, 0.42, 0.32), "tan": (0.33, 0.20, 0.13), "dark": (0.09, 0.05, 0.035)}


def test_all_thirty_four_published_pairs_come_out():
    found = colour.delta_e_2000(SHARMA[:, :3], SHARMA[:, 3:6])
    assert np.abs(found - SHARMA[:, 6]).max() < 1e-4
    assert colour.delta_e_2000(SHARMA[:, 3:6], SHARMA[:, :3]) == pytest.approx(found, abs=1e-9)


@pytest.mark.parametrize("tone", SKIN)
def test_the_fast_picture_conversion_agrees_with_the_exact_one_on_skin(tone):
    picture = np.full((4, 4, 3), SKIN[tone], np.float32) * np.linspace(0.8, 1.1, 16).reshape(4, 4, 1)
    exact = colour.srgb_to_lab(picture)
    assert np.abs(colour.srgb_image_to_lab(picture.astype(np.float32)) - exact).max() < 0.01


def test_lab_and_xyz_undo_each_other():
    lab = np.random.default_rng(1).uniform([1, -60, -60], [99, 60, 60], (200, 3))
    assert colour.xyz_to_lab(colour.lab_to_xyz(lab)) == pytest.approx(lab, abs=1e-9)


def test_srgb_encoding_and_decoding_undo_each_other():
    linear = np.linspace(0, 1, 101)
    assert colour.decode(colour.encode_srgb(linear), Encoding.SRGB) == pytest.approx(linear, abs=1e-9)


@pytest.mark.parametrize(("tone", "low", "high"), [("light", 28, 70), ("tan", -10, 28), ("dark", -90, -30)])
def test_the_typology_angle_orders_skin(tone, low, high):
    assert low < float(colour.ita(colour.srgb_to_lab(np.array(SKIN[tone])))) < high
