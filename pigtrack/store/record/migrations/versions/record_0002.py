"""Corrections by hand, blinded reviews, jobs of measuring again, time stamps of others."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "time_stamps",
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("authority", sa.Text(), nullable=False),
        sa.Column("token", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["seq"], ["trail.seq"], name=op.f("fk_time_stamps_seq")),
        sa.PrimaryKeyConstraint("seq", "authority", name=op.f("pk_time_stamps")),
    )
    op.create_table(
        "jobs",
        sa.Column("batch", sa.Text(), nullable=False),
        sa.Column("course_id", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=True),
        sa.Column("taken_at", sa.Text(), nullable=True),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("fault", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["course_id"], ["courses.id"], name=op.f("fk_jobs_course_id")),
        sa.PrimaryKeyConstraint("batch", "course_id", name=op.f("pk_jobs")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_jobs_batch_state", "jobs", ["batch", "state"], unique=False)
    op.create_table(
        "reviews",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("course_id", sa.Text(), nullable=False),
        sa.Column("blinded", sa.Boolean(), nullable=False),
        sa.Column("closed", sa.Boolean(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(["course_id"], ["courses.id"], name=op.f("fk_reviews_course_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reviews")),
    )
    op.create_index(op.f("ix_reviews_course_id"), "reviews", ["course_id"], unique=False)
    op.create_table(
        "corrections",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("course_id", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("blinded", sa.Boolean(), nullable=False),
        sa.Column("review_id", sa.Text(), nullable=True),
        sa.Column("content", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(["course_id"], ["courses.id"], name=op.f("fk_corrections_course_id")),
        sa.ForeignKeyConstraint(["review_id"], ["reviews.id"], name=op.f("fk_corrections_review_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_corrections")),
        sa.UniqueConstraint("course_id", "number", name=op.f("uq_corrections_course_id_number")),
    )
    refuse_loss("time_stamps")


def downgrade() -> None:
    """Take the tables away, with all they hold."""
    op.drop_table("corrections")
    op.drop_index(op.f("ix_reviews_course_id"), table_name="reviews")
    op.drop_table("reviews")
    op.drop_index("ix_jobs_batch_state", table_name="jobs")
    op.drop_table("jobs")
    op.drop_table("time_stamps")


def refuse_loss(table: str) -> None:
    """Have the database refuse to change or take away a row of a table."""
    for what in ("UPDATE", "DELETE"):
        name = f"{table}_no_{what.lower()}"
        if op.get_bind().dialect.name == "sqlite":
            told = f"SELECT RAISE(ABORT, '{table} is append-only')"
            op.execute(f"CREATE TRIGGER {name} BEFORE {what} ON {table} BEGIN {told}; END")
        else:
            op.execute(f"CREATE TRIGGER {name} BEFORE {what} ON {table} FOR EACH ROW EXECUTE FUNCTION refuse_loss()")
