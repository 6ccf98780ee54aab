"""Patients' links to their own charts."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "patient_links",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("course_id", sa.Text(), nullable=False),
        sa.Column("token_digest", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("expires", sa.Text(), nullable=False),
        sa.Column("withdrawn", sa.Boolean(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(["course_id"], ["courses.id"], name=op.f("fk_patient_links_course_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_patient_links")),
        sa.UniqueConstraint("token_digest", name=op.f("uq_patient_links_token_digest")),
    )
    op.create_index(op.f("ix_patient_links_course_id"), "patient_links", ["course_id"], unique=False)


def downgrade() -> None:
    """Take the tables away, with all they hold."""
    op.drop_index(op.f("ix_patient_links_course_id"), table_name="patient_links")
    op.drop_table("patient_links")
