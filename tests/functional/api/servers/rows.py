"""What the database holds of servers, for what no reply shows."""

from __future__ import annotations

from typing import Any

import orjson
import sqlalchemy as sa

from nova_api.backend import Backend
from nova_api.db.schema.compute import server_actions, server_metadata, server_tags, servers
from nova_api.db.schema.work import work_items


def server(backend: Backend, uuid: str) -> Any:
    """The row, deleted or not."""
    with backend.db.reader() as conn:
        return conn.execute(sa.select(servers).where(servers.c.uuid == uuid)).one()


def all_servers(backend: Backend) -> list[Any]:
    """Every row, in the order of creation."""
    with backend.db.reader() as conn:
        return list(conn.execute(sa.select(servers).order_by(servers.c.id)))


def change(backend: Backend, uuid: str, **values: Any) -> None:
    """Puts a server into a state that would take workers and time."""
    with backend.db.writer() as conn:
        conn.execute(sa.update(servers).where(servers.c.uuid == uuid).values(**values))


def metadata(backend: Backend, uuid: str) -> dict[str, str]:
    row = server(backend, uuid)
    m = server_metadata.c
    with backend.db.reader() as conn:
        found = conn.execute(sa.select(m.key, m.value).where(m.server_id == row.id))
        return {item.key: item.value for item in found}


def tags(backend: Backend, uuid: str) -> list[str]:
    row = server(backend, uuid)
    with backend.db.reader() as conn:
        return sorted(conn.scalars(sa.select(server_tags.c.tag).where(server_tags.c.server_id == row.id)))


def actions(backend: Backend, uuid: str) -> list[Any]:
    """Its instance actions, oldest first."""
    row = server(backend, uuid)
    query = sa.select(server_actions).where(server_actions.c.server_id == row.id)
    with backend.db.reader() as conn:
        return list(conn.execute(query.order_by(server_actions.c.id)))


def work(backend: Backend, uuid: str) -> list[tuple[str, str, str | None, dict[str, Any]]]:
    """(topic, method, host, payload) of what is to be done to it, oldest first."""
    query = sa.select(work_items).where(work_items.c.server_uuid == uuid).order_by(work_items.c.id)
    with backend.db.reader() as conn:
        return [(row.topic, row.method, row.host, orjson.loads(row.payload)) for row in conn.execute(query)]
