import csv
import io
from datetime import date

import numpy as np
import pandas as pd
import pytest

from pigtrack.model.course import Course, Endpoint, Session
from pigtrack.model.flags import QualityFlag
from pigtrack.model.metrics import Change, LesionSession, SessionMetrics, SpotMeasurement, Status, Verdict
from pigtrack.model.photograph import CaptureFacts, WorkingGrid
from pigtrack.model.quality import QualityCheck, QualityVerdict
from pigtrack.model.quantity import Measured, Unit
from pigtrack.model.result import CourseResult, PhotographRecord
from pigtrack.store.tables import (
    LESION_COLUMNS,
    PHOTO_COLUMNS,
    SESSION_COLUMNS,
    csv_text,
    lesion_rows,
    photo_rows,
    session_rows,
)


def changes(verdict=Verdict.IMPROVED):
    return tuple(Change(endpoint, -18.25, -25.0, -11.0, verdict, 9.0) for endpoint in Endpoint)


def spot(**more):
    entries = {
        "lesion_id": 3,
        "present": True,
        "parts": 1,
        "centroid": (100.0, 50.0),
        "area": Measured(42.0, 0.3, Unit.SQUARE_MILLIMETRE),
        "area_frozen": Measured(40.0, 0.3, Unit.SQUARE_MILLIMETRE),
        "diameter": 7.3,
        "lab": (50.0, 12.0, 18.0),
        "ring_lab": (62.0, 10.0, 16.0),
        "delta_mi": Measured(8.0, 0.1, Unit.MELANIN_INDEX),
        "delta_e00": Measured(9.0, 0.2, Unit.DELTA_E_2000),
        "delta_l": 12.0,
        "delta_ita": 20.0,
        "delta_ei": 0.4,
        "load": Measured(330.0, 4.0, Unit.PIGMENT_LOAD),
        "edge_width": 0.4,
    }
    return SpotMeasurement(**{**entries, **more})


def photograph(session=1, **more):
    entries = {
        "session": session,
        "photo": f"session-0{session}.jpg",
        "sha256": "ab" * 32,
        "capture": CaptureFacts(),
        "card": "colorchecker-classic",
        "card_found": True,
        "calibration_method": "linear",
        "loo_delta_e00_mean": 1.25,
        "loo_delta_e00_max": 4.5,
        "mm_per_px": 0.05123456,
        "u_scale": 0.005,
        "tilt_deg": 2.0,
        "registration_error_mm": None,
        "qc_status": "pass",
    }
    return PhotographRecord(**{**entries, **more})


def result(mm_per_px=0.05, **more):
    metrics = [
        SessionMetrics(
            session,
            1,
            Measured(42.0, 0.3, Unit.SQUARE_MILLIMETRE),
            0.0123456,
            Measured(8.0, 0.1, Unit.MELANIN_INDEX),
            None,
            Measured(330.0, 4.0, Unit.PIGMENT_LOAD),
            changes() if verdict is not Verdict.BASELINE else (),
            verdict,
            frozenset({QualityFlag.NO_CONTROL, QualityFlag.BLUR}),
        )
        for session, verdict in ((1, Verdict.BASELINE), (2, Verdict.IMPROVED))
    ]
    course = Course(
        "C-1", (Session(1, date(2026, 1, 11), ("session-01.jpg",)), Session(2, date(2026, 1, 25), ("session-02.jpg",)))
    )
    entries = {
        "course": course,
        "sessions": tuple(metrics),
        "lesions": (LesionSession(3, 2, Status.PRESENT, spot(), 1, changes(), Verdict.IMPROVED),),
        "photographs": (photograph(1), photograph(2, qc_status="warn")),
        "frame": WorkingGrid((100, 200), (0.0, 0.0), 1.0, mm_per_px),
        "ruler": None,  # no table shows it
        "method": "linear",
        "exploratory": False,
        "u_scale": 0.01,
        "algorithms": (),
    }
    return CourseResult(**{**entries, **more})


def cells(table):
    return list(csv.DictReader(io.StringIO(csv_text(table))))


def test_promised_columns_come_first_in_the_promised_order():
    tables = (session_rows(result()), lesion_rows(result(), {}), photo_rows(result().course, result().photographs))
    for table, promised in zip(tables, (SESSION_COLUMNS, LESION_COLUMNS, PHOTO_COLUMNS), strict=True):
        assert tuple(table.columns[: len(promised)]) == promised


def test_a_course_without_lesions_still_has_its_columns():
    assert tuple(lesion_rows(result(lesions=()), {}).columns) == LESION_COLUMNS
    assert csv_text(lesion_rows(result(lesions=()), {})) == ",".join(LESION_COLUMNS) + "\n"


def test_a_session_s_row_reads_as_promised():
    first, second = cells(session_rows(result()))
    assert (first["verdict"], first["area_change_percent"], first["days_from_baseline"]) == ("baseline", "", "0")
    assert (second["date"], second["days_from_baseline"], second["qc_status"]) == ("2026-01-25", "14", "warn")
    assert (second["area_change_percent"], second["area_verdict"]) == ("-18.25", "improved")
    assert (second["contrast_delta_e00"], second["flags"]) == ("", "blur;no_control")


def test_area_and_load_carry_twice_the_scale_s_uncertainty_and_contrast_none():
    row = lesion_rows(result(), {}).iloc[0]
    assert row["area_mm2_u"] == pytest.approx(np.hypot(0.3, 2 * 0.01 * 42.0))
    assert row["pigment_load_u"] == pytest.approx(np.hypot(4.0, 2 * 0.01 * 330.0))
    assert row["delta_mi_u"] == 0.1


def test_what_the_colour_fit_leaves_open_is_in_contrast_and_load_of_its_session_and_in_no_area():
    shots = (photograph(1, u_contrast=0.5), photograph(2, u_contrast=0.03), photograph(2, u_contrast=0.05))
    row = lesion_rows(result(photographs=shots), {}).iloc[0]
    assert row["delta_mi_u"] == pytest.approx(np.hypot(0.1, 0.04 * 8.0))
    assert row["delta_e00_u"] == pytest.approx(np.hypot(0.2, 0.04 * 9.0))
    assert row["pigment_load_u"] == pytest.approx(np.sqrt(4.0**2 + (0.02 * 330.0) ** 2 + (0.04 * 330.0) ** 2))
    assert row["area_mm2_u"] == pytest.approx(np.hypot(0.3, 2 * 0.01 * 42.0))
    assert session_rows(result(photographs=shots)).iloc[0]["contrast_delta_mi_u"] == pytest.approx(np.hypot(0.1, 4.0))


def test_a_rejected_photograph_s_colour_fit_counts_for_nothing():
    shots = (photograph(2, u_contrast=0.03), photograph(2, u_contrast=0.9, qc_status="reject"))
    assert lesion_rows(result(photographs=shots), {}).iloc[0]["delta_mi_u"] == pytest.approx(np.hypot(0.1, 0.24))


def test_without_scale_every_millimetre_stays_empty_and_contrast_stays():
    row = cells(lesion_rows(result(mm_per_px=None), {(2, 3): (10.0, 20.0)}))[0]
    assert {row[name] for name in row if "mm" in name or name.startswith("pigment_load")} == {""}
    assert (row["delta_mi"], row["x_px"], row["y_px"]) == ("8.0000", "10.00", "20.00")


def test_a_spot_that_could_not_be_measured_leaves_empty_cells_and_keeps_its_row():
    empty = spot(
        **dict.fromkeys(("area", "area_frozen", "diameter", "lab", "ring_lab", "delta_mi", "delta_e00", "delta_l"))
    )
    lesion = LesionSession(3, 2, Status.NOT_VISIBLE, empty, 0, (), Verdict.NOT_MEASURABLE)
    row = cells(lesion_rows(result(lesions=(lesion,)), {}))[0]
    assert (row["status"], row["area_mm2"], row["l"], row["verdict"]) == ("not_visible", "", "", "not_measurable")


def test_a_photograph_s_row_holds_truth_as_words_and_what_is_unknown_as_nothing():
    row, other = cells(photo_rows(result().course, (photograph(), photograph(2, card_found=False, mm_per_px=None))))
    assert (row["card_found"], other["card_found"]) == ("true", "false")
    assert (row["mm_per_px"], other["mm_per_px"], row["registration_error_mm"]) == ("0.051235", "", "")


def test_every_check_has_its_value_and_its_verdict_in_the_photograph_s_row():
    checks = (
        QualityCheck("card_tilt", 9.0, 8.0, QualityVerdict.WARN, "Lay the card flat."),
        QualityCheck("card_found", None, None, QualityVerdict.PASS, "Nothing."),
    )
    row, other = cells(photo_rows(result().course, (photograph(checks=checks), photograph(2))))
    assert (row["check_card_tilt"], row["check_card_tilt_verdict"]) == ("9.0000", "warn")
    assert (row["check_card_found"], row["check_card_found_verdict"]) == ("", "pass")
    assert (other["check_card_tilt"], other["check_card_tilt_verdict"]) == ("", "")


@pytest.mark.parametrize("text", ["=1+1", "+1", "-rf.jpg", "@x", "\tx"])
def test_no_spreadsheet_takes_a_name_for_a_formula(text):
    table = photo_rows(result().course, (photograph(photo=text, tilt_deg=-2.0),))
    row = cells(table)[0]
    assert row["photo"] == "'" + text
    assert row["tilt_deg"] == "-2.0000"


def test_names_with_commas_quotes_and_newlines_come_back_whole():
    name = 'a,"b"\nc;ä漢.jpg'
    assert cells(photo_rows(result().course, (photograph(photo=name),)))[0]["photo"] == name


def test_numbers_read_the_same_whatever_their_kind():
    table = pd.DataFrame(
        {"x": [-0.00001, 1e-12, 123456.789, np.nan], "whole": pd.Series([1, None, 3, 4], dtype="Int64")}
    )
    assert csv_text(table) == "x,whole\n0.0000,1\n0.0000,\n123456.7890,3\n,4\n"
