"""What is still to be measured again: one row a course in a batch, so that a killed run is taken up where it stood.

A batch is known by the versions and settings that it measures with. Whoever runs it again goes on with what is left;
whoever runs it at the same time shares the work. What is done is told by the measurements themselves: a job that is
done twice adds nothing.
"""

import base64
import hashlib
import platform
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path

from sqlalchemy import (
    ColumnElement,
    Connection,
    RowMapping,
    and_,
    case,
    delete,
    func,
    insert,
    literal,
    or_,
    select,
    update,
)

from pigtrack.errors import OriginalError
from pigtrack.model.trail import as_moment
from pigtrack.store.leftovers import is_held
from pigtrack.store.record.changes import stands_measured
from pigtrack.store.record.tables import courses, jobs, photographs, sessions, subject_keys
from pigtrack.store.record.unit import Unit, subject_key
from pigtrack.store.vault.sealing import seal, unseal

MOST_TRIES = 3
"""How often a course is begun in one run. Whoever dies of it thrice would die of it for ever."""

LEASE_S = 300
"""After how many seconds without a word somebody on another machine is thought dead; on this one, it is known."""


class JobState(StrEnum):
    """Where a course stands in a batch."""

    WAITING = "waiting"
    TAKEN = "taken"
    DONE = "done"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Batch:
    """Courses to measure by the same versions and settings; ``only``: ids of some of them, None: all there are."""

    versions_digest: str
    settings_digest: str
    only: tuple[str, ...] | None = None

    @property
    def name(self) -> str:
        """What the batch is known by, whoever runs it and whenever."""
        return hashlib.sha256(f"{self.versions_digest}\n{self.settings_digest}".encode()).hexdigest()[:16]

    @property
    def jobs(self) -> ColumnElement[bool]:
        """The condition that a job belongs to it."""
        mine = jobs.c.batch == self.name
        return mine if self.only is None else and_(mine, jobs.c.course_id.in_(self.only))


@dataclass(frozen=True, slots=True)
class JobCounts:
    """How many courses of a batch stand where."""

    waiting: int = 0
    taken: int = 0
    done: int = 0
    failed: int = 0

    @property
    def open(self) -> int:
        """How many are still to come to an end."""
        return self.waiting + self.taken

    @property
    def total(self) -> int:
        """How many there are."""
        return self.open + self.done + self.failed


@dataclass(frozen=True, slots=True)
class Claimant:
    """Who measures a course: a machine, and a folder that is locked there as long as the process lives."""

    host: str
    folder: Path

    @property
    def name(self) -> str:
        """As it stands in the database."""
        return f"{self.host}:{self.folder}"


def lease_end(now: str) -> str:
    """Return the time before which a last word is too long ago, as UTC in ISO 8601 like ``now``."""
    return as_moment(datetime.fromisoformat(now) - timedelta(seconds=LEASE_S))


def this_host() -> str:
    """Return this machine's name."""
    return platform.node() or "this machine"


def enlist(unit: Unit, batch: Batch) -> None:
    """Write down what is to be measured: new courses, those that changed since, those that could not be measured."""
    digests = {"versions_digest": batch.versions_digest, "settings_digest": batch.settings_digest}
    known = select(jobs.c.course_id).where(batch.jobs)
    wanted = [courses.c.id.not_in(known), _can_be_measured(), ~stands_measured(**digests)]
    if batch.only is not None:
        wanted.append(courses.c.id.in_(batch.only))
    new = select(literal(batch.name), courses.c.id, literal(JobState.WAITING.value), literal(0)).where(*wanted)
    unit.connection.execute(insert(jobs).from_select(["batch", "course_id", "state", "tries"], new))
    settled = select(courses.c.id).where(or_(stands_measured(**digests), ~_can_be_measured()))
    ended = jobs.c.state.in_((JobState.DONE.value, JobState.FAILED.value))
    again = {"state": JobState.WAITING.value, "owner": None, "taken_at": None, "tries": 0, "fault": None}
    unit.connection.execute(update(jobs).where(batch.jobs, ended, jobs.c.course_id.not_in(settled)).values(again))
    unit.connection.execute(update(jobs).where(batch.jobs, ~ended).values(tries=0))


ASKED = "asked"
"""Stands in place of an owner while a course waits that somebody asked for by name, and nobody is at yet."""


def enlist_asked(unit: Unit, batch: Batch) -> None:
    """Write down what somebody asked for by name, so that a server takes it up after a restart."""
    enlist(unit, batch)
    waiting = jobs.c.state == JobState.WAITING.value
    unit.connection.execute(update(jobs).where(batch.jobs, waiting).values(owner=ASKED))


def _can_be_measured() -> ColumnElement[bool]:
    """Return the condition that a course's patient was not erased, and that there is anything to measure."""
    return and_(courses.c.subject_id.in_(select(subject_keys.c.subject_id)), courses.c.sessions > 0)


def count_jobs(connection: Connection, batch: Batch) -> JobCounts:
    """Return how many courses stand where."""
    counted = select(jobs.c.state, func.count()).where(batch.jobs).group_by(jobs.c.state)
    return JobCounts(**{str(state): int(count) for state, count in connection.execute(counted)})


def count_photographs_left(connection: Connection, batch: Batch) -> int:
    """Return how many photographs the courses have that have not come to an end."""
    left = select(jobs.c.course_id).where(batch.jobs, _is_open())
    found = select(func.count()).select_from(photographs.join(sessions)).where(sessions.c.course_id.in_(left))
    return int(connection.execute(found).scalar_one())


def read_free(
    connection: Connection, batch: Batch, *, after: str, limit: int, lease_ends: str
) -> tuple[list[tuple[str, int]], str | None]:
    """Return courses that nobody is at, each with its number of photographs, and where to read on; None: at the end.

    Parameters
    ----------
    after : str
        Id of the course to go on behind; empty: from the first on.
    lease_ends : str
        Who was last heard of before this time (UTC, ISO 8601) is thought dead.
    """
    counted = (
        select(func.count()).select_from(photographs.join(sessions)).where(sessions.c.course_id == jobs.c.course_id)
    )
    wanted = select(jobs, counted.scalar_subquery().label("photographs"))
    wanted = wanted.where(batch.jobs, _is_open(), jobs.c.course_id > after).order_by(jobs.c.course_id).limit(limit)
    rows = connection.execute(wanted).mappings().all()
    free = [(str(row["course_id"]), int(row["photographs"])) for row in rows if _is_free(row, lease_ends)]
    return free, (str(rows[-1]["course_id"]) if len(rows) == limit else None)


def _is_open() -> ColumnElement[bool]:
    return jobs.c.state.in_((JobState.WAITING.value, JobState.TAKEN.value))


def _is_free(job: RowMapping, lease_ends: str) -> bool:
    """Tell whether nobody is at a course: never taken, or by somebody who is dead or was not heard of for long."""
    if job["state"] != JobState.TAKEN.value:
        return bool(job["state"] == JobState.WAITING.value)
    host, _, folder = str(job["owner"]).partition(":")
    is_dead = host == this_host() and not is_held(Path(folder))
    return is_dead or str(job["taken_at"]) < lease_ends


def claim(unit: Unit, batch: Batch, course: str, claimant: Claimant, *, lease_ends: str) -> bool:
    """Take a course to measure it; False: somebody else has, or it came to an end."""
    job = unit.connection.execute(select(jobs).where(*_is(batch, course))).mappings().first()
    if job is None or not _is_free(job, lease_ends):
        return False
    if job["tries"] >= MOST_TRIES:
        fail(unit, batch, course, f"Whoever measured it was ended from outside {MOST_TRIES} times. {_REMEDY}")
        return False
    taken = {"state": JobState.TAKEN.value, "owner": claimant.name, "taken_at": unit.at, "tries": job["tries"] + 1}
    unit.connection.execute(update(jobs).where(*_is(batch, course)).values(taken))
    return True


_REMEDY = "Most likely there was too little memory: measure with fewer workers."


def _is(batch: Batch, course: str) -> tuple[ColumnElement[bool], ...]:
    return jobs.c.batch == batch.name, jobs.c.course_id == course


def keep_claim(unit: Unit, batch: Batch, course: str, claimant: Claimant) -> None:
    """Say that one is still at a course."""
    mine = jobs.c.owner == claimant.name
    unit.connection.execute(update(jobs).where(*_is(batch, course), mine).values(taken_at=unit.at))


def release(unit: Unit, batch: Batch, course: str, claimant: Claimant) -> None:
    """Give a course back that one was asked to leave: it does not count as tried, and a server takes it up again."""
    mine = jobs.c.owner == claimant.name
    back = {"state": JobState.WAITING.value, "owner": ASKED, "taken_at": None}
    tries = case((jobs.c.tries > 0, jobs.c.tries - 1), else_=0)
    unit.connection.execute(update(jobs).where(*_is(batch, course), mine).values(**back, tries=tries))


def finish(unit: Unit, batch: Batch, course: str) -> None:
    """Write down that a course is measured."""
    _end(unit, batch, course, JobState.DONE, None)


def fail(unit: Unit, batch: Batch, course: str, fault: str) -> None:
    """Write down why a course can't be measured: sealed, as the sentence may name a photograph."""
    subject = unit.connection.execute(select(courses.c.subject_id).where(courses.c.id == course)).scalar_one()
    key = subject_key(unit.connection, subject)
    if key is None:
        forget(unit, batch, course)
        return
    sealed = seal(key, fault.encode(), label=_label(batch.name, course))
    _end(unit, batch, course, JobState.FAILED, base64.b64encode(sealed).decode())


def _end(unit: Unit, batch: Batch, course: str, state: JobState, fault: str | None) -> None:
    ended = {"state": state.value, "owner": None, "taken_at": None, "fault": fault}
    unit.connection.execute(update(jobs).where(*_is(batch, course)).values(ended))


def forget(unit: Unit, batch: Batch, course: str) -> None:
    """Strike a course off, whose patient's data were erased meanwhile."""
    unit.connection.execute(delete(jobs).where(*_is(batch, course)))


def read_failed(connection: Connection, batch: Batch) -> Iterator[tuple[str, str]]:
    """Yield label and sentence of every course that can't be measured."""
    wanted = select(jobs.c.batch, jobs.c.course_id, jobs.c.fault, courses.c.label, courses.c.subject_id)
    failed = wanted.join(courses).where(batch.jobs, jobs.c.state == JobState.FAILED.value).order_by(courses.c.label)
    for row in connection.execute(failed).mappings():
        key = subject_key(connection, row["subject_id"])
        if key is not None and row["label"] is not None:
            yield str(row["label"]), _fault(row, key)


def _fault(row: RowMapping, key: bytes) -> str:
    try:
        sealed = base64.b64decode(row["fault"] or "")
        return unseal(key, sealed, label=_label(row["batch"], row["course_id"])).decode()
    except (OriginalError, ValueError):
        return "Why can't be read any more. Run it again."


def _label(batch: str, course: str) -> bytes:
    return f"jobs/{batch}/{course}".encode()
