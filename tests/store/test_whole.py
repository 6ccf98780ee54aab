"""Files are there whole or not at all, and a place that takes none is told before the work."""

import errno
import os
import stat

import pytest

from pigtrack.errors import OutputError
from pigtrack.store.bundle.writing import new_bundle
from pigtrack.store.whole import refuse_unwritable, write_whole


def test_files_are_written_with_their_folders_and_the_rights_of_new_files(tmp_path):
    write_whole({tmp_path / "deep" / "a.txt": b"a", tmp_path / "b.txt": b"b"})
    (tmp_path / "plain.txt").write_bytes(b"")
    assert (tmp_path / "deep" / "a.txt").read_bytes() == b"a"
    assert (tmp_path / "b.txt").stat().st_mode == (tmp_path / "plain.txt").stat().st_mode
    assert sorted(os.listdir(tmp_path)) == ["b.txt", "deep", "plain.txt"]


def test_when_one_of_several_fails_none_is_there_and_the_earlier_stay(tmp_path, monkeypatch):
    (tmp_path / "a.txt").write_bytes(b"earlier")
    calls = iter(range(9))

    def full(handle):
        if next(calls) == 1:
            raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OutputError, match=r"can't be written \(No space left on device\)\. Free some space there"):
        write_whole({tmp_path / "a.txt": b"new", tmp_path / "b.txt": b"new"})
    assert os.listdir(tmp_path) == ["a.txt"]
    assert (tmp_path / "a.txt").read_bytes() == b"earlier"


def test_a_file_s_new_name_is_on_the_disk_when_it_is_said_to_be_there(tmp_path, monkeypatch):
    seen = []

    def look(handle):
        if stat.S_ISDIR(os.fstat(handle).st_mode):
            seen.append((os.fstat(handle).st_ino, (tmp_path / "deep" / "a.txt").read_bytes()))

    monkeypatch.setattr(os, "fsync", look)
    write_whole({tmp_path / "deep" / "a.txt": b"a"})
    assert seen == [((tmp_path / "deep").stat().st_ino, b"a")]


@pytest.mark.parametrize("out", ["bundle", "bundle.zip"])
def test_what_goes_out_may_go_to_a_share_that_writes_no_folders_through(out, tmp_path, monkeypatch):
    fsync = os.fsync

    def no_folders(handle):
        if stat.S_ISDIR(os.fstat(handle).st_mode):
            raise OSError(errno.EINVAL, os.strerror(errno.EINVAL))
        fsync(handle)

    monkeypatch.setattr(os, "fsync", no_folders)
    with new_bundle(tmp_path / out) as writer:
        writer.add("deep/a.txt", [b"a"])
        writer.finish({})
    assert (tmp_path / out).exists()


def test_a_place_is_judged_by_the_nearest_folder_that_is_there_and_nothing_is_written(tmp_path):
    refuse_unwritable(tmp_path / "new" / "deep" / "file")
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(OutputError, match="is no folder"):
        refuse_unwritable(tmp_path / "file" / "below")
    with pytest.raises(OutputError, match="File name too long"):
        refuse_unwritable(tmp_path / ("x" * 5000) / "below")
    assert os.listdir(tmp_path) == ["file"]
