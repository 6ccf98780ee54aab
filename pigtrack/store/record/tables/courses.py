"""Tables of courses: visits, photographs, what was done, what happened, what was written down beside."""

from sqlalchemy import Boolean, Column, Index, Integer, Table, Text, UniqueConstraint

from pigtrack.store.record.tables.columns import content_column, id_column, metadata, reference

courses = Table(
    "courses",
    metadata,
    id_column(),
    reference("subject_id", indexed=True),
    Column("label", Text, unique=True),
    Column("site", Text),
    Column("protocol", Text),
    Column("mode", Text, nullable=False),
    Column("endpoint", Text, nullable=False),
    Column("sessions", Integer, nullable=False),
    Column("first_day", Text),
    Column("last_day", Text, index=True),
    Column("next_day", Text, index=True),
    Column("closed", Boolean, nullable=False),
    Column("measurement_id", Text),
    content_column(),
    Index("ix_courses_closed_next_day_protocol", "closed", "next_day", "protocol"),
)

sessions = Table(
    "sessions",
    metadata,
    id_column(),
    reference("course_id"),
    Column("number", Integer, nullable=False),
    Column("day", Text, index=True),
    content_column(),
    UniqueConstraint("course_id", "number"),
)

photographs = Table(
    "photographs",
    metadata,
    id_column(),
    reference("session_id"),
    Column("position", Integer, nullable=False),
    Column("sha256", Text, nullable=False, index=True),
    Column("original", Text, nullable=False, index=True),
    Column("bytes", Integer, nullable=False),
    Column("media_type", Text, nullable=False),
    content_column(),
    UniqueConstraint("session_id", "position"),
)

course_files = Table(
    "course_files",
    metadata,
    id_column(),
    reference("course_id", indexed=True),
    Column("original", Text, nullable=False, index=True),
    Column("bytes", Integer, nullable=False),
    content_column(),
)

treatments = Table(
    "treatments",
    metadata,
    id_column(),
    reference("session_id"),
    Column("position", Integer, nullable=False),
    content_column(),
    UniqueConstraint("session_id", "position"),
)

adverse_events = Table(
    "adverse_events",
    metadata,
    id_column(),
    reference("session_id"),
    Column("position", Integer, nullable=False),
    content_column(),
    UniqueConstraint("session_id", "position"),
)

screens = Table(
    "screens", metadata, id_column(), reference("course_id"), content_column(), UniqueConstraint("course_id")
)

notes = Table(
    "notes",
    metadata,
    id_column(),
    reference("course_id"),
    Column("number", Integer, nullable=False),
    Column("session", Integer),
    Column("at", Text, nullable=False),
    Column("by", Text, nullable=False),
    content_column(),
    UniqueConstraint("course_id", "number"),
)

uploads = Table(
    "uploads",
    metadata,
    id_column(),
    reference("course_id", indexed=True),
    Column("sha256", Text, nullable=False),
    Column("original", Text, nullable=False, index=True),
    Column("bytes", Integer, nullable=False),
    Column("media_type", Text, nullable=False),
    Column("at", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("session", Integer),
    content_column(),
)
