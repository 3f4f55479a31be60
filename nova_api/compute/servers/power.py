"""Start, stop and reboot: state, action and work item in one transaction; the host does the rest."""

from __future__ import annotations

from nova_api import exception, rpc, work
from nova_api.backend import Backend
from nova_api.compute import transitions
from nova_api.context import RequestContext
from nova_api.db import actions

#: Operation (a row of the transition table) → method of topic ``compute`` and its payload.
_METHODS: dict[str, tuple[str, dict[str, str]]] = {
    "start": ("start", {}),
    "stop": ("stop", {}),
    "reboot_soft": ("reboot", {"type": "SOFT"}),
    "reboot_hard": ("reboot", {"type": "HARD"}),
}


def start(backend: Backend, context: RequestContext, server: transitions.ServerRecord) -> None:
    """Raises ServerLocked, ServerInvalidState, ServerNotLaunched, ServerNotReady, StaleState."""
    _begin(backend, context, server, "start")


def stop(backend: Backend, context: RequestContext, server: transitions.ServerRecord) -> None:
    """Raises what ``start`` raises."""
    _begin(backend, context, server, "stop")


def reboot(backend: Backend, context: RequestContext, server: transitions.ServerRecord, hard: bool) -> None:
    """``hard`` is the reset button, allowed in more states.  Raises what ``start`` raises."""
    _begin(backend, context, server, "reboot_hard" if hard else "reboot_soft")


def _begin(
    backend: Backend, context: RequestContext, server: transitions.ServerRecord, operation: str
) -> None:
    row = transitions.check(server, operation, context)
    if server.host is None:
        # In ERROR after a build that found no host: the work would wait for nobody.
        raise exception.ServerNotReady(server_id=server.uuid)
    method, payload = _METHODS[operation]

    def accept() -> None:
        with work.accept(backend) as accepted:
            transitions.begin(accepted.conn, server, operation)
            action = None
            if row.action is not None:
                action = actions.start(accepted.conn, context, server.id, row.action)
            accepted.enqueue(
                context, rpc.COMPUTE, method, server, payload, host=server.host, action_id=action
            )

    backend.db.retrying(accept)
