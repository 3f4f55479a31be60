"""Finding migrations: a page of them, those of a server, one that can be looked at."""

from __future__ import annotations

from nova_api import exception
from nova_api.backend import Backend
from nova_api.compute.servers.live_migration import find
from nova_api.compute.transitions import ServerRecord
from nova_api.db import server_migrations
from nova_api.db.server_migrations import Filter, Migration

__all__ = ["Filter", "Migration", "in_progress", "page", "show"]


def page(backend: Backend, wanted: Filter, limit: int, marker: str | None) -> list[Migration]:
    """Newest first; raises Invalid for an unknown marker, and for changes that end before they begin."""
    if wanted.changes_since and wanted.changes_before and wanted.changes_since > wanted.changes_before:
        raise exception.Invalid("The value of changes-since must be less than or equal to changes-before.")
    with backend.db.reader() as conn:
        try:
            return server_migrations.page(conn, wanted, limit, marker)
        except exception.MarkerNotFound as error:
            raise exception.Invalid(str(error)) from error


def in_progress(backend: Backend, server: ServerRecord) -> list[Migration]:
    """The live migrations of a server that are at work, oldest first."""
    with backend.db.reader() as conn:
        found = server_migrations.of_server(conn, server.id)
    return [migration for migration in reversed(found) if migration.is_shown_live]


def show(backend: Backend, server: ServerRecord, migration_id: str) -> Migration:
    """Raises MigrationNotFound, MigrationNotLive, MigrationNotInProgress."""
    migration = find(backend, server, migration_id)
    names = {"migration_id": migration_id, "server_id": server.uuid}
    if migration.migration_type != server_migrations.LIVE:
        raise exception.MigrationNotLive(**names)
    if not migration.is_shown_live:
        raise exception.MigrationNotInProgress(**names)
    return migration
