"""Statements on aggregates: named sets of compute hosts with metadata; some of them are zones."""

from __future__ import annotations

import dataclasses
import datetime
import uuid
from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from nova_api.db.schema.base import utcnow
from nova_api.db.schema.placement import aggregate_hosts, aggregate_metadata, aggregates

#: The metadata key that makes an aggregate's hosts a zone.
ZONE = "availability_zone"

_a = aggregates.c
_h = aggregate_hosts.c
_m = aggregate_metadata.c


@dataclasses.dataclass(frozen=True)
class Aggregate:
    """An aggregate with its hosts in order of their names, and its metadata."""

    id: int
    uuid: str
    name: str
    created_at: datetime.datetime
    updated_at: datetime.datetime | None
    hosts: tuple[str, ...] = ()
    metadata: Mapping[str, str] = dataclasses.field(default_factory=dict)

    @property
    def zone(self) -> str | None:
        return self.metadata.get(ZONE)


_COLUMNS = [_a.id, _a.uuid, _a.name, _a.created_at, _a.updated_at]
_ALL = sa.select(*_COLUMNS).order_by(_a.id)


def find_all(conn: Connection) -> list[Aggregate]:
    """Every aggregate, oldest first, in three statements."""
    return _complete(conn, _ALL)


def find(conn: Connection, aggregate_id: int, *, lock: bool = False) -> Aggregate | None:
    """The aggregate; with ``lock`` it stays as it is until the transaction ends."""
    query = sa.select(*_COLUMNS).where(_a.id == aggregate_id)
    found = _complete(conn, query.with_for_update() if lock else query)
    return found[0] if found else None


def _complete(conn: Connection, query: sa.Select[Any]) -> list[Aggregate]:
    rows = conn.execute(query).all()
    hosts: dict[int, list[str]] = {row.id: [] for row in rows}
    metadata: dict[int, dict[str, str]] = {row.id: {} for row in rows}
    if rows:
        members = sa.select(_h.aggregate_id, _h.host).where(_h.aggregate_id.in_(list(hosts)))
        for aggregate_id, host in conn.execute(members.order_by(_h.host)):
            hosts[aggregate_id].append(host)
        pairs = sa.select(_m.aggregate_id, _m.key, _m.value).where(_m.aggregate_id.in_(list(hosts)))
        for aggregate_id, key, value in conn.execute(pairs.order_by(_m.key)):
            metadata[aggregate_id][key] = value
    return [Aggregate(**row._mapping, hosts=tuple(hosts[row.id]), metadata=metadata[row.id]) for row in rows]


_ZONES = sa.select(_h.host, _m.value).join(
    aggregate_metadata, sa.and_(_m.aggregate_id == _h.aggregate_id, _m.key == ZONE)
)


def zones_of_hosts(conn: Connection) -> dict[str, str]:
    """{host: the zone that an aggregate puts it into}; one statement."""
    return dict(conn.execute(_ZONES).all())


#: The name of a zone, in ``zones_at``.
ZONE_NAME = _m.value


def zones_at(host: sa.ColumnElement[Any]) -> sa.Select[Any]:
    """Select of ``ZONE_NAME`` where an aggregate puts ``host``, a column of another table, into a zone.

    Several aggregates may make one zone; they may not make two of one host.
    """
    named = sa.and_(_m.aggregate_id == _h.aggregate_id, _m.key == sa.literal_column(f"'{ZONE}'"))
    members = aggregate_hosts.join(aggregate_metadata, named)
    return sa.select(ZONE_NAME).select_from(members).where(_h.host == host)


def zone_of(host: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
    """The zone that an aggregate puts ``host``, a column of another table, into; else NULL."""
    least = zones_at(host).with_only_columns(sa.func.min(ZONE_NAME), maintain_column_froms=True)
    return least.scalar_subquery()


def insert(conn: Connection, name: str) -> int:
    """Its id; raises one of ``DUPLICATE_ERRORS`` for a name that is taken."""
    key = conn.execute(sa.insert(aggregates).values(uuid=str(uuid.uuid4()), name=name)).inserted_primary_key
    assert key is not None  # the table has one
    return int(key[0])


def rename(conn: Connection, aggregate_id: int, name: str) -> None:
    """Raises one of ``DUPLICATE_ERRORS`` for a name that is taken."""
    conn.execute(sa.update(aggregates).where(_a.id == aggregate_id).values(name=name, updated_at=utcnow()))


def set_metadata(conn: Connection, aggregate_id: int, values: Mapping[str, str | None]) -> None:
    """Adds and replaces keys; a value of None removes its key."""
    if values:
        conn.execute(
            sa.delete(aggregate_metadata).where(_m.aggregate_id == aggregate_id, _m.key.in_(list(values)))
        )
    rows = [
        {"aggregate_id": aggregate_id, "key": key, "value": value}
        for key, value in values.items()
        if value is not None
    ]
    if rows:
        conn.execute(sa.insert(aggregate_metadata), rows)


def add_host(conn: Connection, aggregate_id: int, host: str) -> None:
    """Raises one of ``DUPLICATE_ERRORS`` for a host that is in it."""
    conn.execute(sa.insert(aggregate_hosts).values(aggregate_id=aggregate_id, host=host))


def remove_host(conn: Connection, aggregate_id: int, host: str) -> bool:
    """False when it is not in it."""
    done = conn.execute(sa.delete(aggregate_hosts).where(_h.aggregate_id == aggregate_id, _h.host == host))
    return bool(done.rowcount == 1)


def forget_host(conn: Connection, host: str) -> None:
    """Takes a host out of every aggregate: there is no such host any more."""
    conn.execute(sa.delete(aggregate_hosts).where(_h.host == host))


def delete(conn: Connection, aggregate_id: int) -> None:
    """Removes an aggregate that has no hosts."""
    conn.execute(sa.delete(aggregate_metadata).where(_m.aggregate_id == aggregate_id))
    conn.execute(sa.delete(aggregates).where(_a.id == aggregate_id))
