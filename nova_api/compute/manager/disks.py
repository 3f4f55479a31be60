"""The volumes of a guest on this host: ordered, reserved, opened to it, said to be there; and let go.

An attachment is one host's (or, without a host, the server's): a server that
moves has, for a while, two of each volume.  Its disks name the one that counts.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from nova_api import exception
from nova_api.compute.drivers.volumes import VolumeDisk
from nova_api.compute.manager.host import Host
from nova_api.compute.volumes import names
from nova_api.context import RequestContext
from nova_api.db import block_devices
from nova_api.db.block_devices import BlockDevice
from nova_api.db.guests import Guest
from nova_api.neighbours.volumes.interface import Attachment, NewVolume, Volume

#: Seconds between two looks at a volume that is being made.
_TICK = 0.5


def owner_of(guest: Guest) -> RequestContext:
    """The server's owner with every right: what is ordered for the server is his, and nothing is refused."""
    return RequestContext(user_id=guest.user_id, project_id=guest.project_id, roles=["admin"])


def of(host: Host, guest: Guest) -> list[BlockDevice]:
    """The guest's volumes, made already or not."""
    with host.backend.db.reader() as conn:
        return [device for device in block_devices.of_server(conn, guest.id) if device.is_volume]


def prepare(host: Host, guest: Guest, unwanted: Callable[[], bool]) -> None:
    """Has every volume of the guest made and reserved for it, and gives each disk its name.

    What an earlier call has done is kept.  ``unwanted`` tells that the server
    has been deleted meanwhile: then it stops, and leaves the rest to the delete.
    """
    for device in of(host, guest):
        if unwanted():
            return
        volume_id = device.volume_id or _made(host, guest, device, unwanted)
        if device.attachment_id is None:
            _reserve(host, guest, device, volume_id)
    name_all(host, guest)


def name_all(host: Host, guest: Guest) -> None:
    """Gives a name to the disks of the guest that have none."""
    with host.backend.db.writer() as conn:
        devices = block_devices.of_server(conn, guest.id)
        for uuid, name in names.assigned(host.driver.root_device_name(), devices).items():
            block_devices.change(conn, uuid, device_name=name)


def _made(host: Host, guest: Guest, device: BlockDevice, unwanted: Callable[[], bool]) -> str:
    volumes, owner = host.backend.volumes, owner_of(guest)
    order = NewVolume(
        size=device.volume_size,
        image_id=device.image_id if device.source_type == "image" else None,
        snapshot_id=device.snapshot_id,
        volume_type=device.volume_type,
        availability_zone=_zone(host, guest),
        # Whoever comes after a crash orders with the same key and gets the same volume.
        key=device.uuid,
    )
    volume = _ready(host, owner, volumes.create(owner, order), unwanted)
    with host.backend.db.writer() as conn:
        block_devices.change(conn, device.uuid, volume_id=volume.id, volume_size=volume.size)
    return volume.id


def _zone(host: Host, guest: Guest) -> str | None:
    """Volumes follow their server's zone where they may not be in another."""
    return None if host.backend.conf.cinder.cross_az_attach else guest.availability_zone


def _ready(host: Host, owner: RequestContext, volume: Volume, unwanted: Callable[[], bool]) -> Volume:
    """The volume once it can be used; raises VolumeInvalidState when it will never be, or not in time."""
    end = time.monotonic() + host.backend.conf.compute.block_device_allocate_timeout
    while volume.status not in ("available", "reserved", "attaching", "in-use"):
        if volume.status.startswith("error") or time.monotonic() >= end or unwanted():
            raise exception.VolumeInvalidState(
                volume_id=volume.id, status=volume.status, operation="be attached"
            )
        time.sleep(_TICK)
        volume = host.backend.volumes.show(owner, volume.id)
    return volume


def _reserve(host: Host, guest: Guest, device: BlockDevice, volume_id: str) -> None:
    volumes, owner = host.backend.volumes, owner_of(guest)
    # One that was reserved by somebody who died before writing it down is taken over.
    there = [one for one in volumes.attachments_of(owner, guest.uuid) if one.volume_id == volume_id]
    attachment = there[0] if there else volumes.reserve(owner, volume_id, guest.uuid)
    with host.backend.db.writer() as conn:
        known = block_devices.change(conn, device.uuid, attachment_id=attachment.id)
    if not known:
        # The server is gone, and with it whoever would have given this back.
        volumes.release(owner, attachment.id)


def opened(host: Host, guest: Guest) -> tuple[VolumeDisk, ...]:
    """The guest's volumes, opened to this host and to no other, as a driver takes them."""
    return tuple(
        opened_one(host, guest, device, str(device.volume_id), attachment.id)
        for device, attachment in _switched(host, guest, host.name)
    )


def opened_one(
    host: Host, guest: Guest, device: BlockDevice, volume_id: str, attachment_id: str
) -> VolumeDisk:
    """The volume in the place of ``device``, opened to this host."""
    attachment = host.backend.volumes.connect(owner_of(guest), attachment_id, host.name, device.device_name)
    return VolumeDisk(
        volume_id=volume_id,
        connection_info=attachment.connection_info,
        device_name=device.device_name,
        boot_index=device.boot_index,
        disk_bus=device.disk_bus,
        device_type=device.device_type,
        tag=device.tag,
    )


def opened_beside(host: Host, guest: Guest) -> None:
    """Opens the guest's volumes to this host too, where it will come; until it does, nothing else changes."""
    for device, there in _attached(host, guest):
        attachment = _for_host(host, guest, device, there, host.name)
        opened_one(host, guest, device, str(device.volume_id), attachment.id)


def let_go(host: Host, guest: Guest) -> None:
    """Closes the guest's volumes to every host; they stay reserved for it.  Safe to repeat."""
    _switched(host, guest, None)


def close_others(host: Host, guest: Guest) -> None:
    """Ends the attachments that were made for a host to which the guest has not come."""
    for device, there in _attached(host, guest):
        _end(host, guest, there, but=device.attachment_id)


def complete(host: Host, guest: Guest) -> None:
    """Says that the guest has all its volumes now."""
    for device in of(host, guest):
        if device.attachment_id is not None:
            host.backend.volumes.complete(owner_of(guest), device.attachment_id)


# --- one server, several attachments of a volume --------------------------------


def _attached(host: Host, guest: Guest) -> list[tuple[BlockDevice, list[Attachment]]]:
    """The disks that are attached volumes, each with all of the server's attachments of its volume."""
    devices = [one for one in of(host, guest) if one.volume_id is not None and one.attachment_id is not None]
    if not devices:
        return []
    found = host.backend.volumes.attachments_of(owner_of(guest), guest.uuid)
    return [(device, [one for one in found if one.volume_id == device.volume_id]) for device in devices]


def _switched(host: Host, guest: Guest, to: str | None) -> list[tuple[BlockDevice, Attachment]]:
    """Gives each disk an attachment that is host ``to``'s, or nobody's, and ends the others.

    In this order, so that the volume is never free for somebody else, and
    whoever comes after a crash goes on from what he finds.
    """
    switched = []
    for device, there in _attached(host, guest):
        attachment = _for_host(host, guest, device, there, to)
        if attachment.id != device.attachment_id:
            with host.backend.db.writer() as conn:
                known = block_devices.change(conn, device.uuid, attachment_id=attachment.id)
            if not known:
                # Detached, or deleted with its server, and with it whoever would have given this back.
                host.backend.volumes.release(owner_of(guest), attachment.id)
                continue
        _end(host, guest, there, but=attachment.id)
        switched.append((device, attachment))
    return switched


def _for_host(
    host: Host, guest: Guest, device: BlockDevice, there: list[Attachment], to: str | None
) -> Attachment:
    fitting = [one for one in there if one.host in (None, to)]
    own = [one for one in fitting if one.id == device.attachment_id]
    for attachment in (*own, *fitting):
        return attachment
    return host.backend.volumes.reserve(owner_of(guest), str(device.volume_id), guest.uuid)


def _end(host: Host, guest: Guest, there: list[Attachment], *, but: str | None) -> None:
    for attachment in there:
        if attachment.id != but:
            host.backend.volumes.release(owner_of(guest), attachment.id)
