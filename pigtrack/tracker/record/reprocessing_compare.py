"""Lays the numbers of two versions of a measurement side by side: how far they moved, and by which versions."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, RowMapping, Table, select

from pigtrack.model.course import Endpoint
from pigtrack.model.record import MeasurementVersion
from pigtrack.model.roles import Verb
from pigtrack.store.record.courses import need_course
from pigtrack.store.record.measurements import find_version, to_version
from pigtrack.store.record.tables import courses, lesion_rows, measurements, session_rows, trail
from pigtrack.tracker.record.auditing import audited_view
from pigtrack.tracker.record.desk import By, Data, actor_of, opened

_COLUMNS = {
    Endpoint.AREA: session_rows.c.area_total_mm2,
    Endpoint.CONTRAST: session_rows.c.contrast_delta_mi,
    Endpoint.LOAD: session_rows.c.pigment_load,
}
"""Where the primary endpoint of a session stands."""

_SAME = 1e-9
"""Relative; below it two numbers are the same, printed a little differently."""


@dataclass(frozen=True, slots=True)
class VersionsCompared:
    """How far a course's numbers moved from one version of its measurement to another.

    Attributes
    ----------
    old, new : MeasurementVersion
        Which versions are compared: never without saying so.
    moved : float
        The greatest relative change of the primary endpoint among sessions that have it in both.
    appeared : int
        Sessions that have the primary endpoint in one of the two only.
    verdicts : int
        Verdicts that changed, of sessions and lesions; a lesion that is in one of the two only counts, too.
    """

    label: str
    endpoint: Endpoint
    old: MeasurementVersion
    new: MeasurementVersion
    moved: float
    appeared: int
    verdicts: int

    @property
    def is_same(self) -> bool:
        """Whether nothing moved."""
        return self.moved <= _SAME and not self.appeared and not self.verdicts

    @property
    def told(self) -> str:
        """Say it in a sentence, the versions first."""
        which = f"Course {self.label}: measurement {self.new.number} beside {self.old.number} ({self._versions()})"
        if self.is_same:
            return f"{which}: the same {self.endpoint} and verdicts."
        parts = [f"{self.endpoint} moved by up to {100 * self.moved:.2g} %" if self.moved > _SAME else ""]
        parts.append(f"{_counted(self.appeared, 'session')} with it in one of them only" if self.appeared else "")
        parts.append(f"{_counted(self.verdicts, 'verdict')} changed" if self.verdicts else "")
        return f"{which}: {', '.join(part for part in parts if part)}."

    def _versions(self) -> str:
        before = {each.name: each.version for each in self.old.algorithms}
        after = {each.name: each.version for each in self.new.algorithms}
        told = [
            f"{name} {before.get(name, 'none')} to {after.get(name, 'none')}"
            for name in dict.fromkeys([*before, *after])
            if before.get(name) != after.get(name)
        ]
        told += ["other settings"] if self.old.settings_digest != self.new.settings_digest else []
        told += ["of another input"] if self.old.input_digest != self.new.input_digest else []
        return ", ".join(told) or "the same versions"


def _counted(count: int, what: str) -> str:
    return f"{count} {what}{'' if count == 1 else 's'}"


def compare_measured(connection: Connection, course: RowMapping, old: RowMapping, new: RowMapping) -> VersionsCompared:
    """Lay two measurements of a course side by side."""
    endpoint = Endpoint(course["endpoint"])
    before, after = (_endpoints(connection, each["id"], endpoint) for each in (old, new))
    both = [(before.get(session), after.get(session)) for session in {**before, **after}]
    return VersionsCompared(
        label=course["label"] or f"erased-{course['id'][:8]}",
        endpoint=endpoint,
        old=to_version(old),
        new=to_version(new),
        moved=max((_moved(one, other) for one, other in both if one is not None and other is not None), default=0.0),
        appeared=sum((one is None) != (other is None) for one, other in both),
        verdicts=sum(_verdicts(connection, old["id"], new["id"], table) for table in (session_rows, lesion_rows)),
    )


def _endpoints(connection: Connection, measurement: str, endpoint: Endpoint) -> dict[int, float | None]:
    wanted = select(session_rows.c.session, _COLUMNS[endpoint]).where(session_rows.c.measurement_id == measurement)
    return {int(session): value for session, value in connection.execute(wanted)}


def _moved(old: float, new: float) -> float:
    """Return a relative change; from nothing to something it is a whole one."""
    return 0.0 if old == new else 1.0 if old == 0 else abs(new - old) / abs(old)


def _verdicts(connection: Connection, old: str, new: str, table: Table) -> int:
    """Return how many verdicts of a table differ."""
    place = [column for column in table.primary_key.columns if column.name != "measurement_id"]

    def told(measurement: str) -> dict[Any, str]:
        found = connection.execute(select(*place, table.c.verdict).where(table.c.measurement_id == measurement))
        return {tuple(row[:-1]): str(row[-1]) for row in found}

    before, after = told(old), told(new)
    return sum(before.get(each) != after.get(each) for each in {**before, **after})


def earlier_of(connection: Connection, measurement: RowMapping) -> RowMapping | None:
    """Return the measurement that one is to be compared with: the last of the same input by other versions."""
    wanted = select(measurements).where(
        measurements.c.course_id == measurement["course_id"],
        measurements.c.input_digest == measurement["input_digest"],
        measurements.c.number < measurement["number"],
    )
    return connection.execute(wanted.order_by(measurements.c.number.desc()).limit(1)).mappings().first()


def compare_added(
    connection: Connection, *, after: int, only: Sequence[str] | None
) -> Iterator[VersionsCompared | None]:
    """Yield how each measurement that was added after an entry of the trail compares with the one before it.

    None: there is none before it, of the same input. One course at a time is held in memory.
    """
    told = (trail.c.seq > after, trail.c.entity == measurements.name, trail.c.action == "create")
    wanted = select(trail.c.entity_id, trail.c.course_id).where(*told).order_by(trail.c.seq)
    for row in connection.execution_options(stream_results=True, yield_per=200).execute(wanted):
        if only is None or row.course_id in only:
            yield _with_earlier(connection, row.entity_id)


def _with_earlier(connection: Connection, measurement: str) -> VersionsCompared | None:
    new = connection.execute(select(measurements).where(measurements.c.id == measurement)).mappings().one()
    old = earlier_of(connection, new)
    if old is None:
        return None
    course = connection.execute(select(courses).where(courses.c.id == new["course_id"])).mappings().one()
    return compare_measured(connection, course, old, new)


def compare_versions(*, label: str, old: int, new: int, data: Data = None, by: By = None) -> VersionsCompared:
    """Lay two measurements of a course side by side, by their numbers; the trail tells of the look.

    Raises
    ------
    RecordError
        If the course or one of its measurements is not known.
    """
    with opened(data) as record:
        actor = actor_of(record, by, to=Verb.VIEW)
        with record.reading() as connection:
            course = need_course(connection, label)
        with audited_view(record, actor, "measurements", course=course) as connection:
            return compare_measured(
                connection, course, *(find_version(connection, course, each) for each in (old, new))
            )


def compare_standing(*, labels: Iterable[str] = (), data: Data = None, by: By = None) -> Iterator[VersionsCompared]:
    """Yield how each course's numbers compare with those of the version before; courses without one are left out.

    Parameters
    ----------
    labels : iterable of str
        Of the courses; none: all there are. The trail tells of each look.

    Raises
    ------
    RecordError
        If a course is not known.
    """
    with opened(data) as record:
        actor = actor_of(record, by, to=Verb.VIEW)
        with record.reading() as connection:
            ids = [str(need_course(connection, label)["id"]) for label in dict.fromkeys(labels)]
        looked_at: list[str | None] = [*ids] if ids else [None]
        with record.writing(actor) as unit:
            for each in looked_at:
                unit.note("view", "measurements", course=each)
        with record.reading() as connection:
            wanted = select(courses.c.measurement_id).where(courses.c.measurement_id.is_not(None))
            wanted = wanted.where(courses.c.id.in_(ids)) if ids else wanted
            for measurement in connection.execute(wanted.order_by(courses.c.label)).scalars():
                compared = _with_earlier(connection, measurement)
                if compared is not None:
                    yield compared
