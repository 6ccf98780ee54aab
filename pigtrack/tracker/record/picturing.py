"""Pictures of a recorded course, as they were drawn when it was measured."""

from collections.abc import Iterable

from sqlalchemy import Connection, RowMapping, select

from pigtrack.errors import UnknownError
from pigtrack.model.pictures import MANIFEST, CoursePictures, read_manifest
from pigtrack.store.derived import is_drawn, read_derived_of
from pigtrack.store.record.tables import courses, measurements
from pigtrack.tracker.record.auditing import audited_spell, audited_view
from pigtrack.tracker.record.desk import By, Data, Record, actor_of, opened

LOOK_MINUTES = 5
"""For how long one entry of the trail stands for somebody's looks at the pictures of one measurement. A page fetches
eight at once; who goes on looking is told of again, so that an auditor knows when to within as long."""

_REPORT = "report.html"
"""A file to take along: each time is told of."""

_NOT_HERE = (MANIFEST, "patient/")
"""What is no picture of the course's own pages."""


def pictures_of(*, data: Data, by: By, course: str) -> CoursePictures | None:
    """Return what was drawn of the measurement that a course stands at; None: nothing, or not yet.

    Nothing that shows the patient is in it but outlines, which the page asks for together with the numbers: that look
    is in the trail already.

    Parameters
    ----------
    course : str
        The course's id.

    Raises
    ------
    UnknownError
        If there is no such course.
    """
    with opened(data) as record:
        actor_of(record, by)
        with record.reading() as connection:
            row = _need(connection, course)
            return None if row["measurement_id"] is None else _read(record, connection, row)


def _read(record: Record, connection: Connection, row: RowMapping) -> CoursePictures | None:
    told = read_derived_of(record, connection, row, row["measurement_id"], MANIFEST)
    return None if told is None else read_manifest(told, measurement=_number(connection, row) or 0)


def _number(connection: Connection, row: RowMapping) -> int | None:
    wanted = select(measurements.c.number).where(measurements.c.id == row["measurement_id"])
    return connection.execute(wanted).scalar_one_or_none()


def read_picture(*, data: Data, by: By, course: str, name: str) -> bytes:
    """Return a picture by its name; the trail tells whose pictures, of which measurement, were looked at, not which.

    Raises
    ------
    UnknownError
        If there is no such course, or it has no such picture.
    """
    with opened(data) as record:
        actor = actor_of(record, by)
        with record.reading() as connection:
            row = _need(connection, course)
            number = _number(connection, row)
        measurement = row["measurement_id"]
        if measurement is None or name.startswith(_NOT_HERE) or not is_drawn(record, measurement, name):
            raise UnknownError("There is no such picture.", "It may be drawn still: load the page again in a moment.")
        spell = audited_spell(record, actor, "pictures", course=row, minutes=LOOK_MINUTES, measurement=number)
        taken = audited_view(record, actor, "pictures", course=row, measurement=number, report=True)
        with taken if name == _REPORT else spell as connection:
            found = read_derived_of(record, connection, row, measurement, name)
        if found is None:
            raise UnknownError("There is no such picture any more.", "Load the page again.")
        return found


def which_drawn(*, data: Data, by: By, course: str, names: Iterable[str]) -> frozenset[str]:
    """Return which of some pictures there are of the measurement that a course stands at; outlines are not read.

    Raises
    ------
    UnknownError
        If there is no such course.
    """
    with opened(data) as record:
        actor_of(record, by)
        with record.reading() as connection:
            measurement = _need(connection, course)["measurement_id"]
        return frozenset(each for each in names if measurement is not None and is_drawn(record, measurement, each))


def _need(connection: Connection, course: str) -> RowMapping:
    found = connection.execute(select(courses).where(courses.c.id == course)).mappings().first()
    if found is None or found["label"] is None:
        raise UnknownError("The record holds no such course.", "It may have been erased; begin at the list of courses.")
    return found
