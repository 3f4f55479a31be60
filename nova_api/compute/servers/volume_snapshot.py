"""Images of servers that run from volumes: snapshots of the volumes, and an image that lists them.

The image has no data; ``mappings.of_image`` reads the list when a server is
booted from it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson
from sqlalchemy.engine import Connection

from nova_api import exception
from nova_api.backend import Backend
from nova_api.compute import image_reservations
from nova_api.compute.image_reservations import Reservation
from nova_api.compute.servers.image_record import new_image
from nova_api.context import RequestContext
from nova_api.db import actions, block_devices
from nova_api.db.block_devices import BlockDevice
from nova_api.db.server_queries import Server

EVENT = "api_snapshot_instance"
#: Formats of an image without data, which has none; the image service asks for them all the same.
_FORMATS = {"disk_format": "raw", "container_format": "bare"}


def create_image(
    backend: Backend, context: RequestContext, server: Server, name: str, metadata: Mapping[str, str]
) -> str:
    """Makes the image, here and now; its id.

    Raises what the volume service raises: then no snapshot stays.
    """

    def begin(conn: Connection) -> int:
        action = actions.start(conn, context, server.id, "createImage")
        actions.start_event(conn, action, EVENT, server.host, first=True)
        return action

    with backend.db.reader() as conn:
        devices = [device for device in block_devices.of_server(conn, server.id) if device.is_volume]
    volumes = [device.volume_id for device in devices if device.volume_id is not None]
    with image_reservations.reserved(backend, volumes=volumes, begin=begin) as image:
        mappings = [_snapshot(backend, context, server, name, device, image) for device in devices]
        properties = {
            "bdm_v2": "True",
            "block_device_mapping": orjson.dumps(mappings).decode(),
            "root_device_name": server.root_device_name or "",
        }
        new_image(backend, context, server, image.image_id, name, "snapshot", {**metadata, **properties})
        backend.images.update(context, image.image_id, _FORMATS)
        backend.images.upload(context, image.image_id, [])

        def keep() -> None:
            with backend.db.writer() as conn:
                image.keep(conn)
                actions.finish_event(conn, actions.start_event(conn, image.action, EVENT, server.host))
                actions.finish(conn, image.action)

        backend.db.retrying(keep)
    return image.image_id


def _snapshot(
    backend: Backend,
    context: RequestContext,
    server: Server,
    name: str,
    device: BlockDevice,
    image: Reservation,
) -> dict[str, Any]:
    """A block device, whose volume is snapshotted for ``image``, as a create request spells it."""
    if device.volume_id is None:
        raise exception.Conflict(f"Instance {server.uuid} has a volume that is not there yet.")
    snapshot = backend.volumes.create_snapshot(
        context, device.volume_id, f"snapshot for {name}", metadata=image.mark, force=True
    )
    return {
        "source_type": "snapshot",
        "destination_type": "volume",
        "snapshot_id": snapshot.id,
        "volume_size": snapshot.size,
        "boot_index": device.boot_index,
        "device_name": device.device_name,
        "device_type": device.device_type,
        "disk_bus": device.disk_bus,
        "volume_type": device.volume_type,
        "delete_on_termination": device.delete_on_termination,
        "tag": device.tag,
    }
