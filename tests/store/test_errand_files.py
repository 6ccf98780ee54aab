"""What errands leave lies where only its owner may enter, for hours, and not beyond an erasure."""

import os
import time

import pytest

from pigtrack.errors import OriginalError, UnknownError
from pigtrack.store.errand_files import KEPT_S, ErrandFiles, seal_made
from pigtrack.store.vault.sealing import make_key


def test_an_export_lies_in_a_folder_for_nobody_else_and_is_gone_when_it_is_too_old(tmp_path):
    files = ErrandFiles(tmp_path)
    old = files.make("old")
    assert [path.stat().st_mode & 0o777 for path in (old, old.parent)] == [0o700, 0o700]
    os.utime(old, (time.time() - KEPT_S - 60,) * 2)
    files.make("new")
    assert sorted(path.name for path in old.parent.iterdir()) == ["new"]


def test_after_an_erasure_nothing_is_left(tmp_path):
    files = ErrandFiles(tmp_path)
    (files.make("one") / "export.csv").write_text("P-0007")
    files.keep_result("verify", {"found": 0})
    files.clear()
    assert not (tmp_path / "errands").exists()
    assert files.read_result("verify") is None
    with pytest.raises(UnknownError, match="not there any more"):
        files.open("one", make_key())


def test_what_was_made_is_read_with_its_key_alone(tmp_path):
    files, key = ErrandFiles(tmp_path), make_key()
    place = files.make("one")
    (place / "export.csv").write_bytes(b"P-0007," * 500_000)
    seal_made(place, "export.csv", key)
    (sealed,) = place.iterdir()
    assert b"P-0007" not in sealed.read_bytes()
    with files.open("one", key) as file:
        assert file.read() == b"P-0007," * 500_000
    with pytest.raises(OriginalError, match="not what was made"), files.open("one", make_key()) as file:
        file.read()


def test_a_server_that_begins_keeps_results_and_clears_what_an_earlier_one_exported(tmp_path):
    files = ErrandFiles(tmp_path)
    files.clear_exports()
    (files.make("one") / "export.csv").write_text("P-0007")
    files.keep_result("check", {"found": 0})
    files.clear_exports()
    assert [path.name for path in (tmp_path / "errands").iterdir()] == ["check.json"]
    assert files.read_result("check") == {"found": 0}
