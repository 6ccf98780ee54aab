"""Recorded courses side by side by product, technique or cause: of patients who agreed to research alone."""

import base64
import json
from typing import Any

from sqlalchemy import Connection, select

from pigtrack.errors import CourseError
from pigtrack.model.cohort import FEWEST, Factor, MeasuredTables
from pigtrack.model.course import Endpoint, Mode
from pigtrack.model.progress import Progress
from pigtrack.model.record import Purpose, RecordedCourse
from pigtrack.model.roles import Verb
from pigtrack.store.record.measurements import read_measurement
from pigtrack.store.record.opening import Record
from pigtrack.store.record.reading import read_course
from pigtrack.store.record.subjects import read_agreed
from pigtrack.store.record.tables import courses
from pigtrack.tracker.cohorting import compare_taken
from pigtrack.tracker.intake import Intake
from pigtrack.tracker.record.auditing import audited_view
from pigtrack.tracker.record.desk import By, Data, actor_of, opened


def compare_recorded(
    *,
    factor: str,
    endpoint: str,
    mode: str = "spots",
    mix_versions: bool = False,
    data: Data = None,
    by: By = None,
    progress: Progress | None = None,
) -> dict[str, Any]:
    """Return measured courses of a record side by side: lines, table, chart and page; no pseudonym is in any of it.

    Parameters
    ----------
    factor, endpoint, mode : str
        As `pigtrack.tracker.cohorting.compare_courses` has them.

    Raises
    ------
    PigtrackError
        If nobody's course may or can take part.
    """
    intake = Intake(Endpoint(endpoint), Mode(mode))
    with opened(data) as record:
        actor = actor_of(record, by, to=Verb.VERIFY)
        with audited_view(record, actor, "overview", cohort_by=factor) as connection:
            refused = _take_all(record, connection, intake, progress)
    compared = compare_taken(intake, factor=Factor(factor), endpoint=Endpoint(endpoint), mix_versions=mix_versions)
    groups = json.loads(compared.groups.to_json(orient="records"))
    return {
        "summary": [each for each in compared.summary if each.strip()],
        "groups": groups,
        "chart": base64.b64encode(compared.chart_svg).decode(),
        "page": compared.page(),
        "without_consent": refused if refused == 0 or refused >= FEWEST else f"fewer than {FEWEST}",
    }


def _take_all(record: Record, connection: Connection, intake: Intake, progress: Progress | None) -> int:
    """Take in whoever agreed to research; return how many did not.

    Raises
    ------
    CourseError
        If nobody can take part.
    """
    wanted = select(courses).where(courses.c.measurement_id.is_not(None)).order_by(courses.c.id)
    found, refused = connection.execute(wanted).mappings().all(), 0
    agreed = read_agreed(connection, Purpose.RESEARCH)
    for number, row in enumerate(found, start=1):
        if row["subject_id"] in agreed:
            course = read_course(record, connection, row)
            exploratory = bool(read_measurement(connection, course)["exploratory"])
            intake.take_tables(_tables(course, exploratory), course.course.id)
        else:
            refused += 1
        if progress is not None:
            progress(number, len(found), "Courses read")
    if not intake.courses:
        raise CourseError(
            f"No course can take part: {refused} of {len(found)} measured courses are of patients who did not agree to "
            f"research, {sum(intake.left_out.values())} have nothing to compare.",
            "Ask for consents, and write them down under Assessment.",
        )
    return refused


def _tables(course: RecordedCourse, exploratory: bool) -> MeasuredTables:
    measured = course.measurement
    if measured is None:
        raise ValueError(f"course {course.course.id} was not measured")
    algorithms = {each.name: each.version for each in measured.algorithms}
    return MeasuredTables(
        course.course, course.sessions, algorithms, measured.pigtrack, exploratory, measured.rows_digest
    )
