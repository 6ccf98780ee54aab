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
import sqlite3
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from statistics import median

sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))

import killed_methods
from drawn_records import drawn_course, lay_out_drawn
from sqlalchemy import func, select

from pigtrack.store.record.backup import read_manifest
from pigtrack.store.record.checking import Mismatch, check_database, check_record
from pigtrack.store.record.courses import find_course
from pigtrack.store.record.migrating import HEAD
from pigtrack.store.record.opening import Record
from pigtrack.store.record.tables import courses, measurements, photographs, sessions
from pigtrack.store.record.trail import Head, read_head
from pigtrack.tracker.record.backing_up import back_up
from pigtrack.tracker.record.desk import opened
from pigtrack.tracker.record.importing import import_courses
from pigtrack.tracker.record.reprocessing import reprocess
from pigtrack.tracker.record.restoring import restore

OLD = Path(__file__).resolve().parent.parent / "tests" / "data" / "record-0001.sqlite"
ROUNDS = 1_000
_RENEWED = 40
"""Rounds after which an empty record is begun anew, so that each round stays short."""

_MARGIN = 1.1
"""Kills come within the usual time and a tenth more: some find the work done."""

_SESSIONS = 2
_TENTHS = 10


class Lost(AssertionError):
    """Something was lost, doubled or left half; the message says what."""


@dataclass
class Bench:
    """The record that is worked on, and what was seen so far."""

    scratch: Path
    chance: random.Random
    round: int = 0
    kills: int = 0
    head: Head | None = None
    usual: dict[str, list[float]] = field(default_factory=dict)
    moments: dict[str, Counter[int]] = field(default_factory=dict)
    outcomes: dict[str, Counter[str]] = field(default_factory=dict)

    @property
    def data(self) -> Path:
        """The record's folder."""
        return self.scratch / "record"

    def fresh(self, name: str) -> Path:
        """A place of this round."""
        return self.scratch / f"{name}-{self.round}"


@dataclass(frozen=True)
class Work:
    """Something to be killed: how to prepare it, do it, and tell how it stands; ``part``: it may stand half done."""

    prepare: Callable[[Bench], None]
    do: Callable[[Bench], object]
    state: Callable[[Bench], str]
    part: bool = False
    data: Callable[[Bench], Path] = lambda bench: bench.data


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
        for number in range(asked.rounds):
            kill_once(bench, kinds[number % len(kinds)])
        _look_at_leftovers(bench)
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
    delay = bench.chance.uniform(0, median(usual) * _MARGIN)
    ended = _begin_and_kill(work, bench, delay)
    state = look(bench, work)
    if state not in ("before", "after") and not work.part:
        raise Lost(f"round {bench.round}: a killed {kind} left {state}")
    bench.moments.setdefault(kind, Counter())[min(int(_TENTHS * delay / median(usual)), _TENTHS)] += 1
    bench.outcomes.setdefault(kind, Counter())["ended by itself" if ended else state] += 1
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


def look(bench: Bench, work: Work) -> str:
    """Look at all that must be so whatever happened; return the state of the work."""
    data = work.data(bench)
    state = work.state(bench)
    if not (data / "pigtrack.toml").exists():
        if data.exists() and any(data.iterdir()):
            _look_at_beginning(data)
        return state
    _look_at_file(data / "record.sqlite")
    if state == "before" and data != bench.data:
        return state  # an old record: to open it would upgrade it
    with opened(data) as record:
        before = bench.head if data == bench.data else None
        faults = list(_check(record, before))
        if faults:
            raise Lost(f"round {bench.round}: {faults[0].line}")
        with record.reading() as connection:
            head = read_head(connection)
            _look_at_courses(connection)
    if data == bench.data:
        if before is not None and head.seq < before.seq:
            raise Lost(f"round {bench.round}: the trail ended at {before.seq}, now at {head.seq}")
        bench.head = head
    return state


def _check(record: Record, before: Head | None) -> Iterator[Mismatch]:
    """Check a record; the old one came without its originals."""
    if before is None and record.folder.path.name.startswith("old"):
        with record.reading() as connection:
            yield from check_database(connection)
    else:
        yield from check_record(record, head=None if before is None else before.hash)


def _look_at_beginning(data: Path) -> None:
    """A data folder that was being made: nothing but drafts may lie in it."""
    left = [path.name for path in data.iterdir() if not path.name.startswith(".pigtrack-")]
    if left:
        raise Lost(f"a data folder without settings holds {left}")


def _look_at_file(database: Path) -> None:
    """SQLite's own word on its file, through a connection that pigtrack did not make."""
    if not database.exists():
        return
    with closing(sqlite3.connect(database)) as connection:
        told = connection.execute("PRAGMA integrity_check").fetchall()
        strays = connection.execute("PRAGMA foreign_key_check").fetchall()
    if told != [("ok",)] or strays:
        raise Lost(f"{database.name}: {told[:1]} {strays[:1]}")


def _look_at_courses(connection) -> None:
    """Every course has all its sessions and photographs, and no version twice."""
    for row in connection.execute(select(courses.c.id, courses.c.sessions)).all():
        of_course = select(func.count()).select_from(sessions).where(sessions.c.course_id == row.id)
        kept = select(func.count()).select_from(photographs.join(sessions)).where(sessions.c.course_id == row.id)
        counts = {connection.execute(each).scalar_one() for each in (of_course, kept)}
        if counts != {row.sessions}:
            raise Lost(f"a course of {row.sessions} sessions has {counts} sessions and photographs")
    same = (measurements.c.course_id, measurements.c.input_digest, measurements.c.versions_digest)
    doubled = select(func.count()).select_from(measurements).group_by(*same).having(func.count() > 1)
    if connection.execute(doubled).first() is not None:
        raise Lost("a course was measured twice by the same versions")


def _look_at_leftovers(bench: Bench) -> None:
    """After the last run nothing of the killed lies about: neither beside the backups nor in the temporary folder.

    But for empty folders: who is killed between making one and locking it leaves one that nobody may judge.
    """
    for folder in (*bench.scratch.glob(".pigtrack-*"), *(bench.scratch / "tmp").iterdir()):
        left = [path.name for path in folder.iterdir() if path.name != "new lock"] if folder.is_dir() else ["a file"]
        if left:
            raise Lost(f"left behind by the killed: {folder.name} with {left[:3]}")


# An import: a course is in the record whole, or not at all.


def _prepare_import(bench: Bench) -> None:
    lay_out_drawn(bench.fresh("course"), drawn_course(bench.round, sessions=_SESSIONS))


def _import(bench: Bench) -> None:
    import_courses(folders=[bench.fresh("course")], data=bench.data, by="anna", measure=False)


def _imported(bench: Bench) -> str:
    if not (bench.data / "pigtrack.toml").exists():
        return "before"
    with opened(bench.data) as record, record.reading() as connection:
        return "before" if find_course(connection, drawn_course(bench.round).id) is None else "after"


# Measuring everything again: each course by itself.


def _prepare_reprocess(bench: Bench) -> None:
    if not (bench.data / "pigtrack.toml").exists():
        _prepare_import(bench)
        _import(bench)


def _reprocess(bench: Bench) -> None:
    reprocess(data=bench.data, by="anna", tell=lambda _: None, method=f"killed_methods:VERSION_{bench.round}")


def _reprocessed(bench: Bench) -> str:
    with opened(bench.data) as record, record.reading() as connection:
        versions = killed_methods.method_of(bench.round).versions_digest
        counted = select(func.count()).select_from(courses)
        done = select(func.count()).select_from(measurements).where(measurements.c.versions_digest == versions)
        total, measured = (connection.execute(each).scalar_one() for each in (counted, done))
    return "before" if not measured else "after" if measured == total else "a part"


# A backup: there, whole and restorable, or not there.


def _back_up(bench: Bench) -> None:
    if not bench.fresh("backup").exists():
        back_up(to=bench.fresh("backup"), data=bench.data, by="anna")


def _backed_up(bench: Bench) -> str:
    backup = bench.fresh("backup")
    if not backup.exists():
        return "before"
    read_manifest(backup)
    restored = bench.fresh("restored")
    restore(backup=backup, to=restored)
    with opened(restored) as record:
        faults = list(check_record(record))
    shutil.rmtree(restored)
    if faults:
        raise Lost(f"a backup restores to: {faults[0].line}")
    return "after"


# The upgrade of an old record: all of it, or as it was.


def _old(bench: Bench) -> Path:
    return bench.fresh("old")


def _prepare_migration(bench: Bench) -> None:
    _old(bench).mkdir()
    (_old(bench) / "pigtrack.toml").write_text('database = "sqlite:record.sqlite"\noriginals = "originals"\n')
    shutil.copy(OLD, _old(bench) / "record.sqlite")


def _migrate(bench: Bench) -> None:
    with opened(_old(bench)):
        pass


def _migrated(bench: Bench) -> str:
    with closing(sqlite3.connect(_old(bench) / "record.sqlite")) as connection:
        (step,) = connection.execute("SELECT version_num FROM alembic_version").fetchone()
        now = list(connection.iterdump())
    if now == _old_dump():
        return "before"
    kept = {line for line in _old_dump() if line.startswith("INSERT") and "alembic_version" not in line}
    if step != HEAD or not kept <= set(now):
        raise Lost(f"round {bench.round}: a half-upgraded record at step {step}")
    return "after"


@cache
def _old_dump() -> list[str]:
    with closing(sqlite3.connect(OLD)) as connection:
        return list(connection.iterdump())


WORKS = {
    "import": Work(_prepare_import, _import, _imported),
    "reprocess": Work(_prepare_reprocess, _reprocess, _reprocessed, part=True),
    "backup": Work(_prepare_reprocess, _back_up, _backed_up),
    "migration": Work(_prepare_migration, _migrate, _migrated, data=_old),
}


def report(bench: Bench, rounds: int, seconds: float) -> dict[str, object]:
    """Print when the kills came and what they left; return it."""
    print(f"{rounds} kills in {seconds:.0f} s: nothing lost, nothing half-written, every chain whole.")
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
