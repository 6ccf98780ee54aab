"""The tables of the record as they stand now; `migrations` tells how they came to be.

``content`` columns hold TOML text sealed with the subject's key: all that is words or days. What stands beside them in
plain columns is for searching; the personal ones of these are blanked when a patient's key is destroyed.
"""

from sqlalchemy import (
    Boolean,
    Column,
    Double,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
)

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def _id() -> Column[str]:
    return Column("id", Text, primary_key=True)


def _of(name: str, *, nullable: bool = False, indexed: bool = False) -> Column[str]:
    """Return a column that refers to the table its name tells."""
    target = {"subject_id": "subjects.id", "course_id": "courses.id", "session_id": "sessions.id"}
    others = {"measurement_id": "measurements.id", "review_id": "reviews.id"}
    others |= {"user_id": "users.id", "link_id": "patient_links.id"}
    return Column(name, Text, ForeignKey((target | others)[name]), nullable=nullable, index=indexed)


def _content() -> Column[bytes]:
    return Column("content", LargeBinary)


meta = Table("meta", metadata, Column("key", Text, primary_key=True), Column("value", Text, nullable=False))

users = Table(
    "users",
    metadata,
    _id(),
    Column("name", Text, nullable=False, unique=True),
    Column("role", Text, nullable=False),
    Column("password", Text),
    Column("active", Boolean, nullable=False),
)

subjects = Table(
    "subjects", metadata, _id(), Column("pseudonym", Text, unique=True), _content(), Column("erased", Integer)
)

subject_keys = Table(
    "subject_keys",
    metadata,
    Column("subject_id", Text, ForeignKey("subjects.id"), primary_key=True),
    Column("key", LargeBinary, nullable=False),
)

consents = Table(
    "consents",
    metadata,
    _id(),
    _of("subject_id"),
    Column("purpose", Text, nullable=False),
    Column("number", Integer, nullable=False),
    Column("given", Boolean, nullable=False),
    _content(),
    UniqueConstraint("subject_id", "purpose", "number"),
)

courses = Table(
    "courses",
    metadata,
    _id(),
    _of("subject_id", indexed=True),
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
    _content(),
)

sessions = Table(
    "sessions",
    metadata,
    _id(),
    _of("course_id"),
    Column("number", Integer, nullable=False),
    Column("day", Text, index=True),
    _content(),
    UniqueConstraint("course_id", "number"),
)

photographs = Table(
    "photographs",
    metadata,
    _id(),
    _of("session_id"),
    Column("position", Integer, nullable=False),
    Column("sha256", Text, nullable=False, index=True),
    Column("original", Text, nullable=False, index=True),
    Column("bytes", Integer, nullable=False),
    Column("media_type", Text, nullable=False),
    _content(),
    UniqueConstraint("session_id", "position"),
)

course_files = Table(
    "course_files",
    metadata,
    _id(),
    _of("course_id", indexed=True),
    Column("original", Text, nullable=False, index=True),
    Column("bytes", Integer, nullable=False),
    _content(),
)

treatments = Table(
    "treatments",
    metadata,
    _id(),
    _of("session_id"),
    Column("position", Integer, nullable=False),
    _content(),
    UniqueConstraint("session_id", "position"),
)

adverse_events = Table(
    "adverse_events",
    metadata,
    _id(),
    _of("session_id"),
    Column("position", Integer, nullable=False),
    _content(),
    UniqueConstraint("session_id", "position"),
)

screens = Table("screens", metadata, _id(), _of("course_id"), _content(), UniqueConstraint("course_id"))

reviews = Table(
    "reviews",
    metadata,
    _id(),
    _of("course_id", indexed=True),
    Column("blinded", Boolean, nullable=False),
    Column("closed", Boolean, nullable=False),
    _content(),
)

corrections = Table(
    "corrections",
    metadata,
    _id(),
    _of("course_id"),
    Column("number", Integer, nullable=False),
    Column("kind", Text, nullable=False),
    Column("active", Boolean, nullable=False),
    Column("blinded", Boolean, nullable=False),
    _of("review_id", nullable=True),
    _content(),
    UniqueConstraint("course_id", "number"),
)

measurements = Table(
    "measurements",
    metadata,
    _id(),
    _of("course_id"),
    Column("number", Integer, nullable=False),
    Column("at", Text, nullable=False),
    Column("by", Text, nullable=False),
    Column("pigtrack", Text, nullable=False),
    Column("algorithms", Text, nullable=False),
    Column("versions_digest", Text, nullable=False),
    Column("settings_digest", Text, nullable=False),
    Column("input_digest", Text, nullable=False),
    Column("rows_digest", Text, nullable=False),
    Column("corrected", Boolean, nullable=False),
    Column("exploratory", Boolean, nullable=False),
    Column("session_columns", Text, nullable=False),
    Column("lesion_columns", Text, nullable=False),
    Column("photo_columns", Text, nullable=False),
    Column("labels", Text),
    _content(),
    UniqueConstraint("course_id", "number"),
    UniqueConstraint("course_id", "input_digest", "versions_digest", "settings_digest", name="uq_measurements_input"),
)

_CHANGE = tuple(
    f"{endpoint}_{what}"
    for endpoint in ("area", "contrast", "load")
    for what in ("change_percent", "change_ci_low", "change_ci_high")
)

session_rows = Table(
    "session_rows",
    metadata,
    Column("measurement_id", Text, ForeignKey("measurements.id"), primary_key=True),
    Column("session", Integer, primary_key=True),
    Column("days_from_baseline", Integer),
    Column("qc_status", Text, nullable=False),
    Column("lesion_count", Integer),
    *(
        Column(name, Double)
        for name in ("area_total_mm2", "area_total_mm2_u", "contrast_delta_mi", "contrast_delta_mi_u")
    ),
    *(Column(name, Double) for name in ("pigment_load", "pigment_load_u", *_CHANGE)),
    Column("verdict", Text, nullable=False),
    Column("flags", Text, nullable=False),
    Column("cells", LargeBinary, nullable=False),
    sqlite_with_rowid=False,
)

lesion_rows = Table(
    "lesion_rows",
    metadata,
    Column("measurement_id", Text, ForeignKey("measurements.id"), primary_key=True),
    Column("session", Integer, primary_key=True),
    Column("lesion_id", Integer, primary_key=True),
    Column("status", Text, nullable=False),
    *(Column(name, Double) for name in ("area_mm2", "delta_mi", "pigment_load")),
    Column("verdict", Text, nullable=False),
    Column("cells", Text, nullable=False),
    sqlite_with_rowid=False,
)

photo_rows = Table(
    "photo_rows",
    metadata,
    Column("measurement_id", Text, ForeignKey("measurements.id"), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("session", Integer, nullable=False),
    Column("qc_status", Text, nullable=False),
    Column("sha256", Text, nullable=False),
    Column("cells", LargeBinary, nullable=False),
    sqlite_with_rowid=False,
)

sign_offs = Table(
    "sign_offs",
    metadata,
    _id(),
    _of("measurement_id", indexed=True),
    Column("by", Text, nullable=False),
    Column("at", Text, nullable=False),
    Column("meaning", Text, nullable=False),
    Column("rows_digest", Text, nullable=False),
)

patient_links = Table(
    "patient_links",
    metadata,
    _id(),
    _of("course_id", indexed=True),
    Column("token_digest", Text, nullable=False, unique=True),
    Column("code", Text, nullable=False),
    Column("expires", Text, nullable=False),
    Column("withdrawn", Boolean, nullable=False),
    _content(),
)

web_sessions = Table(
    "web_sessions",
    metadata,
    Column("token_digest", Text, primary_key=True),
    _of("user_id", nullable=True, indexed=True),
    _of("link_id", nullable=True, indexed=True),
    Column("form_token", Text, nullable=False),
    Column("begun", Text, nullable=False),
    Column("seen", Text, nullable=False),
    Column("expires", Text, nullable=False),
)

uploads = Table(
    "uploads",
    metadata,
    _id(),
    _of("course_id", indexed=True),
    Column("sha256", Text, nullable=False),
    Column("original", Text, nullable=False, index=True),
    Column("bytes", Integer, nullable=False),
    Column("media_type", Text, nullable=False),
    Column("at", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("session", Integer),
    _content(),
)

notes = Table(
    "notes",
    metadata,
    _id(),
    _of("course_id"),
    Column("number", Integer, nullable=False),
    Column("session", Integer),
    Column("at", Text, nullable=False),
    Column("by", Text, nullable=False),
    _content(),
    UniqueConstraint("course_id", "number"),
)

jobs = Table(
    "jobs",
    metadata,
    Column("batch", Text, primary_key=True),
    Column("course_id", Text, ForeignKey("courses.id"), primary_key=True),
    Column("state", Text, nullable=False),
    Column("owner", Text),
    Column("taken_at", Text),
    Column("tries", Integer, nullable=False),
    Column("fault", Text),
    Index("ix_jobs_batch_state", "batch", "state"),
    sqlite_with_rowid=False,
)

trail = Table(
    "trail",
    metadata,
    Column("seq", Integer, primary_key=True, autoincrement=False),
    Column("at", Text, nullable=False),
    Column("actor", Text, nullable=False),
    Column("action", Text, nullable=False),
    Column("entity", Text, nullable=False),
    Column("entity_id", Text),
    Column("subject_id", Text, index=True),
    Column("course_id", Text, index=True),
    Column("body", Text, nullable=False),
    Column("hash", Text, nullable=False),
)

time_stamps = Table(
    "time_stamps",
    metadata,
    Column("seq", Integer, ForeignKey("trail.seq"), primary_key=True),
    Column("authority", Text, primary_key=True),
    Column("token", LargeBinary, nullable=False),
)

ENTITIES = (
    *(users, subjects, consents, courses, sessions, photographs, course_files, treatments, adverse_events, screens),
    *(reviews, corrections, measurements, sign_offs, patient_links, uploads, notes),
)
"""Tables whose every row the trail vouches for, by the digest of the row as it was last written."""

KEPT = (trail, measurements, session_rows, lesion_rows, photo_rows, sign_offs, time_stamps)
"""Tables in which rows are only added; the database refuses to change or take away any."""
