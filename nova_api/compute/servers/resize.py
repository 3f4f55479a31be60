"""Resize, confirm and revert: checks and look-ups, then state, record, action and work in one transaction."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any, Protocol

from sqlalchemy.engine import Connection

from nova_api import exception, rpc, work
from nova_api.backend import Backend
from nova_api.compute import host_calls, moves, quotas, transitions
from nova_api.compute.moves import MoveRequest
from nova_api.compute.quotas import UNLIMITED
from nova_api.compute.servers import checks, shares
from nova_api.context import RequestContext
from nova_api.db import actions, server_migrations
from nova_api.db import quotas as db_quotas
from nova_api.db.server_migrations import Migration


class Moved(transitions.ServerRecord, Protocol):
    """A server's record, as far as moving it needs it."""

    @property
    def project_id(self) -> str: ...
    @property
    def node(self) -> str | None: ...
    @property
    def flavor(self) -> dict[str, Any]: ...
    @property
    def image_id(self) -> str | None: ...
    @property
    def power_state(self) -> int: ...


def resize(
    backend: Backend, context: RequestContext, server: Moved, flavor_id: str, disk_config: str | None = None
) -> None:
    """Accepts another flavor for ``server``; where there is room for it, the scheduler says.

    Raises ServerLocked, ServerInvalidState, ServerNotReady, HostDown; Invalid
    for an unknown or disabled flavor, the same one, one that is too small for
    the image or without a disk; QuotaExceeded.
    """
    shares.require_none(backend, server)
    transitions.check(server, "resize", context)
    host_calls.require_host(backend, server)
    flavor = checks.flavor(backend, context, flavor_id)
    if flavor["flavorid"] == server.flavor["flavorid"]:
        raise exception.SameFlavor()
    if flavor["disk"] == 0 and server.flavor["disk"] != 0 and server.image_id is not None:
        raise exception.ResizeToZeroDisk()
    if server.image_id is not None:
        image = checks.image(backend, context, server.image_id)
        # Whether it could still be booted from does not matter: nobody boots it.
        checks.image_on_flavor(dataclasses.replace(image, status="active"), flavor, zero_disk_allowed=True)
    values = {} if disk_config is None else {"disk_config": disk_config}
    move(backend, context, server, "resize", flavor, values=values)


def move(
    backend: Backend,
    context: RequestContext,
    server: Moved,
    operation: str,
    flavor: Mapping[str, Any],
    *,
    host: str | None = None,
    values: Mapping[str, Any] | None = None,
) -> None:
    """Begins ``operation`` (resize, migrate) of a server that was checked for it; ``host`` is asked for."""
    limits = quotas.limits_of(backend, server.project_id)
    kind = server_migrations.RESIZE if operation == "resize" else server_migrations.MIGRATION

    def accept() -> None:
        with work.accept(backend) as accepted:
            conn = accepted.conn
            # The first statement: a snapshot taken before the lock would not show what others have used.
            db_quotas.lock(conn, server.project_id)
            growth = check_growth(conn, server, limits, server.flavor, flavor)
            transitions.begin(conn, server, operation, values)
            migration = record(conn, context, server, kind, server_migrations.PRE_MIGRATING, flavor, **growth)
            action = actions.start(conn, context, server.id, operation)
            request = MoveRequest(migration, host=host)
            accepted.enqueue(
                context, rpc.SCHEDULER, moves.RESIZE, server, request.to_payload(), action_id=action
            )

    backend.db.retrying(accept)


def record(
    conn: Connection,
    context: RequestContext,
    server: Moved,
    kind: str,
    status: str,
    flavor: Mapping[str, Any] | None,
    **values: Any,
) -> int:
    """Adds the migration of a server; its id.  ``flavor`` is what it is to have, None for an evacuation."""
    old_id = new_id = None
    if flavor is not None:
        old_id = server_migrations.flavor_row_id(conn, server.flavor["flavorid"])
        new_id = server_migrations.flavor_row_id(conn, flavor["flavorid"])
    return server_migrations.insert(
        conn,
        {
            "server_id": server.id,
            "server_uuid": server.uuid,
            "migration_type": kind,
            "status": status,
            "source_host": server.host,
            "source_node": server.node,
            "old_flavor_id": old_id,
            "new_flavor_id": new_id,
            "old_flavor": server.flavor,
            "new_flavor": None if flavor is None else dict(flavor),
            "old_vm_state": server.vm_state,
            "old_power_state": server.power_state,
            "user_id": context.user_id,
            "project_id": context.project_id,
            **values,
        },
    )


def check_growth(
    conn: Connection,
    server: Moved,
    limits: Mapping[str, int],
    old: Mapping[str, Any],
    new: Mapping[str, Any],
) -> dict[str, int]:
    """What a migration's record says of its growth; raises QuotaExceeded.

    The caller holds the project's lock (``nova_api.db.quotas.lock``).
    """
    more = {"cores": max(new["vcpus"] - old["vcpus"], 0), "ram": max(new["ram"] - old["ram"], 0)}
    used = db_quotas.usage_of(conn, server.project_id)._asdict()
    over = [
        name
        for name, amount in more.items()
        if amount and limits[name] != UNLIMITED and used[name] + amount > limits[name]
    ]
    if over:
        names = ", ".join(over)
        raise exception.QuotaExceeded(
            f"Quota exceeded for {names}: Requested {', '.join(str(more[name]) for name in over)}, "
            f"but already used {', '.join(str(used[name]) for name in over)} "
            f"of {', '.join(str(limits[name]) for name in over)} {names}"
        )
    return {"more_vcpus": more["cores"], "more_memory_mb": more["ram"]}


def confirm(backend: Backend, context: RequestContext, server: transitions.ServerRecord) -> None:
    """The server stays as and where it is: its old host removes the rest.

    Raises ServerLocked, ServerInvalidState; NoFinishedMigration; HostDown for the source.
    """
    transitions.check(server, "confirm_resize", context)
    migration = _finished(backend, server)
    host_calls.require_up(backend, server, migration.source_host)
    _decide(backend, context, server, "confirm_resize", migration, moves.CONFIRM_RESIZE)


def revert(backend: Backend, context: RequestContext, server: Moved) -> None:
    """The server goes back to its old flavor and host.

    Raises ServerLocked, ServerInvalidState, NoFinishedMigration, HostDown for
    the source, QuotaExceeded where the old flavor was the larger one.
    """
    transitions.check(server, "revert_resize", context)
    migration = _finished(backend, server)
    host_calls.require_up(backend, server, migration.source_host)
    limits = quotas.limits_of(backend, server.project_id)

    def growth(conn: Connection) -> Mapping[str, int]:
        db_quotas.lock(conn, server.project_id)
        return check_growth(conn, server, limits, server.flavor, migration.old_flavor or server.flavor)

    _decide(backend, context, server, "revert_resize", migration, moves.REVERT_RESIZE, growth)


def _finished(backend: Backend, server: transitions.ServerRecord) -> Migration:
    with backend.db.reader() as conn:
        migration = server_migrations.with_status(conn, server.id, server_migrations.FINISHED)
    if migration is None:
        raise exception.NoFinishedMigration(server_id=server.uuid)
    return migration


def _decide(
    backend: Backend,
    context: RequestContext,
    server: transitions.ServerRecord,
    operation: str,
    migration: Migration,
    method: str,
    growth: Any = None,
) -> None:
    row = transitions.OPERATIONS[operation]
    confirms = method == moves.CONFIRM_RESIZE
    host = migration.source_host if confirms else migration.dest_host
    status = server_migrations.CONFIRMING if confirms else server_migrations.REVERTING

    def accept() -> None:
        with work.accept(backend) as accepted:
            conn = accepted.conn
            more = {} if growth is None else growth(conn)
            transitions.begin(conn, server, operation)
            # Of a confirmation and a revert at the same time one gets the record.
            if not server_migrations.change(
                conn, migration.id, (server_migrations.FINISHED,), status=status, **more
            ):
                raise exception.NoFinishedMigration(server_id=server.uuid)
            action = actions.start(conn, context, server.id, str(row.action))
            request = MoveRequest(migration.id)
            accepted.enqueue(
                context, rpc.COMPUTE, method, server, request.to_payload(), host=host, action_id=action
            )

    backend.db.retrying(accept)
