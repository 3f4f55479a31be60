"""The end of most requests that change a server: state, action and work item, and its host does the rest."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from nova_api import exception, rpc, work
from nova_api.backend import Backend
from nova_api.compute import host_calls, transitions
from nova_api.context import RequestContext
from nova_api.db import actions


def begin(
    backend: Backend,
    context: RequestContext,
    server: transitions.ServerRecord,
    operation: str,
    payload: Mapping[str, Any] | None = None,
    method: str | None = None,
) -> None:
    """Begins ``operation``, which ``transitions.check`` has admitted, for ``method`` of the server's host.

    ``method`` is the operation's name where it is not given; ``payload`` is JSON
    and what the method wants.  Raises ServerNotReady for a server without a
    host, and what ``transitions.begin`` raises.
    """
    backend.db.retrying(lambda: _accept(backend, context, server, operation, payload, method, cast=True))


def done_by_host(
    backend: Backend,
    context: RequestContext,
    server: transitions.ServerRecord,
    operation: str,
    payload: Mapping[str, Any] | None = None,
    method: str | None = None,
) -> Any:
    """As ``begin``, and waits until the host has done it: what the method answers.

    Raises HostDown besides, before anything is changed; then what the method
    raises, and HostSilent for a host that takes too long (it does it all the same).
    """
    host = host_calls.require_host(backend, server)
    item = backend.db.retrying(
        lambda: _accept(backend, context, server, operation, payload, method, cast=False)
    )
    return host_calls.do(backend, host, item)


def _accept(
    backend: Backend,
    context: RequestContext,
    server: transitions.ServerRecord,
    operation: str,
    payload: Mapping[str, Any] | None,
    method: str | None,
    *,
    cast: bool,
) -> str:
    if server.host is None:
        # In ERROR after a build that found no host: the work would wait for nobody.
        raise exception.ServerNotReady(server_id=server.uuid)
    row = transitions.OPERATIONS[operation]
    with work.accept(backend) as accepted:
        transitions.begin(accepted.conn, server, operation)
        action = None
        if row.action is not None:
            action = actions.start(accepted.conn, context, server.id, row.action)
        return accepted.enqueue(
            context,
            rpc.COMPUTE,
            method or operation,
            server,
            payload or {},
            host=server.host,
            action_id=action,
            cast=cast,
        )
