"""Originals where the machine fails: killed at any step, many writing at once, disks full, rights missing."""

import contextlib
import hashlib
import os
import resource
import shutil
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from pigtrack.errors import OriginalError
from pigtrack.store.vault.local import LocalOriginals
from pigtrack.store.vault.sealing import make_key, seal

LINUX_ROOT = sys.platform == "linux" and os.geteuid() == 0
SEALED = b"sealed " * 30_000

KEEPING = """
import os, pathlib, signal, sys
from pigtrack.store.vault.local import LocalOriginals
originals = LocalOriginals(pathlib.Path(sys.argv[1]))
"""


def start(story: str, *arguments, **options) -> subprocess.Popen:
    """Run a story in a process of its own that keeps originals."""
    command = [sys.executable, "-c", KEEPING + textwrap.dedent(story), *map(str, arguments)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **options)


def standing(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


def drafts(folder: Path) -> list[Path]:
    return sorted((folder / "incoming").glob("new-*"))


KILLED_AT_A_STEP = """
step, reached = int(sys.argv[2]), 0
def ends(call):
    def called(*arguments, **options):
        global reached
        reached += 1
        if reached == step:
            os.kill(os.getpid(), signal.SIGKILL)
        return call(*arguments, **options)
    return called
for name in ("mkdir", "open", "write", "fsync", "chmod", "link", "unlink", "close"):
    setattr(os, name, ends(getattr(os, name)))
originals.put(b"sealed " * 30_000)
print(reached)
"""


def test_killed_at_any_step_there_is_a_whole_original_or_none_and_what_is_left_is_swept(tmp_path):
    digest = hashlib.sha256(SEALED).hexdigest()
    seen, step = set(), 0
    while True:
        step += 1
        folder = tmp_path / str(step)
        process = start(KILLED_AT_A_STEP, folder, step)
        said, complaint = process.communicate(timeout=20)
        if process.returncode == 0:
            break
        assert process.returncode == -signal.SIGKILL, complaint
        originals = LocalOriginals(folder)
        there = list(originals.digests())
        assert there in ([], [digest])
        assert all(map(originals.check, there))
        seen.add((bool(there), len(drafts(folder))))
        assert originals.put(SEALED) == digest
        assert originals.get(digest) == SEALED
        assert drafts(folder) == []
    assert int(said) + 1 == step > 12
    assert seen == {(False, 0), (False, 1), (True, 1), (True, 0)}


@pytest.mark.slow
def test_killed_at_random_moments_a_hundred_times_nothing_half_written_is_there(tmp_path):
    story = "count = int(sys.argv[2])\nwhile True:\n    count += 1\n    originals.put(b'%d' % count * 200_000)"
    originals = LocalOriginals(tmp_path)
    for time_ in range(100):
        process = start(story, tmp_path, time_ * 1_000_000)
        time.sleep(0.1 + 0.003 * time_)
        process.kill()
        process.communicate()
        assert len(drafts(tmp_path)) <= 1
    there = list(originals.digests())
    assert len(there) > 100
    assert all(map(originals.check, there))
    originals.put(SEALED)
    assert drafts(tmp_path) == []


def test_what_a_living_process_drafts_is_not_swept_until_it_is_dead(tmp_path):
    story = """
    fsync = os.fsync
    def stop(handle):
        print("drafted", flush=True)
        os.kill(os.getpid(), signal.SIGSTOP)
        fsync(handle)
    originals._make()
    os.fsync = stop
    originals.put(b"slow")
    """
    process = start(story, tmp_path)
    try:
        assert process.stdout.readline() == "drafted\n"
        other = LocalOriginals(tmp_path)
        other.put(SEALED)
        assert other.sweep() == 0
        assert len(drafts(tmp_path)) == 1
    finally:
        process.kill()
        process.communicate()
    assert other.sweep() == 1
    assert drafts(tmp_path) == []


def test_processes_that_keep_the_same_originals_at_once_agree(tmp_path):
    story = """
    for round in range(3):
        for number in range(40):
            originals.put(b"%d" % number * 20_000)
    """
    processes = [start(story, tmp_path) for _ in range(4)]
    for process in processes:
        _, complaint = process.communicate(timeout=60)
        assert (process.returncode, complaint) == (0, "")
    originals = LocalOriginals(tmp_path)
    there = list(originals.digests())
    assert there == sorted(hashlib.sha256(b"%d" % number * 20_000).hexdigest() for number in range(40))
    assert all(map(originals.check, there))
    assert drafts(tmp_path) == []


@contextlib.contextmanager
def disk(at: Path, size: str) -> Iterator[Path]:
    """A disk of its own size; skips where none can be mounted."""
    at.mkdir()
    if not LINUX_ROOT or subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", at]).returncode:
        pytest.skip("no disk can be mounted here")
    try:
        yield at
    finally:
        subprocess.run(["umount", at], check=True)


def test_on_a_full_disk_nothing_is_kept_by_halves_and_what_is_there_stays(tmp_path):
    with disk(tmp_path / "disk", "1m") as there:
        originals = LocalOriginals(there / "originals")
        kept = [originals.put(bytes([number]) * 200_000) for number in range(4)]
        before = standing(there)
        with pytest.raises(
            OriginalError, match=r"can't be kept in .*No space left on device\)\. Free some space there"
        ):
            originals.put(b"more" * 100_000)
        assert standing(there) == before
        assert all(map(originals.check, kept))
        originals.delete(kept[0])
        assert originals.check(originals.put(b"less" * 25_000))


def test_on_a_disk_that_takes_no_writing_what_is_there_can_be_read(tmp_path):
    with disk(tmp_path / "disk", "1m") as there:
        digest = LocalOriginals(there / "originals").put(SEALED)
        subprocess.run(["mount", "-o", "remount,ro", there], check=True)
        originals = LocalOriginals(there / "originals")
        assert originals.get(digest) == SEALED
        assert originals.check(digest)
        assert list(originals.digests()) == [digest]
        for refused in (lambda: originals.put(b"new"), lambda: originals.put(SEALED), lambda: originals.delete(digest)):
            with pytest.raises(OriginalError, match=r"Read-only file system\)\. Have the rights to that folder mended"):
                refused()


def test_a_limit_on_the_size_of_files_is_told_too(tmp_path):
    story = """
    from pigtrack.errors import OriginalError
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    try:
        originals.put(b"sealed " * 30_000)
    except OriginalError as fault:
        print(fault)
    """
    limits = (50_000, 50_000)
    process = start(story, tmp_path, preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, limits))
    said, complaint = process.communicate(timeout=20)
    assert "File too large). Free some space there, or let larger files be written" in said, complaint
    assert list(LocalOriginals(tmp_path).digests()) == []
    assert drafts(tmp_path) == []


OBEDIENT = ("setpriv", "--bounding-set=-all", "--inh-caps=-all") if os.geteuid() == 0 else ()


@pytest.mark.skipif(bool(OBEDIENT) and shutil.which("setpriv") is None, reason="root obeys rights by setpriv only")
def test_without_rights_one_sentence_tells_what_may_not_be_done(tmp_path):
    originals = LocalOriginals(tmp_path / "originals")
    digest = originals.put(SEALED)
    path = originals.folder / digest[:2] / digest[2:4] / digest
    story = f"""
    from pigtrack.errors import OriginalError
    for ask in (lambda: originals.put(b"new"), lambda: originals.get({digest!r}), lambda: originals.check({digest!r})):
        try:
            ask()
        except OriginalError as fault:
            print(fault)
    """
    path.chmod(0)
    originals.folder.chmod(0o555)
    (originals.folder / "incoming").chmod(0o555)
    (originals.folder / "incoming" / "lock").chmod(0o444)
    command = [*OBEDIENT, sys.executable, "-c", KEEPING + textwrap.dedent(story), str(originals.folder)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=20)
    assert done.stderr == ""
    assert done.stdout.count("(Permission denied). Have the rights to that folder mended.\n") == 3
    originals.folder.chmod(0o755)


def test_a_hundred_megabytes_are_sealed_in_little_more_than_three_times_their_room():
    """The data, what is sealed, and both parts of it while they are joined."""
    story = """
    import resource
    from pigtrack.store.vault.sealing import make_key, seal
    seal(make_key(), b"first", label=b"")
    data = bytes(100_000_000)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    seal(make_key(), data, label=b"")
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
    """
    process = start(story, "nowhere")
    said, complaint = process.communicate(timeout=60)
    assert complaint == ""
    kilobytes = int(said) if sys.platform != "darwin" else int(said) // 1024
    assert kilobytes < 310_000


def test_the_same_photograph_of_the_same_patient_is_one_original_and_of_two_patients_two(tmp_path):
    originals, (one, other) = LocalOriginals(tmp_path), (make_key(), make_key())
    photograph = b"left cheek" * 1000
    first = originals.put(seal(one, photograph, label=b"original/1"))
    assert originals.put(seal(one, photograph, label=b"original/1")) == first
    assert originals.put(seal(other, photograph, label=b"original/2")) != first
    assert len(list(originals.digests())) == 2
