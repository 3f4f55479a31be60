"""Work items: the outbox between an accepted request and the worker that does it.

``enqueue`` inside the transaction that changes the server; after its commit
``backend.rpc.cast(topic, host, item)``.  ``accept`` does both in the right
order::

    with work.accept(backend) as accepted:
        transitions.begin(accepted.conn, server, "stop")
        action = actions.start(accepted.conn, context, server.id, "stop")
        accepted.enqueue(context, rpc.COMPUTE, "stop", server, {}, host=server.host, action_id=action)
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from typing import Any, Protocol

from sqlalchemy.engine import Connection

from nova_api import rpc
from nova_api.context import RequestContext
from nova_api.db import Database
from nova_api.db.work import HasUuid, enqueue

__all__ = ["Accepted", "HasUuid", "accept", "enqueue"]


class Parts(Protocol):
    """What a ``Backend`` is here: a database and a sender of wake-ups."""

    @property
    def db(self) -> Database: ...
    @property
    def rpc(self) -> rpc.Client: ...


class Accepted:
    """A write transaction (``conn``) and the work that follows from it."""

    def __init__(self, conn: Connection) -> None:
        self.conn = conn
        self.casts: list[tuple[str, str | None, str]] = []

    def enqueue(
        self,
        context: RequestContext,
        topic: str,
        method: str,
        server: HasUuid | None,
        payload: Mapping[str, Any],
        host: str | None = None,
        action_id: int | None = None,
        *,
        cast: bool = True,
    ) -> str:
        """As ``work.enqueue``, in this transaction; its worker is woken after the commit.

        Without ``cast`` the caller has it done by a call
        (``nova_api.compute.host_calls.do``); should that fail, a sweep finds it.
        """
        item = enqueue(self.conn, context, topic, method, server, payload, host=host, action_id=action_id)
        if cast:
            self.casts.append((topic, host, item))
        return item


@contextlib.contextmanager
def accept(backend: Parts) -> Iterator[Accepted]:
    """A write transaction that commits at the end of its block and then wakes the workers it has work for."""
    with backend.db.writer() as conn:
        accepted = Accepted(conn)
        yield accepted
    for cast in accepted.casts:
        backend.rpc.cast(*cast)
