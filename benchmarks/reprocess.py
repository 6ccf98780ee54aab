"""What measuring a record again costs beside the measuring itself, how it shares out, and whether memory grows.

    python benchmarks/reprocess.py                    all of it, about half an hour on two quiet cores
    python benchmarks/reprocess.py speed              two workers beside one, on drawn courses of 2 megapixels
    python benchmarks/reprocess.py overhead           what record and Dask cost, as a share of the measuring time
    python benchmarks/reprocess.py memory [COUNT]     COUNT simulated photographs (100,000) through Dask

The simulated photographs go through the very same jobs, transactions and tasks; only the measuring is cheap. Speed
wants a machine that does nothing else; the other two count CPU time and memory. Filling 100,000 photographs waits for
the disk at each: `TMPDIR=/dev/shm` shows the same, sooner.
"""

import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import psutil

TESTS = Path(__file__).resolve().parents[1] / "tests"
sys.path.insert(0, str(TESTS))
os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, [str(TESTS), os.environ.get("PYTHONPATH")]))
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
os.environ.setdefault("DASK_DISTRIBUTED__WORKER__PROFILE__ENABLED", "False")  # as docs/reprocess.md advises

from cheap_courses import fill  # noqa: E402 - found through the path above

from pigtrack.tracker import render_phantom  # noqa: E402
from pigtrack.tracker.record.importing import import_courses  # noqa: E402
from pigtrack.tracker.record.reprocessing import METHOD_PATH, Reprocessed, reprocess  # noqa: E402

SPEED_UP, SHARE_PERCENT, SLOPE_KIB = 1.8, 5.0, 100.0
"""Goals: two workers beside one; record or Dask beside measuring; KiB a process grows by in 1,000 photographs,
which is 10 MiB over all 100,000: less than one photograph needs."""

PHOTOGRAPHS, SESSIONS, SHOTS = 100_000, 5, 2
"""Simulated: this many, in courses of 5 visits with 2 each."""

_DRAWN, _MEGAPIXELS = 30, 2.0
"""Courses of 3 photographs each that are drawn and really measured: enough that starting processes hardly counts."""

_CHEAP = "cheap_courses:QUICK"
_SAMPLE_S = 1.0
_SETTLED = 0.25
"""Share of a run after which memory is judged: by then everything is loaded, and every cache is full."""


def main() -> None:
    """Print one line a figure."""
    asked = sys.argv[1:2] or ["speed", "overhead", "memory"]
    with tempfile.TemporaryDirectory(prefix="pigtrack-benchmark-") as scratch:
        for name in asked:
            for line in _PARTS[name](Path(scratch)):
                print(line, flush=True)


def row(what: str, told: str, goal: str) -> str:
    """Lay out one row: what, the figure, the goal beside it."""
    return f"{what:<62}{told:<48} goal {goal}"


def drawn_record(scratch: Path) -> Path:
    """A record of drawn courses, not measured."""
    data = scratch / "drawn"
    if not data.exists():
        folders = []
        for number in range(1, _DRAWN + 1):
            folders.append(scratch / f"phantom-{number}")
            render_phantom(out=folders[-1], seed=number, scenario="studio", sessions=3, megapixels=_MEGAPIXELS)
        import_courses(folders=folders, data=data, measure=False)
    return data


def copied(data: Path, name: str) -> Path:
    """A copy to measure from the start."""
    subprocess.run(["cp", "-r", data, data.with_name(name)], check=True)
    return data.with_name(name)


def again(data: Path, *, method: str = METHOD_PATH, workers: int = 1, dask: str | None = None) -> Reprocessed:
    """Measure all of a record; every course has to come to a good end."""
    outcome = reprocess(data=data, tell=print, method=method, workers=workers, dask=dask)
    if outcome.counts.failed or outcome.counts.open:
        raise SystemExit(f"not all was measured: {outcome.told}")
    return outcome


def speed(scratch: Path) -> Iterator[str]:
    """Wall time of one worker and of two, each in a process of its own as the command starts it."""
    data, walls = drawn_record(scratch), {}
    for workers in (1, 2):
        fresh = copied(data, f"by-{workers}")
        command = [sys.executable, "-m", "pigtrack", "reprocess", "--all", "--data", str(fresh)]
        began = time.monotonic()
        subprocess.run([*command, "--workers", str(workers)], check=True, stdout=subprocess.DEVNULL)
        walls[workers] = time.monotonic() - began
    told = f"{walls[1] / walls[2]:.2f} times ({walls[1]:.0f} s, {walls[2]:.0f} s; load {os.getloadavg()[0]:.1f})"
    yield row(f"{_DRAWN} courses of 3 at 2 megapixels: two workers beside one", told, f">= {SPEED_UP}")


def overhead(scratch: Path) -> Iterator[str]:
    """CPU seconds of all that is done around the measuring, beside those of the measuring itself."""
    data = drawn_record(scratch)
    whole = cpu_of(lambda: again(copied(data, "measured")), warm=True)
    around = cpu_of(lambda: again(copied(data, "cheap"), method=_CHEAP), warm=True)
    measuring = whole - around
    told = f"{100 * around / measuring:.2f} % ({around:.2f} s of {measuring:.0f} s)"
    yield row("the record, share of the measuring time", told, f"<= {SHARE_PERCENT:.0f} %")
    with cluster(scratch) as running:
        fresh = copied(data, "by-dask")
        again(fill(scratch / "first", 4), method=_CHEAP, dask=running.address)  # everything is loaded once
        before, began = running.cpu(), time.process_time()
        again(fresh, method=_CHEAP, dask=running.address)
        spent = running.cpu() - before + time.process_time() - began
    told = f"{100 * spent / measuring:.2f} % ({spent:.2f} s of {measuring:.0f} s)"
    yield row("the record and Dask, share of the measuring time", told, f"<= {SHARE_PERCENT:.0f} %")


def cpu_of(work: Callable[[], object], *, warm: bool) -> float:
    """CPU seconds of this process at some work."""
    if warm:
        from pigtrack.tracker import measuring  # noqa: F401 - loading is not what is measured
    began = time.process_time()
    work()
    return time.process_time() - began


class Cluster:
    """A Dask scheduler with workers, each a process of its own without a nanny."""

    def __init__(self, address: str, processes: dict[str, psutil.Process]) -> None:
        self.address = address
        self.processes = processes

    def cpu(self) -> float:
        """CPU seconds of all so far."""
        return sum(sum(each.cpu_times()[:2]) for each in self.processes.values())


@contextmanager
def cluster(scratch: Path, workers: int = 2) -> Iterator[Cluster]:
    """Start a cluster on this machine, as a clinic would, and end it."""
    started = []

    def start(*command: str) -> psutil.Process:
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        started.append(subprocess.Popen([sys.executable, "-m", "dask", *command], **quiet))
        return psutil.Process(started[-1].pid)

    file = scratch / "scheduler.json"
    file.unlink(missing_ok=True)
    try:
        local = (
            "--host",
            "127.0.0.1",
            "--dashboard-address",
            "127.0.0.1:0",
            "--port",
            "0",
            "--scheduler-file",
            str(file),
        )
        processes = {"scheduler": start("scheduler", *local)}
        for number in range(1, workers + 1):
            joins = ("--scheduler-file", str(file), "--nthreads", "1", "--no-nanny", "--no-dashboard")
            processes[f"worker {number}"] = start("worker", *joins, "--local-directory", str(scratch))
        yield Cluster(_address(file, workers), processes)
    finally:
        for each in reversed(started):  # the scheduler last: a worker does not end well without it
            _end(each)


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(timeout=20)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _address(file: Path, workers: int) -> str:
    import json

    import distributed

    patience = time.monotonic() + 60
    while not file.exists():
        if time.monotonic() > patience:
            raise SystemExit("the Dask scheduler did not start")
        time.sleep(0.1)
    address = str(json.loads(file.read_text())["address"])
    with distributed.Client(address, set_as_default=False) as client:
        client.wait_for_workers(workers, timeout=60)
    return address


def memory(scratch: Path) -> Iterator[str]:
    """Memory of all processes while simulated photographs go through Dask, and how it grows."""
    count = int(sys.argv[2]) if len(sys.argv) > 2 else PHOTOGRAPHS
    data = fill(scratch / "simulated", count // (SESSIONS * SHOTS), sessions=SESSIONS, photos=SHOTS)
    with cluster(scratch) as running, sampled({"client": psutil.Process(), **running.processes}) as samples:
        began = time.monotonic()
        outcome = again(data, method=_CHEAP, dask=running.address)
        took = time.monotonic() - began
    if outcome.measured != count // (SESSIONS * SHOTS):
        raise SystemExit(f"not all was measured here: {outcome.told}")
    yield f"{count} simulated photographs in {outcome.measured} courses through Dask: {took:.0f} s, all once"
    for name, taken in samples.items():
        at, mib = np.array(taken).T
        late = at >= at[0] + _SETTLED * (at[-1] - at[0])
        slope = np.polyfit(at[late], mib[late], 1)[0] * 1024 * took / count * 1000
        told = f"{mib.max():.0f} MiB at most, {slope:+.1f} KiB in 1,000 photographs"
        yield row(f"memory of the {name}", told, f"<= {SLOPE_KIB:.0f} KiB")


@contextmanager
def sampled(processes: dict[str, psutil.Process]) -> Iterator[dict[str, list[tuple[float, float]]]]:
    """Sample the resident memory of processes, MiB over seconds, until the block ends."""
    samples: dict[str, list[tuple[float, float]]] = {name: [] for name in processes}
    ended = threading.Event()

    def sample() -> None:
        while not ended.wait(_SAMPLE_S):
            for name, process in processes.items():
                samples[name].append((time.monotonic(), process.memory_info().rss / 2**20))

    sampling = threading.Thread(target=sample, daemon=True)
    sampling.start()
    try:
        yield samples
    finally:
        ended.set()
        sampling.join()


_PARTS = {"speed": speed, "overhead": overhead, "memory": memory}

if __name__ == "__main__":
    main()
