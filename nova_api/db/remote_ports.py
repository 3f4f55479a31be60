"""The ports of servers at a network service of another process, as far as that does not keep it."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from nova_api.db.schema.remote_port import remote_ports

_p = remote_ports.c


@dataclasses.dataclass(frozen=True)
class RemotePort:
    """``request_key`` is which request of the server the port answers; ``tag`` is the user's."""

    port_id: str
    server_uuid: str
    request_key: str
    tag: str | None
    made_for_server: bool


_COLUMNS = [_p[field.name] for field in dataclasses.fields(RemotePort)]


def of_servers(conn: Connection, server_uuids: Collection[str]) -> list[RemotePort]:
    """In the order in which they were given."""
    query = sa.select(*_COLUMNS).where(_p.server_uuid.in_(list(server_uuids))).order_by(_p.id)
    return [RemotePort(**row._mapping) for row in conn.execute(query)]


def insert(conn: Connection, port: RemotePort) -> None:
    """Adds one, in the place of what was known of the port before."""
    remove(conn, [port.port_id])
    conn.execute(sa.insert(remote_ports).values(**dataclasses.asdict(port)))


def remove(conn: Connection, port_ids: Collection[str]) -> None:
    """Forgets them; unknown ones are no mistake."""
    conn.execute(sa.delete(remote_ports).where(_p.port_id.in_(list(port_ids))))
