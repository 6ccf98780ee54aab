"""The results folder: the same bytes each time, whole or not at all, whatever the photographs are called."""

import csv
import os
import subprocess
import sys

import numpy as np
import pytest
from drawn_courses import digests, lay_out, without_card
from drawn_files import encoded
from PIL import Image
from typer.testing import CliRunner

from pigtrack.cli import app
from pigtrack.tracker import measure
from pigtrack.tracker import measuring as measuring_module

HOSTILE = ("=été 1/vis ite.jpg", 'été 1/it\'s "left" & <b>.jpg', "-日本/1 #%20;,.jpeg")


def shell(*arguments, **options):
    command = [sys.executable, "-m", "pigtrack", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False, **options)


def whatever(*arguments):
    """Run the command in this process; an exception that is no exit would be a traceback."""
    told = CliRunner().invoke(app, [str(argument) for argument in arguments])
    assert told.exception is None or isinstance(told.exception, SystemExit), told.exception
    return told.exit_code, told.stdout, told.stderr


@pytest.fixture(scope="module")
def folder(drawn, tmp_path_factory):
    """Two sessions, the first of two shots, in sub-folders and under names that a shell or a page may stumble on."""
    first = {HOSTILE[0]: drawn.bytes_of(1), HOSTILE[1]: drawn.bytes_of(2)}
    return lay_out(
        tmp_path_factory.mktemp("hostile") / "a course", [first, {HOSTILE[2]: drawn.bytes_of(3)}], drawn.settings
    )


@pytest.fixture(scope="module")
def measured(folder):
    """Measured by the command with two workers, into the default place."""
    status, said, complaint = whatever("measure", folder, "--workers", 2)
    assert (status, complaint) == (0, "")
    return said


def test_the_same_bytes_come_out_whatever_the_workers_the_place_and_the_day(folder, measured, tmp_path):
    again = measure(course_folder=folder, out=tmp_path / "elsewhere" / "deep", workers=1)
    assert digests(again.out) == digests(folder / "results")


def test_the_command_says_what_became_of_the_course_and_where_the_pages_are(folder, measured):
    assert f"Report: {folder / 'results' / 'report.html'}" in measured
    assert f"For the patient: {folder / 'results' / 'patient.html'}" in measured
    assert measured.replace("\n", "").isprintable()
    assert "\N{REPLACEMENT CHARACTER}" not in measured
    assert "Reading photograph" not in measured  # progress is for terminals


def test_each_label_image_lies_at_its_photograph_s_path(folder, measured):
    for name in HOSTILE:
        stem = name.rsplit(".", 1)[0]
        with Image.open(folder / "results" / "labels" / f"{stem}.png") as labels, Image.open(folder / name) as photo:
            assert labels.size == photo.size
            assert np.array(labels).dtype == np.uint16
        assert (folder / "results" / "overlays" / f"{stem}.jpg").is_file()


def test_hostile_names_come_back_whole_from_the_tables_and_escaped_from_the_page(folder, measured):
    with (folder / "results" / "photos.csv").open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    assert [row["photo"].removeprefix("'") for row in rows] == list(HOSTILE)
    assert not any(row["photo"].startswith(("=", "-", "+", "@")) for row in rows)
    assert "<b>.jpg" not in (folder / "results" / "report.html").read_text(encoding="utf-8")


def test_several_shots_are_one_session_of_one_number(folder, measured):
    with (folder / "results" / "sessions.csv").open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    assert [row["photos"] for row in rows] == ["2", "1"]
    with (folder / "results" / "lesions.csv").open(encoding="utf-8", newline="") as lines:
        shown = [row for row in csv.DictReader(lines) if row["session"] == "1"]
    assert {row["photographs"] for row in shown} >= {"2"}


def test_a_fault_half_way_leaves_the_earlier_results_and_no_crumbs(drawn, tmp_path, monkeypatch):
    folder = lay_out(tmp_path / "c", [{"a.jpg": drawn.bytes_of(1)}], drawn.settings)
    measure(course_folder=folder)
    before, names = digests(folder / "results"), sorted(os.listdir(folder))

    def full_disk(*_, **__):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(measuring_module, "draw_files", full_disk)
        with pytest.raises(OSError, match="No space left"):
            measure(course_folder=folder)
    assert digests(folder / "results") == before
    assert sorted(os.listdir(folder)) == names


@pytest.mark.slow
def test_new_results_replace_the_earlier_ones_and_nothing_old_stays(drawn, tmp_path):
    folder = lay_out(tmp_path / "c", [{"a.jpg": drawn.bytes_of(1)}, {"b.jpg": drawn.bytes_of(2)}], drawn.settings)
    measure(course_folder=folder)
    lay_out(folder, [{"a.jpg": drawn.bytes_of(1)}], drawn.settings)
    measure(course_folder=folder)
    assert not (folder / "results" / "labels" / "b.png").exists()
    assert (folder / "results" / "labels" / "a.png").exists()
    assert "session-02" not in "".join(digests(folder / "results"))


def test_a_strangers_file_among_the_results_is_never_touched(drawn, tmp_path):
    folder = lay_out(tmp_path / "c", [{"a.jpg": drawn.bytes_of(1)}], drawn.settings)
    (folder / "results").mkdir()
    (folder / "results" / "my notes.txt").write_text("mine")
    status, said, complaint = whatever("measure", folder)
    assert (status, said) == (1, "")
    assert "my notes.txt" in complaint
    assert (folder / "results" / "my notes.txt").read_text() == "mine"


@pytest.mark.parametrize("case", ["missing", "cut", "text", "toml", "nowhere", "empty"])
def test_what_cannot_be_measured_is_one_message_and_status_1(drawn, tmp_path, case):
    folder = lay_out(tmp_path / "c", [{"a.jpg": drawn.bytes_of(1)}], drawn.settings)
    if case == "missing":
        (folder / "a.jpg").unlink()
    if case == "cut":
        (folder / "a.jpg").write_bytes(drawn.bytes_of(1)[:20_000])
    if case == "text":
        (folder / "a.jpg").write_text("no picture")
    if case == "toml":
        (folder / "course.toml").write_text("[course]\nidd = 3\n[[session]]\n")
    if case == "empty":
        folder = tmp_path / "c" / "empty"
        folder.mkdir()
    status, said, complaint = whatever("measure", tmp_path / "gone" if case == "nowhere" else folder)
    assert (status, said) == (1, "")
    assert 0 < len(complaint) < 1000
    assert not (folder / "results").exists()


@pytest.mark.slow
def test_no_user_ever_sees_a_traceback(drawn, tmp_path):
    """Once as a process of its own, with the fault met in a worker."""
    folder = lay_out(tmp_path / "c", [{"a.jpg": drawn.bytes_of(1)[:20_000]}], drawn.settings)
    told = shell("measure", folder, "--workers", 2)
    assert (told.returncode, told.stdout) == (1, "")
    assert told.stderr.count("\n") == 1
    assert "a.jpg" in told.stderr


def test_a_photograph_that_fails_its_checks_is_a_warning_and_status_0(drawn, tmp_path):
    bare = encoded(without_card(drawn, 2))
    folder = lay_out(tmp_path / "c", [{"a.jpg": drawn.bytes_of(1)}, {"b.jpg": bare}], drawn.settings)
    status, _, complaint = whatever("measure", folder, "--out", tmp_path / "out")
    assert status == 0
    assert complaint.startswith("Not used: b.jpg. No known colour card was found.")
    assert not (folder / "results").exists()
    assert (tmp_path / "out" / "report.html").is_file()
    assert not (tmp_path / "out" / "labels" / "b.png").exists()
