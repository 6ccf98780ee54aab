"""What of a course is looked at after corrections, and which rows rest on them."""

import numpy as np
import pytest

from pigtrack.errors import CourseError
from pigtrack.model.correction import AppliedCorrection, Correction, CorrectionKind
from pigtrack.model.course import Course, Mode, Session
from pigtrack.model.photograph import WorkingGrid
from pigtrack.pipeline.correcting import correct_course_spots, refuse_on_closeup, rests_on, with_drawn_corrections
from pigtrack.pipeline.course import CourseMasks

KIND = CorrectionKind
ONE, TWO, THREE = (tuple((x + k, y + k) for x, y in ((0.0, 0.0), (9.0, 0.0), (9.0, 9.0))) for k in (0.0, 20.0, 40.0))
FRAME = WorkingGrid((40, 60), (0.0, 0.0), 1.0, 0.1)
MASKS = CourseMasks(None, None, np.zeros(FRAME.shape, bool))


def course(*corrections, **told):
    return Course("c", (Session(1, None, ("1.jpg",)),), corrections=corrections, **told)


def test_the_last_redrawn_region_counts_and_control_apart_from_it():
    redrawn = with_drawn_corrections(
        course(
            Correction(KIND.REGION, "x", outline=TWO),
            Correction(KIND.CONTROL, "x", outline=ONE),
            Correction(KIND.REGION, "x", outline=THREE),
            region=ONE,
        )
    )
    assert (redrawn.region, redrawn.control) == (THREE, ONE)
    assert len(redrawn.corrections) == 3


def test_without_corrections_a_course_is_what_it_was():
    plain = course(region=ONE, exclude=(TWO,))
    assert with_drawn_corrections(plain) == plain


def test_a_part_left_out_of_a_field_is_an_excluded_polygon_and_of_spots_it_is_not():
    told = Correction(KIND.EXCLUDE, "a scar", outline=TWO)
    assert with_drawn_corrections(course(told, mode=Mode.FIELD, exclude=(ONE,))).exclude == (ONE, TWO)
    assert with_drawn_corrections(course(told, exclude=(ONE,))).exclude == (ONE,)


def test_every_correction_of_a_field_touches_its_one_lesion():
    told = course(Correction(KIND.EXCLUDE, "a scar", outline=TWO), mode=Mode.FIELD)
    [applied] = correct_course_spots(told, None, MASKS, FRAME).applied
    assert applied.lesions == (1,)
    assert rests_on(applied)


@pytest.mark.parametrize("kind", [KIND.EXCLUDE, KIND.MERGE, KIND.SPLIT, KIND.OUTLINE])
def test_a_close_ups_spots_can_not_be_corrected_one_by_one(kind):
    with pytest.raises(CourseError, match="Spots of a close-up can't be corrected one by one"):
        refuse_on_closeup(course(Correction(kind, "x", at=((1.0, 1.0),))))


def test_a_close_ups_photographs_may_be_left_out():
    refuse_on_closeup(course(Correction(KIND.PHOTOGRAPH, "x", photo="1.jpg")))


def test_totals_rest_on_what_was_applied_to_treated_skin():
    merge, region = Correction(KIND.MERGE, "x"), Correction(KIND.REGION, "x")
    assert rests_on(AppliedCorrection(1, merge, (2,)), control=())
    assert rests_on(AppliedCorrection(1, merge, (2, 3)), control=(2,))
    assert not rests_on(AppliedCorrection(1, merge, (2,)), control=(2,))
    assert not rests_on(AppliedCorrection(1, merge, (2,), problem="no"), control=())
    assert rests_on(AppliedCorrection(1, region))
