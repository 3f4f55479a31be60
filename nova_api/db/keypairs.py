"""Statements on key pairs; a key pair belongs to a user, whatever the project."""

from __future__ import annotations

import dataclasses
import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from nova_api.db.schema.compute import keypairs

_k = keypairs.c


@dataclasses.dataclass(frozen=True)
class Keypair:
    """A row of ``keypairs``; ``type`` is ssh or x509, ``public_key`` as it was given or made."""

    id: int
    user_id: str
    name: str
    type: str
    fingerprint: str
    public_key: str
    created_at: datetime.datetime
    updated_at: datetime.datetime | None


_COLUMNS = [_k[field.name] for field in dataclasses.fields(Keypair)]


def find(conn: Connection, user_id: str, name: str) -> Keypair | None:
    """The user's key pair of that name."""
    row = conn.execute(sa.select(*_COLUMNS).where(_k.user_id == user_id, _k.name == name)).one_or_none()
    return None if row is None else Keypair(**row._mapping)


def find_page(conn: Connection, user_id: str, limit: int | None, after: str | None) -> list[Keypair]:
    """A user's key pairs by name: at most ``limit`` (None: all of them) after the name ``after``."""
    query = sa.select(*_COLUMNS).where(_k.user_id == user_id).order_by(_k.name).limit(limit)
    if after is not None:
        query = query.where(_k.name > after)
    return [Keypair(**row._mapping) for row in conn.execute(query)]


def count(conn: Connection, user_id: str) -> int:
    """How many the user has."""
    return int(
        conn.scalar(sa.select(sa.func.count()).select_from(keypairs).where(_k.user_id == user_id)) or 0
    )


def insert(
    conn: Connection, user_id: str, name: str, key_type: str, fingerprint: str, public_key: str
) -> None:
    """Raises one of ``DUPLICATE_ERRORS`` for a name that the user has already."""
    conn.execute(
        sa.insert(keypairs).values(
            user_id=user_id, name=name, type=key_type, fingerprint=fingerprint, public_key=public_key
        )
    )


def delete(conn: Connection, user_id: str, name: str) -> bool:
    """False when there is none of that name."""
    return conn.execute(sa.delete(keypairs).where(_k.user_id == user_id, _k.name == name)).rowcount == 1
