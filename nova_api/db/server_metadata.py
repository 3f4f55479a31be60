"""Statements that write a server's metadata; ``server_queries.metadata_of`` reads it.

Callers hold the server's row (``transitions.begin`` does), so that two writers
of one server follow one another.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from nova_api import exception
from nova_api.db.duplicate import DUPLICATE_ERRORS
from nova_api.db.schema.compute import server_metadata

_m = server_metadata.c


def put(conn: Connection, server_id: int, items: Mapping[str, str]) -> None:
    """Sets ``items``; other keys stay.

    Raises Invalid for a key that the database takes for another one: MySQL
    pays no heed to spaces at the end.
    """
    delete(conn, server_id, items)
    rows = [{"server_id": server_id, "key": key, "value": value} for key, value in items.items()]
    try:
        if rows:
            conn.execute(sa.insert(server_metadata), rows)
    except DUPLICATE_ERRORS as error:
        raise exception.Invalid("Two metadata keys differ in spaces at the end only.") from error


def replace(conn: Connection, server_id: int, items: Mapping[str, str]) -> None:
    """Makes ``items`` all that the server has; raises what ``put`` raises."""
    conn.execute(sa.delete(server_metadata).where(_m.server_id == server_id))
    put(conn, server_id, items)


def delete(conn: Connection, server_id: int, keys: Collection[str]) -> None:
    """Removes those of ``keys`` that are there."""
    if keys:
        conn.execute(sa.delete(server_metadata).where(_m.server_id == server_id, _m.key.in_(list(keys))))
