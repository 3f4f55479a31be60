"""Which shared file systems a server has."""

from __future__ import annotations

import dataclasses
import uuid as uuids

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from nova_api.db.schema.share import server_shares

_s = server_shares.c

ATTACHING = "attaching"
INACTIVE = "inactive"
ACTIVE = "active"
DETACHING = "detaching"
ERROR = "error"


@dataclasses.dataclass(frozen=True)
class ServerShare:
    """A share of a server; ``status`` is one of the words above."""

    uuid: str
    share_id: str
    tag: str
    status: str
    export_location: str


_COLUMNS = [_s[field.name] for field in dataclasses.fields(ServerShare)]


def of_server(conn: Connection, server_id: int) -> list[ServerShare]:
    """In the order in which they were attached."""
    query = sa.select(*_COLUMNS).where(_s.server_id == server_id).order_by(_s.id)
    return [ServerShare(**row._mapping) for row in conn.execute(query)]


def find(conn: Connection, server_id: int, share_id: str) -> ServerShare | None:
    """The server's share ``share_id``."""
    query = sa.select(*_COLUMNS).where(_s.server_id == server_id, _s.share_id == share_id)
    row = conn.execute(query).one_or_none()
    return None if row is None else ServerShare(**row._mapping)


def insert(conn: Connection, server_id: int, share_id: str, tag: str, export_location: str) -> ServerShare:
    """Adds one, attaching; raises one of ``DUPLICATE_ERRORS`` when share or tag is there."""
    added = ServerShare(str(uuids.uuid4()), share_id, tag, ATTACHING, export_location)
    conn.execute(sa.insert(server_shares).values(server_id=server_id, **dataclasses.asdict(added)))
    return added


def set_status(conn: Connection, server_id: int, share_id: str, status: str) -> None:
    """Of one that may be gone by now."""
    conn.execute(
        sa.update(server_shares)
        .where(_s.server_id == server_id, _s.share_id == share_id)
        .values(status=status)
    )


def remove(conn: Connection, server_id: int, share_id: str | None = None) -> None:
    """Removes one, or (None) all of a server."""
    query = sa.delete(server_shares).where(_s.server_id == server_id)
    conn.execute(query if share_id is None else query.where(_s.share_id == share_id))
