"""Shared file systems of a server: given while it is off, mounted when it starts."""

from __future__ import annotations

from nova_api import exception, rpc, work
from nova_api.backend import Backend
from nova_api.compute import host_calls, transitions
from nova_api.context import RequestContext
from nova_api.db import actions, server_shares
from nova_api.db.duplicate import DUPLICATE_ERRORS
from nova_api.db.server_queries import Server
from nova_api.db.server_shares import ServerShare
from nova_api.neighbours.shares.interface import AVAILABLE, Share

#: Protocols that hypervisors can mount for their guests.
PROTOCOLS = frozenset({"NFS", "CEPHFS"})


def index(backend: Backend, server: transitions.ServerRecord) -> list[ServerShare]:
    """In the order in which they were attached."""
    with backend.db.reader() as conn:
        return server_shares.of_server(conn, server.id)


def show(backend: Backend, server: Server, share_id: str) -> ServerShare:
    """Raises ShareNotFound."""
    with backend.db.reader() as conn:
        found = server_shares.find(conn, server.id, share_id)
    if found is None:
        raise exception.ShareNotFound(share_id=share_id)
    return found


def attach(
    backend: Backend, context: RequestContext, server: Server, share_id: str, tag: str | None
) -> ServerShare:
    """Begins to give the server a share; the guest finds it under ``tag`` (by default the share's id).

    Raises ServerInvalidState, ServerNotReady, HostDown, ShareNotFound,
    ShareUnusable and ShareAttached.
    """
    row = transitions.check(server, "attach_share", context)
    host = host_calls.require_host(backend, server)
    export = _export_of(backend.shares.show(context, share_id))
    label = tag or share_id

    def accept() -> ServerShare:
        with work.accept(backend) as accepted:
            transitions.begin(accepted.conn, server, "attach_share")
            added = server_shares.insert(accepted.conn, server.id, share_id, label, export)
            action = actions.start(accepted.conn, context, server.id, str(row.action))
            payload = {"share_id": share_id}
            accepted.enqueue(
                context, rpc.COMPUTE, "allow_share", server, payload, host=host, action_id=action
            )
            return added

    try:
        return backend.db.retrying(accept)
    except DUPLICATE_ERRORS as error:
        raise exception.ShareAttached(share_id=share_id, tag=label) from error


def _export_of(share: Share) -> str:
    if share.protocol not in PROTOCOLS:
        raise exception.ShareUnusable(f"Share protocol {share.protocol} is not supported.")
    if share.status != AVAILABLE:
        raise exception.ShareUnusable(
            f"Share {share.id} is in '{share.status}' instead of '{AVAILABLE}' status."
        )
    if not share.export_location:
        raise exception.ShareUnusable(f"Share {share.id} export location is missing.")
    return share.export_location


def detach(backend: Backend, context: RequestContext, server: Server, share_id: str) -> None:
    """Begins to take a share away.  Raises ServerInvalidState, ServerNotReady, HostDown, ShareNotFound."""
    row = transitions.check(server, "detach_share", context)
    show(backend, server, share_id)
    host = host_calls.require_host(backend, server)

    def accept() -> None:
        with work.accept(backend) as accepted:
            transitions.begin(accepted.conn, server, "detach_share")
            server_shares.set_status(accepted.conn, server.id, share_id, server_shares.DETACHING)
            action = actions.start(accepted.conn, context, server.id, str(row.action))
            payload = {"share_id": share_id}
            accepted.enqueue(context, rpc.COMPUTE, "deny_share", server, payload, host=host, action_id=action)

    backend.db.retrying(accept)


def require_none(backend: Backend, server: transitions.ServerRecord) -> None:
    """Raises SharesInTheWay for a server that has any: it can be neither moved nor put to sleep."""
    if index(backend, server):
        raise exception.SharesInTheWay(server_id=server.uuid)
