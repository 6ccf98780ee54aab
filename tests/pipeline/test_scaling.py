"""A course's one scale: where it comes from, and what each photograph is told of it."""

from dataclasses import replace

import numpy as np
import pytest

from pigtrack.imaging.geometry import fit_homography
from pigtrack.model.calibration import CardReading, SpatialCalibration
from pigtrack.model.flags import QualityFlag
from pigtrack.model.photograph import CaptureFacts, Registration, WorkingGrid
from pigtrack.model.result import PhotographReading, Placement
from pigtrack.pipeline.scaling import CHECK, scale_course
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
