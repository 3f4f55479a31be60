"""The volumes that a server has: finding them, and what is changed of them without a host."""

from __future__ import annotations

from nova_api import exception
from nova_api.backend import Backend
from nova_api.db import block_devices
from nova_api.db.block_devices import BlockDevice
from nova_api.db.server_queries import Server


def page(backend: Backend, server: Server, offset: int, limit: int) -> list[BlockDevice]:
    """Its volumes from the ``offset``-th on, at most ``limit``."""
    with backend.db.reader() as conn:
        found = block_devices.of_server(conn, server.id)
    return [device for device in found if device.volume_id is not None][offset : offset + limit]


def get(backend: Backend, server: Server, volume_id: str) -> BlockDevice:
    """Raises VolumeNotAttached."""
    with backend.db.reader() as conn:
        found = block_devices.find(conn, server.id, volume_id)
    if found is None:
        raise exception.VolumeNotAttached(volume_id=volume_id, server_id=server.uuid)
    return found


def set_delete_on_termination(backend: Backend, device: BlockDevice, value: bool) -> None:
    """Whether the volume is deleted together with the server; raises VolumeNotAttached when it is gone."""

    def change() -> None:
        with backend.db.writer() as conn:
            if not block_devices.change(conn, device.uuid, delete_on_termination=value):
                raise exception.VolumeNotAttached(volume_id=device.volume_id, server_id="it")

    backend.db.retrying(change)
