"""PostgreSQL refuses to empty a kept table at once, too; the triggers of each row do not see that."""

from alembic import op

revision = "0004"
down_revision = "0003"

KEPT = ("trail", "measurements", "session_rows", "lesion_rows", "photo_rows", "sign_offs", "time_stamps")
"""Rows are only added to these."""


def upgrade() -> None:
    """Make the triggers. SQLite has no way to empty a table but row by row."""
    if op.get_bind().dialect.name != "postgresql":
        return
    for table in KEPT:
        when = f"BEFORE TRUNCATE ON {table}"
        op.execute(f"CREATE TRIGGER {table}_no_truncate {when} FOR EACH STATEMENT EXECUTE FUNCTION refuse_loss()")


def downgrade() -> None:
    """Take the triggers away."""
    if op.get_bind().dialect.name != "postgresql":
        return
    for table in KEPT:
        op.execute(f"DROP TRIGGER {table}_no_truncate ON {table}")
