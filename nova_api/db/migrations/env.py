"""What alembic runs for each command; the connection comes from ``nova_api.db.migrate``."""

from __future__ import annotations

from alembic import context

from nova_api.db import commits
from nova_api.db.schema import metadata

connection = context.config.attributes["connection"].execution_options(**{commits.CHANGES_SCHEMA: True})
# SQLite cannot alter most of a table: a batch copies it.
context.configure(
    connection=connection, target_metadata=metadata, render_as_batch=connection.dialect.name == "sqlite"
)
with context.begin_transaction():
    context.run_migrations()
