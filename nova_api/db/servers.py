"""Statements that write servers on behalf of requests.

Reading is in ``server_queries``, what workers do in ``guests``.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from nova_api import exception
from nova_api.db.duplicate import DUPLICATE_ERRORS
from nova_api.db.schema.compute import server_metadata, server_tags, servers

_s = servers.c
_INSERT = sa.insert(servers)  # made once: making a statement takes as long as running it


@dataclasses.dataclass(frozen=True)
class NewServer:
    """A server that was just inserted; ``id`` is its row's."""

    id: int
    uuid: str
    name: str


def insert(
    conn: Connection, values: Mapping[str, Any], metadata: Mapping[str, str], tags: Iterable[str]
) -> NewServer:
    """Adds a server (``values`` are columns of ``servers``) with its metadata and tags.

    Raises Invalid for two keys or tags that the database takes for one: MySQL
    pays no heed to spaces at the end.
    """
    key = conn.execute(_INSERT, values).inserted_primary_key
    assert key is not None  # the table has one
    server = NewServer(id=int(key[0]), uuid=values["uuid"], name=values["name"])
    items = [{"server_id": server.id, "key": name, "value": value} for name, value in metadata.items()]
    labels = [{"server_id": server.id, "tag": tag} for tag in sorted(set(tags))]
    try:
        if items:
            conn.execute(sa.insert(server_metadata), items)
        if labels:
            conn.execute(sa.insert(server_tags), labels)
    except DUPLICATE_ERRORS as error:
        raise exception.Invalid("Two metadata keys or two tags differ in spaces at the end only.") from error
    return server


def name_is_taken(conn: Connection, name: str, project_id: str | None) -> bool:
    """Whether a live server (of ``project_id``; None: of anybody) has the name, whatever its case."""
    query = sa.select(_s.id).where(_s.deleted == sa.false(), sa.func.lower(_s.name) == name.lower())
    if project_id is not None:
        query = query.where(_s.project_id == project_id)
    return conn.scalar(query.limit(1)) is not None
