"""Kills whoever works on a record at a random moment, a thousand times, and looks at what is left.

    python benchmarks/kills.py [--rounds N] [--seed N] [--only WORK] [--on DIR] [--out FILE]

Each round begins one of four works on a record that goes on from round to round (an import, measuring everything again
with a cheap measuring step, a backup, the upgrade of an old record), kills it with SIGKILL after a random part of the
time that it usually takes, and looks: the database is sound; the chain is whole and still has the entry that it ended
with before; every row is as the trail tells; every original that a row names is there and whole; of what was being done
there is all or nothing (a course, a measurement, a backup, an upgrade). Then the same work is begun again and must come
to its end, with the same looks. Ends with status 1 at the first thing that is not so.

Works where processes fork. A killed process is no power cut: what was written is kept by the system, waited for or not,
so a disk in memory (``--on /dev/shm``) shows the same, sooner.
"""

import argparse
import json
import os
import random
import shutil
import signal
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from statistics import median

sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))

from killed_looks import look, look_at_leftovers
from killed_works import WORKS, Bench, Lost, Work

ROUNDS = 1_000
_RENEWED = 40
"""Rounds after which an empty record is begun anew, so that each round stays short."""

_MARGIN = 1.1
"""Kills come within the usual time and a tenth more: some find the work done, and are not counted."""

_LATELY = 9
"""How many of the last times tell what is usual: a machine is not equally busy all day."""

_TENTHS = 10


def main() -> None:
    """Kill, look, count, and print what came of it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", choices=sorted(WORKS))
    parser.add_argument("--on", help="a folder on the disk to work on, as /dev/shm; the temporary folder")
    parser.add_argument("--out", help="write the figures as JSON")
    asked = parser.parse_args()
    kinds = [asked.only] if asked.only else list(WORKS)
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="pigtrack-kills-", dir=asked.on) as scratch:
        bench = Bench(Path(scratch), random.Random(asked.seed))
        os.environ["TMPDIR"] = str(bench.scratch / "tmp")
        (bench.scratch / "tmp").mkdir()
        tempfile.tempdir = None
        while bench.killed < asked.rounds:
            kill_once(bench, kinds[bench.kills % len(kinds)])
        look_at_leftovers(bench)
    figures = report(bench, asked.rounds, time.monotonic() - began)
    if asked.out:
        Path(asked.out).write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")


def kill_once(bench: Bench, kind: str) -> None:
    """One round: begin, kill, look, begin again, look."""
    if bench.kills % _RENEWED == 0:
        shutil.rmtree(bench.data, ignore_errors=True)
        bench.head = None
    bench.kills += 1
    bench.round += 1
    work = WORKS[kind]
    work.prepare(bench)
    usual = bench.usual.setdefault(kind, [])
    if not usual:  # how long it takes is not known yet: once to load what it needs, once to see how long it takes
        for complete in (_warm_up, _complete):
            took = complete(bench, work)
            look(bench, work)
            bench.round += 1
            work.prepare(bench)
        usual.append(took)
    expected = median(usual[-_LATELY:])
    delay = bench.chance.uniform(0, expected * _MARGIN)
    ended = _begin_and_kill(work, bench, delay)
    bench.killed += not ended
    state = look(bench, work)
    if state not in ("before", "after") and not work.part:
        raise Lost(f"round {bench.round}: a killed {kind} left {state}")
    if not ended:
        bench.moments.setdefault(kind, Counter())[min(int(_TENTHS * delay / expected), _TENTHS)] += 1
    bench.outcomes.setdefault(kind, Counter())["came too late" if ended else state] += 1
    usual.append(_complete(bench, work)) if state == "before" else _complete(bench, work)
    if (state := look(bench, work)) != "after":
        raise Lost(f"round {bench.round}: begun again, the {kind} left {state}")


def _begin_and_kill(work: Work, bench: Bench, delay: float) -> bool:
    """Begin a work in a process of its own and kill that; say whether it had ended before."""
    child = _fork(lambda: work.do(bench))
    time.sleep(delay)
    os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    if os.WIFEXITED(status) and os.WEXITSTATUS(status):
        raise Lost(f"round {bench.round}: it failed before it was killed")
    return os.WIFEXITED(status)


def _complete(bench: Bench, work: Work) -> float:
    """Do a work to its end in a process of its own; return the seconds."""
    began = time.monotonic()
    _, status = os.waitpid(_fork(lambda: work.do(bench)), 0)
    if status:
        raise Lost(f"round {bench.round}: what was begun again did not come to its end")
    return time.monotonic() - began


def _warm_up(bench: Bench, work: Work) -> float:
    """Do a work here, so that the processes to come have loaded what it needs."""
    work.do(bench)
    return 0.0


def _fork(do: Callable[[], object]) -> int:
    child = os.fork()
    if child:
        return child
    try:
        do()
    except BaseException:  # noqa: BLE001 - told, and the status says so
        traceback.print_exc()
        sys.stderr.flush()
        os._exit(1)
    os._exit(0)


def report(bench: Bench, rounds: int, seconds: float) -> dict[str, object]:
    """Print when the kills came and what they left; return it."""
    late = f", {bench.kills - bench.killed} more came too late" if bench.kills > bench.killed else ""
    print(f"{rounds} kills in {seconds:.0f} s{late}: nothing lost, nothing half-written, every chain whole.")
    print(f"{'':<12}{'usual':>8}   {'kills by tenth of the usual time, the last: later':<52}left")
    kinds = {}
    for kind, moments in bench.moments.items():
        tenths = [moments[tenth] for tenth in range(_TENTHS + 1)]
        usual = 1000 * median(bench.usual[kind])
        left = dict(sorted(bench.outcomes[kind].items()))
        told = ", ".join(f"{name} {count}" for name, count in left.items())
        print(f"{kind:<12}{usual:>5.0f} ms   {' '.join(f'{count:>3}' for count in tenths):<52}{told}")
        kinds[kind] = {"usual_ms": round(usual), "kills_by_tenth": tenths, "left": left}
    return {"rounds": rounds, "seconds": round(seconds), "works": kinds}


if __name__ == "__main__":
    try:
        main()
    except Lost as fault:
        raise SystemExit(f"LOST: {fault}") from None
