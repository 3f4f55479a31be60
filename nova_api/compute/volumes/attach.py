"""Attaching a volume to a server that exists: reserved at once, plugged in by the server's host."""

from __future__ import annotations

import dataclasses
import uuid as uuids
from typing import Any

from sqlalchemy.engine import Connection

from nova_api import exception, rpc, work
from nova_api.backend import Backend
from nova_api.compute import availability_zones, states, transitions
from nova_api.compute.volumes import names, reserving
from nova_api.context import RequestContext
from nova_api.db import actions, block_devices
from nova_api.db.block_devices import BlockDevice
from nova_api.db.server_queries import Server
from nova_api.neighbours.volumes import Attachment, Volume

#: Row of the transition table, and method of topic ``compute``: payload {"device": uuid of the disk}.
OPERATION = "attach_volume"
#: Event of an attachment that needs no host.
API_EVENT = "api_attach_volume"

_SHELVED = (states.SHELVED, states.SHELVED_OFFLOADED)


@dataclasses.dataclass(frozen=True)
class Wish:
    """What is to be attached, and how; the last two are what the caller's version permits."""

    volume_id: str
    device: str | None = None
    tag: str | None = None
    delete_on_termination: bool = False
    to_shelved: bool = True
    multiattach: bool = True


def attach(backend: Backend, context: RequestContext, server: Server, wish: Wish) -> BlockDevice:
    """Accepts ``wish``: the disk as it will be.

    Raises what ``transitions.check`` raises, VolumeNotFound, VolumeInvalid and
    VolumeInvalidState, MultiattachTooOld, TagOnShelved, VolumeZoneMismatch,
    DeviceNameInvalid, DeviceNameTaken, TooManyDiskDevices.
    """
    transitions.check(server, OPERATION, context)
    check_shelved(server, wish.to_shelved, OPERATION)
    device = None if wish.device is None else names.checked(wish.device)
    volume = backend.volumes.show(context, wish.volume_id)
    _check_volume(backend, server, wish, volume)
    with reserving.attaching(backend, server.uuid, [volume.id]) as reserved:
        attachment = backend.volumes.reserve(context, volume.id, server.uuid)
        reserved.made.append(attachment.id)

        def accept() -> BlockDevice:
            with work.accept(backend) as accepted:
                made = _accept(backend, accepted, context, server, wish, volume, attachment, device)
                reserved.keep(accepted.conn)
                return made

        return backend.db.retrying(accept)


def check_shelved(server: Server, allowed: bool, operation: str) -> None:
    """Raises ServerInvalidState for a shelved server, where the caller's version keeps off those."""
    if server.vm_state in _SHELVED and not allowed:
        verb = transitions.OPERATIONS[operation].verb
        raise exception.ServerInvalidState(
            operation=verb, server_id=server.uuid, attribute="vm_state", state=server.vm_state
        )


def _check_volume(backend: Backend, server: Server, wish: Wish, volume: Volume) -> None:
    offloaded = server.vm_state == states.SHELVED_OFFLOADED
    if offloaded and wish.tag is not None:
        raise exception.TagOnShelved(server_id=server.uuid)
    if volume.multiattach and not wish.multiattach:
        raise exception.MultiattachTooOld(volume_id=volume.id)
    if volume.multiattach and offloaded:
        raise exception.VolumeInvalid(
            reason=f"volume {volume.id} may have several servers, and is not attached to shelved ones."
        )
    with backend.db.reader() as conn:
        owners = block_devices.servers_with(conn, volume.id)
    if server.uuid in owners or (owners and not volume.multiattach):
        raise exception.VolumeInvalid(
            reason=f"volume {volume.id} is already attached to instances: {', '.join(owners)}"
        )
    check_zone(backend, volume, zone_of(backend, server))


def zone_of(backend: Backend, server: Server) -> str | None:
    """The zone of the server's host, or the one that it was asked to be in."""
    if server.host is None:
        return server.availability_zone
    with backend.db.reader() as conn:
        return availability_zones.host_zones(conn, backend.conf).of(server.host)


def check_zone(backend: Backend, volume: Volume, zone: str | None) -> None:
    """Raises VolumeZoneMismatch where servers and volumes have to share a zone and do not."""
    if backend.conf.cinder.cross_az_attach or zone is None or zone == volume.availability_zone:
        return
    raise exception.VolumeZoneMismatch(
        server_zone=zone, volume_id=volume.id, volume_zone=volume.availability_zone
    )


def _accept(
    backend: Backend,
    accepted: work.Accepted,
    context: RequestContext,
    server: Server,
    wish: Wish,
    volume: Volume,
    attachment: Attachment,
    device: str | None,
) -> BlockDevice:
    conn = accepted.conn
    # It changes the server's row, and so makes others who attach to this server wait.
    transitions.begin(conn, server, OPERATION)
    made = _insert(backend, conn, server, wish, volume, attachment, device)
    action = actions.start(conn, context, server.id, str(transitions.OPERATIONS[OPERATION].action))
    if server.host is None:
        actions.finish_event(conn, actions.start_event(conn, action, API_EVENT, None))
        actions.finish(conn, action)
    else:
        payload = {"device": made.uuid}
        accepted.enqueue(context, rpc.COMPUTE, OPERATION, server, payload, host=server.host, action_id=action)
    return made


def _insert(
    backend: Backend,
    conn: Connection,
    server: Server,
    wish: Wish,
    volume: Volume,
    attachment: Attachment,
    device: str | None,
) -> BlockDevice:
    present = block_devices.of_server(conn, server.id)
    if any(one.volume_id == volume.id for one in present):
        raise exception.VolumeInvalid(
            reason=f"volume {volume.id} is already attached to instances: {server.uuid}"
        )
    most: int = backend.conf.compute.max_disk_devices_to_attach
    if most >= 0 and names.count_of(server.flavor, server.image_id, present) >= most:
        raise exception.TooManyDiskDevices(maximum=most)
    values: dict[str, Any] = {
        "uuid": str(uuids.uuid4()),
        "source_type": "volume",
        "destination_type": "volume",
        "boot_index": None,
        "device_name": _name(server, device, present),
        "volume_id": volume.id,
        "volume_size": volume.size,
        "delete_on_termination": wish.delete_on_termination,
        "tag": wish.tag,
        "attachment_id": attachment.id,
    }
    block_devices.insert(conn, server.id, values)
    made = block_devices.get(conn, values["uuid"])
    assert made is not None  # inserted a moment ago
    return made


def _name(server: Server, asked: str | None, present: list[BlockDevice]) -> str | None:
    taken = names.taken_of(server.root_device_name, present)
    if asked is not None:
        if names.is_taken(asked, taken):
            raise exception.DeviceNameTaken(device=asked, server_id=server.uuid)
        return asked
    if server.vm_state == states.SHELVED_OFFLOADED:
        return None  # its next host gives the name
    return names.next_name(server.root_device_name, taken)
