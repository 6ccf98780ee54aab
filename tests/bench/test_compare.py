"""Tables against truth, on rows made by hand."""

import numpy as np
import pandas as pd
import pytest
from drawn_cases import lesion

from pigtrack.bench.compare import TrueCourse, compare_changes, compare_lesions
from pigtrack.model.truth import TrueSession

FADED = {"delta_mi": 5.0, "pigment_load": 60.0, "delta_e00": 4.0}


def course(*later, numbers=None) -> TrueCourse:
    """A baseline of lesions 1 and 2, and a second session."""
    first = (lesion(1), lesion(2, area_mm2=24.0, pigment_load=240.0))
    sessions = TrueSession(1, first, {}), TrueSession(2, later or first, {})
    return TrueCourse("c", sessions, {1: 11, 2: 12} if numbers is None else numbers)


def row(session: int, lesion_id: int, **cells) -> dict:
    changes = {
        f"{endpoint}_{what}": value
        for endpoint in ("area", "contrast", "load")
        for what, value in (
            ("change_percent", np.nan), ("change_ci_low", np.nan), ("change_ci_high", np.nan), ("verdict", "baseline")
        )
    }  # fmt: skip
    known = {"area_mm2": 12.0, "delta_mi": 10.0, "delta_e00": 8.0, "pigment_load": 120.0, "status": "present"}
    ring = {"ring_l": 60.0, "ring_a": 12.0, "ring_b": 18.0}
    return {"session": session, "lesion_id": lesion_id, **known, **ring, **changes, **cells}


def table(*rows: dict) -> pd.DataFrame:
    return pd.DataFrame(list(rows))


def test_a_row_that_is_right_has_no_error():
    (case,) = compare_lesions(course(), table(row(1, 11)))
    errors = (case.area_error_percent, case.contrast_error_e00, case.delta_mi_error, case.load_error_percent)
    assert errors == (0, 0, 0, 0)
    assert (case.skin_delta_e00, case.ita_error_deg) == (0, 0)
    assert (case.truth_id, case.lesion_id, case.sought) == (1, 11, True)


def test_errors_are_measured_minus_true_in_their_own_units():
    wrong = row(1, 11, area_mm2=13.2, delta_mi=9.0, delta_e00=8.5, pigment_load=108.0, ring_l=61.0)
    (case,) = compare_lesions(course(), table(wrong))
    assert case.area_error_percent == pytest.approx(10)
    assert case.load_error_percent == pytest.approx(-10)
    assert (case.contrast_error_e00, case.delta_mi_error) == (0.5, -1.0)
    assert 0.5 < case.skin_delta_e00 < 1.5
    assert case.ita_error_deg > 0


def test_what_could_not_be_measured_is_no_error_of_zero():
    (case,) = compare_lesions(course(), table(row(1, 11, area_mm2=np.nan, delta_e00=None, ring_l=np.nan)))
    assert np.isnan([case.area_error_percent, case.contrast_error_e00, case.skin_delta_e00]).all()


def test_invented_rows_and_spots_that_are_not_there_are_no_cases():
    truth = course(lesion(1, visible=False), lesion(2))
    assert list(compare_lesions(truth, table(row(1, 99), row(2, 11)))) == []


def changes_of(truth, lesions, sessions=None):
    empty = table(row(2, 0)) if sessions is None else sessions
    return {(each.truth_id, each.endpoint): each for each in compare_changes(truth, empty, lesions)}


def test_true_changes_are_those_of_the_followed_lesion():
    truth = course(lesion(1, **FADED), lesion(2, area_mm2=12.0, pigment_load=120.0))
    told = row(2, 11, load_change_percent=-48.0, load_change_ci_low=-60.0, load_change_ci_high=-40.0)
    found = changes_of(truth, table(row(1, 11), row(1, 12), told, row(2, 12)))
    assert found[1, "area"].true_percent == 0
    assert found[1, "contrast"].true_percent == pytest.approx(-50)
    assert found[1, "load"].true_percent == pytest.approx(-50)
    assert found[2, "area"].true_percent == pytest.approx(-50)
    load = found[1, "load"]
    assert (load.percent, load.low, load.high, load.primary) == (-48.0, -60.0, -40.0, True)
    assert not found[1, "area"].primary


def test_a_session_s_truth_is_summed_over_what_both_sessions_show():
    truth = course(lesion(1, **FADED), lesion(2, area_mm2=24.0, pigment_load=240.0))
    whole = table(row(1, 11), row(1, 12), row(2, 11), row(2, 12))
    assert changes_of(truth, whole)[0, "load"].true_percent == pytest.approx(100 * (300 / 360 - 1))
    hidden = table(row(1, 11), row(1, 12), row(2, 11), row(2, 12, status="not_visible"))
    assert changes_of(truth, hidden)[0, "load"].true_percent == pytest.approx(-50)


def test_contrast_of_a_session_is_weighted_with_the_baseline_s_areas():
    truth = course(lesion(1, **FADED), lesion(2, area_mm2=24.0))
    whole = table(row(1, 11), row(1, 12), row(2, 11), row(2, 12))
    expected = 100 * ((12 * 5 + 24 * 10) / (12 * 10 + 24 * 10) - 1)
    assert changes_of(truth, whole)[0, "contrast"].true_percent == pytest.approx(expected)


def test_control_lesions_are_no_part_of_a_session():
    first = (lesion(1), lesion(2, control=True))
    truth = TrueCourse(
        "c", (TrueSession(1, first, {}), TrueSession(2, (lesion(1, **FADED), first[1]), {})), {1: 11, 2: 12}
    )
    whole = table(row(1, 11), row(1, 12), row(2, 11), row(2, 12))
    assert changes_of(truth, whole)[0, "load"].true_percent == pytest.approx(-50)


def test_without_a_lesion_in_common_there_is_no_true_change():
    found = changes_of(course(numbers={}), table(row(1, 11), row(2, 11)))
    assert np.isnan(found[0, "load"].true_percent)
