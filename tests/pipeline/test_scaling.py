"""A course's one scale: where it comes from, and what each photograph is told of it."""

from dataclasses import replace

import numpy as np
import pytest

from pigtrack.imaging.geometry import fit_homography
from pigtrack.model.calibration import CardReading, SpatialCalibration
from pigtrack.model.flags import QualityFlag
from pigtrack.model.metrics import PhotographMeasurement, SkinReading, SpotMeasurement
from pigtrack.model.photograph import CaptureFacts, Registration, WorkingGrid
from pigtrack.model.quantity import Measured, Unit
from pigtrack.model.result import PhotographReading, Placement
from pigtrack.pipeline.reading import told_focal_length
from pigtrack.pipeline.scaling import CHECK, scale_course, to_scale
from pigtrack.store.reference_data import load_card

SHAPE = (1200, 1600)
FRAME = WorkingGrid((600, 600), (100.0, 100.0), 1.0, 0.1)
POINT = (400.0, 400.0)
GRID = np.column_stack([np.arange(24) % 6, np.arange(24) // 6]).astype(float)


def reading(session, pitch_px=90.0, *, pitch_mm=9.0):
    """A photograph with a card seen straight on, ``pitch_px`` pixels between its patches."""
    centres = GRID * pitch_px + [900.0, 500.0]
    card = CardReading(
        load_card("colorchecker-classic"), centres, fit_homography(GRID, centres), np.ones((24, 3)), np.zeros((24, 3)),
        np.zeros(24, bool), 1.0, 0.05, 0.8,
    )  # fmt: skip
    scale = SpatialCalibration(None if pitch_mm is None else pitch_mm / pitch_px, 0.01, 0.0)
    return PhotographReading(
        session,
        f"{session}.jpg",
        str(session),
        CaptureFacts(focal_length_35mm=200.0),
        SHAPE,
        card,
        {},
        scale,
        pitch_mm=pitch_mm,
    )


def laid(ratio=1.0):
    """A photograph in which the baseline's skin is seen ``ratio`` times as large."""
    rows, columns = np.mgrid[:39, :39] * 16.0
    nodes = (np.stack([columns, rows], axis=-1) + FRAME.origin) * ratio
    return Placement(Registration(nodes, 16, ratio**2, 0.1, 1.0), None, frozenset())


def scaled(readings, placements):
    return scale_course(readings, placements, baseline=0, frame=FRAME, point=POINT)


def test_photographs_that_agree_keep_their_scale_and_get_surer():
    course = scaled([reading(1), reading(2, 99.0)], {0: laid(), 1: laid(1.1)})
    first, second = course.readings
    assert first.scale.mm_per_px == pytest.approx(0.1, rel=2e-3)
    assert second.scale.mm_per_px == pytest.approx(first.scale.mm_per_px / 1.1, rel=1e-9)
    assert first.scale.u_relative == second.scale.u_relative
    assert course.frame.mm_per_px == pytest.approx(first.scale.mm_per_px)
    assert not first.flags | second.flags
    assert first.scale.source == "course"


def test_the_baseline_s_own_card_counts_as_one_of_several():
    course = scaled([reading(1, 91.8), reading(2), reading(3), reading(4)], {k: laid() for k in range(4)})
    assert course.frame.mm_per_px == pytest.approx(0.1, rel=6e-3)
    assert course.frame.mm_per_px < 0.1003


def test_a_card_out_of_the_skin_s_plane_is_flagged_with_by_how_much():
    readings = [reading(1), reading(2, 99.0), reading(3), reading(4)]
    course = scaled(readings, {k: laid() for k in range(4)})
    flagged = [QualityFlag.SCALE_MISMATCH in each.flags for each in course.readings]
    assert flagged == [False, True, False, False]
    check = next(each for each in course.readings[1].checks if each.name == CHECK)
    assert (check.verdict, check.value) == ("warn", pytest.approx(0.091, abs=0.004))
    assert course.readings[1].scale.mm_per_px == pytest.approx(course.readings[0].scale.mm_per_px)


def test_a_photograph_that_was_not_laid_over_keeps_its_own_word():
    lost = Placement(None, "not found again", frozenset())
    readings = [reading(1), reading(2, 120.0)]
    course = scaled(readings, {0: laid(), 1: lost})
    assert course.readings[1] is readings[1]
    assert course.frame.mm_per_px == pytest.approx(0.1, rel=5e-3)


def test_a_course_without_size_is_left_alone():
    readings = [reading(1, pitch_mm=None), reading(2, pitch_mm=None)]
    course = scaled(readings, {0: laid(), 1: laid()})
    assert course.readings == tuple(readings)
    assert course.frame is FRAME


def test_what_the_photograph_said_of_its_card_is_kept():
    tilted = replace(reading(2), flags=frozenset({QualityFlag.BLUR}))
    course = scaled([reading(1), tilted], {0: laid(), 1: laid()})
    assert course.readings[1].flags == {QualityFlag.BLUR}
    assert course.readings[1].scale.tilt_deg == pytest.approx(0.0, abs=0.1)


def leaning(degrees):
    """The baseline, its camera tilted about the picture's y axis: the right is nearer where the angle is positive."""
    focal = 200.0 / 43.267 * np.hypot(*SHAPE)
    lean = np.radians(degrees)
    axes = np.array([[np.cos(lean), 0], [0, 1], [-np.sin(lean), 0]]) * 9.0
    middle = np.array([0, 0, focal * 0.1]) - axes @ [2.5, 1.5]
    camera = np.array([[focal, 0, (SHAPE[1] - 1) / 2], [0, focal, (SHAPE[0] - 1) / 2], [0, 0, 1]])
    homography = camera @ np.column_stack([axes, middle])
    seen = np.column_stack([GRID, np.ones(24)]) @ homography.T
    return homography / homography[2, 2], seen[:, :2] / seen[:, 2:]


@pytest.mark.parametrize("degrees", [-12.0, 12.0])
def test_a_camera_that_leaned_gives_the_frame_a_slope_of_scale(degrees):
    homography, centres = leaning(degrees)
    first = replace(reading(1), card=replace(reading(1).card, homography=homography, centres=centres))
    frame = scaled([first], {0: laid()}).frame
    focal = 200.0 / 43.267 * np.hypot(*SHAPE)
    by_perspective = -1.5 * np.tan(np.radians(degrees)) / focal
    assert frame.scale_slope[0] == pytest.approx(by_perspective, rel=0.15)
    assert frame.scale_slope[1] == pytest.approx(0.0, abs=abs(by_perspective) / 20)
    assert frame.scale_point == pytest.approx((300.0, 300.0))


def test_a_spot_has_the_scale_of_its_own_place():
    area, load = Measured(10.0, 0.5, Unit.SQUARE_MILLIMETRE), Measured(80.0, 4.0, Unit.PIGMENT_LOAD)
    spots = tuple(
        SpotMeasurement(k, True, 1, (300.0 + 200 * k, 300.0), area, area, 3.5, None, None, None, None, None, None, None,
                        load, 0.3)
        for k in (0, 1)
    )  # fmt: skip
    skin = SkinReading(40.0, 20.0, (65.0, 12.0, 17.0), 0.2)
    measured = PhotographMeasurement(spots=spots, skin=skin, outlines=np.zeros((0, 0), np.int32))
    sloped = replace(FRAME, scale_point=(300.0, 300.0), scale_slope=(1e-4, 0.0))
    first, second = to_scale(measured, sloped).spots
    assert (first.area.value, first.diameter) == (10.0, 3.5)
    assert second.area.value == pytest.approx(10.0 * np.exp(0.04))
    assert second.area.u / second.area.value == pytest.approx(0.05)
    assert second.load.value / 80.0 == pytest.approx(second.area.value / 10.0)
    assert second.diameter == pytest.approx(3.5 * np.exp(0.02))
    assert to_scale(measured, replace(sloped, mm_per_px=None)) is measured


@pytest.mark.parametrize(("traces", "told"), [((), 26.0), (("HDR",), 26.0), (("edited with Snapseed",), None)])
def test_an_edited_file_s_focal_length_is_not_believed_as_it_may_be_cropped(traces, told):
    assert told_focal_length(CaptureFacts(focal_length_35mm=26.0, processing=traces)) == told
