"""What becomes of a photograph: its grade, its method, its row, and its flags beside the baseline."""

from dataclasses import replace
from importlib import import_module
from pkgutil import iter_modules

import numpy as np
import pytest

from pigtrack import imaging
from pigtrack.errors import CourseError
from pigtrack.imaging.calibrate import UNCALIBRATED
from pigtrack.model.calibration import SpatialCalibration
from pigtrack.model.flags import QualityFlag
from pigtrack.model.linked import CourseChange
from pigtrack.model.metrics import SessionMetrics, Verdict
from pigtrack.model.photograph import CaptureFacts, Registration, WorkingGrid
from pigtrack.model.quality import QualityCheck, QualityVerdict
from pigtrack.model.result import PhotographReading, Placement
from pigtrack.pipeline.course import find_baseline, flag_unknown_size, is_exploratory, reason_of
from pigtrack.pipeline.judging import (
    calibration_of,
    choose_course_method,
    contrast_across_devices,
    grade_reading,
    record_photograph,
)
from pigtrack.pipeline.placing import compare_with_baseline
from pigtrack.pipeline.settings import MeasurementSettings

SETTINGS = MeasurementSettings()
FRAME = WorkingGrid((10, 10), (0.0, 0.0), 1.0, 0.1)
LINEAR = replace(UNCALIBRATED, method="linear", loo_delta_e00=np.r_[np.nan, np.full(23, 2.0)], loo_skin_delta_e00=2.0)
PRIOR = replace(LINEAR, method="spectral-prior")
REGISTRATION = Registration(np.zeros((2, 2, 2)), 16, area_ratio=1.0, error_px=0.5, overlap=1.0)


def check(name="blur_px", verdict=QualityVerdict.PASS):
    return QualityCheck(name, 1.0, 2.0, verdict, f"Mend {name}.")


def reading(session=1, **changes) -> PhotographReading:
    plain = PhotographReading(
        session=session, photo=f"{session}.jpg", sha256="0" * 64, capture=CaptureFacts(), shape=(100, 100),
        card=None, calibrations={"linear": LINEAR}, scale=SpatialCalibration(0.1, 0.01, 1.0), checks=(check(),),
    )  # fmt: skip
    return replace(plain, **changes)


BARE = {
    "calibrations": {},
    "scale": None,
    "refusal": "No card. Retake.",
    "flags": frozenset({QualityFlag.NO_CARD}),
    "checks": (check("card_found", QualityVerdict.REJECT),),
}


def test_the_worst_check_grades_a_photograph_and_a_refusal_rejects_it():
    assert grade_reading(reading()) == "pass"
    assert grade_reading(reading(checks=(check(), check("glare_share", QualityVerdict.WARN)))) == "warn"
    assert grade_reading(reading(checks=(check("blur_px", QualityVerdict.REJECT),))) == "reject"
    assert grade_reading(reading(**BARE)) == "reject"


def test_an_exploratory_photograph_is_graded_without_its_card_but_not_without_its_light():
    assert grade_reading(reading(**BARE), exploratory=True) == "pass"
    dark = {**BARE, "checks": (*BARE["checks"], check("clipped_share", QualityVerdict.REJECT))}
    assert grade_reading(reading(**dark), exploratory=True) == "reject"


def test_a_course_is_exploratory_when_its_first_session_could_be_used_but_for_the_card():
    black = {**BARE, "checks": (check("clipped_share", QualityVerdict.REJECT),)}
    assert is_exploratory([reading(1, **BARE), reading(2)])
    assert is_exploratory([reading(1, **BARE), reading(1, **black), reading(2)])
    assert not is_exploratory([reading(1, **BARE), reading(1), reading(2)])
    assert not is_exploratory([reading(1, **black), reading(2)])
    unusable = {**BARE, "flags": frozenset({QualityFlag.CARD_UNUSABLE})}
    assert not is_exploratory([reading(1, **unusable), reading(2)])
    assert not is_exploratory([reading(1), reading(2, **BARE)])


def test_the_baseline_is_the_first_usable_photograph():
    assert find_baseline([reading(1), reading(2)], [False, True]) == 1
    with pytest.raises(CourseError, match=r"first: No card\. Retake\."):
        find_baseline([reading(1, **BARE)], [False])
    with pytest.raises(CourseError, match=r"first: Mend blur_px\."):
        find_baseline([reading(1, checks=(check("blur_px", QualityVerdict.REJECT),))], [False])
    assert reason_of(reading()) == ""


def test_the_method_is_the_one_that_was_set_or_the_best_for_all():
    readings = [reading(1, calibrations={"spectral-prior": PRIOR, "linear": LINEAR}), reading(2)]
    assert choose_course_method(readings, SETTINGS) == "linear"  # the prior failed on the second
    assert choose_course_method(readings[:1], SETTINGS) == "spectral-prior"
    assert choose_course_method(readings[:1], MeasurementSettings(method="root-polynomial")) == "root-polynomial"
    assert choose_course_method([reading(1, **BARE)], SETTINGS) == "none"


def test_a_course_without_calibration_corrects_no_photograph():
    assert calibration_of(reading(), "none") is UNCALIBRATED
    assert calibration_of(reading(), "linear") is LINEAR
    assert calibration_of(reading(), "spectral-prior") is LINEAR


def test_a_row_tells_leave_one_out_errors_over_the_patches_that_were_used():
    row = record_photograph(reading(), Placement(REGISTRATION, None, frozenset()), "linear", FRAME)
    assert (row.loo_delta_e00_mean, row.loo_delta_e00_max, row.calibration_method) == (2.0, 2.0, "linear")
    assert row.registration_error_mm == pytest.approx(0.05)
    assert row.qc_status == "pass"


def test_a_photograph_that_was_not_laid_over_is_rejected_with_its_reason():
    lost = Placement(None, "The skin is not found again.", frozenset({QualityFlag.NOT_REGISTERED}))
    row = record_photograph(reading(2), lost, "linear", FRAME)
    assert (row.qc_status, row.refusal, row.registration_error_mm) == ("reject", "The skin is not found again.", None)
    assert QualityFlag.NOT_REGISTERED in row.flags
    assert record_photograph(reading(2, **BARE), None, "linear", FRAME).qc_status == "reject"


def test_without_a_calibration_no_photograph_is_better_than_a_warning():
    placed = Placement(REGISTRATION, None, frozenset())
    for each in (reading(1, **BARE), reading(2)):
        row = record_photograph(each, placed, "none", replace(FRAME, mm_per_px=None))
        assert (row.qc_status, row.loo_delta_e00_mean, row.registration_error_mm) == ("warn", None, None)


def beside(**changes) -> frozenset[QualityFlag]:
    placed = Placement(REGISTRATION, None, frozenset())
    first = reading(1, capture=CaptureFacts(camera="A", lens="50"))
    later = reading(2, **{"capture": CaptureFacts(camera="A", lens="50"), **changes})
    return compare_with_baseline(placed, later, first).flags


def test_another_camera_or_lens_is_flagged_and_a_silent_file_is_not():
    assert beside() == frozenset()
    assert beside(capture=CaptureFacts(camera="B", lens="50")) == {QualityFlag.OTHER_DEVICE}
    assert beside(capture=CaptureFacts(camera="A", lens="35")) == {QualityFlag.OTHER_DEVICE}
    assert beside(capture=CaptureFacts()) == frozenset()


def test_a_photograph_without_a_place_is_not_compared():
    lost = Placement(None, "x", frozenset())
    assert compare_with_baseline(lost, reading(2), reading(1)) is lost


def test_every_row_of_a_course_without_scale_says_so():
    empty = SessionMetrics(1, 0, None, None, None, None, None, (), Verdict.BASELINE, frozenset({QualityFlag.TAN}))
    flagged = flag_unknown_size(CourseChange(1, (empty,), ()))
    assert flagged.sessions[0].flags == {QualityFlag.TAN, QualityFlag.CARD_SIZE_UNKNOWN}


def test_settings_of_one_kind_share_a_digest_and_others_do_not():
    assert SETTINGS.digest() == MeasurementSettings().digest()
    assert SETTINGS.digest() != MeasurementSettings(frame_px_per_mm=12.0).digest()
    assert SETTINGS.entries()["digest"] == SETTINGS.digest()


def test_the_algorithms_of_a_result_are_those_of_the_stages_with_their_versions_once_each():
    from pigtrack.pipeline.versions import ALGORITHMS

    modules = (import_module(f"pigtrack.imaging.{each.name}") for each in iter_modules(imaging.__path__))
    stages = [each.ALGORITHM for each in modules if hasattr(each, "ALGORITHM")]
    assert sorted(stages, key=lambda each: each.name) == sorted(ALGORITHMS, key=lambda each: each.name)
    assert len({each.name for each in ALGORITHMS}) == len(ALGORITHMS) >= 11
    assert all(each.version >= 1 for each in ALGORITHMS)


def test_another_camera_leaves_both_calibrations_doubts_on_a_change_and_the_same_one_none():
    def record(session, *flags):
        told = reading(session, flags=frozenset(flags), calibrations={"linear": replace(LINEAR, u_contrast=0.03)})
        row = record_photograph(told, Placement(REGISTRATION, None, frozenset()), "linear", FRAME)
        return replace(row, u_contrast=0.03)

    rows = (record(1), record(2, QualityFlag.OTHER_DEVICE), record(3), replace(record(4), qc_status="reject"))
    assert contrast_across_devices(rows, 4) == pytest.approx((0.0, 0.03 * np.sqrt(2), 0.0, 0.0))
