"""Changing what a server is called and what is told of it; neither state nor lock stands in the way."""

from __future__ import annotations

import dataclasses
from typing import Any

from sqlalchemy.engine import Connection

from nova_api import exception
from nova_api.backend import Backend
from nova_api.compute import availability_zones
from nova_api.db import server_changes, server_queries
from nova_api.db import servers as db_servers
from nova_api.db.server_queries import Server


class _Unchanged:
    def __repr__(self) -> str:
        return "UNCHANGED"


UNCHANGED: Any = _Unchanged()


@dataclasses.dataclass(frozen=True)
class Change:
    """New values by column of ``servers``; ``UNCHANGED`` where nothing was said.

    ``availability_zone`` pins the server to the zone it is in; None unpins it.
    """

    name: str = UNCHANGED
    description: str | None = UNCHANGED
    hostname: str = UNCHANGED
    access_ip_v4: str = UNCHANGED
    access_ip_v6: str = UNCHANGED
    disk_config: str = UNCHANGED
    availability_zone: str | None = UNCHANGED

    def values(self) -> dict[str, Any]:
        """The columns to set."""
        return {name: value for name, value in vars(self).items() if value is not UNCHANGED}


def update(backend: Backend, server: Server, change: Change) -> Server:
    """Applies ``change``; the server as it is afterwards.

    Raises ServerNotFound when it was deleted meanwhile, ServerNameExists for a
    name that must be unique, ServerZoneConflict for a zone that it is not in.
    """
    values = change.values()
    if "availability_zone" in values:
        _check_zone(backend, server, values["availability_zone"])

    def attempt() -> Server:
        with backend.db.writer() as conn:
            if "name" in values and values["name"].lower() != server.name.lower():
                check_name(backend, conn, server, values["name"])
            if values:
                server_changes.change(conn, server.id, values)
            found = server_queries.find(conn, server.uuid)
        if found is None:
            raise exception.ServerNotFound(server_id=server.uuid)
        return found

    return backend.db.retrying(attempt)


def check_name(backend: Backend, conn: Connection, server: Server, name: str) -> None:
    """Raises ServerNameExists where names must be unique and another server has it."""
    scope = backend.conf.osapi_compute_unique_server_name_scope
    if scope and db_servers.name_is_taken(conn, name, server.project_id if scope == "project" else None):
        raise exception.ServerNameExists(name=name)


def _check_zone(backend: Backend, server: Server, wanted: str | None) -> None:
    """Pinning to where it is, and unpinning, change nothing of where it runs; all else would."""
    pinned = server.availability_zone
    if wanted is None or wanted == pinned:
        return
    current = pinned or ""
    if server.host:
        with backend.db.reader() as conn:
            current = availability_zones.host_zones(conn, backend.conf).of(server.host)
    if wanted != current:
        raise exception.ServerZoneConflict(server_id=server.uuid, current=current, wanted=wanted)
