"""An administrator says in which state a server is."""

from __future__ import annotations

from nova_api.backend import Backend
from nova_api.compute import states, transitions
from nova_api.context import RequestContext
from nova_api.db import actions

STATES = (states.ACTIVE, states.ERROR)


def reset(backend: Backend, context: RequestContext, server: transitions.ServerRecord, vm_state: str) -> None:
    """Puts the server into ``vm_state`` (one of ``STATES``), idle; raises ServerNotFound.

    What its host is doing to it goes on; what has not begun is dropped there.
    A delete under way ends all the same.
    """
    row = transitions.check(server, "reset_state", context)

    def write() -> None:
        with backend.db.writer() as conn:
            transitions.begin(conn, server, "reset_state", {"vm_state": vm_state, "task_state": None})
            actions.finish(conn, actions.start(conn, context, server.id, str(row.action)))

    backend.db.retrying(write)
