"""Deleting so that it can be undone, and undoing it (``reclaim_instance_interval`` > 0)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from sqlalchemy.engine import Connection

from nova_api import rpc, work
from nova_api.backend import Backend
from nova_api.compute import quotas, states, transitions
from nova_api.compute.servers import quota
from nova_api.context import RequestContext
from nova_api.db import actions, guests, services, soft_deletes
from nova_api.db import quotas as db_quotas

#: A server that is between two hosts, or has no guest to keep, is deleted for good: there is no one place
#: that it could be restored at.
_NOT_KEPT = frozenset({states.BUILDING, states.RESIZED, states.SHELVED_OFFLOADED})
_MOVING = frozenset(
    {
        states.MIGRATING,
        states.RESIZE_PREP,
        states.RESIZE_MIGRATING,
        states.RESIZE_MIGRATED,
        states.RESIZE_FINISH,
        states.RESIZE_REVERTING,
        states.REBUILDING,
        states.REBUILD_BLOCK_DEVICE_MAPPING,
        states.REBUILD_SPAWNING,
        states.SHELVING,
        states.SHELVING_IMAGE_PENDING_UPLOAD,
        states.SHELVING_IMAGE_UPLOADING,
        states.SHELVING_OFFLOADING,
        states.UNSHELVING,
        states.SPAWNING,
        states.DELETING,
    }
)


class Owned(transitions.ServerRecord, Protocol):
    """A server's record, with whose quota it uses."""

    @property
    def project_id(self) -> str: ...
    @property
    def user_id(self) -> str: ...


def is_kept(backend: Backend, server: transitions.ServerRecord) -> bool:
    """Whether a delete of ``server`` can be undone: by the options, and by what the server is."""
    return (
        bool(backend.conf.reclaim_instance_interval)
        and server.launched_at is not None
        and server.host is not None
        and server.vm_state not in _NOT_KEPT
        and server.task_state not in _MOVING
    )


def delete(backend: Backend, context: RequestContext, server: transitions.ServerRecord) -> bool:
    """Begins a delete that can be undone; asking again while it is under way does nothing.

    False, with nothing done, where the server is no longer one that is kept: a
    move that has begun since the caller's look ends with a delete for good, and
    with nothing less.  Of a server whose host is down nothing has to be stopped: it is SOFT_DELETED
    when this returns.  Raises ServerLocked, ServerNotFound.
    """
    row = transitions.check(server, "soft_delete", context)

    def accept() -> bool:
        with work.accept(backend) as accepted:
            conn = accepted.conn
            now = guests.get(conn, server.uuid, lock=True)
            if (
                now is not None
                and not is_kept(backend, now)
                and not transitions.under_way(now, "soft_delete")
            ):
                return False
            if not transitions.begin(conn, server, "soft_delete", {"progress": 0}):
                return True
            action = actions.start(conn, context, server.id, str(row.action))
            if services.host_is_up(conn, str(server.host), backend.conf.service_down_time):
                accepted.enqueue(
                    context, rpc.COMPUTE, "soft_delete", server, {}, host=server.host, action_id=action
                )
                return True
            event = actions.start_event(conn, action, row.events[0], None)
            soft_deletes.finish(conn, server.id, states.NOSTATE)
            actions.finish_event(conn, event)
            actions.finish(conn, action)
            return True

    return backend.db.retrying(accept)


def restore(backend: Backend, context: RequestContext, server: Owned) -> None:
    """Begins to undo a delete; a server without a host is ACTIVE when this returns.

    Raises ServerInvalidState (also for a lock), ServerNotLaunched, and
    QuotaExceeded: while it was deleted others may have used its room.
    """
    row = transitions.check(server, "restore", context)
    whole, own = quotas.limits_of_both(backend, server.project_id, server.user_id)

    def accept() -> None:
        with work.accept(backend) as accepted:
            conn = accepted.conn
            # The first statement: a snapshot taken before the lock would not show what others have used.
            db_quotas.lock(conn, server.project_id)
            _require_room(conn, server, whole, own)
            transitions.begin(conn, server, "restore")
            action = actions.start(conn, context, server.id, str(row.action))
            if server.host is not None:
                accepted.enqueue(
                    context, rpc.COMPUTE, "restore", server, {}, host=server.host, action_id=action
                )
                return
            soft_deletes.undo(conn, server.id)
            actions.finish(conn, action)

    backend.db.retrying(accept)


def _require_room(conn: Connection, server: Owned, whole: Mapping[str, int], own: Mapping[str, int]) -> None:
    guest = guests.get(conn, server.uuid)
    if guest is None or guest.deleted:
        return  # transitions.begin says so
    more = {"instances": 1, "cores": guest.vcpus, "ram": guest.memory_mb}
    quota.require_room(conn, server.project_id, whole, more)
    if own != whole:
        quota.require_room(conn, server.project_id, own, more, user_id=server.user_id)
