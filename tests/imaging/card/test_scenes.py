"""Whatever happens to a card: it is read to a hundredth of its pitch, or refused with the reason."""

from dataclasses import replace

import card_photographs as real
import card_scenes as drawn
import numpy as np
import pytest

from pigtrack.errors import CardError
from pigtrack.imaging.card import find_card
from pigtrack.imaging.card.verify import Fault
from pigtrack.imaging.colour import SRGB_TO_XYZ
from pigtrack.store.reference_data import load_card

CARD, OTHER = load_card("colorchecker-classic"), load_card("spydercheckr-24")
LARGE = ("pitch 100-250 px", "a larger card with this in it", "cloth")
"""Kinds whose pictures take long to draw or to search: in the long suite only."""

REASONS = {fault.value[0]: fault.name for fault in Fault}


def outcome(scene):
    """What was said: "right", "wrong" for a card read where it is not, or something in between."""
    try:
        centres = find_card(scene.photograph, CARD).centres
    except CardError as refusal:
        said = REASONS[refusal.problem]
        return "right" if said in scene.expected else f"refused as {said}"
    if "whole" not in scene.expected:
        return "wrong"
    away = np.linalg.norm(centres - scene.centres, axis=1).max()
    if away <= scene.tolerance_px:
        return "right"
    return "wrong" if away > scene.pitch_px / 3 else f"astray by {away:.2f} px"


def check(scene):
    assert outcome(scene) == "right"


@pytest.mark.parametrize("kind", [kind for kind in drawn.kinds() if kind not in LARGE])
def test_every_kind_of_scene_is_judged_right(kind):
    check(drawn.draw_scene(kind, 200, CARD, other=OTHER))


@pytest.mark.parametrize("quarter", range(8))
def test_no_turn_of_the_card_changes_its_order(quarter):
    look = drawn.Look(roll=45.0 * quarter + 5, pitch=30, skin=("light", "tan", "dark")[quarter % 3])
    scene = drawn.photograph_card("turned", CARD, look, np.random.default_rng(quarter), ("whole",))
    check(scene)


@pytest.mark.parametrize(("lamp", "skin"), list(zip(drawn.LAMPS, [*drawn.SKINS, *drawn.SKINS], strict=False)))
def test_no_lamp_on_any_skin_moves_a_card(lamp, skin):
    look = drawn.Look(lamp=lamp, skin=skin, pitch=26, roll=20)
    check(drawn.photograph_card("lamp", CARD, look, np.random.default_rng(5), ("whole",)))


def test_a_spydercheckr_is_found_by_its_own_name():
    scene = drawn.draw_scene("another card", 2, CARD, other=OTHER)
    away = np.linalg.norm(find_card(scene.photograph, OTHER).centres - scene.centres, axis=1)
    assert away.max() < 0.01 * scene.pitch_px


@pytest.mark.parametrize(("columns", "rows"), [(4, 4), (7, 5), (10, 8)])
def test_cards_of_other_layouts_are_found(columns, rows):
    xyz = np.random.default_rng(columns).uniform(0.03, 0.85, (columns * rows, 3)) @ SRGB_TO_XYZ.T
    card = replace(CARD, name="own", columns=columns, rows=rows, xyz=xyz, spectra=None, neutral=(), skin=())
    scene = drawn.photograph_card("own", card, drawn.Look(pitch=18, roll=70), np.random.default_rng(1), ("whole",))
    away = np.linalg.norm(find_card(scene.photograph, card).centres - scene.centres, axis=1)
    assert away.max() < 0.01 * scene.pitch_px


@pytest.mark.slow
@pytest.mark.parametrize("kind", drawn.kinds())
def test_of_many_scenes_of_every_kind_one_in_eight_may_fail_but_none_silently(kind):
    said = [outcome(drawn.draw_scene(kind, seed, CARD, other=OTHER)) for seed in range(201, 217, 2)]
    assert "wrong" not in said
    assert said.count("right") >= 7, said


@pytest.mark.slow
@pytest.mark.skipif(not real.there("cards"), reason="no folder of real photographs (set PIGTRACK_REAL_PHOTOS)")
@pytest.mark.parametrize("kind", [*drawn.WHOLE, *drawn.FAULTY])
def test_real_cards_taken_anew_are_never_judged_wrong_silently(kind):
    said = []
    for number, name in enumerate(real.WHOLE_CARDS[::2]):
        photograph = real.open_real("cards", name)
        said.append(outcome(drawn.retake(kind, 201 + 2 * number, photograph, find_card(photograph, CARD))))
    assert "wrong" not in said
    if kind == "pitch 7-10 px" and said.count("right") < 5:
        pytest.xfail(f"known shortfall: real cards at 7 to 10 px are read to 1 % only in {said.count('right')} of 8")
    assert said.count("right") >= 5, said
