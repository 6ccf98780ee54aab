"""Alembic's entry: runs the steps on the connection that `migrating` hands over, in its transaction."""

from alembic import context

from pigtrack.store.record.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    transactional_ddl=True,
    render_as_batch=True,
)
context.run_migrations()
