"""The password that a guest has published, encrypted for its key pair."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from nova_api.db.schema.access import server_passwords

_p = server_passwords.c


def find(conn: Connection, server_id: int) -> str | None:
    """The encrypted text, or None."""
    return conn.scalar(sa.select(_p.encrypted).where(_p.server_id == server_id))


def store(conn: Connection, server_id: int, encrypted: str) -> None:
    """Puts it in place of what was there."""
    clear(conn, server_id)
    conn.execute(sa.insert(server_passwords).values(server_id=server_id, encrypted=encrypted))


def clear(conn: Connection, server_id: int) -> None:
    """Forgets it."""
    conn.execute(sa.delete(server_passwords).where(_p.server_id == server_id))
