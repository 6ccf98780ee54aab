"""Measures a recorded course, and adds what came out as a version beside the earlier ones."""

import hashlib
import json
from dataclasses import dataclass

from sqlalchemy import RowMapping, select

from pigtrack import __version__
from pigtrack.model.record import Actor, MeasurementVersion, RecordedCourse
from pigtrack.pipeline.settings import MeasurementSettings
from pigtrack.pipeline.versions import ALGORITHMS
from pigtrack.store.cells import csv_text
from pigtrack.store.record.courses import need_course
from pigtrack.store.record.measurements import (
    NewMeasurement,
    add_measurement,
    digest_versions,
    find_measurement,
    to_version,
)
from pigtrack.store.record.opening import Record
from pigtrack.store.record.reading import pack_labels, read_course, seal_label
from pigtrack.store.record.tables import courses, measurements
from pigtrack.store.record.trail import canonical
from pigtrack.store.record.unit import subject_key
from pigtrack.store.vault.sealing import seal
from pigtrack.store.workspace import Workspace
from pigtrack.tracker.measuring import LabelledCourse, measure_labelled
from pigtrack.tracker.record.course_folder import input_digest, write_course_folder
from pigtrack.tracker.summary import describe_run
from pigtrack.tracker.workers import Progress


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


def settings_digest(settings: MeasurementSettings) -> str:
    """Return the SHA-256 of a measurement's settings."""
    return hashlib.sha256(canonical(json.loads(json.dumps(settings.entries()))).encode()).hexdigest()


def measure_recorded(
    record: Record, label: str, *, actor: Actor, workers: int = 1, progress: Progress | None = None
) -> MeasuredVersion:
    """Measure a course of the record, unless this input was measured by these versions already.

    Raises
    ------
    PigtrackError
        If the course can't be measured; then the record is as it was.
    """
    with record.reading() as connection:
        row = need_course(connection, label)
        recorded = read_course(record, connection, row)
        known = find_measurement(
            connection,
            row["id"],
            input_digest=input_digest(recorded),
            versions_digest=digest_versions(ALGORITHMS),
            settings_digest=settings_digest(MeasurementSettings()),
        )
        if known is not None and known["id"] == row["measurement_id"]:
            return MeasuredVersion(label, to_version(known), added=False)
    with Workspace() as workspace:
        folder = write_course_folder(recorded, workspace.folder / "course")
        measured = measure_labelled(folder, workers=workers, progress=progress)
    return keep_measurement(record, row, recorded, measured, actor=actor)


def keep_measurement(
    record: Record, row: RowMapping, recorded: RecordedCourse, measured: LabelledCourse, *, actor: Actor
) -> MeasuredVersion:
    """Add what a measuring came to: label images first, then all rows in one transaction."""
    course = measured.measured
    with record.reading() as connection:
        key = subject_key(connection, row["subject_id"])
    if key is None:
        raise ValueError("an erased course can't have been measured")
    labels = record.originals.put(seal(key, pack_labels(measured.labels), label=seal_label(row["subject_id"])))
    new = NewMeasurement(
        sessions=csv_text(course.sessions),
        lesions=csv_text(course.lesions),
        photos=csv_text(course.photos),
        algorithms=course.result.algorithms,
        settings_digest=settings_digest(MeasurementSettings()),
        input_digest=input_digest(recorded),
        run=canonical(json.loads(json.dumps(describe_run(course.result)))),
        exploratory=course.result.exploratory,
        corrected=bool(getattr(recorded.course, "corrections", ())),
        pigtrack=__version__,
        labels=labels,
    )
    with record.writing(actor) as unit:
        current = unit.connection.execute(select(courses).where(courses.c.id == row["id"])).mappings().one()
        before = current["measurement_id"]
        measurement = add_measurement(unit, current, new)
        added = unit.connection.execute(select(measurements).where(measurements.c.id == measurement)).mappings().one()
        version = to_version(added)
    return MeasuredVersion(recorded.course.id, version, added=measurement != before, warnings=course.warnings)
