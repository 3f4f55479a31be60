"""What other services tell of servers, and what follows from it.

Each event is judged on its own: one that cannot be acted upon does not keep the
others from it.  Power changes and grown volumes are work for the server's
host, recorded among its actions; what the network service tells has the host
look anew at the server's ports.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence

from nova_api import exception, rpc, work
from nova_api.backend import Backend
from nova_api.compute import states, transitions
from nova_api.context import RequestContext
from nova_api.db import actions, server_queries
from nova_api.db.server_queries import Server

ACCEPTED, SENSELESS, UNKNOWN, HOSTLESS = 200, 400, 404, 422

#: Events of the network service; the last one says that the port ``tag`` is no more.
_NETWORK = ("network-changed", "network-vif-plugged", "network-vif-unplugged", "network-vif-deleted")
#: Tag of a power-update → operation of the transition table.
_POWER = {"POWER_ON": "power_update_on", "POWER_OFF": "power_update_off"}
#: What cannot be understood without a tag.
_TAGGED = ("volume-extended", "accelerator-request-bound", "volume-reimaged")


@dataclasses.dataclass(frozen=True)
class Event:
    """One event as it was told."""

    name: str
    server_uuid: str
    tag: str | None = None


def receive(backend: Backend, context: RequestContext, events: Sequence[Event]) -> list[int]:
    """Acts on each; 200, 400 (senseless), 404 (no such server) or 422 (on no host), in order."""
    uuids = {event.server_uuid for event in events}
    with backend.db.reader() as conn:
        known = server_queries.find_several(conn, uuids)
    return [_receive(backend, context, known, event) for event in events]


def _receive(backend: Backend, context: RequestContext, known: Mapping[str, Server], event: Event) -> int:
    server = known.get(event.server_uuid)
    if server is None:
        return UNKNOWN
    if server.host is None:
        return HOSTLESS
    if event.name == "power-update":
        if event.tag not in _POWER:
            return SENSELESS
        _power(backend, context, server, _POWER[event.tag])
    elif event.name in _TAGGED and not event.tag:
        return SENSELESS
    elif event.name == "volume-extended":
        _extend(backend, context, server, str(event.tag))
    elif event.name in _NETWORK:
        _refresh(backend, context, server, event)
    # The rest is awaited by nobody here: builds wait for no accelerator, rebuilds for no volume.
    return ACCEPTED


def _power(backend: Backend, context: RequestContext, server: Server, operation: str) -> None:
    """Nothing when the server is in the state told of already, or in the hands of something else."""
    row = transitions.OPERATIONS[operation]
    if (server.vm_state, server.power_state) == (row.vm_state, row.power_state):
        return

    def accept() -> None:
        with work.accept(backend) as accepted:
            transitions.begin(accepted.conn, server, operation)
            action = actions.start(accepted.conn, context, server.id, str(row.action))
            accepted.enqueue(
                context,
                rpc.COMPUTE,
                "power_update",
                server,
                {"operation": operation},
                host=server.host,
                action_id=action,
            )

    try:
        backend.db.retrying(accept)
    except exception.Conflict:
        return


def _extend(backend: Backend, context: RequestContext, server: Server, volume_id: str) -> None:
    row = transitions.OPERATIONS["extend_volume"]

    def accept() -> None:
        with work.accept(backend) as accepted:
            action = actions.start(accepted.conn, context, server.id, str(row.action))
            accepted.enqueue(
                context,
                rpc.COMPUTE,
                "extend_volume",
                server,
                {"volume_id": volume_id},
                host=server.host,
                action_id=action,
            )

    backend.db.retrying(accept)


def _refresh(backend: Backend, context: RequestContext, server: Server, event: Event) -> None:
    gone = event.tag if event.name == "network-vif-deleted" else None
    if server.vm_state == states.BUILDING:
        return  # the build writes down what it gets

    def accept() -> None:
        with work.accept(backend) as accepted:
            accepted.enqueue(
                context, rpc.COMPUTE, "refresh_network", server, {"gone": gone}, host=server.host
            )

    backend.db.retrying(accept)
