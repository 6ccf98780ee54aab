"""When a recorded course is due next, by its protocol: one that is known, or a file of the course's own."""

from sqlalchemy import Connection, RowMapping

from pigtrack.model.course import Course
from pigtrack.model.plan import next_visit
from pigtrack.model.protocol import Protocol
from pigtrack.store.protocol_file import load_course_protocol
from pigtrack.store.record.opening import Record
from pigtrack.store.record.originals import read_files
from pigtrack.store.whole import write_whole
from pigtrack.store.workspace import Workspace


def protocol_of(record: Record, connection: Connection, row: RowMapping, course: Course) -> Protocol | None:
    """Return the protocol of a course, recorded in ``row`` with the files that it refers to; None where it has none.

    Raises
    ------
    ProtocolError
        If it names one that is not known, or its file can't be used.
    """
    if course.protocol is None or not course.protocol.lower().endswith(".toml"):
        return load_course_protocol(".", course)
    with Workspace() as workspace:
        files = {workspace.folder / path: each for path, each in read_files(record, connection, row).items()}
        for path in files:
            path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(files)
        return load_course_protocol(workspace.folder, course)


def next_day_of(course: Course, protocol: Protocol | None) -> str | None:
    """Return the first day on which the next visit is planned; None where nothing is planned."""
    planned = None if protocol is None else next_visit(course, protocol)
    return None if planned is None else planned.earliest.isoformat()
