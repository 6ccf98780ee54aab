"""A phantom course on disk."""

import json
import tomllib
from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from pigtrack.errors import OutputError
from pigtrack.imaging.phantom import PhantomPlan
from pigtrack.store import phantom_folder
from pigtrack.store.folder import load_course
from pigtrack.store.phantom_folder import write_phantom
from pigtrack.store.photographs import read_photograph

PLAN = PhantomPlan(sessions=2, shots=2, megapixels=0.5)


@pytest.fixture(scope="module")
def course(tmp_path_factory) -> Path:
    return write_phantom(tmp_path_factory.mktemp("phantom") / "c", PLAN)


def digests(folder: Path) -> dict[str, str]:
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): sha256(path.read_bytes()).hexdigest() for path in files}


def test_the_same_plan_writes_the_same_bytes(course, tmp_path):
    assert digests(write_phantom(tmp_path / "c", PLAN)) == digests(course)


def test_the_folder_holds_photographs_truth_and_masks_of_the_same_name(course):
    assert set(digests(course)) == {
        "course.toml",
        *(f"session-0{s}-shot-{k}.jpg" for s in (1, 2) for k in (1, 2)),
        *(f"truth/session-0{s}/truth.json" for s in (1, 2)),
        *(f"truth/session-0{s}/session-0{s}-shot-{k}.png" for s in (1, 2) for k in (1, 2)),
    }


def test_the_course_file_names_sessions_and_draws_region_control_and_moles(course):
    entries = tomllib.loads((course / "course.toml").read_text())
    assert entries["course"]["card"] == "colorchecker-classic"
    assert entries["course"]["card_patch_pitch_mm"] == 9.0
    assert len(entries["course"]["region"]) == 4
    assert len(entries["course"]["control"]) == 4
    assert len(entries["course"]["exclude"]) == 1
    assert [session["date"].isoformat() for session in entries["session"]] == ["2026-01-11", "2026-01-25"]
    assert entries["session"][1]["photos"] == ["session-02-shot-1.jpg", "session-02-shot-2.jpg"]


def test_the_course_loads_as_any_other(course):
    loaded = load_course(course)
    assert [len(session.photos) for session in loaded.sessions] == [2, 2]
    assert loaded.skin_type == "II"


def test_the_drawn_region_holds_the_treated_lesions_and_the_control_the_others(course):
    entries = tomllib.loads((course / "course.toml").read_text())["course"]
    truth = json.loads((course / "truth/session-01/truth.json").read_text())
    mask = np.asarray(Image.open(course / "truth/session-01/session-01-shot-1.png"))
    for lesion in truth["lesions"]:
        rows, columns = np.nonzero(mask == lesion["id"])
        if len(rows) == 0:
            assert lesion["area_mm2"] == 0
            continue
        polygon = np.array(entries["control" if lesion["control"] else "region"])
        corners = np.array([[columns.min(), rows.min()], [columns.max(), rows.max()]])
        assert (polygon.min(axis=0) < corners[0]).all()
        assert (corners[1] < polygon.max(axis=0)).all()


def test_masks_count_the_area_that_the_truth_tells(course):
    truth = json.loads((course / "truth/session-02/truth.json").read_text())
    for name, photograph in truth["photographs"].items():
        mask = np.asarray(Image.open((course / "truth/session-02" / name).with_suffix(".png")))
        assert mask.dtype == np.uint16
        assert list(mask.shape) == photograph["shape"]
        for lesion in truth["lesions"]:
            if lesion["fate"] != "merge" and lesion["area_mm2"] > 10:
                counted = (mask == lesion["id"]).sum() / photograph["px_per_mm"] ** 2
                assert counted == pytest.approx(lesion["area_mm2"], rel=0.12)  # tilt changes the scale over the field


def test_the_written_way_from_skin_to_pixels_leads_to_the_middle_of_each_mask(course):
    truth = json.loads((course / "truth/session-02/truth.json").read_text())
    for name, photograph in truth["photographs"].items():
        mask = np.asarray(Image.open((course / "truth/session-02" / name).with_suffix(".png")))
        for lesion in truth["lesions"]:
            if lesion["fate"] != "merge" and lesion["area_mm2"] > 3:
                rows, columns = np.nonzero(mask == lesion["id"])
                x, y = to_pixels(photograph["skin_mm_to_px"], np.array(lesion["centre_mm"]))
                assert np.hypot(x - columns.mean(), y - rows.mean()) < 0.25


def to_pixels(way: dict, point_mm: np.ndarray) -> np.ndarray:
    """Follow the written way: displacement between its nodes, then homography."""
    nodes = np.array(way["displacement_mm"])
    column, row = (point_mm - way["displacement_origin_mm"]) / way["displacement_step_mm"]
    i, j = int(row), int(column)
    u, v = row - i, column - j
    moved = (1 - u) * ((1 - v) * nodes[i, j] + v * nodes[i, j + 1]) + u * (
        (1 - v) * nodes[i + 1, j] + v * nodes[i + 1, j + 1]
    )
    x, y, w = np.array(way["homography"]) @ [*(point_mm + moved), 1]
    return np.array([x / w, y / w])


def test_photographs_tell_when_and_with_what_they_were_taken_but_not_where(course):
    with Image.open(course / "session-02-shot-1.jpg") as photograph:
        exif = photograph.getexif()
    assert exif.get_ifd(0x8769)[0x9003] == "2026:01:25 10:00:00"
    assert (exif[0x010F], exif[0x0110]) == ("pigtrack phantom", "Ward 16")
    capture = read_photograph(course / "session-02-shot-1.jpg").capture
    assert (capture.exposure_s, capture.f_number, capture.iso) == (pytest.approx(1 / 60), 5.6, 400)
    assert capture.focal_length_35mm == 115  # 500 mm off, 150 mm wide
    assert 0x8825 not in exif


def test_truth_names_the_plan_and_the_version_that_made_it(course):
    made = json.loads((course / "truth/session-01/truth.json").read_text())["made_by"]
    assert made["plan"]["seed"] == PLAN.seed
    assert made["plan"]["nuisances"] == []
    assert made["algorithm"]["name"] == "phantom"


def test_a_folder_with_something_in_it_is_left_alone(course):
    before = digests(course)
    with pytest.raises(OutputError, match="not empty"):
        write_phantom(course, PLAN)
    assert digests(course) == before


def test_a_course_is_written_whole_or_not_at_all(tmp_path, monkeypatch):
    def fail(*_: object) -> bytes:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(phantom_folder, "_png", fail)
    with pytest.raises(OutputError, match="No space left"):
        write_phantom(tmp_path / "c", PLAN)
    assert list(tmp_path.iterdir()) == []
