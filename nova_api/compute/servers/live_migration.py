"""Live migration: begun, and, while it is at work, hurried or broken off."""

from __future__ import annotations

import time

from nova_api import exception, rpc, work
from nova_api.backend import Backend
from nova_api.compute import moves, transitions
from nova_api.compute.moves import MoveRequest
from nova_api.compute.servers import shares
from nova_api.compute.servers.migrate import is_known
from nova_api.compute.servers.resize import Moved, record
from nova_api.context import RequestContext
from nova_api.db import actions, server_migrations
from nova_api.db.server_migrations import Migration

#: Seconds between two looks at how the checks went.
_LOOK = 0.05
_CHECKING = (server_migrations.ACCEPTED, server_migrations.QUEUED)
_ABORTABLE = (server_migrations.RUNNING,)
_ABORTABLE_EARLY = (server_migrations.QUEUED, server_migrations.PREPARING, server_migrations.RUNNING)


def live_migrate(
    backend: Backend,
    context: RequestContext,
    server: Moved,
    host: str | None = None,
    *,
    force: bool = False,
    wait: bool = False,
) -> None:
    """Begins to move a running server.

    ``force`` takes ``host`` without asking the scheduler's filters; ``wait``
    returns when the hosts have agreed.  Raises SharesInTheWay, ServerLocked,
    ServerInvalidState, ServerNotReady; Invalid for an unknown host, ``force``
    without a host, and, with ``wait``, for what the checks said.
    """
    shares.require_none(backend, server)
    if force and host is None:
        raise exception.Invalid("Can't force to a non-provided destination: say which host.")
    transitions.check(server, "live_migrate", context)
    if server.host is None:
        raise exception.ServerNotReady(server_id=server.uuid)
    if host is not None and not is_known(backend, host):
        raise exception.Invalid(str(exception.HostNotFound(host=host)))

    def accept() -> int:
        with work.accept(backend) as accepted:
            conn = accepted.conn
            transitions.begin(conn, server, "live_migrate")
            migration = record(
                conn, context, server, server_migrations.LIVE, server_migrations.ACCEPTED, server.flavor
            )
            action = actions.start(conn, context, server.id, "live-migration")
            request = MoveRequest(migration, host=host, force=force, synchronous=wait)
            accepted.enqueue(
                context, rpc.SCHEDULER, moves.LIVE_MIGRATE, server, request.to_payload(), action_id=action
            )
        return migration

    migration = backend.db.retrying(accept)
    if wait:
        _await_checks(backend, migration)


def _await_checks(backend: Backend, migration_id: int) -> None:
    """Raises Invalid with what the checks said; a cloud too slow to check is no mistake of the request."""
    end = time.monotonic() + backend.conf.work.call_timeout
    while time.monotonic() < end:
        with backend.db.reader() as conn:
            migration = server_migrations.get(conn, migration_id)
        if migration is None or migration.status not in _CHECKING:
            if migration is not None and migration.status == server_migrations.ERROR:
                raise exception.Invalid(f"Migration pre-check error: {migration.error}")
            return
        time.sleep(_LOOK)


def find(backend: Backend, server: transitions.ServerRecord, migration_id: str) -> Migration:
    """A migration of ``server`` by its id in the URL; raises MigrationNotFound."""
    found: list[Migration] = []
    if migration_id.isascii() and migration_id.isdigit() and len(migration_id) < 19:
        with backend.db.reader() as conn:
            found = server_migrations.of_server(conn, server.id, int(migration_id))
    if not found:
        raise exception.MigrationNotFound(migration_id=migration_id, server_id=server.uuid)
    return found[0]


def force_complete(
    backend: Backend, context: RequestContext, server: transitions.ServerRecord, migration_id: str
) -> None:
    """Has a running live migration pause the guest, so that it ends.

    Raises ServerLocked, ServerInvalidState; Invalid for a migration that is
    not there or does not run.
    """
    transitions.check(server, "live_migration_force_complete", context)
    try:
        migration = find(backend, server, migration_id)
    except exception.MigrationNotFound as error:
        raise exception.Invalid(str(error)) from error
    _tell(
        backend,
        context,
        server,
        migration,
        "live_migration_force_complete",
        asked=server_migrations.FINISH,
        statuses=_ABORTABLE,
        what="force complete",
    )


def abort(
    backend: Backend,
    context: RequestContext,
    server: transitions.ServerRecord,
    migration_id: str,
    *,
    early: bool,
) -> None:
    """Breaks a live migration off; ``early`` is also before it runs.

    Raises ServerInvalidState (also for a lock), MigrationNotFound; Invalid for
    a migration in another status.
    """
    transitions.check(server, "live_migration_abort", context)
    migration = find(backend, server, migration_id)
    _tell(
        backend,
        context,
        server,
        migration,
        "live_migration_abort",
        asked=server_migrations.ABORT,
        statuses=_ABORTABLE_EARLY if early else _ABORTABLE,
        what="abort live migration",
    )


def _tell(
    backend: Backend,
    context: RequestContext,
    server: transitions.ServerRecord,
    migration: Migration,
    operation: str,
    *,
    asked: str,
    statuses: tuple[str, ...],
    what: str,
) -> None:
    """Writes what is asked into the record, which the source looks at; its host notes that it was heard."""
    row = transitions.OPERATIONS[operation]

    def accept() -> None:
        with work.accept(backend) as accepted:
            conn = accepted.conn
            transitions.begin(conn, server, operation)
            live = migration.migration_type == server_migrations.LIVE
            if not live or not server_migrations.change(conn, migration.id, statuses, asked=asked):
                now = server_migrations.get(conn, migration.id) or migration
                raise exception.MigrationInvalidState(
                    migration_id=migration.id, server_id=server.uuid, status=now.status, operation=what
                )
            action = actions.start(conn, context, server.id, str(row.action))
            method = (
                moves.LIVE_MIGRATION_ABORT
                if asked == server_migrations.ABORT
                else moves.LIVE_MIGRATION_FORCE_COMPLETE
            )
            host = migration.source_host
            payload = MoveRequest(migration.id).to_payload()
            accepted.enqueue(context, rpc.COMPUTE, method, server, payload, host=host, action_id=action)

    backend.db.retrying(accept)
