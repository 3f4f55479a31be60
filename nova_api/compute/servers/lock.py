"""Locks: while a server has one, only administrators may change it.

``locked_by`` says whose the lock is: ``owner`` when it was set from the
server's own project, ``admin`` when from another.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from nova_api.backend import Backend
from nova_api.compute import transitions
from nova_api.context import RequestContext
from nova_api.db import actions

OWNER = "owner"
ADMIN = "admin"


class Lockable(transitions.ServerRecord, Protocol):
    """A server's record with its project."""

    @property
    def project_id(self) -> str: ...


def side_of(context: RequestContext, server: Lockable) -> str:
    """Whose lock the caller would set: ``owner`` or ``admin``."""
    return OWNER if context.project_id == server.project_id else ADMIN


def is_others(context: RequestContext, server: Lockable) -> bool:
    """Whether the server's lock was set from the other side; taking that off is a policy's decision."""
    return server.locked_by is not None and server.locked_by != side_of(context, server)


def lock(backend: Backend, context: RequestContext, server: Lockable, reason: str | None = None) -> None:
    """Sets the caller's lock; an owner's on a locked server changes nothing.  Raises ServerNotFound."""
    side = side_of(context, server)
    if server.locked_by and side == OWNER:
        return
    values = {"locked_by": side}
    if reason is not None:
        values["locked_reason"] = reason
    _record(backend, context, server, "lock", values)


def unlock(backend: Backend, context: RequestContext, server: Lockable) -> None:
    """Takes whatever lock there is off, with its reason.  Raises ServerNotFound."""
    _record(backend, context, server, "unlock", {"locked_by": None, "locked_reason": None})


def _record(
    backend: Backend,
    context: RequestContext,
    server: Lockable,
    operation: str,
    values: Mapping[str, str | None],
) -> None:
    row = transitions.check(server, operation, context)

    def write() -> None:
        with backend.db.writer() as conn:
            transitions.begin(conn, server, operation, values)
            action = actions.start(conn, context, server.id, str(row.action))
            actions.finish_event(conn, actions.start_event(conn, action, row.events[0], backend.conf.host))
            actions.finish(conn, action)

    backend.db.retrying(write)
