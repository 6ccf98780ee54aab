"""Where the machine fails: disks full and read-only, rights missing, signals, workers killed, output closed."""

import contextlib
import hashlib
import json
import os
import resource
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from story import Place, standing

LINUX_ROOT = sys.platform == "linux" and os.geteuid() == 0
NO_ROOM = "No space left on device"


def hear_signals() -> None:
    """Take signals as under a terminal: tests that run in the background hand on that they are ignored."""
    for each in (signal.SIGINT, signal.SIGHUP):
        signal.signal(each, signal.SIG_DFL)


def start(*command, before=(), **options) -> subprocess.Popen:
    """Start the command line in a process of its own, in a group of its own; ``before``: a command that starts it."""
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    options = {**pipes, "process_group": 0, "preexec_fn": hear_signals, **options}
    return subprocess.Popen([*before, sys.executable, "-m", "pigtrack", *map(str, command)], **options)


def run(*command, **options) -> tuple[int, str, str]:
    """Run the command line to its end; no traceback, whatever happens."""
    process = start(*command, **options)
    out, complaint = process.communicate(timeout=120)
    assert "Traceback" not in f"{out}{complaint}", complaint
    return process.returncode, out or "", complaint or ""


def environment(**changed) -> dict[str, str]:
    return {**os.environ, **{name: str(value) for name, value in changed.items()}}


@pytest.fixture
def place(tmp_path, drawn):
    return Place(tmp_path, drawn)


@pytest.fixture
def course(place) -> Path:
    """A good course with earlier results that pigtrack might have written."""
    folder = place.course()
    (folder / "results").mkdir()
    table = b"session\n1\n"
    (folder / "results" / "sessions.csv").write_bytes(table)
    run = {"files": {"sessions.csv": hashlib.sha256(table).hexdigest()}}
    (folder / "results" / "run.json").write_text(json.dumps(run))
    return folder


@contextlib.contextmanager
def disk(at: Path, size: str) -> Iterator[Path]:
    """A disk of its own size; skips where none can be mounted."""
    at.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", at], capture_output=True)
    if mounted.returncode:
        pytest.skip("no disk can be mounted here")
    try:
        yield at
    finally:
        subprocess.run(["umount", at], check=True)


on_a_disk_of_its_own = pytest.mark.skipif(not LINUX_ROOT, reason="only root mounts disks")


WRITERS = {
    "measure": lambda course, there: ["measure", course, "--out", there / "results"],
    "phantom": lambda course, there: ["phantom", there / "p", "--sessions", 1, "--megapixels", 0.5],
    "cards": lambda course, there: ["cards", "colorchecker-nano", "--draw", there / "cards"],
    "sticker": lambda course, there: ["cards", "--sticker", there / "stickers.pdf"],
}


@on_a_disk_of_its_own
@pytest.mark.parametrize(
    "writer", [pytest.param(each, marks=() if each == "sticker" else pytest.mark.slow) for each in WRITERS]
)
def test_a_full_disk_is_told_and_what_stood_there_stands(writer, course, tmp_path):
    with disk(tmp_path / "disk", "64k") as there:
        (there / "results").mkdir()
        shutil.copytree(course / "results", there / "results", dirs_exist_ok=True)
        (there / "stickers.pdf").write_text("an earlier sheet")
        with contextlib.suppress(OSError), (there / "filling").open("wb") as filling:
            filling.write(bytes(20_000))
        before = standing(tmp_path)
        status, _, complaint = run(*WRITERS[writer](course, there))
        assert (status, complaint.count("\n")) == (1, 1), complaint
        assert NO_ROOM in complaint
        assert "Free some space there" in complaint
        left = {name: what for name, what in standing(tmp_path).items() if not name.endswith("cards")}
        assert left == before


@on_a_disk_of_its_own
def test_a_disk_that_takes_no_writing_is_told_before_the_work(course, tmp_path):
    """The second photograph is none: who read the photographs first would complain of it."""
    (course / "b.jpg").write_text("Dear doctor")
    with disk(tmp_path / "disk", "64k") as there:
        subprocess.run(["mount", "-o", "remount,ro", there], check=True)
        for command in (*(make(course, there) for make in WRITERS.values()), ["init", there]):
            status, _, complaint = run(*command)
            assert (status, complaint.count("\n")) == (1, 1), complaint
            if command[0] == "measure":
                assert "nothing may be written into" in complaint


@on_a_disk_of_its_own
@pytest.mark.parametrize("size", [pytest.param("16k", marks=pytest.mark.slow), "2m"])
def test_a_full_temporary_folder_is_told_as_such(size, course, tmp_path):
    """At 16 kB not even the reading of photographs may blame a photograph; at 2 MB the first pixels fill it."""
    before = standing(course)
    with disk(tmp_path / "tmp", size) as there:
        status, _, complaint = run("measure", course, env=environment(TMPDIR=there))
        assert (status, complaint.count("\n")) == (1, 1), complaint
        assert "emporary folder" in complaint
        assert "TMPDIR" in complaint
        assert not any(there.iterdir())
    assert standing(course) == before


@pytest.mark.slow
@on_a_disk_of_its_own
def test_results_straight_into_a_mounted_disk_are_refused_with_a_remedy(course, tmp_path):
    with disk(tmp_path / "disk", "1m") as there:
        status, _, complaint = run("measure", course, "--out", there)
        assert status == 1
        assert "Name a folder inside it with --out." in complaint


OBEDIENT = ["setpriv", "--bounding-set=-dac_override,-dac_read_search"]
"""Root that obeys a file's rights like everybody else."""


@pytest.mark.skipif(not LINUX_ROOT or not shutil.which("setpriv"), reason="only root can be made to obey")
def test_what_may_not_be_read_or_written_is_told(course, tmp_path):
    (course / "b.jpg").chmod(0)
    (course / "results").chmod(0o555)
    course.chmod(0o555)
    told = {
        ("measure", course): "can't be",
        ("measure", course, "--out", course / "x"): "can't be",
        ("init", course): "is there already",
        ("phantom", course / "p"): "nothing may be written into",
        ("check", course / "b.jpg"): "can't be read (Permission denied)",
    }
    before = sorted(tmp_path.rglob("*"))
    for command, words in told.items():
        status, out, complaint = run(*command, before=OBEDIENT)
        assert (status, words in " ".join((out + complaint).split())) == (1, True), (command, out, complaint)
    (course / "b.jpg").chmod(0o644)
    status, _, complaint = run("measure", course, before=OBEDIENT)
    assert (status, "nothing may be written into" in complaint) == (1, True), complaint
    (course / "course.toml").chmod(0)
    status, _, complaint = run("measure", course, before=OBEDIENT)
    assert (status, "can't be read (Permission denied)" in complaint) == (1, True), complaint
    assert sorted(tmp_path.rglob("*")) == before
    course.chmod(0o755)


def _small_files() -> None:
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, 50_000))


def test_a_disk_that_takes_no_more_is_told_without_root_too(course):
    before = standing(course)
    status, _, complaint = run("measure", course, preexec_fn=_small_files)
    assert (status, complaint.count("\n")) == (1, 1), complaint
    assert "File too large" in complaint
    assert standing(course) == before


def _little_memory() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (700_000_000, 700_000_000))


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="limits of memory hold on Linux only")
def test_too_little_memory_is_told_as_such_and_no_photograph_is_blamed(place):
    from drawn_files import encoded, scene

    big = place.photograph(encoded(scene(6000, 8000), quality=60))
    status, out, complaint = run("check", big, preexec_fn=_little_memory)
    assert status == 1
    assert "memory" in out + complaint
    assert "decoded" not in out + complaint


def _children(pid: int) -> list[int]:
    return [
        int(child) for task in Path(f"/proc/{pid}/task").iterdir() for child in (task / "children").read_text().split()
    ]


def _wait_for(condition, seconds: float = 60.0):
    """Wait until something holds; return it."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
            if found := condition():
                return found
        time.sleep(0.05)
    raise AssertionError("it never came to pass")


def _is_worker(pid: int) -> bool:
    return b"spawn_main" in Path(f"/proc/{pid}/cmdline").read_bytes()


def _workers(process: subprocess.Popen) -> list[int]:
    return [pid for pid in _children(process.pid) if _is_worker(pid)]


def _is_gone(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] == "Z"
    except (FileNotFoundError, ProcessLookupError):
        return True


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="processes are looked at in /proc")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGKILL])
@pytest.mark.parametrize("when", ["at the start", "in the middle"])
def test_ended_from_outside_it_leaves_no_process_and_nothing_half_written(number, when, course, tmp_path):
    (tmp_path / "tmp").mkdir()
    before = standing(course)
    process = start("measure", course, "--workers", 2, env=environment(TMPDIR=tmp_path / "tmp"))
    workers = _wait_for(lambda: _workers(process))
    if when == "in the middle":
        _wait_for(lambda: any((tmp_path / "tmp").glob("pigtrack-*/image-*")))
        workers = _workers(process)
    if number is signal.SIGINT:
        os.killpg(process.pid, number)  # as a terminal does
    else:
        os.kill(process.pid, number)
    out, complaint = process.communicate(timeout=60)
    expected = -number if number is signal.SIGKILL else 128 + number
    assert (process.returncode, out) == (expected, "")
    if number is signal.SIGKILL:
        # Python may tell of locks that it took back, and a worker that was being started of the order it never got.
        assert "Traceback" not in complaint or when == "at the start"
    else:
        assert complaint == ("Interrupted; nothing was half-written.\n" if number is signal.SIGINT else "")
    _wait_for(lambda: all(map(_is_gone, workers)))
    assert standing(course) == before
    if number is signal.SIGKILL:  # nobody could tidy up: the next measurement does
        assert run("measure", course, env=environment(TMPDIR=tmp_path / "tmp"))[0] == 0
    assert not any(path for path in (tmp_path / "tmp").iterdir() if path.name.startswith("pigtrack"))


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="processes are looked at in /proc")
def test_a_worker_killed_for_want_of_memory_ends_it_in_one_sentence(course):
    before = standing(course)
    process = start("measure", course, "--workers", 2)
    os.kill(_wait_for(lambda: _workers(process))[0], signal.SIGKILL)
    _, complaint = process.communicate(timeout=60)
    assert process.returncode == 1
    assert "a worker was ended from outside" in complaint
    assert "fewer workers" in complaint
    assert "Traceback" not in complaint
    assert standing(course) == before


@pytest.mark.slow
def test_two_at_once_into_one_place_leave_the_results_of_one_of_them_whole(course):
    both = [start("measure", course) for _ in range(2)]
    ends = [process.communicate(timeout=120) for process in both]
    assert [process.returncode for process in both] == [0, 0], ends
    assert (course / "results" / "report.html").is_file()
    assert not [path.name for path in course.iterdir() if path.name.startswith(".pigtrack")]


@pytest.mark.slow
def test_a_course_that_vanishes_meanwhile_is_told(course, tmp_path):
    (tmp_path / "tmp").mkdir()
    process = start("measure", course, "--out", tmp_path / "out", env=environment(TMPDIR=tmp_path / "tmp"))
    _wait_for(lambda: any((tmp_path / "tmp").glob("pigtrack-*")))
    shutil.rmtree(course)
    _, complaint = process.communicate(timeout=60)
    assert process.returncode == 1
    assert "There is no photograph" in complaint
    assert "Traceback" not in complaint
    assert not (tmp_path / "out").exists()


@pytest.mark.slow
def test_a_closed_or_full_output_ends_without_a_traceback(place):
    photo = place.photograph(place.good["a.jpg"])
    for command in (["cards | head -1"], ["cards >&-"], ["cards 2>&-"], [f"check '{photo}' >&- 2>&-"]):
        told = subprocess.run(
            ["bash", "-c", f"'{sys.executable}' -m pigtrack {command[0]}"], capture_output=True, text=True
        )
        assert told.returncode in (0, 1)
        assert told.stderr == ""
    if not Path("/dev/full").exists():
        return
    for command in ("cards", "--help"):
        with Path("/dev/full").open("w") as full:
            status, _, complaint = run(command, stdout=full)
        assert (status, complaint.count("\n")) == (1, 1), complaint
        assert "No space left on device" in complaint


@pytest.mark.slow
def test_odd_surroundings_change_nothing(course):
    """No home, a home of somebody else, no locale, no assertions, a narrow terminal: the same results and no word."""
    odd = environment(HOME="/proc", LC_ALL="C", COLUMNS="20", PYTHONCOERCECLOCALE="0", PYTHONUTF8="0", PYTHONOPTIMIZE=2)
    odd.pop("XDG_CONFIG_HOME", None)
    status, out, complaint = run("measure", course, env=odd)
    assert (status, complaint) == (0, "")
    assert out.startswith("course: ")


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="a terminal is pretended by Linux's own means")
def test_a_terminal_of_twenty_columns_is_never_overrun(course):
    import pty
    import struct
    from fcntl import ioctl
    from termios import TIOCSWINSZ

    us, them = pty.openpty()
    ioctl(them, TIOCSWINSZ, struct.pack("HHHH", 24, 20, 0, 0))
    bare = {name: value for name, value in os.environ.items() if name != "COLUMNS"}
    process = start("check", course / "a.jpg", stderr=them, env=bare)
    process.communicate(timeout=60)
    process = start("phantom", course / "p", "--sessions", 2, "--megapixels", 0.5, stderr=them, stdout=them, env=bare)
    heard = b""
    os.close(them)
    with contextlib.suppress(OSError):  # how Linux tells that nobody writes any more
        while piece := os.read(us, 4096):
            heard += piece
    assert process.wait(timeout=60) == 0
    os.close(us)
    rewritten = heard.decode().split("Wrote")[0]
    assert "Drawing photograph" in rewritten
    assert all(len(line) < 20 for line in rewritten.split("\r"))
