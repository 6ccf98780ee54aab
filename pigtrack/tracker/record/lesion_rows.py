"""The lesions of one course as its tables tell them, for programs that ask over the web app."""

from pigtrack.model.record import Cells
from pigtrack.store.record.courses import need_course
from pigtrack.store.record.measurements import find_version, read_cells
from pigtrack.store.record.tables import lesion_rows
from pigtrack.tracker.record.auditing import audited_view
from pigtrack.tracker.record.desk import By, Data, actor_of, opened


def read_lesions(*, label: str, data: Data = None, by: By = None, measurement: int | None = None) -> tuple[Cells, ...]:
    """Return the rows of lesions.csv of a course, under the measurement it stands at or the named one.

    Raises
    ------
    PigtrackError
        If there is no such course or measurement, or who asks may not see it.
    """
    with opened(data) as record:
        actor = actor_of(record, by)
        with record.reading() as connection:
            course = need_course(connection, label)
            chosen = find_version(connection, course, measurement)
        with audited_view(record, actor, "courses", course=course, measurement=chosen["number"]) as connection:
            return read_cells(connection, lesion_rows, chosen, label=label, subject=course["subject_id"])
