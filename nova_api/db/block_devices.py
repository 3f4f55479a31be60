"""The disks of servers: rows of ``server_block_devices``.  Gone with what they describe."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from nova_api.db.schema.block_device import server_block_devices
from nova_api.db.schema.compute import servers

_d = server_block_devices.c


@dataclasses.dataclass(frozen=True)
class BlockDevice:
    """A row; ``volume_id`` and ``attachment_id`` are null until there are such things."""

    uuid: str
    server_id: int
    source_type: str
    destination_type: str
    boot_index: int | None
    device_name: str | None
    device_type: str | None
    disk_bus: str | None
    guest_format: str | None
    image_id: str | None
    snapshot_id: str | None
    volume_id: str | None
    volume_size: int | None
    volume_type: str | None
    delete_on_termination: bool
    tag: str | None
    attachment_id: str | None

    @property
    def is_volume(self) -> bool:
        """Whether it is, or will be, a volume."""
        return self.destination_type == "volume"

    @property
    def is_root(self) -> bool:
        """Whether the server boots from it."""
        return self.boot_index == 0


_COLUMNS = [_d[field.name] for field in dataclasses.fields(BlockDevice)]
_A_VOLUME = (
    sa.select(_d.id).where(_d.server_id == sa.bindparam("server"), _d.destination_type == "volume").limit(1)
)
_OF_SERVERS = (
    sa.select(*_COLUMNS)
    .where(_d.server_id.in_(sa.bindparam("servers", expanding=True)))
    .order_by(_d.server_id, _d.id)
)


def insert(conn: Connection, server_id: int, values: Mapping[str, Any]) -> None:
    """Adds a disk; ``values`` are columns, ``uuid`` among them."""
    conn.execute(sa.insert(server_block_devices).values(server_id=server_id, **values))


def of_server(conn: Connection, server_id: int) -> list[BlockDevice]:
    """The server's disks, in the order in which they were asked for."""
    return of_servers(conn, [server_id]).get(server_id, [])


def has_volumes(conn: Connection, server_id: int) -> bool:
    """Whether one of the server's disks is, or will be, a volume."""
    return conn.scalar(_A_VOLUME, {"server": server_id}) is not None


def of_servers(conn: Connection, server_ids: Collection[int]) -> dict[int, list[BlockDevice]]:
    """{server id: its disks}; servers without any are left out."""
    found: dict[int, list[BlockDevice]] = {}
    for row in conn.execute(_OF_SERVERS, {"servers": list(server_ids)}):
        found.setdefault(row.server_id, []).append(BlockDevice(*row))
    return found


def get(conn: Connection, uuid: str) -> BlockDevice | None:
    """The disk with that uuid."""
    row = conn.execute(sa.select(*_COLUMNS).where(_d.uuid == uuid)).one_or_none()
    return None if row is None else BlockDevice(**row._mapping)


def find(conn: Connection, server_id: int, volume_id: str) -> BlockDevice | None:
    """The server's disk that is the volume."""
    query = sa.select(*_COLUMNS).where(_d.server_id == server_id, _d.volume_id == volume_id)
    row = conn.execute(query.order_by(_d.id)).first()
    return None if row is None else BlockDevice(**row._mapping)


def servers_with(conn: Connection, volume_id: str) -> list[str]:
    """Uuids of the servers that have the volume."""
    query = sa.select(servers.c.uuid).join(server_block_devices, _d.server_id == servers.c.id)
    return list(conn.scalars(query.where(_d.volume_id == volume_id).order_by(_d.id)))


def change(conn: Connection, uuid: str, **values: Any) -> bool:
    """Sets columns; False when the disk is gone."""
    done = conn.execute(sa.update(server_block_devices).where(_d.uuid == uuid).values(**values))
    return bool(done.rowcount)


def remove(conn: Connection, uuid: str) -> bool:
    """Forgets a disk; False when it was forgotten already."""
    return bool(conn.execute(sa.delete(server_block_devices).where(_d.uuid == uuid)).rowcount)


def remove_all(conn: Connection, server_id: int) -> None:
    """Forgets every disk of a server."""
    conn.execute(sa.delete(server_block_devices).where(_d.server_id == server_id))
