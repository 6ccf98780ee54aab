"""Tables of patients: who they are by pseudonym, their keys, what they agreed to, their links."""

from sqlalchemy import Boolean, Column, ForeignKey, Integer, LargeBinary, Table, Text, UniqueConstraint

from pigtrack.store.record.tables.columns import content_column, id_column, metadata, reference

subjects = Table(
    "subjects",
    metadata,
    id_column(),
    Column("pseudonym", Text, unique=True),
    content_column(),
    Column("erased", Integer),
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
    id_column(),
    reference("subject_id"),
    Column("purpose", Text, nullable=False),
    Column("number", Integer, nullable=False),
    Column("given", Boolean, nullable=False),
    content_column(),
    UniqueConstraint("subject_id", "purpose", "number"),
)

patient_links = Table(
    "patient_links",
    metadata,
    id_column(),
    reference("course_id", indexed=True),
    Column("token_digest", Text, nullable=False, unique=True),
    Column("code", Text, nullable=False),
    Column("expires", Text, nullable=False),
    Column("withdrawn", Boolean, nullable=False),
    content_column(),
)
