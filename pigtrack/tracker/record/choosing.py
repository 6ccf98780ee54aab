"""Which courses go out, with which of their measurements, and how many are left out for what reason."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from sqlalchemy import Connection, RowMapping, select

from pigtrack.errors import ExportError
from pigtrack.model.exporting import ExportChoice, ExportVersions
from pigtrack.model.record import RecordedCourse
from pigtrack.model.roles import Verb
from pigtrack.store.record.courses import need_course
from pigtrack.store.record.opening import Record
from pigtrack.store.record.overview import label_of
from pigtrack.store.record.reading import read_course
from pigtrack.store.record.subjects import read_agreed
from pigtrack.store.record.tables import courses, measurements
from pigtrack.tracker.record.auditing import audited_view
from pigtrack.tracker.record.desk import By, Data, actor_of, opened

_NAMED_MOST = 500
"""Courses that are asked for by name in one statement; more are picked out of all of them."""


@dataclass(frozen=True, slots=True)
class ChosenCourse:
    """A course that goes out; ``measurements``: ids, oldest first, or none where it was not measured."""

    id: str
    label: str
    subject: str
    measurements: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Chosen:
    """All courses that go out by label, erased ones last; ``left_out``: how many did not, by reason."""

    courses: tuple[ChosenCourse, ...]
    left_out: Mapping[str, int] = field(default_factory=dict)
    mixed: tuple[str, ...] = ()

    @property
    def ids(self) -> frozenset[str]:
        """Of the courses."""
        return frozenset(each.id for each in self.courses)

    @property
    def measurements(self) -> frozenset[str]:
        """Ids of all measurements that go out."""
        return frozenset(measurement for each in self.courses for measurement in each.measurements)


def choose(connection: Connection, choice: ExportChoice) -> Chosen:
    """Return what is asked for.

    Raises
    ------
    PigtrackError
        If a course is asked for by name and there is none, or nothing is left.
    """
    left_out: Counter[str] = Counter()
    versions = _versions(connection, choice)
    agreed = None if choice.purpose is None else read_agreed(connection, choice.purpose)
    kept = []
    for row in _rows(connection, choice):
        reason = _reason(row, choice, agreed)
        wanted = _wanted(row, versions.get(row["id"], {}), choice)
        if reason is None and choice.measurement is not None and not wanted:
            reason = f"have no measurement {choice.measurement}"
        if reason is None:
            kept.append(ChosenCourse(row["id"], label_of(row), row["subject_id"], wanted))
        else:
            left_out[reason] += 1
    if not kept:
        why = "".join(f" {count} {reason}." for reason, count in left_out.items())
        raise ExportError(f"No course is left to export.{why}", "Ask for others: pigtrack courses lists them.")
    return Chosen(tuple(kept), dict(left_out), _mixed(connection, kept))


def preview_export(*, choice: ExportChoice, data: Data = None, by: By = None) -> Chosen:
    """Return what an export would hold, without making it; the look is told of.

    Raises
    ------
    PigtrackError
        If a course is asked for by name and there is none, or nothing is left.
    """
    with opened(data) as record:
        actor = actor_of(record, by, to=Verb.EXPORT)
        with audited_view(record, actor, "overview", before_export=choice.format.value) as connection:
            return choose(connection, choice)


def notes_on(chosen: Chosen) -> tuple[str, ...]:
    """Return what must be known before numbers of this export are compared or counted."""
    left_out = tuple(f"Left out: {count} {reason}." for reason, count in chosen.left_out.items())
    if not chosen.mixed:
        return left_out
    return (
        *left_out,
        f"Numbers of different versions are side by side here: {', '.join(chosen.mixed)}. Compare only rows whose "
        "algorithms_digest and settings_digest are the same.",
    )


def _rows(connection: Connection, choice: ExportChoice) -> list[RowMapping]:
    """Return courses as columns, without contents: there may be very many."""
    for label in choice.courses:
        need_course(connection, label)
    names = ("id", "label", "subject_id", "measurement_id", "first_day", "last_day")
    wanted = select(*(courses.c[name] for name in names))
    if 0 < len(choice.courses) <= _NAMED_MOST:
        wanted = wanted.where(courses.c.label.in_(choice.courses))
    found = connection.execute(wanted).mappings().all()
    asked = frozenset(choice.courses)
    rows = [row for row in found if not asked or row["label"] in asked]
    return sorted(rows, key=lambda row: (row["label"] is None, row["label"] or "", row["id"]))


def _versions(connection: Connection, choice: ExportChoice) -> dict[str, dict[int, str]]:
    """Return ids of measurements by course and number; none where only those that courses stand at are asked for."""
    if choice.measurement is None and choice.versions is not ExportVersions.ALL:
        return {}
    listed = select(measurements.c.course_id, measurements.c.number, measurements.c.id)
    by_course: dict[str, dict[int, str]] = {}
    for row in connection.execute(listed.order_by(measurements.c.number)):
        by_course.setdefault(row.course_id, {})[row.number] = row.id
    return by_course


def _wanted(row: RowMapping, versions: Mapping[int, str], choice: ExportChoice) -> tuple[str, ...]:
    if choice.measurement is not None:
        return tuple(versions[number] for number in (choice.measurement,) if number in versions)
    if choice.versions is ExportVersions.ALL:
        return tuple(versions.values())
    return () if row["measurement_id"] is None else (row["measurement_id"],)


def _reason(row: RowMapping, choice: ExportChoice, agreed: frozenset[str] | None) -> str | None:
    """Say why a course is left out; None: it is not. ``agreed``: patients who agreed to the purpose."""
    if choice.since is not None or choice.until is not None:
        if row["first_day"] is None:
            return "have no days any more"
        if choice.until is not None and row["first_day"] > choice.until.isoformat():
            return "lie outside those days"
        if choice.since is not None and row["last_day"] < choice.since.isoformat():
            return "lie outside those days"
    if choice.purpose is not None and agreed is not None and row["subject_id"] not in agreed:
        return f"are of patients who did not agree to {choice.purpose.value}"
    return None


def _mixed(connection: Connection, kept: list[ChosenCourse]) -> tuple[str, ...]:
    """Return how many measurements each version made, where there are several; they can't be compared."""
    wanted = frozenset(measurement for each in kept for measurement in each.measurements)
    made = measurements.c.pigtrack, measurements.c.versions_digest, measurements.c.settings_digest
    if len(connection.execute(select(*made).distinct().limit(2)).all()) < 2:
        return ()
    kinds: Counter[tuple[str, str, str]] = Counter()
    for row in connection.execute(select(measurements.c.id, *made)):
        if row.id in wanted:
            kinds[(row.pigtrack, row.versions_digest, row.settings_digest)] += 1
    if len(kinds) < 2:
        return ()
    return tuple(f"{count} by pigtrack {kind[0]} (method {kind[1][:8]})" for kind, count in sorted(kinds.items()))


def read_chosen(
    record: Record, connection: Connection, chosen: Chosen, *, unmeasured: bool = False
) -> Iterator[RecordedCourse]:
    """Yield chosen courses under each of their measurements, one at a time.

    Parameters
    ----------
    unmeasured : bool
        Also those that have no measurement.
    """
    for each in chosen.courses:
        row = connection.execute(select(courses).where(courses.c.id == each.id)).mappings().one()
        for measurement in each.measurements:
            found = connection.execute(select(measurements).where(measurements.c.id == measurement)).mappings().one()
            yield read_course(record, connection, row, measurement=found)
        if unmeasured and not each.measurements:
            yield read_course(record, connection, row)
