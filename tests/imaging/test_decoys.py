"""Ink and moles are told from pigment by their colour, on every skin; lentigines and red ones are not mistaken."""

import numpy as np
import pytest
from drawn_skin import MM_PER_PX, draw

from pigtrack.imaging.colour import delta_e_2000, srgb_to_lab
from pigtrack.imaging.pigment import fit_ruler
from pigtrack.imaging.segment.decoys import find_decoys
from pigtrack.imaging.skin import TONES, linear_srgb, reflectance
from pigtrack.model.metrics import SpotMeasurement
from pigtrack.model.quantity import Measured, Unit
from pigtrack.pipeline.finds import find_course_decoys
from pigtrack.store.reference_data import load_spectra

TABLES = load_spectra()
SKINS = ("light", "tan", "dark")
INK = np.array([0.05, 0.08, 0.16])


def light(tone, *, melanin=0.0, blood=1.0):
    base = TONES[tone]
    return linear_srgb(
        reflectance(base, np.array(base.melanin + melanin), np.array(blood * base.blood), TABLES), TABLES
    )


def spot(tone, seen, number=1):
    skin = light(tone)
    lab, ring = srgb_to_lab(seen), srgb_to_lab(skin)
    nothing = dict.fromkeys(("area", "area_frozen", "diameter", "delta_l", "delta_ita", "delta_ei", "load"))
    return SpotMeasurement(
        lesion_id=number,
        present=True,
        parts=1,
        centroid=(0.0, 0.0),
        lab=tuple(lab),
        ring_lab=tuple(ring),
        delta_mi=Measured(float(100 * np.log10(skin[0] / seen[0])), 0.2, Unit.MELANIN_INDEX),
        delta_e00=Measured(float(delta_e_2000(lab, ring)), 0.2, Unit.DELTA_E_2000),
        edge_width=None,
        **nothing,
    )


class Photograph:
    def __init__(self, *spots):
        self.spots = spots


def decoys(tone, *photographs):
    ruler = fit_ruler([draw(tone)], tables=TABLES, mm_per_px=MM_PER_PX)
    return find_course_decoys([Photograph(*spots) for spots in photographs], ruler, TABLES)


@pytest.mark.parametrize("tone", SKINS)
def test_ink_and_a_mole_are_decoys_and_lentigines_are_not(tone):
    shown = [
        spot(tone, light(tone, melanin=0.015), 1),
        spot(tone, light(tone, melanin=0.077), 2),
        spot(tone, light(tone, melanin=0.035, blood=1.8), 3),
        spot(tone, light(tone, melanin=0.16, blood=1.3), 4),
        spot(tone, INK * light(tone)[0], 5),
    ]
    assert decoys(tone, shown) == {4, 5}


def test_one_photograph_that_shows_pigment_is_enough_to_score_it():
    mole, lentigo = spot("light", light("light", melanin=0.16)), spot("light", light("light", melanin=0.05))
    assert decoys("light", [mole], [lentigo]) == frozenset()
    assert decoys("light", [mole], [mole]) == {1}


def test_what_is_too_faint_points_nowhere():
    ruler = fit_ruler([draw("light")], tables=TABLES, mm_per_px=MM_PER_PX)
    tinted = spot("light", light("light") * [0.99, 1.0, 1.04])
    assert find_decoys([[tinted]], ruler, darkest_mi=25.0) == frozenset()
