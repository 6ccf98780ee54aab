"""Real photographs of single lesions: the goals that benchmarks/real_lesions.py prints, with a margin."""

import runpy
import shutil
from pathlib import Path

import numpy as np
import pytest

import pigtrack
from pigtrack.imaging import opencv
from pigtrack.imaging.closeup import find_lesion
from pigtrack.imaging.register import identity_registration
from pigtrack.model.photograph import RegisteredImage, WorkingGrid

BENCH = runpy.run_path(str(Path(__file__).parent.parent / "benchmarks" / "real_lesions.py"))
PHOTOS = BENCH["PHOTOS"]

needs_pictures = pytest.mark.skipif(
    not (PHOTOS / "dermoscopy").is_dir(), reason="no folder of real photographs (set PIGTRACK_REAL_PHOTOS)"
)


def usable(name):
    return [each for each in BENCH["load_set"](name) if not each.unusable]


def outlined(picture):
    """The lesion as the stage outlines it, on the picture's own pixels."""
    linear = BENCH["linear_of"](picture.path)
    grid = WorkingGrid(linear.shape[:2], (0.0, 0.0), 1.0, None)
    found = find_lesion(RegisteredImage(linear, linear.max(axis=2) < 1, identity_registration(grid)))
    if found is None or not found.is_of_one_lesion:
        return np.zeros(linear.shape[:2], bool)
    return np.asarray(opencv.resize_linear(found.footprint.astype(np.float32), linear.shape[:2])) >= 0.5


def scores(pictures):
    return [BENCH["dice"](outlined(each), each.truth) for each in pictures]


@needs_pictures
def test_which_pictures_can_be_asked_for_is_told_by_masks_and_manifest():
    sets = {name: BENCH["load_set"](name) for name in ("dermoscopy", "phone_lesions")}
    assert [len(each) for each in sets.values()] == [50, 18]
    assert len(usable("dermoscopy")) == 43
    assert len(usable("phone_lesions")) == 4


@needs_pictures
def test_every_fourth_dermoscopy_picture_is_outlined_as_by_experts():
    found = scores(usable("dermoscopy")[::4])
    assert np.median(found) > 0.86
    assert np.mean(found) > 0.78


@needs_pictures
def test_clean_spots_on_phone_pictures_are_outlined():
    assert np.median(scores(usable("phone_lesions"))) > 0.78


@needs_pictures
@pytest.mark.slow
@pytest.mark.parametrize("half", ["A", "B"])
def test_both_halves_of_the_dermoscopy_pictures_are_outlined(half):
    found = scores([each for each in usable("dermoscopy") if each.half == half])
    assert np.median(found) > 0.86
    assert np.quantile(found, 0.1) > 0.6


@needs_pictures
def test_measure_labels_the_lesion_of_a_folder_with_one_picture(tmp_path):
    picture = next(each for each in usable("dermoscopy") if each.path.stem == "ISIC_0012222")
    folder = tmp_path / "course"
    folder.mkdir()
    shutil.copy(picture.path, folder)
    measured = pigtrack.tracker.measure(course_folder=folder)
    labels = opencv.decode_png((folder / "results" / "labels" / "ISIC_0012222.png").read_bytes())
    assert np.unique(labels).tolist() == [0, 1]
    assert BENCH["dice"](labels > 0, picture.truth) > 0.85
    assert any("close-up of one lesion" in sentence for sentence in measured.warnings)
    assert measured.lesions[["area_mm2", "diameter_mm", "pigment_load"]].isna().all(axis=None)
    assert set(measured.lesions["verdict"]) == {"baseline"}


def test_missing_pictures_are_said(monkeypatch, tmp_path):
    monkeypatch.setenv("PIGTRACK_REAL_PHOTOS", str(tmp_path))
    bench = runpy.run_path(str(Path(__file__).parent.parent / "benchmarks" / "real_lesions.py"))
    lines = list(bench["report_lesions"]())
    assert len(lines) == 2
    assert all("skipped" in line and str(tmp_path) in line for line in lines)


def test_a_picture_whose_lesion_runs_out_of_it_or_fills_it_is_not_asked_for():
    row = {"use_for_pigment_dice": "yes", "dL_in_out": "-9"}
    inside = np.zeros((20, 30), bool)
    inside[5:10, 5:10] = True
    assert BENCH["why_unusable"](row, inside) == ""
    assert "runs out" in BENCH["why_unusable"](row, np.ones((20, 30), bool))
    large = np.zeros((20, 30), bool)
    large[1:-1, 1:-1] = True
    assert "half" in BENCH["why_unusable"](row, large)
    assert "darker" in BENCH["why_unusable"]({**row, "use_for_pigment_dice": "no"}, inside)
    assert "clean" in BENCH["why_unusable"]({**row, "pigment_spot_by_eye": "no"}, inside)
