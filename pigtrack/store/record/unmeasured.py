"""Courses whose numbers lag behind: photographed or told anew since they were measured."""

from sqlalchemy import Connection, and_, exists, or_, select

from pigtrack.store.record.changes import stands_measured
from pigtrack.store.record.jobs import ASKED, Batch, JobState
from pigtrack.store.record.tables import courses, jobs, measurements, subject_keys, uploads


def read_lagging(connection: Connection, batch: Batch) -> tuple[str, ...]:
    """Return the ids of courses that a server should measure after a restart.

    Those that somebody asked for by name, or was at when they were killed; those whose photographs came through it; and
    those that were measured by these versions and changed since. Others wait to be asked for: an archive of earlier
    versions is measured again by `reprocess`, not by the way.
    """
    digests = {"versions_digest": batch.versions_digest, "settings_digest": batch.settings_digest}
    by_these = exists().where(
        and_(measurements.c.id == courses.c.measurement_id, *(measurements.c[k] == v for k, v in digests.items()))
    )
    came_here = exists().where(uploads.c.course_id == courses.c.id, uploads.c.state == "kept")
    readable = courses.c.subject_id.in_(select(subject_keys.c.subject_id))
    begun = exists().where(
        batch.jobs, jobs.c.course_id == courses.c.id, or_(jobs.c.owner == ASKED, jobs.c.state == JobState.TAKEN.value)
    )
    wanted = select(courses.c.id).where(readable, courses.c.sessions > 0, or_(by_these, came_here, begun))
    return tuple(map(str, connection.execute(wanted.where(~stands_measured(**digests))).scalars()))


def is_readable(connection: Connection, course: str) -> bool:
    """Tell whether a course's patient was not erased."""
    mine = select(courses.c.id).join(subject_keys, subject_keys.c.subject_id == courses.c.subject_id)
    return connection.execute(mine.where(courses.c.id == course)).first() is not None


def is_taken(connection: Connection, batch: Batch, course: str) -> bool:
    """Tell whether somebody is at a course."""
    found = select(jobs.c.state).where(jobs.c.batch == batch.name, jobs.c.course_id == course)
    return connection.execute(found).scalar() == JobState.TAKEN.value
