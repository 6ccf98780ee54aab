"""What the API for programs answers with; every number has its unit, its uncertainty, and where it came from."""

from collections.abc import Mapping

from pydantic import BaseModel, Field

from pigtrack.model.metrics import Change
from pigtrack.model.overview import CourseOverview, CourseSeries, SeriesSession
from pigtrack.model.quantity import Measured
from pigtrack.model.record import MeasurementVersion, SignOff
from pigtrack.model.roles import Verb, may
from pigtrack.model.work import Work
from pigtrack.web.guard import Asker


class Me(BaseModel):
    """Who asks."""

    name: str
    role: str
    may: list[str] = Field(description="What the role may do with the record.")
    form_token: str = Field(description="To be sent as the header X-Form-Token with every request that changes.")


class Value(BaseModel):
    """A number with its unit (UCUM) and standard uncertainty (coverage factor 1)."""

    value: float
    u: float
    unit: str


class ChangeTold(BaseModel):
    """A change against the baseline in percent of it, with its 95 % interval; null: it can't be given."""

    endpoint: str = Field(description="area, contrast or load.")
    percent: float | None
    ci_low: float | None
    ci_high: float | None
    verdict: str = Field(description="improved, worsened, no_detectable_change, baseline or not_measurable.")
    detectable: float | None = Field(description="The smallest fall, in percent, that would have been called.")


class CourseLine(BaseModel):
    """One line of the list of courses."""

    id: str = Field(description="Never changes; addresses name the course by it.")
    label: str
    patient: str | None = Field(description="Pseudonym; null: erased.")
    site: str | None
    protocol: str | None
    endpoint: str = Field(description="The one that the verdict rests on.")
    state: str = Field(description="open, closed or erased.")
    sessions: int
    measured: int = Field(description="Sessions that have rows in the course's own measurement.")
    first_day: str | None
    last_day: str | None
    next_day: str | None = Field(description="The first day on which the next session is due by the protocol.")
    change: ChangeTold | None = Field(description="Of the last session with a verdict; null: not measured.")
    version: int | None = Field(description="Number of the measurement that the course stands at.")
    corrected: bool
    signed: bool


class CourseList(BaseModel):
    """Some of the courses that were found, and how many there are in all."""

    found: int
    page: int
    pages: int
    courses: list[CourseLine]


class VersionTold(BaseModel):
    """Where the numbers of a measurement came from: what must be the same for two to be compared."""

    number: int
    at: str
    by: str
    pigtrack: str
    algorithms: dict[str, int]
    settings_digest: str
    input_digest: str
    rows_digest: str
    corrected: bool


class SignatureTold(BaseModel):
    """A signature under a measurement."""

    measurement: int
    by: str
    at: str
    meaning: str


class SessionTold(BaseModel):
    """One session under one measurement; null: it could not be measured, and the flags say why."""

    session: int
    day: str | None
    days_from_baseline: int | None
    qc_status: str
    lesion_count: int | None
    area: Value | None
    contrast: Value | None
    load: Value | None
    changes: list[ChangeTold]
    verdict: str
    flags: list[str]


class CourseTold(BaseModel):
    """A course through its sessions, under one measurement."""

    course: CourseLine
    version: VersionTold | None = Field(description="That the sessions rest on; null: not measured, and no sessions.")
    sessions: list[SessionTold]
    versions: list[VersionTold]
    signatures: list[SignatureTold]


class LesionTable(BaseModel):
    """The rows of lesions.csv, as docs/tables.md describes its columns; null: could not be measured."""

    course: str
    columns: list[str]
    rows: list[list[str | None]]


class WorkTold(BaseModel):
    """What is being done with a course in the background."""

    course: str
    state: str = Field(description="waiting, measuring, drawing or failed.")
    what: str = Field(description="The step at hand.")
    done: int
    total: int = Field(description="How far the step goes; 0: nobody knows yet.")
    fault: str | None = Field(description="Why it failed, problem and remedy.")


class WorkList(BaseModel):
    """All that goes on, and what failed."""

    work: list[WorkTold]


def tell_work(work: Mapping[str, Work]) -> WorkList:
    """Return what a program is told of the work in the background, by course."""
    told = [
        WorkTold(
            course=course, state=each.state.value, what=each.what, done=each.done, total=each.total, fault=each.fault
        )
        for course, each in sorted(work.items())
    ]
    return WorkList(work=told)


def tell_asker(asker: Asker) -> Me:
    """Return what a program is told of who asks."""
    verbs = [verb.value for verb in Verb if may(asker.role, verb)]
    return Me(name=asker.who.name, role=asker.role.value, may=verbs, form_token=asker.form_token)


def tell_line(line: CourseOverview) -> CourseLine:
    """Return what a program is told of a course in a list."""
    names = ("label", "patient", "site", "protocol", "sessions", "measured", "first_day", "last_day", "next_day")
    told = {name: getattr(line, name) for name in (*names, "version", "corrected", "signed")}
    change = None if line.change is None else tell_change(line.change)
    return CourseLine(id=line.uid, endpoint=line.endpoint.value, state=line.state.value, change=change, **told)


def tell_change(change: Change) -> ChangeTold:
    """Return what a program is told of a change."""
    return ChangeTold(
        endpoint=change.endpoint.value,
        percent=change.percent,
        ci_low=change.low,
        ci_high=change.high,
        verdict=change.verdict.value,
        detectable=change.detectable,
    )


def tell_series(series: CourseSeries) -> CourseTold:
    """Return what a program is told of a course."""
    return CourseTold(
        course=tell_line(series.overview),
        version=None if series.version is None else _version(series.version),
        sessions=[_session(each) for each in series.sessions],
        versions=[_version(each) for each in series.versions],
        signatures=[_signature(each) for each in series.signatures],
    )


def _version(version: MeasurementVersion) -> VersionTold:
    names = ("number", "at", "by", "pigtrack", "settings_digest", "input_digest", "rows_digest", "corrected")
    algorithms = {each.name: each.version for each in version.algorithms}
    return VersionTold(algorithms=algorithms, **{name: getattr(version, name) for name in names})


def _signature(sign_off: SignOff) -> SignatureTold:
    return SignatureTold(measurement=sign_off.measurement, by=sign_off.by, at=sign_off.at, meaning=sign_off.meaning)


def _session(session: SeriesSession) -> SessionTold:
    names = ("session", "day", "days_from_baseline", "qc_status", "lesion_count")
    return SessionTold(
        area=_value(session.area),
        contrast=_value(session.contrast),
        load=_value(session.load),
        changes=[tell_change(each) for each in session.changes],
        verdict=session.verdict.value,
        flags=list(session.flags),
        **{name: getattr(session, name) for name in names},
    )


def _value(measured: Measured | None) -> Value | None:
    return None if measured is None else Value(value=measured.value, u=measured.u, unit=measured.unit.value)
