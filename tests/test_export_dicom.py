"""The record in DICOM: the photograph's own coded pixels and nothing else of its file; reports true to the tables."""

import hashlib
import io
import shutil
import subprocess
import time
from dataclasses import replace

import numpy as np
import pytest
from drawn_files import encoded, jpeg_with, scene
from PIL import Image
from record_stories import erased
from test_privacy import telling

from pigtrack.errors import ExportError
from pigtrack.export import dicom
from pigtrack.export.outlines import trace_outlines
from pigtrack.export.pictures import clean_jpeg

pydicom = pytest.importorskip("pydicom", reason="pydicom is not installed: DICOM is not tested")
sr = pytest.importorskip("highdicom.sr", reason="highdicom is not installed: DICOM is not tested")


TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


def opened(data):
    return pydicom.dcmread(io.BytesIO(data))


def report_of(course, session):
    return read_report(dicom.measurement_report(course, session))


def read_report(data):
    return sr.ComprehensiveSR.from_dataset(opened(data), copy=False)


@pytest.fixture(scope="module")
def reports(sample):
    """The story's reports by session, with dates and without."""
    how = [(session, offsets) for session in (1, 2, 3) for offsets in (False, True)]
    return {each: dicom.measurement_report(sample, each[0], offsets=each[1]) for each in how}


@pytest.fixture(scope="module")
def groups(reports):
    """Groups of lesions with an outline, by session."""
    return {
        session: read_report(data).content.get_planar_roi_measurement_groups()
        for (session, offsets), data in reports.items()
        if not offsets
    }


def with_bytes(course, data, number=0):
    changed = replace(course.photographs[number], read=lambda: data, sha256=hashlib.sha256(data).hexdigest())
    photographs = (*course.photographs[:number], changed, *course.photographs[number + 1 :])
    return replace(course, photographs=photographs)


def coded(image):
    return next(pydicom.encaps.generate_frames(image.PixelData, number_of_frames=1))


def pixels_of(jpeg):
    with Image.open(io.BytesIO(jpeg)) as picture:
        return np.array(picture)


def test_the_original_pixels_are_encapsulated_as_they_were_coded(sample):
    original = sample.photographs[0].read()
    image = opened(dicom.photographic_image(sample, sample.photographs[0]))
    assert image.SOPClassUID == pydicom.uid.VLPhotographicImageStorage
    assert image.file_meta.TransferSyntaxUID == pydicom.uid.JPEGBaseline8Bit
    inside = coded(image).rstrip(b"\0")
    assert np.array_equal(pixels_of(inside), pixels_of(original))
    start = inside.index(b"\xff\xda")
    assert inside[start:] == original[original.index(b"\xff\xda") :]
    assert (image.Rows, image.Columns) == pixels_of(original).shape[:2]
    assert hashlib.sha256(original).hexdigest() in image.ImageComments
    assert (image.PatientID, image.StudyDate) == ("P-0007", "20260111")


def test_place_owner_serial_and_thumbnail_stay_behind_and_the_colour_profile_goes_along(sample):
    profile = b"ICC_PROFILE\0\x01\x01" + b"profile" * 20
    trailer = b"\xff\xd8\xff\xe1\0\x0cExif\0\0SECRET\xff\xd9"
    original = telling(jpeg_with(encoded(scene()), (0xE2, profile), (0xFE, b"COMMENT-SECRET"))) + trailer
    assert original.count(b"SECRET") > 5
    course = with_bytes(sample, original)
    file = dicom.photographic_image(course, course.photographs[0])
    assert b"SECRET" not in file
    assert b"GPS" not in file
    assert opened(file).ICCProfile.rstrip(b"\0") == b"profile" * 20
    assert np.array_equal(pixels_of(coded(opened(file))), pixels_of(original))


def test_no_dates_or_names_of_files_when_days_were_asked_for(sample, reports):
    for number, day in ((0, 0.0), (2, 28.0)):
        file = dicom.photographic_image(sample, sample.photographs[number], offsets=True)
        for each in (file, reports[number + 1, True]):
            assert b"2026" not in each
            assert b"anna" not in each
            assert opened(each).LongitudinalTemporalOffsetFromEvent == day
            assert (opened(each).StudyDate, opened(each).LongitudinalTemporalInformationModified) == ("", "REMOVED")


def test_dated_and_undated_files_never_share_a_uid(sample, reports):
    names = {
        opened(made).SOPInstanceUID
        for offsets in (False, True)
        for made in (
            *(dicom.photographic_image(sample, each, offsets=offsets) for each in sample.photographs),
            *(reports[number, offsets] for number in (1, 2, 3)),
        )
    }
    assert len(names) == 12
    assert all(name.startswith("2.25.") and len(name) <= 64 for name in names)


def test_the_report_holds_every_lesion_with_the_tables_numbers(sample, groups):
    rows = {row["lesion_id"]: row for row in sample.lesions if row["session"] == "2"}
    assert len(rows) - 2 <= len({group.tracking_identifier for group in groups[2]}) <= len(rows)
    seen = 0
    for group in groups[2]:
        lesion = group.tracking_identifier.removeprefix("C-0001: lesion ")
        for measurement in group.get_measurements():
            name = "area_mm2" if measurement.name.meaning == "Area" else measurement.name.value
            assert measurement.value == float(rows[lesion][name])
            assert measurement.unit.value == {"area_mm2": "mm2", "delta_mi": "{MI}"}.get(name, measurement.unit.value)
            seen += 1
    assert seen > 5 * len(rows) * 0.8


def test_every_uncertainty_is_the_tables_in_the_numbers_own_unit(sample, groups):
    row = next(row for row in sample.lesions if (row["session"], row["lesion_id"]) == ("2", "1"))
    group = next(each for each in groups[2] if each.tracking_identifier.endswith("lesion 1"))
    (area,) = (each for each in group.get_measurements() if each.name.meaning == "Area")
    told = [
        (
            float(item.MeasuredValueSequence[0].NumericValue),
            item.MeasuredValueSequence[0].MeasurementUnitsCodeSequence[0].CodeValue,
        )
        for item in area[0].ContentSequence
        if "uncertainty" in item.ConceptNameCodeSequence[0].CodeMeaning
    ]
    assert told == [(float(row["area_mm2_u"]), "mm2")] * 2


def test_a_lesion_keeps_its_tracking_uid_through_all_sessions(groups):
    names = [{group.tracking_identifier: group.tracking_uid for group in groups[session]} for session in (1, 2, 3)]
    shared = names[0].keys() & names[1].keys() & names[2].keys()
    assert len(shared) > 8
    assert all(names[0][each] == names[1][each] == names[2][each] for each in shared)
    assert len(set(names[0].values())) == len(names[0])


def test_an_outline_runs_along_the_label_images_pixels(sample, groups, reports):
    labels = sample.labels(sample.photographs[0].name)
    outlines = trace_outlines(labels)
    image = opened(dicom.photographic_image(sample, sample.photographs[0]))
    for group in groups[1]:
        lesion = int(group.tracking_identifier.split()[-1])
        region = group.roi
        assert region.graphic_type == sr.GraphicTypeValues.POLYLINE
        assert any(np.array_equal(region.value, part) for part in outlines[lesion])
    source = opened(reports[1, False]).CurrentRequestedProcedureEvidenceSequence[0].ReferencedSeriesSequence[0]
    assert source.ReferencedSOPSequence[0].ReferencedSOPInstanceUID == image.SOPInstanceUID


@pytest.mark.parametrize("way", range(2, 9))
def test_outlines_lie_on_the_stored_pixels_of_a_turned_photograph(sample, way):
    block = b"MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0" + bytes([way]) + b"\0\0\0\0\0\0"
    turned = jpeg_with(sample.photographs[0].read(), (0xE1, b"Exif\0\0" + block))
    course = with_bytes(sample, turned)
    with Image.open(io.BytesIO(turned)) as picture:
        stored = np.zeros((picture.height, picture.width), np.int32)
    stored[5:9, 20:31] = 7
    upright = np.array(Image.fromarray(stored).transpose(TURNS[way]))
    course = replace(course, labels=lambda name: upright)
    lesions = tuple({**row, "lesion_id": "7"} for row in sample.lesions if row["lesion_id"] == "1")
    (group,) = report_of(replace(course, lesions=lesions), 1).content.get_planar_roi_measurement_groups()
    assert {tuple(point) for point in group.roi.value} == {(20.0, 5.0), (31.0, 5.0), (31.0, 9.0), (20.0, 9.0)}
    assert f"orientation {way}" in opened(dicom.photographic_image(course, course.photographs[0])).ImageComments


def test_a_lesion_in_parts_has_an_outline_for_each(sample):
    labels = np.zeros((60, 80), np.int32)
    labels[5:15, 5:15] = labels[30:34, 30:34] = 1
    course = replace(sample, labels=lambda name: labels)
    groups = report_of(course, 1).content.get_planar_roi_measurement_groups()
    assert [group.tracking_identifier for group in groups] == ["C-0001: lesion 1"] * 2
    assert groups[0].get_measurements()
    assert not groups[1].get_measurements()


@pytest.mark.parametrize("kind", ["PNG", "progressive"])
def test_a_file_that_dicom_can_not_hold_is_decoded_and_says_so(sample, kind):
    data = encoded(scene(), "PNG") if kind == "PNG" else encoded(scene(), "JPEG", progressive=True)
    course = with_bytes(sample, data)
    with pytest.raises(ExportError, match="no baseline JPEG"):
        dicom.photographic_image(course, course.photographs[0])
    image = opened(dicom.photographic_image(course, course.photographs[0], decode=pixels_of))
    assert np.array_equal(image.pixel_array, pixels_of(data))
    assert image.ImageType[0] == "DERIVED"
    assert image.LossyImageCompression == ("00" if kind == "PNG" else "01")


@pytest.mark.slow
def test_two_hundred_lesions_go_into_one_report(sample):
    labels = np.zeros((200, 400), np.int32)
    for lesion in range(1, 201):
        row, column = divmod(lesion - 1, 20)
        labels[20 * row + 3 : 20 * row + 12, 20 * column + 3 : 20 * column + 14] = lesion
    one = next(row for row in sample.lesions if row["session"] == "1" and row["area_mm2"])
    many = replace(
        sample, lesions=tuple({**one, "lesion_id": str(n)} for n in range(1, 201)), labels=lambda name: labels
    )
    groups = report_of(many, 1).content.get_planar_roi_measurement_groups()
    assert len({group.tracking_uid for group in groups}) == 200


def test_the_same_record_gives_the_same_files_whatever_the_clock(sample):
    for make in (
        lambda: dicom.photographic_image(sample, sample.photographs[1]),
        lambda: dicom.measurement_report(sample, 2),
    ):
        first = make()
        time.sleep(1.1 / 2)
        assert make() == first


def test_what_is_not_there_is_said(sample):
    with pytest.raises(ExportError, match="was erased"):
        dicom.measurement_report(erased(sample), 1)
    with pytest.raises(ValueError, match="session must be one of"):
        dicom.measurement_report(sample, 9)
    with pytest.raises(ExportError, match="Nothing was measured"):
        dicom.measurement_report(replace(sample, measurement=None, sessions=(), lesions=()), 1)
    with pytest.raises(ExportError, match="no photograph"):
        dicom.measurement_report(replace(sample, photographs=()), 1)
    cut = with_bytes(sample, sample.photographs[0].read()[:5000])
    with pytest.raises(ExportError, match="damaged"):
        dicom.photographic_image(cut, cut.photographs[0])


def test_without_the_extra_it_says_what_to_install(sample, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "highdicom", None)
    with pytest.raises(ExportError, match=r"pip install 'pigtrack\[dicom\]'"):
        dicom.measurement_report(sample, 1)


def test_hostile_words_stay_words(sample):
    course = replace(sample, course=replace(sample.course, subject="A^B\\C=D" * 20, id="x\\y\r\nz" * 20, site="ü" * 90))
    image = opened(dicom.photographic_image(course, course.photographs[0]))
    assert len(str(image.PatientID)) <= 64
    assert image["StudyDescription"].VM == image["PatientID"].VM == 1
    dicom.measurement_report(course, 1)


@pytest.mark.skipif(shutil.which("dciodvfy") is None, reason="dciodvfy (dicom3tools) is not installed")
def test_an_independent_validator_finds_no_error(sample, tmp_path):
    for offsets in (False, True):
        for name, data in (
            ("image", dicom.photographic_image(sample, sample.photographs[0], offsets=offsets)),
            ("report", dicom.measurement_report(sample, 2, offsets=offsets)),
        ):
            path = tmp_path / f"{name}-{offsets}.dcm"
            path.write_bytes(data)
            told = subprocess.run(["dciodvfy", "-new", path], capture_output=True, text=True, check=False)
            assert "Error" not in told.stdout + told.stderr


def test_a_cleaned_jpeg_is_cleaned_already(sample):
    once = clean_jpeg(telling(encoded(scene())))
    assert clean_jpeg(once) == once
