"""What single shots of a session came to; and indexes by which entries of one user or of one kind are found."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"

_TABLE = "shot_values"


def upgrade() -> None:
    """Make the table, to whose rows none is ever changed, and the indexes."""
    op.create_table(
        _TABLE,
        sa.Column("measurement_id", sa.Text(), nullable=False),
        sa.Column("session", sa.Integer(), nullable=False),
        sa.Column("shot", sa.Integer(), nullable=False),
        sa.Column("reseated", sa.Boolean(), nullable=False),
        sa.Column("area_lesions", sa.Integer(), nullable=False),
        sa.Column("area_mm2", sa.Double(), nullable=True),
        sa.Column("contrast_lesions", sa.Integer(), nullable=False),
        sa.Column("contrast_mi", sa.Double(), nullable=True),
        sa.Column("load_lesions", sa.Integer(), nullable=False),
        sa.Column("load_mi_mm2", sa.Double(), nullable=True),
        sa.ForeignKeyConstraint(["measurement_id"], ["measurements.id"], name=op.f("fk_shot_values_measurement_id")),
        sa.PrimaryKeyConstraint("measurement_id", "session", "shot", name=op.f("pk_shot_values")),
        sqlite_with_rowid=False,
    )
    for what in ("UPDATE", "DELETE"):
        _refuse(what)
    op.create_index(op.f("ix_trail_actor_seq"), "trail", ["actor", "seq"])
    op.create_index(op.f("ix_trail_action_seq"), "trail", ["action", "seq"])


def downgrade() -> None:
    """Take the indexes away, and the table with all it holds."""
    op.drop_index(op.f("ix_trail_action_seq"), table_name="trail")
    op.drop_index(op.f("ix_trail_actor_seq"), table_name="trail")
    op.drop_table(_TABLE)


def _refuse(what: str) -> None:
    """Have the database refuse to change or take away a row, PostgreSQL also to empty the table at once."""
    name = f"{_TABLE}_no_{what.lower()}"
    if op.get_bind().dialect.name == "sqlite":
        told = f"SELECT RAISE(ABORT, '{_TABLE} is append-only')"
        op.execute(f"CREATE TRIGGER {name} BEFORE {what} ON {_TABLE} BEGIN {told}; END")
        return
    op.execute(f"CREATE TRIGGER {name} BEFORE {what} ON {_TABLE} FOR EACH ROW EXECUTE FUNCTION refuse_loss()")
    if what == "DELETE":
        when = f"BEFORE TRUNCATE ON {_TABLE}"
        op.execute(f"CREATE TRIGGER {_TABLE}_no_truncate {when} FOR EACH STATEMENT EXECUTE FUNCTION refuse_loss()")
