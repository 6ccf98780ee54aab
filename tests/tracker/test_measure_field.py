"""A course of melasma from photographs to tables: half a megapixel, so for the order of things and no more."""

import json

import numpy as np
import pandas as pd
import pytest
from drawn_courses import draw, lay_out

import pigtrack
from pigtrack.store.phantom_truth import load_labels, load_truth
from pigtrack.tracker import measure


@pytest.fixture(scope="module")
def melasma(tmp_path_factory):
    return draw(tmp_path_factory.mktemp("field") / "melasma", scene="melasma", change="fade", fall=40.0, sessions=2)


@pytest.fixture(scope="module")
def measured(melasma, tmp_path_factory):
    return measure(course_folder=melasma.folder, out=tmp_path_factory.mktemp("field") / "results")


def again(melasma, folder, *, without=(), extra="", **settings):
    known = {**melasma.settings, "mode": "field", **settings}
    chosen = {key: value for key, value in known.items() if key not in without}
    laid = lay_out(folder, [{f"{k}.jpg": melasma.bytes_of(k)} for k in (1, 2)], chosen)
    with (laid / "course.toml").open("a", encoding="utf-8") as file:
        file.write(extra)
    return pigtrack.measure_course(laid)


def test_a_fade_of_the_field_is_called_and_its_size_told(measured, melasma):
    first, last = (session.field for session in load_truth(melasma.folder))
    true = 100 * (last.load / first.load - 1)
    row = measured.sessions.iloc[1]
    assert row["verdict"] == "improved"
    assert row["load_change_percent"] == pytest.approx(true, abs=6)
    assert measured.sessions["pigment_load"].iloc[0] == pytest.approx(first.load, rel=0.15)


def test_a_field_is_one_lesion_of_one_row_a_session(measured):
    assert list(measured.lesions["lesion_id"]) == [1, 1]
    assert list(measured.lesions["status"]) == ["baseline", "present"]
    pd.testing.assert_series_equal(
        measured.lesions["pigment_load"], measured.sessions["pigment_load"], check_exact=False, rtol=1e-6
    )
    assert measured.sessions["lesion_count"].tolist() == [1, 1]


def test_area_is_what_the_label_image_shows(measured, melasma):
    row = measured.sessions.iloc[0]
    labels = load_labels(measured.out / "labels" / "session-01.png")
    assert set(np.unique(labels)) == {0, 1}
    scale = measured.photos["mm_per_px"].iloc[0]
    assert row["area_total_mm2"] == pytest.approx(labels.sum() * scale**2, rel=0.05)
    assert row["area_fraction"] == pytest.approx(row["area_total_mm2"] / (69 * 102.5), rel=0.05)
    assert row["field_level_mi"] >= 1


def test_the_report_speaks_of_a_field(measured):
    page = (measured.out / "report.html").read_text(encoding="utf-8")
    assert "The field is the drawn region" in page
    assert 'id="spots"' not in page
    assert "the field in 2 of 2 photographs" in measured.summary[0]


def test_without_a_control_it_is_measured_and_says_so(melasma, tmp_path):
    sessions = again(melasma, tmp_path / "c", without=("control",)).sessions
    assert all("no_control" in flags for flags in sessions["flags"])
    assert sessions["verdict"].iloc[1] == "improved"


def test_without_polygons_all_skin_is_the_region(melasma, tmp_path):
    sessions = again(melasma, tmp_path / "c", without=("control", "region")).sessions
    assert sessions["pigment_load"].notna().all()
    assert all("no_control" in flags for flags in sessions["flags"])


def test_regions_of_a_face_are_graded(melasma, tmp_path):
    left, top = np.min(melasma.course.region, axis=0)
    right, bottom = np.max(melasma.course.region, axis=0)
    middle = (top + bottom) / 2
    drawn = {
        "forehead": [[left, top], [right, top], [right, middle], [left, middle]],
        "chin": [[left, middle], [right, middle], [right, bottom], [left, bottom]],
    }
    extra = "[regions]\n" + "".join(f"{name} = {json.dumps(p)}\n" for name, p in drawn.items())
    sessions = again(melasma, tmp_path / "c", without=("region",), extra=extra).sessions
    first, last = sessions.iloc[0], sessions.iloc[1]
    grades = [(0.3, "forehead"), (0.1, "chin")]
    plain = sum(w * first[f"{name}_area_grade"] * first[f"{name}_darkness_grade"] for w, name in grades)
    assert first["mmasi_style"] == pytest.approx(plain)
    assert 0 < first["mmasi_style"] <= first["masi_style"] <= 0.4 * 48
    assert last["mmasi_style"] <= first["mmasi_style"]
    assert (sessions["masi_style_u"] >= 0).all()
