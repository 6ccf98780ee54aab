"""Measures a recorded course, and adds what came out as a version beside the earlier ones."""

from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import Connection, RowMapping, select

from pigtrack import __version__
from pigtrack.errors import RecordError
from pigtrack.model.progress import Progress
from pigtrack.model.record import Actor, MeasurementVersion, RecordedCourse
from pigtrack.store.derived import keep_derived
from pigtrack.store.naming import quoted
from pigtrack.store.record.changes import last_change
from pigtrack.store.record.courses import need_course
from pigtrack.store.record.measurements import (
    NewMeasurement,
    add_measurement,
    find_measurement,
    stand_at,
    to_version,
)
from pigtrack.store.record.opening import Record
from pigtrack.store.record.originals import drop_unreadable, seal_label
from pigtrack.store.record.reading import pack_labels, read_course
from pigtrack.store.record.tables import courses, measurements
from pigtrack.store.record.unit import Unit, subject_key
from pigtrack.store.vault.sealing import seal
from pigtrack.store.workspace import Workspace
from pigtrack.tracker.record.course_folder import input_digest, write_course_folder
from pigtrack.tracker.record.methods import METHOD, MeasuredFolder, Method

_MOST_CHANGES = 5
"""How often a course may be changed while it is measured, until we say that somebody should stop."""


@dataclass(frozen=True, slots=True)
class MeasuredVersion:
    """The version that a course stands at, and whether it was there before; ``warnings`` as `measure` tells them."""

    label: str
    version: MeasurementVersion
    added: bool
    warnings: tuple[str, ...] = ()

    @property
    def told(self) -> str:
        """Say which version the course stands at."""
        how = "was added" if self.added else "was there already"
        return f"Course {self.label}: measurement {self.version.number} {how}."


Also = Callable[[Unit], None]
"""What is to be written in the same transaction as a measurement."""


def measure_recorded(
    record: Record,
    label: str,
    *,
    actor: Actor,
    workers: int = 1,
    progress: Progress | None = None,
) -> MeasuredVersion:
    """Measure a course of the record, unless this input was measured by these versions already.

    Raises
    ------
    PigtrackError
        If the course can't be measured; then the record is as it was.
    """
    with record.reading() as connection:
        course = str(need_course(connection, label)["id"])
    return measure_known(record, course, actor=actor, workers=workers, progress=progress)


def measure_known(
    record: Record,
    course: str,
    *,
    actor: Actor,
    method: Method = METHOD,
    also: Also | None = None,
    workers: int = 1,
    progress: Progress | None = None,
) -> MeasuredVersion:
    """Measure the course of an id, as `measure_recorded` does.

    Parameters
    ----------
    also : callable or None
        Gets the unit of work in which the course is made to stand at its measurement, or is found to stand there.

    Raises
    ------
    PigtrackError
        If the course can't be measured; then the record is as it was.
    """
    for _ in range(_MOST_CHANGES):
        told = take_in_hand(record, course, method)
        measured = None if told.known is not None else measure_at_hand(told, method, workers=workers, progress=progress)
        kept = _keep(record, told, measured, method, actor=actor, also=also)
        if kept is not None:
            return kept
    raise RecordError(f"Course {quoted(told.recorded.course.id)} is being changed all the time.", "Measure it later.")


@dataclass(frozen=True, eq=False, slots=True)
class CourseAtHand:
    """A course as the record tells it at one moment; ``change``: the last entry of the trail that changed it."""

    row: RowMapping
    recorded: RecordedCourse
    input_digest: str
    change: int
    known: RowMapping | None


def take_in_hand(record: Record, course: str, method: Method) -> CourseAtHand:
    """Read a course by its id as it is to be measured, and whether this method measured it so already.

    Raises
    ------
    RecordError
        If it can't be measured: erased, or only begun.
    """
    with record.reading() as connection:
        row = connection.execute(select(courses).where(courses.c.id == course)).mappings().one()
        recorded = read_course(record, connection, row)
        if recorded.erased:
            raise RecordError(f"The data of course {recorded.course.id} were erased.", "There is nothing to measure.")
        if not recorded.course.sessions:
            raise RecordError(f"Course {quoted(recorded.course.id)} has no photographs yet.", "Photograph it first.")
        digest = input_digest(recorded)
        known = _find(connection, course, digest, method)
        return CourseAtHand(row, recorded, digest, last_change(connection, course), known)


def measure_at_hand(
    told: CourseAtHand, method: Method, *, workers: int = 1, progress: Progress | None = None
) -> MeasuredFolder:
    """Measure a course at hand, its photographs laid out in a temporary folder; nothing is kept."""
    with Workspace() as workspace:
        folder = write_course_folder(told.recorded, workspace.folder / "course")
        return method.measure(folder, workers=workers, progress=progress)


def _keep(
    record: Record,
    told: CourseAtHand,
    measured: MeasuredFolder | None,
    method: Method,
    *,
    actor: Actor,
    also: Also | None,
) -> MeasuredVersion | None:
    """Add what a measuring came to, label images first, then all rows in one transaction.

    None: the course was changed while it was measured. Its numbers would not be those of its input; nothing is kept.
    """
    label, known = told.recorded.course.id, told.known
    if known is not None and known["id"] == told.row["measurement_id"] and also is None:
        return MeasuredVersion(label, to_version(known), added=False)
    with record.reading() as connection:  # before labels are kept that no row would name
        if not _stands(record, connection, told):
            return None
    new = None if measured is None else _new(record, told, measured, method)
    kept = None
    try:
        kept = _write(record, told, new, method, actor=actor, also=also)
    finally:
        if kept is None and new is not None and new.labels is not None:
            drop_unreadable(record, new.labels, subject=told.row["subject_id"])
    if kept is None:
        return None
    if measured is not None and measured.pictures:
        keep_derived(record, told.row, kept.row["id"], measured.pictures)
    warnings = () if measured is None else measured.warnings
    return MeasuredVersion(label, to_version(kept.row), added=kept.added, warnings=warnings)


@dataclass(frozen=True, slots=True)
class _Kept:
    """A measurement that a course stands at now; ``added``: it was not there before."""

    row: RowMapping
    added: bool


def _write(
    record: Record, told: CourseAtHand, new: NewMeasurement | None, method: Method, *, actor: Actor, also: Also | None
) -> _Kept | None:
    """Have the course stand at its measurement, in one transaction; None: the course was changed meanwhile."""
    with record.writing(actor) as unit:
        if not _stands(record, unit.connection, told):
            return None
        known = told.known or _find(unit.connection, told.row["id"], told.input_digest, method)
        row = unit.connection.execute(select(courses).where(courses.c.id == told.row["id"])).mappings().one()
        if known is not None:
            kept = stand_at(unit, row, str(known["id"]))
        elif new is not None:
            kept = add_measurement(unit, row, new)
        else:
            raise ValueError("neither known nor measured: nothing to keep")
        if also is not None:
            also(unit)
        wanted = select(measurements).where(measurements.c.id == kept)
        return _Kept(unit.connection.execute(wanted).mappings().one(), added=known is None)


def _find(connection: Connection, course: str, digest: str, method: Method) -> RowMapping | None:
    digests = {"versions_digest": method.versions_digest, "settings_digest": method.settings_digest}
    return find_measurement(connection, course, input_digest=digest, **digests)


def _stands(record: Record, connection: Connection, told: CourseAtHand) -> bool:
    """Tell whether a course is still what was measured."""
    if last_change(connection, told.row["id"]) == told.change:
        return True
    return input_digest(read_course(record, connection, told.row)) == told.input_digest


def _new(record: Record, told: CourseAtHand, measured: MeasuredFolder, method: Method) -> NewMeasurement:
    subject = told.row["subject_id"]
    with record.reading() as connection:
        key = subject_key(connection, subject)
    if key is None:
        raise RecordError(f"The data of course {told.recorded.course.id} were erased.", "There is nothing to keep.")
    labels = record.originals.put(seal(key, pack_labels(dict(measured.labels)), label=seal_label(subject)))
    return NewMeasurement(
        sessions=measured.sessions,
        lesions=measured.lesions,
        photos=measured.photos,
        algorithms=method.algorithms,
        settings_digest=method.settings_digest,
        input_digest=told.input_digest,
        run=measured.run,
        exploratory=measured.exploratory,
        corrected=bool(told.recorded.course.corrections),
        pigtrack=__version__,
        labels=labels,
        shots=measured.shots,
    )
