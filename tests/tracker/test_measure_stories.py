"""Courses as they come: spoilt, sparse, turned, oddly named. Half a megapixel, so for the order of things only."""

import re

import numpy as np
import pandas as pd
import pytest
from drawn_courses import lay_out, without_card
from drawn_files import deep_png, encoded, tiff
from PIL import Image, ImageFilter

import pigtrack
from pigtrack.errors import CardError, CourseError
from pigtrack.tracker import measure

CONTRAST = ["contrast_delta_mi", "contrast_delta_e00"]
MILLIMETRES = ["area_total_mm2", "area_total_mm2_u", "pigment_load", "pigment_load_u"]


def blurred(pixels, sigma=4.0):
    return np.array(Image.fromarray(pixels).filter(ImageFilter.GaussianBlur(sigma)))


def flags(table: pd.DataFrame) -> list[set[str]]:
    return [set(filter(None, cell.split(";"))) for cell in table["flags"]]


@pytest.fixture
def course_of(drawn, tmp_path):
    """Measures sessions given as mappings of photographs by name."""

    def measured(*sessions, without=(), **settings):
        chosen = {key: value for key, value in {**drawn.settings, **settings}.items() if key not in without}
        return pigtrack.measure_course(lay_out(tmp_path / "course", sessions, chosen))

    return measured


@pytest.fixture(scope="module")
def spoilt(drawn, stranger, tmp_path_factory):
    """One course with all that may be wrong with a later photograph."""
    black = encoded(np.zeros_like(drawn.pixels_of(1)))
    mirrored = encoded(np.ascontiguousarray(drawn.pixels_of(3)[:, ::-1]))
    sessions = [
        {"first.jpg": drawn.bytes_of(1)},
        {"bare.jpg": encoded(without_card(drawn, 2)), "good.jpg": drawn.bytes_of(2)},
        {"black.jpg": black},
        {"mirrored.jpg": mirrored},
        {"stranger.jpg": stranger.bytes_of(1)},
    ]
    folder = lay_out(tmp_path_factory.mktemp("spoilt") / "c", sessions, drawn.settings)
    return pigtrack.measure_course(folder)


def test_spoilt_photographs_become_reject_rows_and_the_course_goes_on(spoilt):
    rows = spoilt.photos.set_index("photo")
    assert len(rows) == 6
    assert set(rows.index[rows["qc_status"] == "reject"]) == {"bare.jpg", "black.jpg", "mirrored.jpg", "stranger.jpg"}
    assert list(spoilt.sessions["qc_status"] == "reject") == [False, False, True, True, True]
    assert spoilt.sessions["verdict"].iloc[1] in ("improved", "no_detectable_change", "worsened")


def test_every_reject_row_names_its_reason(spoilt):
    found = dict(zip(spoilt.photos["photo"], flags(spoilt.photos), strict=True))
    assert "no_card" in found["bare.jpg"]
    assert {"no_card", "clipped_skin"} <= found["black.jpg"]
    assert "card_unusable" in found["mirrored.jpg"]
    assert "not_registered" in found["stranger.jpg"]


def test_the_person_is_told_of_each_in_a_sentence_with_a_remedy(spoilt):
    told = {sentence.split(".")[0] + ".jpg": sentence for sentence in spoilt.warnings}
    for photo in ("bare", "black", "mirrored", "stranger"):
        sentence = told[f"Not used: {photo}.jpg"]
        assert re.search(r"Retake|retake", sentence), sentence
    assert len(spoilt.warnings) == 4


def test_a_session_without_a_usable_photograph_keeps_its_rows_but_has_no_numbers(spoilt):
    assert list(spoilt.sessions["verdict"].iloc[2:]) == ["not_measurable"] * 3
    assert spoilt.sessions[[*CONTRAST, *MILLIMETRES]].iloc[2:].isna().all(axis=None)
    assert all("no_usable_photograph" in each for each in flags(spoilt.sessions)[2:])
    sizes = spoilt.lesions.groupby("session").size()
    assert sizes.nunique() == 1
    late = spoilt.lesions[spoilt.lesions["session"] > 2]
    assert set(late["status"]) == {"not_visible"}
    assert late[["area_mm2", "delta_mi", "x_px"]].isna().all(axis=None)


def test_a_course_of_one_session_is_a_baseline(drawn, course_of):
    measured = course_of({"a.jpg": drawn.bytes_of(1)})
    assert list(measured.sessions["verdict"]) == ["baseline"]
    assert measured.sessions["load_change_percent"].isna().all()
    assert measured.sessions["area_total_mm2"].iloc[0] > 0


def test_the_same_photograph_twice_is_refused_but_saved_anew_shows_no_change(drawn, course_of):
    with pytest.raises(CourseError, match="same file"):
        course_of({"a.jpg": drawn.bytes_of(1)}, {"b.jpg": drawn.bytes_of(1)})
    measured = course_of({"a.jpg": drawn.bytes_of(1)}, {"b.png": encoded(drawn.pixels_of(1), "PNG")})
    assert measured.sessions["verdict"].iloc[1] == "no_detectable_change"
    change = measured.sessions[[f"{each}_change_percent" for each in ("area", "contrast", "load")]].iloc[1]
    assert change.abs().max() < 1.0
    moles = measured.lesions["flags"].str.contains("decoy")
    assert set(measured.lesions["verdict"][~moles]) <= {"baseline", "no_detectable_change"}


def test_without_a_card_in_the_first_session_everything_is_exploratory(drawn, course_of):
    measured = course_of({"a.jpg": encoded(without_card(drawn, 1))}, {"b.jpg": drawn.bytes_of(2)})
    assert measured.result.exploratory
    assert list(measured.photos["calibration_method"]) == ["none", "none"]
    assert all("exploratory" in each for each in flags(measured.sessions))
    assert measured.sessions[MILLIMETRES].isna().all(axis=None)
    names = ["x_mm", "y_mm", "area_mm2", "area_frozen_mm2", "diameter_mm", "pigment_load"]
    assert measured.lesions[names].isna().all(axis=None)
    for table in (measured.sessions, measured.lesions):
        for endpoint in ("area", "contrast", "load"):
            assert set(table[f"{endpoint}_verdict"]) <= {"baseline", "not_measurable"}
    assert measured.sessions[CONTRAST].notna().all(axis=None)
    assert measured.sessions["area_change_percent"].notna().iloc[1]
    assert any("relative" in sentence for sentence in measured.warnings)


def test_a_first_session_that_shows_nothing_leaves_the_baseline_to_the_next(drawn, course_of):
    measured = course_of({"a.jpg": encoded(np.zeros_like(drawn.pixels_of(1)))}, {"b.jpg": drawn.bytes_of(2)})
    assert not measured.result.exploratory
    assert list(measured.sessions["verdict"]) == ["not_measurable", "baseline"]
    assert list(measured.sessions["days_from_baseline"]) == [-1, 0]
    assert measured.sessions["area_total_mm2"].notna().tolist() == [False, True]


def test_a_card_of_unknown_size_calibrates_colour_but_no_millimetre(drawn, course_of):
    sessions = {"a.jpg": drawn.bytes_of(1)}, {"b.jpg": drawn.bytes_of(2)}
    measured = course_of(*sessions, without=("card_patch_pitch_mm",))
    assert measured.photos["card_found"].all()
    assert measured.photos[["mm_per_px", "registration_error_mm"]].isna().all(axis=None)
    assert measured.sessions[MILLIMETRES].isna().all(axis=None)
    assert measured.sessions[[*CONTRAST, "area_fraction"]].notna().all(axis=None)
    assert measured.lesions[["x_mm", "y_mm", "area_mm2", "diameter_mm"]].isna().all(axis=None)
    for table in (measured.photos, measured.sessions, measured.lesions):
        assert all("card_size_unknown" in each for each in flags(table))
    assert measured.sessions["verdict"].iloc[1] != "not_measurable"  # a change needs no millimetre


def test_a_photograph_turned_on_its_side_measures_the_same(drawn, spoilt, course_of):
    later, upright = drawn.pixels_of(2), spoilt  # its second session is the same photograph as it was taken
    turned = course_of({"a.jpg": drawn.bytes_of(1)}, {"b.png": encoded(np.rot90(later).copy(), "PNG")})
    assert turned.photos["qc_status"].iloc[1] != "reject"
    for name in ("area_total_mm2", "contrast_delta_mi", "pigment_load"):
        one, other = upright.sessions.iloc[1], turned.sessions.iloc[1]
        assert abs(other[name] - one[name]) < one[f"{name}_u"], name
    place = turned.lesions[(turned.lesions["session"] == 2) & turned.lesions["x_px"].notna()]
    assert (place["x_px"] < later.shape[0]).all()
    assert place["y_px"].max() > later.shape[0]  # upright pixels of its own file, which is tall


@pytest.mark.slow
def test_sixteen_bits_measure_what_eight_bits_do(drawn, course_of):
    first, later = drawn.pixels_of(1), drawn.pixels_of(2)
    shallow = course_of({"a.png": encoded(first, "PNG")}, {"b.png": encoded(later, "PNG")})
    deep = course_of({"c.tif": tiff(first.astype(np.uint16) * 257)}, {"d.png": deep_png(later.astype(np.uint16) * 257)})
    for name in ("area_total_mm2", "contrast_delta_mi", "contrast_delta_e00", "pigment_load"):
        np.testing.assert_allclose(deep.sessions[name], shallow.sessions[name], rtol=0.01)


def test_half_a_stop_less_light_leaves_the_contrast_alone(drawn, course_of):
    from pigtrack.imaging.colour import decode, encode_srgb
    from pigtrack.model.photograph import Encoding

    linear = decode(drawn.pixels_of(1) / 255.0, Encoding.SRGB)
    darker = np.round(encode_srgb(linear * 0.7) * 65535).astype(np.uint16)
    measured = course_of({"a.jpg": drawn.bytes_of(1)}, {"b.tif": tiff(darker)})
    assert abs(measured.sessions["contrast_change_percent"].iloc[1]) < 3
    assert measured.sessions["verdict"].iloc[1] == "no_detectable_change"


def test_when_every_photograph_is_rejected_the_first_one_s_reason_is_told(drawn, course_of):
    sessions = ({f"{k}.jpg": encoded(blurred(drawn.pixels_of(k)))} for k in (1, 2))
    with pytest.raises(CourseError, match=r"no photograph passed its checks \(first: .*[Ff]ocus"):
        course_of(*sessions)
    with pytest.raises(CourseError, match="passed its checks"):
        course_of({"a.jpg": encoded(np.zeros_like(drawn.pixels_of(1)))})


def test_a_black_course_without_a_drawn_region_is_one_sentence_too(drawn, course_of):
    black = encoded(np.zeros_like(drawn.pixels_of(1)))
    with pytest.raises(CourseError, match="black, blown out or excluded"):
        course_of({"a.jpg": black}, without=("region", "control"))


def test_a_polygon_outside_the_photograph_is_said(drawn, course_of):
    with pytest.raises(CourseError, match="leaves the first usable photograph"):
        course_of({"a.jpg": drawn.bytes_of(1)}, region=[[10, 10], [9000, 10], [9000, 300]])


def test_an_unknown_card_is_said_before_any_work(drawn, course_of):
    with pytest.raises((CardError, CourseError), match="no card named"):
        course_of({"a.jpg": drawn.bytes_of(1)}, card="rainbow")


@pytest.mark.slow
def test_another_camera_is_flagged(drawn, course_of):
    with Image.open(drawn.folder / "session-02.jpg") as picture:
        exif = picture.getexif()
    exif[0x0110] = "Another 99"
    later = encoded(drawn.pixels_of(2), exif=exif)
    found = flags(course_of({"a.jpg": drawn.bytes_of(1)}, {"b.jpg": later}).photos)
    assert ["other_device" in each for each in found] == [False, True]


@pytest.mark.slow
def test_a_folder_of_photographs_alone_is_measured_after_saying_what_was_assumed(drawn, tmp_path):
    for k in (1, 2):
        (tmp_path / f"visit {k}.jpg").write_bytes(drawn.bytes_of(k))
    measured = measure(course_folder=tmp_path)
    assert measured.warnings[0] == "There is no course.toml, so the following is assumed."
    assert list(measured.sessions["date"]) == ["2026-01-11", "2026-01-25"]
    again = measure(course_folder=tmp_path)  # its own results are no photographs
    assert len(again.photos) == 2
