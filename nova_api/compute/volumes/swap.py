"""Putting another volume into the place of one: the last step of the volume service's migrations."""

from __future__ import annotations

from nova_api import exception, rpc, work
from nova_api.backend import Backend
from nova_api.compute import transitions
from nova_api.compute.reservations import Reservation
from nova_api.compute.volumes import attached, reserving
from nova_api.context import RequestContext
from nova_api.db import actions
from nova_api.db.server_queries import Server
from nova_api.neighbours.volumes import Volume

#: Row of the transition table, and method of topic ``compute``: payload {"device", "volume", "attachment"}.
OPERATION = "swap_volume"


def swap(
    backend: Backend,
    context: RequestContext,
    server: Server,
    old_id: str,
    new_id: str,
) -> None:
    """Accepts it; the host copies the data and the old volume is given back.

    Raises what ``transitions.check`` raises, VolumeNotFound and
    VolumeNotAttached for the old volume, VolumeNotMigrating, Invalid for
    whatever is wrong with the new one.
    """
    transitions.check(server, OPERATION, context)
    old = backend.volumes.show(context, old_id)
    new = _new(backend, context, server, old, new_id)
    device = attached.get(backend, server, old_id)
    if not old.is_migrating:
        raise exception.VolumeNotMigrating(volume_id=old_id)
    with reserving.attaching(backend, server.uuid, [new.id]) as reserved:
        try:
            attachment = backend.volumes.reserve(context, new.id, server.uuid)
        except exception.VolumeNotFound as error:
            raise exception.Invalid(str(error)) from error
        reserved.made.append(attachment.id)
        payload = {"device": device.uuid, "volume": new.id, "attachment": attachment.id}
        backend.db.retrying(lambda: _accept(backend, context, server, payload, reserved))


def _new(backend: Backend, context: RequestContext, server: Server, old: Volume, new_id: str) -> Volume:
    try:
        new = backend.volumes.show(context, new_id)
    except exception.VolumeNotFound as error:
        raise exception.Invalid(str(error)) from error
    if new.size < old.size:
        raise exception.VolumeInvalid(reason=f"volume {new.id} is smaller than volume {old.id}.")
    if any(one.server_id == server.uuid for one in new.attachments):
        raise exception.VolumeInvalid(
            reason=f"volume {new.id} is already attached to instances: {server.uuid}"
        )
    if len(old.attachments) > 1 and any(one.mode == "rw" for one in old.attachments[1:]):
        raise exception.Invalid(
            f"Volume {old.id} has several servers that write to it, so it cannot be swapped."
        )
    return new


def _accept(
    backend: Backend, context: RequestContext, server: Server, payload: dict[str, str], reserved: Reservation
) -> None:
    with work.accept(backend) as accepted:
        reserved.keep(accepted.conn)
        transitions.begin(accepted.conn, server, OPERATION)
        action = actions.start(
            accepted.conn, context, server.id, str(transitions.OPERATIONS[OPERATION].action)
        )
        accepted.enqueue(context, rpc.COMPUTE, OPERATION, server, payload, host=server.host, action_id=action)
