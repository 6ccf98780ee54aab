import errno
import hashlib
import json
import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from pigtrack.errors import OutputError
from pigtrack.store import results
from pigtrack.store.results import label_path, refuse_foreign, write_results


def write(out, *, value=1, files=None):
    labels = np.zeros((70, 90), np.uint16)
    labels[10:20, 30:40] = 40_000 + value
    write_results(
        out,
        tables={"sessions": pd.DataFrame({"session": [value]})},
        labels={"visit-1/a.jpg": labels},
        files={"report.html": b"<p>", **(files or {})},
        run={"version": "1", "ä": [1, 2]},
    )
    return labels


def tree(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def test_everything_asked_for_is_written(tmp_path):
    labels = write(tmp_path / "results")
    assert sorted(tree(tmp_path / "results")) == ["labels/visit-1/a.png", "report.html", "run.json", "sessions.csv"]
    assert (tmp_path / "results" / "sessions.csv").read_text() == "session\n1\n"
    with Image.open(tmp_path / "results" / label_path("visit-1/a.jpg")) as image:
        np.testing.assert_array_equal(np.asarray(image), labels)
    run = json.loads((tmp_path / "results" / "run.json").read_text(encoding="utf-8"))
    assert (run["version"], sorted(run["files"])) == ("1", ["labels/visit-1/a.png", "report.html", "sessions.csv"])


def test_the_same_results_are_the_same_bytes(tmp_path):
    write(tmp_path / "a")
    write(tmp_path / "b")
    assert tree(tmp_path / "a") == tree(tmp_path / "b")


def test_nothing_but_the_results_is_left_beside_them(tmp_path):
    write(tmp_path / "results")
    write(tmp_path / "results", value=2)
    assert os.listdir(tmp_path) == ["results"]
    assert (tmp_path / "results" / "sessions.csv").read_text() == "session\n2\n"


def test_an_empty_folder_and_missing_parents_are_fine(tmp_path):
    (tmp_path / "empty").mkdir()
    write(tmp_path / "empty")
    write(tmp_path / "new" / "deep" / "results")
    assert (tmp_path / "new" / "deep" / "results" / "run.json").is_file()


def test_a_link_to_a_folder_stays_a_link(tmp_path):
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    write(tmp_path / "link")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "real" / "run.json").is_file()


@pytest.mark.parametrize("name", ["photo.jpg", "labels/mine.png"])
def test_what_pigtrack_did_not_write_is_never_replaced(tmp_path, name):
    for out in (tmp_path / "foreign", tmp_path / "earlier"):
        if out.name == "earlier":
            write(out)
        (out / name).parent.mkdir(parents=True, exist_ok=True)
        (out / name).write_bytes(b"precious")
        before = tree(out)
        with pytest.raises(OutputError, match="did not write"):
            write(out, value=2)
        assert tree(out) == before


def test_earlier_results_and_a_file_manager_s_crumbs_are_replaced(tmp_path):
    out = tmp_path / "results"
    out.mkdir()
    (out / "old.csv").write_text("x")
    digest = hashlib.sha256(b"x").hexdigest()
    (out / "run.json").write_text(json.dumps({"files": {"old.csv": digest}}))
    assert refuse_foreign(out) == out.resolve()
    write(out)
    (out / ".DS_Store").write_bytes(b"x")
    write(out, value=3)
    assert (out / "sessions.csv").read_text() == "session\n3\n"


def test_a_table_that_somebody_corrected_is_not_lost(tmp_path):
    out = tmp_path / "results"
    write(out)
    corrected = (out / "sessions.csv").read_text() + "corrected by hand\n"
    (out / "sessions.csv").write_text(corrected)
    with pytest.raises(OutputError, match=r"sessions\.csv.* was changed since pigtrack wrote it.*Move it away"):
        write(out, value=2)
    assert (out / "sessions.csv").read_text() == corrected
    (out / "sessions.csv").unlink()
    write(out, value=2)
    assert (out / "sessions.csv").read_text() == "session\n2\n"


def test_a_run_that_names_files_outside_reads_none_of_them(tmp_path):
    out = tmp_path / "results"
    write(out)
    (tmp_path / "outside.txt").write_text("x")
    run = json.loads((out / "run.json").read_text())
    run["files"]["../outside.txt"] = "0"
    (out / "run.json").write_text(json.dumps(run))
    assert refuse_foreign(out) == out.resolve()


def test_a_file_in_the_way_is_said(tmp_path):
    (tmp_path / "results").write_text("x")
    with pytest.raises(OutputError, match="is no folder"):
        write(tmp_path / "results")
    with pytest.raises(OutputError, match="can't be written"):
        write(tmp_path / "results" / "below")


@pytest.mark.parametrize("fails_at", range(8))
@pytest.mark.parametrize("fault", [OSError(errno.ENOSPC, "No space left on device"), KeyboardInterrupt()])
def test_whatever_fails_the_earlier_results_stay_as_they_were(tmp_path, monkeypatch, fails_at, fault):
    out = tmp_path / "results"
    write(out)
    before = tree(out)
    calls = iter(range(100))
    for module, name in ((os, "fsync"), (Path, "rename")):
        monkeypatch.setattr(module, name, _failing(getattr(module, name), calls, fails_at, fault))
    expected = OutputError if isinstance(fault, OSError) else KeyboardInterrupt
    with pytest.raises(expected):
        write(out, value=2)
    monkeypatch.undo()
    assert tree(out) == before
    assert os.listdir(tmp_path) == ["results"]


def _failing(real, calls, fails_at, fault):
    def call(*arguments):
        if next(calls) == fails_at:
            raise fault
        return real(*arguments)

    return call


def test_the_words_for_a_full_disk_name_the_remedy(tmp_path, monkeypatch):
    def full(handle):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OutputError, match=r"can't be written to .* \(No space left on device\)\. Free some space"):
        write(tmp_path / "results")
    assert os.listdir(tmp_path) == []


def test_a_name_that_leads_outside_is_the_caller_s_fault_and_leaves_nothing(tmp_path):
    with pytest.raises(ValueError, match="inside"):
        write(tmp_path / "results", files={"../x": b""})
    assert os.listdir(tmp_path) == []


def test_a_name_that_is_no_unicode_can_be_written(tmp_path):
    table = pd.DataFrame({"photo": pd.Series(["a\udcff.jpg"], dtype=object)})  # as tables are made
    write_results(tmp_path / "r", tables={"photos": table}, labels={}, files={}, run={"photo": "a\udcff.jpg"})
    assert json.loads((tmp_path / "r" / "run.json").read_text())["photo"] == "a\udcff.jpg"


def test_labels_of_another_kind_are_the_caller_s_fault(tmp_path):
    labels = {"a.jpg": np.zeros((3, 3), np.int32)}
    with pytest.raises(ValueError, match="uint16"):
        write_results(tmp_path / "r", tables={}, labels=labels, files={}, run={})


def test_results_get_the_rights_that_other_folders_get(tmp_path):
    write(tmp_path / "results")
    (tmp_path / "other").mkdir()
    assert (tmp_path / "results").stat().st_mode == (tmp_path / "other").stat().st_mode
    assert results.RUN_FILE == "run.json"
