"""Disks full and read-only, folders of others: one clear message, and the record is as it was."""

import contextlib
import os
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from drawn_records import drawn_course, labels_of, lay_out_drawn

from pigtrack.errors import PigtrackError
from pigtrack.store.record.checking import check_record
from pigtrack.store.record.data_folder import make_folder
from pigtrack.tracker.record.backing_up import back_up
from pigtrack.tracker.record.desk import opened
from pigtrack.tracker.record.importing import import_courses
from pigtrack.tracker.record.looking import look_at_courses

OLD = Path(__file__).parents[2] / "data" / "record-0001.sqlite"
LINUX_ROOT = sys.platform == "linux" and os.geteuid() == 0

pytestmark = pytest.mark.skipif(not LINUX_ROOT, reason="only root mounts disks")


@pytest.fixture
def disk(tmp_path):
    """A disk of 4 MB of its own; skips where none can be mounted."""
    at = tmp_path / "disk"
    at.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", at], capture_output=True).returncode:
        pytest.skip("no disk can be mounted here")
    yield at
    subprocess.run(["umount", at], check=True)


@pytest.fixture
def folders(tmp_path):
    """Folders of courses, on another disk."""
    return [lay_out_drawn(tmp_path / f"course-{n}", drawn_course(n, sessions=3)) for n in range(8)]


@contextlib.contextmanager
def filled(disk, leave):
    """A disk on which only some bytes are left, while the block lasts."""
    free = os.statvfs(disk)
    (disk / "filling").write_bytes(bytes(max(0, free.f_bavail * free.f_frsize - leave)))
    try:
        yield
    finally:
        (disk / "filling").unlink()


def is_whole(data):
    with opened(data) as record:
        return list(check_record(record)) == []


def dump(database):
    """All that a SQLite file holds."""
    with contextlib.closing(sqlite3.connect(database)) as connection:
        return list(connection.iterdump())


def refused(do, *said):
    """The one message that somebody gets."""
    with pytest.raises(PigtrackError) as fault:
        do()
    told = str(fault.value)
    assert "\n" not in told
    assert any(words in told for words in said), told
    return told


def test_a_full_disk_is_told_at_whatever_moment_and_nothing_is_lost(disk, folders):
    data = disk / "record"
    import_courses(folders=folders[:1], data=data, by="anna", measure=False)
    for leave, folder in zip((0, 16_000, 40_000, 64_000, 100_000, 150_000), folders[1:], strict=False):
        with filled(disk, leave):
            told = refused(
                lambda taken=folder: import_courses(folders=[taken], data=data, by="anna", measure=False),
                "disk is full",
                "No space left",
            )
            assert "Free some space there" in told
        assert is_whole(data)
        with opened(data) as record:
            assert labels_of(record) == ["C-00000"]
    import_courses(folders=folders[1:], data=data, by="anna", measure=False)
    with opened(data) as record:
        assert len(labels_of(record)) == len(folders)
    assert is_whole(data)


def test_nothing_is_shown_that_the_trail_could_not_be_told_of(disk, folders):
    data = disk / "record"
    import_courses(folders=folders[:1], data=data, by="anna", measure=False)
    with filled(disk, 0):
        refused(lambda: look_at_courses(data=data, by="anna"), "disk is full")
    subprocess.run(["mount", "-o", "remount,ro", disk], check=True)
    refused(lambda: look_at_courses(data=data, by="anna"), "may not be written", "takes writing")
    subprocess.run(["mount", "-o", "remount,rw", disk], check=True)
    assert len(look_at_courses(data=data, by="anna")) == 1


def test_a_disk_without_room_for_a_copy_leaves_an_old_record_old(disk):
    folder = make_folder(disk / "old").path
    shutil.copy(OLD, folder / "record.sqlite")
    before = dump(folder / "record.sqlite")
    with filled(disk, 90_000):  # room for the files beside the database, not for the copy
        refused(lambda: opened(folder).__enter__(), "No copy of the record can be made", "disk is full")
        assert not list(folder.glob("*.part*"))
        assert not list(folder.glob("*.before-*"))
    assert dump(folder / "record.sqlite") == before
    with opened(folder) as record:
        assert labels_of(record) == ["C-0001"]


def test_a_disk_without_room_for_a_backup_holds_none(disk, folders, tmp_path):
    data = tmp_path / "record"
    import_courses(folders=folders[:2], data=data, by="anna", measure=False)
    with filled(disk, 200_000):
        refused(lambda: back_up(to=disk / "backup", data=data, by="anna"), "No space left", "disk is full")
        assert [path.name for path in disk.iterdir()] == ["filling"]
    assert is_whole(data)


def test_a_record_of_somebody_else_is_refused_in_a_sentence(folders, tmp_path):
    data = tmp_path / "record"
    import_courses(folders=folders[:1], data=data, by="anna", measure=False)
    tmp_path.chmod(0o755)
    look = f"""
import os, sys
from pathlib import Path
from pigtrack.errors import PigtrackError
from pigtrack.tracker.record.looking import look_at_courses
os.setgroups([]); os.setgid(65534); os.setuid(65534)
try:
    look_at_courses(data=Path({str(data)!r}), by="eve")
except PigtrackError as fault:
    print(fault)
"""
    run = subprocess.run([sys.executable, "-c", look], capture_output=True, text=True, check=True)
    assert "Permission denied" in run.stdout
    assert run.stdout.count("\n") == 1
