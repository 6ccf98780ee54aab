"""The clinic's overview, a line a course, and one course through its sessions: read from plain columns, quickly."""

from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, RowMapping, ScalarSelect, Select, case, func, select

from pigtrack.model.course import Endpoint
from pigtrack.model.metrics import Change, Verdict
from pigtrack.model.overview import CourseOverview, CourseSeries, CourseState, SeriesSession
from pigtrack.model.quantity import Measured, Unit
from pigtrack.model.record import MeasurementVersion, SignOff
from pigtrack.store.record.measurements import COURSE_COLUMN, read_cells, read_versions
from pigtrack.store.record.tables import courses, measurements, session_rows, sessions, sign_offs, subjects

_AT_ONCE = 500
"""Courses that one statement names, well below what databases take."""


def label_of(row: Mapping[Any, Any]) -> str:
    """Return how a course's row is called; an erased one has no label any more, and is called by its identifier."""
    return str(row["label"]) if row["label"] else f"erased-{str(row['id'])[:8]}"


def read_overview(connection: Connection, *, due_by: str | None = None) -> tuple[CourseOverview, ...]:
    """Return all courses by label, those that were erased last.

    Parameters
    ----------
    due_by : str or None
        Only open courses whose next session is due on this day (ISO 8601) or was before.
    """
    wanted = _of_last()
    if due_by is not None:
        wanted = wanted.where(courses.c.next_day <= due_by, courses.c.closed.is_(False))
    lines = {row.id: _to_overview(row) for row in connection.execute(wanted)}
    lines |= _judged_earlier(connection, lines.values())
    return tuple(sorted(lines.values(), key=lambda each: (each.state is CourseState.ERASED, each.label, each.uid)))


def read_lines(connection: Connection, ids: Sequence[str]) -> tuple[CourseOverview, ...]:
    """Return some courses by their ids, in no order; for a page of them."""
    wanted = _of_last().where(courses.c.id.in_(ids))
    lines = {row.id: _to_overview(row) for row in connection.execute(wanted)}
    return tuple((lines | _judged_earlier(connection, lines.values())).values())


def _judged_earlier(connection: Connection, lines: Iterable[CourseOverview]) -> dict[str, CourseOverview]:
    """Return the lines of courses whose last session has no verdict, with the last that has one: mostly a few."""
    unjudged = (None, Verdict.NOT_MEASURABLE)
    left = [each.uid for each in lines if each.version is not None and each.verdict in unjudged]
    found: dict[str, CourseOverview] = {}
    for start in range(0, len(left), _AT_ONCE):
        wanted = _of_judged().where(courses.c.id.in_(left[start : start + _AT_ONCE]))
        found |= {row.id: _to_overview(row) for row in connection.execute(wanted)}
    return found


@cache
def _of_last() -> Select[Any]:
    """Each course with its last session; made once, as making it takes longer than looking up a page of courses."""
    return _overview(courses.c.sessions)


@cache
def _of_judged() -> Select[Any]:
    """Each course with its last session that has a verdict; made once."""
    return _overview(_judged_session())


def _overview(session: ColumnElement[int]) -> Select[Any]:
    """Each course with its patient, its measurement, and that session of it."""
    kept_versions = measurements.alias("kept_versions")
    versions = select(func.count()).where(kept_versions.c.course_id == courses.c.id).correlate(courses)
    signed = select(sign_offs.c.id).where(sign_offs.c.measurement_id == courses.c.measurement_id).correlate(courses)
    kept = ("id", "label", "site", "protocol", "endpoint", "sessions", "first_day", "last_day", "next_day", "closed")
    return (
        select(
            *(courses.c[name] for name in kept),
            *(subjects.c.pseudonym, subjects.c.erased),
            *(measurements.c.number.label("version"), measurements.c.corrected),
            *(session_rows.c.verdict, _primary("percent"), _primary("ci_low"), _primary("ci_high")),
            *(versions.label("versions"), _measured_sessions(), signed.exists().label("signed")),
        )
        .join(subjects, subjects.c.id == courses.c.subject_id)
        .outerjoin(measurements, measurements.c.id == courses.c.measurement_id)
        .outerjoin(
            session_rows,
            (session_rows.c.measurement_id == courses.c.measurement_id) & (session_rows.c.session == session),
        )
    )


def _primary(what: str) -> ColumnElement[float | None]:
    """A part of the change of each course's primary endpoint."""
    of_each = {each.value: session_rows.c[f"{each.value}_change_{what}"] for each in Endpoint}
    return case(of_each, value=courses.c.endpoint).label(what)


def _measured_sessions() -> ColumnElement[int | None]:
    """How many sessions the measurement has rows of: mostly all, and then nothing need be looked up."""
    whole = session_rows.c.session == courses.c.sessions
    return case((whole, courses.c.sessions), else_=_last_session()).label("measured")


def _judged_session() -> ColumnElement[int]:
    """The last session with a verdict, as the report takes it; where none has one, the last."""
    return func.coalesce(_last_session(judged=True), _last_session())


def _last_session(*, judged: bool = False) -> ScalarSelect[int]:
    """The last measured session of a course. Looked for from the end, it is a row of six, not six of them."""
    rows = session_rows.alias("judged" if judged else "last")
    wanted = select(rows.c.session).where(rows.c.measurement_id == courses.c.measurement_id)
    if judged:
        wanted = wanted.where(rows.c.verdict != Verdict.NOT_MEASURABLE.value)
    return wanted.order_by(rows.c.session.desc()).limit(1).correlate(courses).scalar_subquery()


def _to_overview(row: Row[*tuple[Any, ...]]) -> CourseOverview:
    """Make a line of a row. There may be ten thousand of them while somebody waits, so it names no column twice."""
    (uid, label, site, protocol, primary, sessions_, first_day, last_day, next_day, closed, *more) = row
    (pseudonym, erased, version, corrected, verdict, percent, low, high, versions, measured, signed) = more
    endpoint = Endpoint(primary)
    return CourseOverview(
        uid=uid,
        label=label or label_of(row._mapping),
        patient=pseudonym,
        site=site,
        protocol=protocol,
        endpoint=endpoint,
        sessions=sessions_,
        measured=measured or 0,
        first_day=first_day,
        last_day=last_day,
        next_day=next_day,
        state=CourseState.ERASED if erased is not None else CourseState.CLOSED if closed else CourseState.OPEN,
        change=None if verdict is None else Change(endpoint, percent, low, high, Verdict(verdict)),
        version=version,
        versions=versions,
        corrected=bool(corrected),
        signed=bool(signed),
    )


def _change(row: RowMapping, endpoint: Endpoint, verdict: str) -> Change:
    low, high = row[f"{endpoint.value}_change_ci_low"], row[f"{endpoint.value}_change_ci_high"]
    return Change(endpoint, row[f"{endpoint.value}_change_percent"], low, high, Verdict(verdict))


def read_series(connection: Connection, course: RowMapping, *, measurement: RowMapping | None = None) -> CourseSeries:
    """Return a course through its sessions under one measurement: the named one, else the course's own.

    Of an erased course the numbers are left, without days, and the primary endpoint's change alone.
    """
    overview = _to_overview(connection.execute(_of_judged().where(courses.c.id == course["id"])).one())
    chosen = measurement or _own(connection, course)
    versions = read_versions(connection, course["id"])
    return CourseSeries(
        overview,
        None if chosen is None else _version(versions, chosen["number"]),
        () if chosen is None else _sessions(connection, course, chosen, overview),
        versions,
        read_signatures(connection, course["id"]),
    )


def _own(connection: Connection, course: RowMapping) -> RowMapping | None:
    found = select(measurements).where(measurements.c.id == course["measurement_id"])
    return connection.execute(found).mappings().first()


def _version(versions: tuple[MeasurementVersion, ...], number: int) -> MeasurementVersion:
    return next(each for each in versions if each.number == number)


def _sessions(
    connection: Connection, course: RowMapping, measurement: RowMapping, overview: CourseOverview
) -> tuple[SeriesSession, ...]:
    visits = select(sessions.c.number, sessions.c.day).where(sessions.c.course_id == course["id"])
    days = {row.number: row.day for row in connection.execute(visits)}
    told = read_cells(connection, session_rows, measurement, label=COURSE_COLUMN, subject=course["subject_id"])
    cells = {int(each["session"]): each for each in told}
    wanted = select(session_rows).where(session_rows.c.measurement_id == measurement["id"])
    found = connection.execute(wanted.order_by(session_rows.c.session)).mappings()
    return tuple(_to_session(row, days, cells.get(row["session"], {}), overview.endpoint) for row in found)


def _to_session(
    row: RowMapping, days: Mapping[int, str | None], cells: Mapping[str, str], primary: Endpoint
) -> SeriesSession:
    verdicts = {primary: row["verdict"]} | {
        each: told for each in Endpoint if (told := cells.get(f"{each.value}_verdict"))
    }
    return SeriesSession(
        session=row["session"],
        day=days.get(row["session"]),
        days_from_baseline=row["days_from_baseline"],
        qc_status=row["qc_status"],
        lesion_count=row["lesion_count"],
        area=_measured(row, "area_total_mm2", Unit.SQUARE_MILLIMETRE),
        contrast=_measured(row, "contrast_delta_mi", Unit.MELANIN_INDEX),
        load=_measured(row, "pigment_load", Unit.PIGMENT_LOAD),
        changes=tuple(_change(row, each, verdicts[each]) for each in Endpoint if each in verdicts),
        verdict=Verdict(row["verdict"]),
        flags=tuple(row["flags"].split(";")) if row["flags"] else (),
    )


def _measured(row: RowMapping, name: str, unit: Unit) -> Measured | None:
    value, u = row[name], row[f"{name}_u"]
    return None if value is None or u is None else Measured(value, u, unit)


def read_signatures(connection: Connection, course: str) -> tuple[SignOff, ...]:
    """Return who signed which measurement of a course, in order."""
    wanted = (
        select(sign_offs, measurements.c.number)
        .join(measurements, measurements.c.id == sign_offs.c.measurement_id)
        .where(measurements.c.course_id == course)
        .order_by(sign_offs.c.at, sign_offs.c.id)
    )
    found = connection.execute(wanted).mappings()
    return tuple(SignOff(each["number"], each["by"], each["at"], each["meaning"]) for each in found)
