"""Scale on phantom photographs, from where their cards truly lie: nothing is drawn, so finding the card is left out."""

from functools import cache

import numpy as np
import pytest

from pigtrack.imaging.geometry import apply_homography
from pigtrack.imaging.phantom.course import CoursePlan, plan_view
from pigtrack.imaging.phantom.layout import CARD_PITCH_MM, REGION_MM, photograph_shape
from pigtrack.imaging.phantom.plan import PhantomPlan, Scenario
from pigtrack.imaging.phantom.pose import Deformation, focal_length_35mm, local_scale, skin_to_pixels
from pigtrack.imaging.scale import ScaleClue, measure_scale, pool_scales
from pigtrack.model.calibration import CardReading
from pigtrack.store.reference_data import load_card

CARD = load_card("colorchecker-classic")
SHAPE = photograph_shape(4)
MIDDLE = ((REGION_MM[0] + REGION_MM[2]) / 2, (REGION_MM[1] + REGION_MM[3]) / 2)
GRID = np.column_stack([np.arange(24) % 6, np.arange(24) // 6]).astype(float)
SESSIONS, COURSES = 3, 25


def read(view):
    to_mm = np.array([[CARD_PITCH_MM, 0, -2.5 * CARD_PITCH_MM], [0, CARD_PITCH_MM, -1.5 * CARD_PITCH_MM], [0, 0, 1.0]])
    homography = view.card @ to_mm
    return CardReading(
        CARD, apply_homography(homography, GRID), homography / homography[2, 2], np.ones((24, 3)), np.zeros((24, 3)),
        np.zeros(24, bool), 1.0, 0.05, 0.8,
    )  # fmt: skip


def look(course, session):
    """Scale of one photograph, and its true one on skin that is not stretched."""
    view = plan_view(course, session, 1)
    point = skin_to_pixels(view.skin, Deformation(), np.array(MIDDLE))
    focal = round(focal_length_35mm(view.condition.camera_mm, SHAPE))
    found = measure_scale(
        read(view), CARD_PITCH_MM, (float(point[0]), float(point[1])), image_shape=SHAPE, focal_length_35mm=focal
    )
    return found, 1 / local_scale(view.skin, Deformation(), MIDDLE)


@cache
def courses(scenario):
    """For each course the errors of its photographs' scales over their uncertainty, and of the pooled one likewise."""
    single, pooled, percent = [], [], []
    for seed in range(100, 100 + COURSES):
        course = CoursePlan(PhantomPlan(seed=seed, scenario=scenario, sessions=SESSIONS), SHAPE, (), None)
        looks = [look(course, number) for number in range(1, SESSIONS + 1)]
        clues = []
        for number, (found, true) in enumerate(looks, start=1):
            own = np.sqrt(found.u_relative**2 - found.u_shared**2)
            clues.append(ScaleClue(number, found.mm_per_px / true, own))
            single.append(np.log(found.mm_per_px / true) / found.u_relative)
        whole = pool_scales(clues)
        pooled.append(np.log(whole.mm_per_px) / np.hypot(whole.u_own, looks[0][0].u_shared))
        percent.append(100 * abs(whole.mm_per_px - 1))
    return np.array(single), np.array(pooled), np.array(percent)


def rms(values):
    return float(np.sqrt(np.mean(np.square(values))))


@pytest.mark.parametrize(("scenario", "worst"), [("studio", 0.15), ("ward", 0.3), ("phone", 0.6)])
def test_a_course_s_scale_is_right_to_parts_of_a_per_cent(scenario, worst):
    assert courses(Scenario(scenario))[2].mean() < worst


def test_over_all_scenarios_the_scale_is_right_to_a_third_of_a_per_cent():
    assert np.mean([courses(each)[2].mean() for each in Scenario]) < 0.3


def test_errors_are_as_large_as_the_uncertainty_says():
    single = np.concatenate([courses(each)[0] for each in Scenario])
    pooled = np.concatenate([courses(each)[1] for each in Scenario])
    assert 0.7 < rms(single) < 1.4
    assert 0.7 < rms(pooled) < 1.4
