"""Deleting servers: on their host, or here and now where there is no host to ask."""

from __future__ import annotations

import logging
from typing import Protocol

from sqlalchemy.engine import Connection

from nova_api import rpc, work
from nova_api.compute import leftovers, moves, server_images, transitions
from nova_api.compute.volumes import release
from nova_api.context import RequestContext
from nova_api.db import (
    actions,
    block_devices,
    console_tokens,
    guests,
    nodes,
    server_passwords,
    server_shares,
    services,
)
from nova_api.db import work as db_work
from nova_api.db.guests import Guest
from nova_api.neighbours.images.interface import Images
from nova_api.neighbours.networks.interface import Networks
from nova_api.neighbours.shares.interface import Shares
from nova_api.neighbours.volumes.interface import Volumes

LOG = logging.getLogger(__name__)

#: Method of topic ``compute``; of topic ``scheduler`` for servers whose host is down.
METHOD = "delete"
EVENT = "compute_terminate_instance"
_MEANWHILE = "The server was deleted meanwhile."


class Parts(work.Parts, Protocol):
    """What a ``Backend`` is here."""

    @property
    def networks(self) -> Networks: ...
    @property
    def images(self) -> Images: ...
    @property
    def volumes(self) -> Volumes: ...
    @property
    def shares(self) -> Shares: ...


def delete(
    parts: Parts,
    context: RequestContext,
    server: transitions.ServerRecord,
    *,
    down_time: int,
    operation: str = "delete",
) -> None:
    """Begins ``operation`` (delete, force_delete) on a server that ``transitions.check`` has admitted.

    A server that never had a host, and has no volumes, is gone when this
    returns; one with a host is deleting, and its host (or, when that has not
    been heard of for ``down_time`` seconds, or there is none, a scheduler) does
    the rest.  Asking again while it is
    under way does nothing.  Raises ``ServerNotFound`` when it is gone already.
    """
    with work.accept(parts) as accepted:
        conn = accepted.conn
        if not transitions.begin(conn, server, operation, {"progress": 0}):
            return
        # Read again: between the caller's look and ``begin`` a scheduler may have chosen a host.
        guest = guests.get(conn, server.uuid, lock=True)
        assert guest is not None  # begin has just changed it
        confirmation = leftovers.confirm_first(conn, context, guest)
        action = actions.start(conn, context, server.id, "delete")
        if guest.host is None and (guest.launched_at is not None or block_devices.of_server(conn, guest.id)):
            # It holds volumes, or is shelved and holds ports and an image, which must not be forgotten
            # should this process die.
            accepted.enqueue(context, rpc.SCHEDULER, METHOD, server, {}, action_id=action)
            return
        if guest.host is not None:
            up = services.host_is_up(conn, guest.host, down_time)
            topic, host = (rpc.COMPUTE, guest.host) if up else (rpc.SCHEDULER, None)
            payload = {} if confirmation is None else {leftovers.CONFIRMATION: confirmation}
            accepted.enqueue(context, topic, METHOD, server, payload, host=host, action_id=action)
            return
        event = actions.start_event(conn, action, EVENT, None)
        accepted.casts += finish(conn, guest, action)
        actions.finish_event(conn, event)
        actions.finish(conn, action)
    # Usually nothing: ports are made on the host.  A build that failed may have been unable to give
    # them back, though.
    try:
        parts.networks.deallocate(context, server.uuid)
    except Exception:
        LOG.exception("Server %s is deleted; its ports could not be.", server.uuid)


def give_back(parts: Parts, context: RequestContext, guest: Guest) -> None:
    """Returns what a server holds of the other services, once or often.

    Its ports, volumes and shares, the images that were to be made of it, the one that
    it is shelved in.  Call it while the server is deleting: nothing new is begun then.
    """
    with parts.db.reader() as conn:
        unfinished = server_images.unfinished(conn, guest)
        shares = server_shares.of_server(conn, guest.id)
    server_images.discard_unfinished(parts, unfinished)
    server_images.discard(parts, guest.shelved_image_id)
    for share in shares:
        parts.shares.deny(context, share.share_id, guest.uuid)
    parts.networks.deallocate(context, guest.uuid)
    release.release_all(parts, guest)


def finish(
    conn: Connection, guest: Guest, action: int | None, confirmation: int | None = None
) -> list[tuple[str, str | None, str]]:
    """Marks a server deleted, gives back its claim and ends its other work, whoever has it in hand.

    ``action`` is that of the delete, which the caller ends, and ``confirmation``
    what ``leftovers.confirm_first`` gave; every other action ends here.  Returns
    the casts to send after the commit: to hosts on which a move has left something.
    """
    # The server before the node, as everywhere: one order of row locks, no deadlocks.
    guests.remove(conn, guest)
    nodes.release(conn, guest.id)
    block_devices.remove_all(conn, guest.id)
    console_tokens.revoke(conn, guest.id)
    server_passwords.clear(conn, guest.id)
    server_shares.remove(conn, guest.id)
    # Whoever had it in hand cannot finish it any more, so its actions end here: no user waits for them for
    # ever. What an earlier move has left on another host is still to go there.
    db_work.discard(conn, guest.uuid, keep=moves.FORGET)
    kept = [one for one in (action, confirmation) if one is not None]
    actions.abandon(conn, guest.id, kept, _MEANWHILE)
    return leftovers.forget(conn, guest, confirmation)
