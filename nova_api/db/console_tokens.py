"""Console tokens: kept as hashes, good until they expire or their server goes."""

from __future__ import annotations

import dataclasses
import datetime
import hashlib
import uuid

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from nova_api.db.schema.access import console_tokens
from nova_api.db.schema.base import utcnow
from nova_api.db.schema.compute import servers

_t = console_tokens.c


@dataclasses.dataclass(frozen=True)
class Access:
    """Where a console listens; ``tls_port`` and ``internal_access_path`` may be None."""

    console_type: str
    host: str
    port: int
    tls_port: int | None
    internal_access_path: str | None


@dataclasses.dataclass(frozen=True)
class Granted(Access):
    """What a token opens, and of which server."""

    server_uuid: str


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def grant(conn: Connection, server_id: int, access: Access, seconds: int) -> str:
    """A new token for ``access``, good for so many seconds; the server's expired ones go."""
    now = utcnow()
    conn.execute(sa.delete(console_tokens).where(_t.server_id == server_id, _t.expires_at <= now))
    token = str(uuid.uuid4())
    conn.execute(
        sa.insert(console_tokens).values(
            token_hash=_hash(token),
            server_id=server_id,
            expires_at=now + datetime.timedelta(seconds=seconds),
            **dataclasses.asdict(access),
        )
    )
    return token


def find(conn: Connection, token: str) -> Granted | None:
    """What ``token`` opens now."""
    columns = [_t[field.name] for field in dataclasses.fields(Access)]
    row = conn.execute(
        sa.select(*columns, servers.c.uuid.label("server_uuid"))
        .join(servers, servers.c.id == _t.server_id)
        .where(_t.token_hash == _hash(token), _t.expires_at > utcnow(), servers.c.deleted == sa.false())
    ).one_or_none()
    return None if row is None else Granted(**row._mapping)


def revoke(conn: Connection, server_id: int) -> None:
    """Removes every token of a server."""
    conn.execute(sa.delete(console_tokens).where(_t.server_id == server_id))
