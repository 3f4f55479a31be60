"""Services and their heartbeats."""

from __future__ import annotations

import dataclasses
import datetime
import uuid
from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.exc import IntegrityError

from nova_api.db import packed
from nova_api.db.schema.base import utcnow
from nova_api.db.schema.compute import services

_s = services.c


@dataclasses.dataclass(frozen=True)
class Service:
    """A row of ``services``; ``last_seen_at`` (naive UTC) is the last heartbeat."""

    id: int
    uuid: str
    host: str
    binary: str
    disabled: bool
    disabled_reason: str | None
    forced_down: bool
    last_seen_at: datetime.datetime | None
    created_at: datetime.datetime
    updated_at: datetime.datetime | None

    def is_up(self, down_time: int) -> bool:
        """Whether it was heard of within ``down_time`` seconds and nobody has declared it down."""
        if self.forced_down or self.last_seen_at is None:
            return False
        return self.last_seen_at >= utcnow() - datetime.timedelta(seconds=down_time)


_COLUMNS = [_s[field.name] for field in dataclasses.fields(Service)]
_convert = packed.converter(_COLUMNS)


def gathered(binary: str, host: sa.ColumnElement[Any]) -> sa.ColumnElement[str]:
    """The row of ``binary`` at ``host``, a column of another table; for ``of_gathered``."""
    source = sa.select().select_from(services).where(_s.host == host)
    source = source.where(_s.binary == sa.literal_column(f"'{binary}'"))
    return packed.rows(f"{binary} at {host}", _COLUMNS, source)


def of_gathered(values: list[Any]) -> Service:
    """The record of a row of ``gathered``."""
    _convert(values)
    return Service(*values)


def ensure(conn: Connection, binary: str, host: str) -> int:
    """The id of the service's row, made at its first start and kept for good."""
    query = sa.select(_s.id).where(_s.binary == binary, _s.host == host)
    found = conn.scalar(query)
    if found is not None:
        return int(found)
    try:
        with conn.begin_nested():
            result = conn.execute(
                sa.insert(services).values(uuid=str(uuid.uuid4()), binary=binary, host=host)
            )
    except IntegrityError:
        # Another process of the same service was quicker; its row is visible after the failed insert.
        return int(conn.execute(query.with_for_update()).scalar_one())
    key = result.inserted_primary_key
    assert key is not None  # the table has one
    return int(key[0])


def beat(conn: Connection, binary: str, host: str) -> None:
    """Records that the service lives, now; nothing when its row has been deleted since its start."""
    # updated_at is not touched: it tells of changes by people.
    conn.execute(
        sa.update(services)
        .where(_s.binary == binary, _s.host == host)
        .values(last_seen_at=utcnow(), updated_at=services.c.updated_at)
    )


def list_services(conn: Connection, binary: str | None = None, host: str | None = None) -> list[Service]:
    """Services in order of their ids, optionally of one binary or one host."""
    query = sa.select(*_COLUMNS).order_by(_s.id)
    if binary is not None:
        query = query.where(_s.binary == binary)
    if host is not None:
        query = query.where(_s.host == host)
    return [Service(**row._mapping) for row in conn.execute(query)]


def find(conn: Connection, *, id: int | None = None, uuid: str | None = None) -> Service | None:
    """The service of that id, or of that uuid."""
    wanted = _s.uuid == uuid if id is None else _s.id == id
    row = conn.execute(sa.select(*_COLUMNS).where(wanted)).one_or_none()
    return None if row is None else Service(**row._mapping)


def update(conn: Connection, service_id: int, values: Mapping[str, Any]) -> None:
    """Sets columns of ``services`` that people change, and notes when."""
    conn.execute(sa.update(services).where(_s.id == service_id).values(updated_at=utcnow(), **values))


def delete(conn: Connection, service_id: int) -> bool:
    """False when it is gone already."""
    return bool(conn.execute(sa.delete(services).where(_s.id == service_id)).rowcount == 1)


def host_is_up(conn: Connection, host: str, down_time: int) -> bool:
    """Whether the compute service on ``host`` lives; False for an unknown host."""
    return any(service.is_up(down_time) for service in list_services(conn, binary="nova-compute", host=host))
