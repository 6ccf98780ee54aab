"""Outlines against true masks: perfect, missed, invented, swapped."""

from dataclasses import replace

import numpy as np
import pytest
from drawn_cases import LESION, PATCHES, PHOTOGRAPH, blocks, lesion, sighting
from hypothesis import given
from hypothesis import strategies as st

from pigtrack.bench.cases import agree_on_numbers
from pigtrack.bench.sightings import TruePlace, count_invented, judge_photograph, match_outlines, skin_to_pixels
from pigtrack.model.photograph import Registration, WorkingGrid
from pigtrack.model.truth import TrueSession

SPOT = blocks((1, 10, 30, 10, 30))


def test_a_perfect_outline_has_a_dice_of_one_whatever_its_number():
    (case,) = match_outlines(sighting(7 * SPOT, SPOT))
    assert (case.truth_id, case.lesion_id, case.dice, case.sought) == (1, 7, 1.0, True)


def test_half_of_a_spot_has_the_dice_of_its_formula():
    (case,) = match_outlines(sighting(blocks((1, 10, 20, 10, 30)), SPOT))
    assert case.dice == pytest.approx(2 * 200 / (200 + 400))


def test_an_outline_twice_as_large_pays_for_what_it_adds():
    (case,) = match_outlines(sighting(blocks((1, 10, 50, 10, 30)), SPOT))
    assert case.dice == pytest.approx(2 * 400 / (800 + 400))


@pytest.mark.parametrize("labels", [blocks(), blocks((1, 40, 50, 40, 50)), blocks((1, 10, 11, 10, 30))])
def test_a_spot_that_is_hardly_touched_is_missed(labels):
    (case,) = match_outlines(sighting(labels, SPOT))
    assert (case.lesion_id, case.dice) == (None, 0.0)


def test_the_outline_that_covers_most_of_a_spot_is_its_own():
    labels = blocks((1, 10, 16, 10, 30), (2, 16, 30, 10, 30))
    (case,) = match_outlines(sighting(labels, SPOT))
    assert case.lesion_id == 2


def test_a_rejected_photograph_and_a_spot_that_is_not_there_are_no_cases():
    assert list(match_outlines(sighting(None, SPOT))) == []
    assert list(match_outlines(sighting(SPOT, SPOT, lesion(1, visible=False)))) == []
    assert list(match_outlines(sighting(SPOT, blocks(), LESION))) == []


def test_small_and_faint_spots_are_not_sought():
    small, faint = lesion(1, area_mm2=2.0), lesion(1, delta_e00=1.0)
    assert [next(match_outlines(sighting(SPOT, SPOT, each))).sought for each in (small, faint)] == [False, False]


def test_an_outline_on_clear_skin_is_invented_and_one_that_touches_pigment_is_not():
    labels = blocks((1, 10, 30, 10, 30), (2, 40, 50, 40, 50), (3, 29, 35, 29, 35))
    assert count_invented(labels, SPOT) == 1
    assert count_invented(blocks(), SPOT) == 0


@given(st.integers(0, 59), st.integers(0, 79), st.integers(1, 30), st.integers(1, 30))
def test_dice_lies_between_nothing_and_one_wherever_the_outline_lies(top, left, height, width):
    labels = blocks((4, top, top + height, left, left + width))
    (case,) = match_outlines(sighting(labels, SPOT))
    assert 0 <= case.dice <= 1
    assert (case.dice == 1) == bool(((labels > 0) == (SPOT > 0)).all())
    assert (case.lesion_id is None) == (case.dice == 0)


def test_a_swap_of_identities_shows_in_the_numbers():
    mask = blocks((1, 5, 15, 5, 15), (2, 5, 15, 40, 50))
    swapped = blocks((2, 5, 15, 5, 15), (1, 5, 15, 40, 50))
    first = tuple(match_outlines(sighting(mask, mask, lesion(1), lesion(2))))
    later = tuple(match_outlines(sighting(swapped, mask, lesion(1), lesion(2), session=2)))
    assert agree_on_numbers(first + later) == {1: 1, 2: 2}  # as first seen
    assert [case.lesion_id for case in later] == [2, 1]


def test_an_outline_over_two_spots_is_the_row_of_the_one_it_fits_best():
    mask = blocks((1, 10, 30, 10, 30), (2, 10, 30, 30, 35))
    both = blocks((5, 10, 30, 10, 35))
    cases = tuple(match_outlines(sighting(both, mask, lesion(1), lesion(2))))
    assert [case.lesion_id for case in cases] == [5, 5]
    assert agree_on_numbers(cases) == {1: 5}


def place_of(registration=None):
    session = TrueSession(1, (LESION,), {"a.jpg": PHOTOGRAPH})
    frame = WorkingGrid((60, 80), (0.0, 0.0), 1.0, 0.1)
    result = type("Result", (), {"frame": frame, "registrations": {"a.jpg": registration} if registration else {}})
    return TruePlace((session, session), result)


def shifted(x: float, y: float) -> Registration:
    columns, rows = np.meshgrid(np.arange(0, 90, 10.0), np.arange(0, 70, 10.0))
    nodes = np.stack([columns + x, rows + y], axis=-1)
    return Registration(nodes, 10, area_ratio=1.0, error_px=0.1, overlap=1.0)


def test_card_and_scale_are_judged_in_their_own_measures():
    true = judge_photograph(sighting(SPOT, SPOT, card_centres=PATCHES, mm_per_px=0.1), place_of())
    assert (true.card_error_pitch, true.scale_error_percent) == (0.0, pytest.approx(0.0, abs=1e-9))
    off = judge_photograph(
        sighting(SPOT, SPOT, card_centres=PATCHES + np.array([0.3, 0.4]), mm_per_px=0.102), place_of()
    )
    assert off.card_error_pitch == pytest.approx(0.05)
    assert off.scale_error_percent == pytest.approx(2.0)


def test_a_photograph_without_card_or_place_has_nothing_to_compare():
    case = judge_photograph(
        sighting(None, SPOT, session=2, card_found=False, mm_per_px=None, qc_status="reject"), place_of()
    )
    assert (case.card_found, case.usable, case.invented) == (False, False, 0)
    assert np.isnan([case.card_error_pitch, case.scale_error_percent, case.registration_mm]).all()


def test_a_registration_that_is_off_is_off_by_as_many_millimetres():
    right = judge_photograph(sighting(SPOT, SPOT, session=2), place_of(shifted(0, 0)))
    assert right.registration_mm == pytest.approx(0.0, abs=1e-6)
    off = judge_photograph(sighting(SPOT, SPOT, session=2), place_of(shifted(3.0, 4.0)))
    assert off.registration_mm == pytest.approx(0.5)


def test_stretched_skin_is_followed():
    moved = np.zeros((4, 5, 2))
    moved[..., 0] = 1.5
    pulled = replace(PHOTOGRAPH, displacement_mm=moved)
    np.testing.assert_allclose(skin_to_pixels(np.array([[2.0, 3.0]]), pulled), [[35.0, 30.0]])
