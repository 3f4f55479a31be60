"""Cold migration: a resize to the same flavor, on another host."""

from __future__ import annotations

from nova_api import exception
from nova_api.backend import Backend
from nova_api.compute import host_calls, transitions
from nova_api.compute.servers import shares
from nova_api.compute.servers.resize import Moved, move
from nova_api.context import RequestContext
from nova_api.db import nodes


def migrate(backend: Backend, context: RequestContext, server: Moved, host: str | None = None) -> None:
    """Accepts the move, to ``host`` where one is asked for.

    Raises SharesInTheWay, ServerLocked, ServerInvalidState, ServerNotReady,
    HostDown; Invalid for an unknown host, and for the one where the server is.
    """
    shares.require_none(backend, server)
    transitions.check(server, "migrate", context)
    host_calls.require_host(backend, server)
    if host is not None:
        check_target(backend, server, host)
    move(backend, context, server, "migrate", server.flavor, host=host)


def check_target(backend: Backend, server: Moved, host: str) -> None:
    """The destination asked for is a compute host, and another one; raises Invalid."""
    if not is_known(backend, host):
        raise exception.Invalid(str(exception.HostNotFound(host=host)))
    if host == server.host:
        raise exception.Invalid(f"Instance {server.uuid} is on host {host} already.")


def is_known(backend: Backend, host: str) -> bool:
    """Whether ``host`` is a compute host, alive or not."""
    with backend.db.reader() as conn:
        return any(node.host == host for node in nodes.list_nodes(conn))
