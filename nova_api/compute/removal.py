"""Deleting servers: on their host, or here and now where there is no host to ask."""

from __future__ import annotations

import logging
from typing import Protocol

from sqlalchemy.engine import Connection

from nova_api import rpc, work
from nova_api.compute import transitions
from nova_api.context import RequestContext
from nova_api.db import actions, guests, nodes, services
from nova_api.db import work as db_work
from nova_api.db.guests import Guest
from nova_api.neighbours.networks.interface import Networks

LOG = logging.getLogger(__name__)

#: Method of topic ``compute``; of topic ``scheduler`` for servers whose host is down.
METHOD = "delete"
EVENT = "compute_terminate_instance"


class Parts(work.Parts, Protocol):
    """What a ``Backend`` is here."""

    @property
    def networks(self) -> Networks: ...


def delete(
    parts: Parts,
    context: RequestContext,
    server: transitions.ServerRecord,
    *,
    down_time: int,
    operation: str = "delete",
) -> None:
    """Begins ``operation`` (delete, force_delete) on a server that ``transitions.check`` has admitted.

    A server without a host is gone when this returns; one with a host is
    deleting, and its host (or, when that has not been heard of for
    ``down_time`` seconds, a scheduler) does the rest.  Asking again while it is
    under way does nothing.  Raises ``ServerNotFound`` when it is gone already.
    """
    with work.accept(parts) as accepted:
        conn = accepted.conn
        if not transitions.begin(conn, server, operation, {"progress": 0}):
            return
        action = actions.start(conn, context, server.id, "delete")
        # Read again: between the caller's look and ``begin`` a scheduler may have chosen a host.
        guest = guests.get(conn, server.uuid, lock=True)
        assert guest is not None  # begin has just changed it
        if guest.host is not None:
            up = services.host_is_up(conn, guest.host, down_time)
            topic, host = (rpc.COMPUTE, guest.host) if up else (rpc.SCHEDULER, None)
            accepted.enqueue(context, topic, METHOD, server, {}, host=host, action_id=action)
            return
        event = actions.start_event(conn, action, EVENT, None)
        finish(conn, guest)
        actions.finish_event(conn, event)
        actions.finish(conn, action)
    # Usually nothing: ports are made on the host.  A build that failed may have been unable to give
    # them back, though.
    try:
        parts.networks.deallocate(context, server.uuid)
    except Exception:
        LOG.exception("Server %s is deleted; its ports could not be.", server.uuid)


def finish(conn: Connection, guest: Guest, keep: str = "") -> None:
    """Marks a server deleted, gives back its claim and drops its other work (all but the item ``keep``)."""
    # The server before the node, as everywhere: one order of row locks, no deadlocks.
    guests.remove(conn, guest)
    nodes.release(conn, guest.id)
    db_work.discard_others(conn, guest.uuid, keep=keep)
