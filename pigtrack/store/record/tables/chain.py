"""Tables of the record itself: what it is, and the chain of what happened in it."""

from sqlalchemy import Column, ForeignKey, Index, Integer, LargeBinary, Table, Text

from pigtrack.store.record.tables.columns import metadata

meta = Table("meta", metadata, Column("key", Text, primary_key=True), Column("value", Text, nullable=False))

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
    Index("ix_trail_actor_seq", "actor", "seq"),
    Index("ix_trail_action_seq", "action", "seq"),
)

time_stamps = Table(
    "time_stamps",
    metadata,
    Column("seq", Integer, ForeignKey("trail.seq"), primary_key=True),
    Column("authority", Text, primary_key=True),
    Column("token", LargeBinary, nullable=False),
)
