"""Tables of those who act: users, and who is signed in."""

from sqlalchemy import Boolean, Column, Table, Text

from pigtrack.store.record.tables.columns import id_column, metadata, reference

users = Table(
    "users",
    metadata,
    id_column(),
    Column("name", Text, nullable=False, unique=True),
    Column("role", Text, nullable=False),
    Column("password", Text),
    Column("active", Boolean, nullable=False),
)

web_sessions = Table(
    "web_sessions",
    metadata,
    Column("token_digest", Text, primary_key=True),
    reference("user_id", nullable=True, indexed=True),
    reference("link_id", nullable=True, indexed=True),
    Column("form_token", Text, nullable=False),
    Column("begun", Text, nullable=False),
    Column("seen", Text, nullable=False),
    Column("expires", Text, nullable=False),
)
