"""Statements that write a server's tags; ``server_queries.tags_of`` reads them.

Callers hold the server's row (``transitions.begin`` does), so that two writers
of one server follow one another.
"""

from __future__ import annotations

from collections.abc import Collection

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from nova_api import exception
from nova_api.db.duplicate import DUPLICATE_ERRORS
from nova_api.db.schema.compute import server_tags

_t = server_tags.c


def add(conn: Connection, server_id: int, tags: Collection[str]) -> None:
    """Adds ``tags``, none of which is there.

    Raises Invalid for two that the database takes for one: MySQL pays no heed
    to spaces at the end.
    """
    rows = [{"server_id": server_id, "tag": tag} for tag in sorted(set(tags))]
    try:
        if rows:
            conn.execute(sa.insert(server_tags), rows)
    except DUPLICATE_ERRORS as error:
        raise exception.Invalid("Two tags differ in spaces at the end only.") from error


def remove(conn: Connection, server_id: int, tag: str | None = None) -> bool:
    """Removes ``tag`` (None: every one); whether there was any."""
    query = sa.delete(server_tags).where(_t.server_id == server_id)
    if tag is not None:
        query = query.where(_t.tag == tag)
    return bool(conn.execute(query).rowcount)
