"""Photographs that the phantom draws: the same each time, and as their truth says."""

import time
from functools import cache

import numpy as np
import pytest

from pigtrack.imaging import opencv
from pigtrack.imaging.colour import XYZ_TO_SRGB, decode, delta_e_2000, srgb_to_lab
from pigtrack.imaging.phantom import (
    Nuisance,
    PhantomPlan,
    RenderedPhotograph,
    Scenario,
    plan_course,
    plan_view,
    render_photograph,
)
from pigtrack.imaging.phantom.cardface import card_outline_mm
from pigtrack.imaging.phantom.pose import (
    Deformation,
    displacement,
    pixels_to_skin,
    plan_deformation,
    project,
    skin_to_pixels,
)
from pigtrack.model.photograph import Encoding
from pigtrack.store.reference_data import load_card, load_spectra

CARD = load_card("colorchecker-classic")
SIZE = 0.75


@cache
def drawn(scenario: Scenario, tone: str, session: int, *nuisances: Nuisance) -> RenderedPhotograph:
    plan = PhantomPlan(scenario=scenario, tone=tone, megapixels=SIZE, nuisances=frozenset(nuisances), sessions=3)
    return render_photograph(plan_course(plan), session, 1, load_spectra(), CARD)


def patch(photograph: RenderedPhotograph, number: int, half: int = 6) -> np.ndarray:
    x, y = np.round(photograph.truth.patch_centres[number]).astype(int)
    return photograph.pixels[y - half : y + half + 1, x - half : x + half + 1].reshape(-1, 3).astype(float)


def test_a_photograph_is_the_same_alone_and_in_a_row():
    plan = PhantomPlan(megapixels=SIZE, shots=2)
    course = plan_course(plan)
    row = [render_photograph(course, 2, shot, load_spectra(), CARD).pixels for shot in (1, 2)]
    alone = render_photograph(plan_course(plan), 2, 2, load_spectra(), CARD).pixels
    assert np.array_equal(row[1], alone)
    assert not np.array_equal(row[0], row[1])


@pytest.mark.parametrize("scenario", Scenario)
@pytest.mark.parametrize("nuisances", [(), (Nuisance.TILT,), (Nuisance.DISTANCE, Nuisance.STRAIN)])
def test_the_whole_card_and_every_lesion_are_in_every_picture(scenario, nuisances):
    for seed in range(15):
        plan = PhantomPlan(seed=seed, scenario=scenario, nuisances=frozenset(nuisances), megapixels=SIZE)
        course = plan_course(plan)
        for session in (1, 2, 3):
            view = plan_view(course, session, 1)
            skin = np.array([state.blobs[0].centre for lesion in course.lesions for state in lesion.states])
            seen = skin_to_pixels(view.skin, view.condition.deformation, skin)
            corners = np.vstack([project(view.card, card_outline_mm(CARD)), seen])
            assert corners.min() > 0
            assert (corners < np.array(course.shape[::-1]) - 1).all()


@pytest.mark.parametrize("scenario", Scenario)
@pytest.mark.parametrize("tone", ["light", "tan", "dark"])
def test_patch_centres_lie_in_the_middle_of_their_patches(scenario, tone):
    photograph = drawn(scenario, tone, 2)
    white = np.argmax([patch(photograph, k).mean() for k in range(24)])
    assert white == CARD.neutral[0]
    assert _centroid_error(photograph, white) < 0.25


def _centroid_error(photograph: RenderedPhotograph, number: int) -> float:
    """Distance from the truth to the centroid of a bright patch on the dark frame, pixels."""
    x, y = photograph.truth.patch_centres[number]
    reach = int(4.4 * photograph.truth.px_per_mm)  # into the gap, not into the neighbours
    left, top = round(x) - reach, round(y) - reach
    part = photograph.pixels[top : top + 2 * reach + 1, left : left + 2 * reach + 1].astype(float).mean(axis=2)
    share = np.clip((part - 60) / (np.median(part[reach - 4 : reach + 5, reach - 4 : reach + 5]) - 60), 0, 1)
    rows, columns = np.indices(part.shape)
    return float(
        np.hypot((share * columns).sum() / share.sum() + left - x, (share * rows).sum() / share.sum() + top - y)
    )


def test_the_studio_shows_the_card_in_nearly_its_own_colours():
    photograph = drawn(Scenario.STUDIO, "light", 1)
    linear = decode(np.stack([np.median(patch(photograph, k), axis=0) for k in range(24)]) / 255, Encoding.SRGB)
    lab = srgb_to_lab(linear * CARD.xyz[CARD.neutral[1], 1] / linear[CARD.neutral[1], 1])
    reference = srgb_to_lab(CARD.xyz @ XYZ_TO_SRGB.T)
    assert np.median(delta_e_2000(lab, reference)) < 5


@pytest.mark.parametrize("tone", ["light", "tan", "dark"])
def test_spots_under_the_mask_are_darker_than_the_skin_around(tone):
    photograph = drawn(Scenario.WARD, tone, 1)
    mask, red = photograph.truth.mask, photograph.pixels[..., 0].astype(float)
    for number in np.unique(mask[mask > 0]):
        spot = mask == number
        ring = opencv.dilate(spot, 18) & ~opencv.dilate(mask > 0, 6)
        assert np.median(red[spot]) < np.median(red[ring])


@pytest.mark.parametrize("nuisance", Nuisance)
def test_every_nuisance_strikes_the_second_session(nuisance):
    plain, struck = drawn(Scenario.WARD, "light", 2), drawn(Scenario.WARD, "light", 2, nuisance)
    assert not np.array_equal(plain.pixels, struck.pixels) or struck.jpeg_quality < plain.jpeg_quality


def test_all_nuisances_together_spare_the_first_session():
    nuisances = set(Nuisance) - {Nuisance.DECOYS}  # decoys belong to the skin and were there before
    struck = drawn(Scenario.WARD, "light", 1, *sorted(nuisances))
    assert np.array_equal(drawn(Scenario.WARD, "light", 1).pixels, struck.pixels)


def test_truth_leads_from_skin_to_pixels_and_back():
    truth = drawn(Scenario.PHONE, "light", 3, Nuisance.TILT).truth
    bend = plan_deformation(np.random.default_rng(1), 0.02)
    points = np.random.default_rng(2).uniform(0, 100, (50, 2))
    pixels = skin_to_pixels(truth.homography, bend, points)
    np.testing.assert_allclose(pixels_to_skin(truth.homography, bend, pixels), points, atol=1e-6)


@pytest.mark.parametrize("strain", [0.005, 0.02])
def test_skin_is_never_strained_more_than_said(strain):
    step, points = 0.1, np.random.default_rng(1).uniform(0, 150, (2000, 2))
    for seed in range(5):
        bend = plan_deformation(np.random.default_rng(seed), strain)
        for direction in ([step, 0], [0, step]):
            change = displacement(bend, points + direction) - displacement(bend, points)
            assert np.hypot(*change.T).max() / step <= strain


def test_the_first_session_is_not_deformed():
    assert drawn(Scenario.WARD, "light", 1).truth.displacement_mm.any() == bool(Deformation().waves)


def test_a_photograph_that_the_course_does_not_have_is_refused():
    with pytest.raises(ValueError, match="session 1 to 3"):
        render_photograph(plan_course(PhantomPlan()), 4, 1, load_spectra(), CARD)


@pytest.mark.slow
def test_twelve_megapixels_are_drawn_in_fifteen_seconds():
    course = plan_course(PhantomPlan(scenario=Scenario.PHONE, megapixels=12))
    opencv.use_threads(1)
    start = time.process_time()
    photograph = render_photograph(course, 2, 1, load_spectra(), CARD)
    assert time.process_time() - start < 15
    assert photograph.pixels.shape == (3000, 4000, 3)
    assert photograph.truth.px_per_mm > 22
