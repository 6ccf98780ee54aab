"""The works that `kills` kills whoever is at them: each prepared, done, and asked how it stands."""

import random
import shutil
import sqlite3
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import killed_methods
from drawn_records import drawn_course, lay_out_drawn
from sqlalchemy import func, select

from pigtrack.store.record.backup import read_manifest
from pigtrack.store.record.checking import check_record
from pigtrack.store.record.courses import find_course
from pigtrack.store.record.migrating import HEAD
from pigtrack.store.record.tables import courses, measurements
from pigtrack.store.record.trail import Head
from pigtrack.tracker.record.backing_up import back_up
from pigtrack.tracker.record.desk import opened
from pigtrack.tracker.record.importing import import_courses
from pigtrack.tracker.record.reprocessing import reprocess
from pigtrack.tracker.record.restoring import restore

OLD = Path(__file__).resolve().parent.parent / "tests" / "data" / "record-0001.sqlite"
_SESSIONS = 2


class Lost(AssertionError):
    """Something was lost, doubled or left half; the message says what."""


@dataclass
class Bench:
    """The record that is worked on, and what was seen so far; ``killed`` counts the kills that came in time."""

    scratch: Path
    chance: random.Random
    round: int = 0
    kills: int = 0
    killed: int = 0
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
