"""Deleting servers for users: the lock's say, then ``soft_delete`` or ``nova_api.compute.removal``."""

from __future__ import annotations

from nova_api.backend import Backend
from nova_api.compute import removal, transitions
from nova_api.compute.servers import soft_delete
from nova_api.context import RequestContext


def delete(backend: Backend, context: RequestContext, server: transitions.ServerRecord) -> None:
    """Begins (or, without a host, does) the delete of ``server``; again while it is under way does nothing.

    With ``reclaim_instance_interval`` it can be undone for so long.
    Raises ServerLocked, and ServerNotFound when it is gone already.
    """
    if not (soft_delete.is_kept(backend, server) and soft_delete.delete(backend, context, server)):
        _for_good(backend, context, server, "delete")


def force(backend: Backend, context: RequestContext, server: transitions.ServerRecord) -> None:
    """As ``delete``, and never to be undone; also for a server that is deleted softly or about to be."""
    _for_good(backend, context, server, "force_delete")


def _for_good(
    backend: Backend, context: RequestContext, server: transitions.ServerRecord, operation: str
) -> None:
    transitions.check(server, operation, context)
    down_time = backend.conf.service_down_time
    backend.db.retrying(
        lambda: removal.delete(backend, context, server, down_time=down_time, operation=operation)
    )
