"""Deleting servers for users: the lock's say, then ``nova_api.compute.removal``."""

from __future__ import annotations

from nova_api.backend import Backend
from nova_api.compute import removal, transitions
from nova_api.context import RequestContext


def delete(backend: Backend, context: RequestContext, server: transitions.ServerRecord) -> None:
    """Begins (or, without a host, does) the delete of ``server``; again while it is under way does nothing.

    Raises ServerLocked, and ServerNotFound when it is gone already.
    """
    transitions.check(server, "delete", context)
    down_time = backend.conf.service_down_time
    backend.db.retrying(lambda: removal.delete(backend, context, server, down_time=down_time))
