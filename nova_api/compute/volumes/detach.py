"""Detaching a volume: its host unplugs it, or, where the server has no host, it is simply given back."""

from __future__ import annotations

from nova_api import exception, rpc, work
from nova_api.backend import Backend
from nova_api.compute import host_calls, states, transitions
from nova_api.compute.reservations import Reservation
from nova_api.compute.volumes import attached, reserving
from nova_api.compute.volumes.attach import check_shelved
from nova_api.context import RequestContext
from nova_api.db import actions, block_devices
from nova_api.db import work as db_work
from nova_api.db.block_devices import BlockDevice
from nova_api.db.server_queries import Server

#: Row of the transition table, and method of topic ``compute``: payload {"device": uuid of the disk}.
OPERATION = "detach_volume"
#: Event of a detachment that needs no host.
API_EVENT = "api_detach_volume"


def detach(
    backend: Backend, context: RequestContext, server: Server, volume_id: str, *, from_shelved: bool = True
) -> None:
    """Accepts it.  ``from_shelved`` is what the caller's version permits.

    Raises VolumeNotAttached, Invalid for the disk that the server boots from,
    what ``transitions.check`` raises, HostDown, VolumeInvalidState.
    """
    transitions.check(server, OPERATION, context)
    check_shelved(server, from_shelved, OPERATION)
    device = attached.get(backend, server, volume_id)
    if device.is_root:
        raise exception.Invalid(
            f"Cannot detach a root device volume: volume {volume_id} is what it boots from."
        )
    if server.vm_state == states.SHELVED_OFFLOADED or server.host is None:
        item = backend.db.retrying(lambda: _forget(backend, context, server, device, volume_id))
        if device.attachment_id is not None:
            backend.volumes.release(context, device.attachment_id)
        with backend.db.writer() as conn:
            db_work.withdraw(conn, item)
        return
    host_calls.require_host(backend, server)
    with reserving.detaching(backend, volume_id) as reserved:
        backend.volumes.begin_detaching(context, volume_id)
        reserved.made.append(volume_id)
        backend.db.retrying(lambda: _accept(backend, context, server, device, reserved))


def _accept(
    backend: Backend, context: RequestContext, server: Server, device: BlockDevice, reserved: Reservation
) -> None:
    with work.accept(backend) as accepted:
        reserved.keep(accepted.conn)
        transitions.begin(accepted.conn, server, OPERATION)
        action = actions.start(
            accepted.conn, context, server.id, str(transitions.OPERATIONS[OPERATION].action)
        )
        payload = {"device": device.uuid}
        accepted.enqueue(context, rpc.COMPUTE, OPERATION, server, payload, host=server.host, action_id=action)


def _forget(
    backend: Backend, context: RequestContext, server: Server, device: BlockDevice, volume_id: str
) -> str:
    """The work item that gives the volume back, should this process die before it has."""
    with backend.db.writer() as conn:
        transitions.begin(conn, server, OPERATION)
        action = actions.start(conn, context, server.id, str(transitions.OPERATIONS[OPERATION].action))
        block_devices.remove(conn, device.uuid)
        actions.finish_event(conn, actions.start_event(conn, action, API_EVENT, None))
        actions.finish(conn, action)
        return reserving.release_later(conn, backend, server.uuid, volume_id)
