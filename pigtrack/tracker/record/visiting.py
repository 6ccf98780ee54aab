"""All that is told of a course, as its pages show it: visits, photographs with what is wrong, consents, notes."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date

from sqlalchemy import Connection, RowMapping, select

from pigtrack.errors import ProtocolError
from pigtrack.model.course import Course
from pigtrack.model.flags import QualityFlag
from pigtrack.model.note import Note
from pigtrack.model.overview import CourseOverview, CourseSeries, CourseState
from pigtrack.model.plan import PlannedVisit, plan_visits, planned_ahead
from pigtrack.model.protocol import Protocol
from pigtrack.model.record import Consent, Purpose
from pigtrack.model.upload import UploadState
from pigtrack.store.catalogues import load_catalogue
from pigtrack.store.record.changes import last_change
from pigtrack.store.record.courses import need_course
from pigtrack.store.record.measurements import read_cells
from pigtrack.store.record.notes import read_notes
from pigtrack.store.record.opening import Record
from pigtrack.store.record.overview import read_lines, read_series
from pigtrack.store.record.subjects import consent_history
from pigtrack.store.record.tables import measurements, photo_rows, photographs, sessions
from pigtrack.store.record.uploads import uploads_of
from pigtrack.tracker.record.auditing import audited_view
from pigtrack.tracker.record.desk import By, Data, actor_of, opened
from pigtrack.tracker.record.editing import read_told
from pigtrack.tracker.record.planning import protocol_of

ONGOING = ("ongoing", "resolving", None)
"""Outcomes of an adverse event that has not come to its end, or of which nobody has said so."""


@dataclass(frozen=True, slots=True)
class JudgedPhotograph:
    """A photograph of a visit; ``status`` None: not measured yet. ``told``: what is wrong with it, and the remedy."""

    session: int
    position: int
    status: str | None = None
    told: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, eq=False, slots=True)
class CourseTold:
    """All that is told of a course.

    Attributes
    ----------
    line : CourseOverview
    course : Course
    change : int
        The trail's number of its last change: what a form shows, so that nobody writes over another's words.
    protocol : Protocol or None
        None: it names none, or that one can't be read: ``protocol_fault`` says why.
    planned : mapping of int to PlannedVisit
        By session: when it was due.
    ahead : tuple of PlannedVisit
        Visits to come, the next first.
    photographs : mapping of int to tuple of JudgedPhotograph
        By session.
    consents : tuple of Consent
        All that the patient said, in order, on every purpose.
    notes : tuple of Note
        Newest first.
    waiting : int
        Photographs that were sent, and that nobody kept or put aside yet.
    series : CourseSeries or None
        Through its sessions as it was measured; None: not asked for.
    """

    line: CourseOverview
    course: Course
    change: int
    protocol: Protocol | None = None
    protocol_fault: str = ""
    planned: Mapping[int, PlannedVisit] = field(default_factory=dict)
    ahead: tuple[PlannedVisit, ...] = ()
    photographs: Mapping[int, tuple[JudgedPhotograph, ...]] = field(default_factory=dict)
    consents: tuple[Consent, ...] = ()
    notes: tuple[Note, ...] = ()
    waiting: int = 0
    series: CourseSeries | None = None

    def agreed(self, purpose: Purpose) -> bool | None:
        """Return the patient's last word on a purpose; None: not asked."""
        said = [each.given for each in self.consents if each.purpose is purpose]
        return said[-1] if said else None

    @property
    def unanswered(self) -> tuple[str, ...]:
        """The protocol's questions before the course that have no answer yet."""
        answered = {} if self.course.screen is None else dict(self.course.screen.answers)
        return tuple(key for key in (self.protocol.screen_keys if self.protocol else ()) if key not in answered)

    @property
    def ongoing_events(self) -> int:
        """How many adverse events have not come to their end."""
        return sum(each.outcome in ONGOING for session in self.course.sessions for each in session.adverse_events)

    @property
    def rejected(self) -> int:
        """How many photographs can't be used."""
        return sum(each.status == "reject" for shots in self.photographs.values() for each in shots)

    @property
    def is_open(self) -> bool:
        """Whether visits are still to come."""
        return self.line.state is CourseState.OPEN


def look_at_told(*, label: str, series: bool = False, data: Data = None, by: By = None) -> CourseTold:
    """Return all that is told of a course, with its ``series`` if wanted; the trail tells of the look.

    Raises
    ------
    RecordError
        If there is no such course, or its patient's data were erased.
    """
    with opened(data) as record:
        actor = actor_of(record, by)
        with record.reading() as connection:
            row = need_course(connection, label)
        with audited_view(record, actor, "courses", course=row, what="told") as connection:
            return _read(record, connection, need_course(connection, label), series=series)


def _read(record: Record, connection: Connection, row: RowMapping, *, series: bool) -> CourseTold:
    course, protocol, fault = read_told(connection, row), None, ""
    try:
        protocol = protocol_of(record, connection, row, course)
    except ProtocolError as told:  # one file that can't be read must not hide the course
        fault = str(told)
    return CourseTold(
        line=read_lines(connection, [row["id"]])[0],
        course=course,
        change=last_change(connection, row["id"]),
        protocol=protocol,
        protocol_fault=fault,
        planned={} if protocol is None else {each.session or 0: each for each in plan_visits(course, protocol)},
        ahead=() if protocol is None or row["closed"] else planned_ahead(course, protocol),
        photographs=_photographs(connection, row),
        consents=consent_history(connection, row["subject_id"]),
        notes=read_notes(connection, row),
        waiting=len(uploads_of(connection, row["id"], state=UploadState.ARRIVED)),
        series=read_series(connection, row) if series else None,
    )


def _photographs(connection: Connection, row: RowMapping) -> dict[int, tuple[JudgedPhotograph, ...]]:
    """Return the photographs of each session with what their measurement said of them, found by their digests."""
    wanted = select(sessions.c.number, photographs.c.position, photographs.c.sha256)
    joined = wanted.join(sessions, sessions.c.id == photographs.c.session_id).where(sessions.c.course_id == row["id"])
    judged = _judged(connection, row)
    found: dict[int, tuple[JudgedPhotograph, ...]] = {}
    for number, position, sha256 in connection.execute(joined.order_by(sessions.c.number, photographs.c.position)):
        status, told = judged.get(sha256, (None, ()))
        found[number] = (*found.get(number, ()), JudgedPhotograph(number, position, status, told))
    return found


def _judged(connection: Connection, row: RowMapping) -> dict[str, tuple[str, tuple[tuple[str, str], ...]]]:
    own = select(measurements).where(measurements.c.id == row["measurement_id"])
    measurement = connection.execute(own).mappings().first()
    if measurement is None:
        return {}
    cells = read_cells(connection, photo_rows, measurement, label=str(row["label"]), subject=row["subject_id"])
    return {each["sha256"]: (each["qc_status"], _said(each.get("flags", "").split(";"))) for each in cells}


def _said(flags: Iterable[str]) -> tuple[tuple[str, str], ...]:
    """What flags mean and what to do about them, in words; one of another version by its name."""
    known, catalogue = {each.value: each for each in QualityFlag}, load_catalogue("en")
    return tuple(
        (catalogue.meaning(known[name]), catalogue.remedy(known[name])) if name in known else (name, "")
        for name in flags
        if name
    )


def is_late(told: CourseTold, today: date) -> bool:
    """Tell whether the last day of the next visit's window is past."""
    return bool(told.ahead) and told.ahead[0].latest < today
