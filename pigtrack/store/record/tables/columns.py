"""What the tables are made of: the columns that many have alike."""

from sqlalchemy import Column, ForeignKey, LargeBinary, MetaData, Text

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def id_column() -> Column[str]:
    """Return the column of an identifier that never changes."""
    return Column("id", Text, primary_key=True)


def reference(name: str, *, nullable: bool = False, indexed: bool = False) -> Column[str]:
    """Return a column that refers to the table its name tells."""
    target = {"subject_id": "subjects.id", "course_id": "courses.id", "session_id": "sessions.id"}
    others = {"measurement_id": "measurements.id", "review_id": "reviews.id"}
    others |= {"user_id": "users.id", "link_id": "patient_links.id"}
    return Column(name, Text, ForeignKey((target | others)[name]), nullable=nullable, index=indexed)


def content_column() -> Column[bytes]:
    """Return the column of what is sealed with the subject's key."""
    return Column("content", LargeBinary)
