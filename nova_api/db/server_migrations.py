"""Migrations: the records of servers' moves, their words, and their changes by compare-and-swap.

Source of the words: ``states.md`` of the facts (migration type and status).
"""

from __future__ import annotations

import dataclasses
import datetime
import uuid
from collections.abc import Collection, Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from nova_api import exception
from nova_api.db import keyset
from nova_api.db.schema.base import utcnow
from nova_api.db.schema.compute import flavors
from nova_api.db.schema.migration import migrations

_m = migrations.c

# --- migration_type
RESIZE = "resize"
MIGRATION = "migration"
LIVE = "live-migration"
EVACUATION = "evacuation"

# --- status
ACCEPTED = "accepted"
QUEUED = "queued"
PREPARING = "preparing"
RUNNING = "running"
PRE_MIGRATING = "pre-migrating"
MIGRATING = "migrating"
POST_MIGRATING = "post-migrating"
FINISHED = "finished"
CONFIRMING = "confirming"
CONFIRMED = "confirmed"
REVERTING = "reverting"
REVERTED = "reverted"
COMPLETED = "completed"
CANCELLED = "cancelled"
DONE = "done"
ERROR = "error"

#: A live migration in one of these is shown below its server.
IN_PROGRESS = (QUEUED, PREPARING, RUNNING, POST_MIGRATING)
#: In these a move has still something on two hosts, or is about to have.
UNFINISHED = (
    ACCEPTED,
    QUEUED,
    PREPARING,
    RUNNING,
    PRE_MIGRATING,
    MIGRATING,
    POST_MIGRATING,
    FINISHED,
    CONFIRMING,
    REVERTING,
)
#: In these a resize takes, of the quotas, more than the server's row says.
_GROWING = (PRE_MIGRATING, MIGRATING, POST_MIGRATING, REVERTING)

# --- asked
ABORT = "abort"
FINISH = "finish"


@dataclasses.dataclass(frozen=True)
class Migration:
    """A row of ``migrations``; times are naive UTC, sizes bytes."""

    id: int
    uuid: str
    server_id: int
    server_uuid: str
    migration_type: str
    status: str
    source_host: str
    source_node: str | None
    dest_host: str | None
    dest_node: str | None
    dest_ip: str | None
    old_flavor_id: int | None
    new_flavor_id: int | None
    old_flavor: dict[str, Any] | None
    new_flavor: dict[str, Any] | None
    old_vm_state: str
    old_power_state: int
    asked: str | None
    error: str | None
    memory_total_bytes: int | None
    memory_processed_bytes: int | None
    memory_remaining_bytes: int | None
    disk_total_bytes: int | None
    disk_processed_bytes: int | None
    disk_remaining_bytes: int | None
    user_id: str | None
    project_id: str | None
    created_at: datetime.datetime
    updated_at: datetime.datetime | None

    @property
    def is_shown_live(self) -> bool:
        """Whether it is a live migration that users can look at below its server."""
        return self.migration_type == LIVE and self.status in IN_PROGRESS


_COLUMNS = [_m[field.name] for field in dataclasses.fields(Migration)]


@dataclasses.dataclass(frozen=True)
class Filter:
    """Which migrations; ``equal`` are columns, ``host`` is either end; changes are inclusive."""

    equal: Mapping[str, str] = dataclasses.field(default_factory=dict)
    host: str | None = None
    changes_since: datetime.datetime | None = None
    changes_before: datetime.datetime | None = None


def insert(conn: Connection, values: Mapping[str, Any]) -> int:
    """Adds a migration (columns without ``uuid``); its id."""
    key = conn.execute(sa.insert(migrations).values(uuid=str(uuid.uuid4()), **values)).inserted_primary_key
    assert key is not None  # the table has one
    return int(key[0])


def get(conn: Connection, migration_id: int) -> Migration | None:
    """The migration with that row id."""
    row = conn.execute(sa.select(*_COLUMNS).where(_m.id == migration_id)).one_or_none()
    return None if row is None else Migration(**row._mapping)


def of_server(conn: Connection, server_id: int, migration_id: int | None = None) -> list[Migration]:
    """The server's migrations, newest first; with ``migration_id`` that one alone."""
    query = sa.select(*_COLUMNS).where(_m.server_id == server_id).order_by(_m.id.desc())
    if migration_id is not None:
        query = query.where(_m.id == migration_id)
    return [Migration(**row._mapping) for row in conn.execute(query)]


def with_status(conn: Connection, server_id: int, status: str) -> Migration | None:
    """The server's newest migration in ``status``."""
    return next((found for found in of_server(conn, server_id) if found.status == status), None)


def change(conn: Connection, migration_id: int, expect: Collection[str], **values: Any) -> bool:
    """Sets ``values`` where the status is one of ``expect``; whether it did."""
    done = conn.execute(
        sa.update(migrations)
        .where(_m.id == migration_id, _m.status.in_(expect))
        .values(updated_at=utcnow(), **values)
    )
    return bool(done.rowcount == 1)


def close(conn: Connection, server_id: int) -> list[Migration]:
    """Ends whatever moves of a server are unfinished, because something else decides about it.

    One that waits for its confirmation is confirmed, a live one cancelled, any
    other an error.  Returns those that may have left something on a host:
    these, and earlier ones that failed.
    """
    found = [
        migration
        for migration in of_server(conn, server_id)
        if migration.status in UNFINISHED or migration.status == ERROR
    ]
    for migration in found:
        if migration.status in (FINISHED, CONFIRMING):
            status = CONFIRMED
        else:
            status = CANCELLED if migration.migration_type == LIVE else ERROR
        change(conn, migration.id, UNFINISHED, status=status)
    return found


def page(conn: Connection, wanted: Filter, limit: int, marker: str | None) -> list[Migration]:
    """At most ``limit`` migrations, newest first, after the one whose uuid is ``marker``.

    Raises MarkerNotFound.
    """
    query = sa.select(*_COLUMNS).where(*_conditions(wanted))
    last = None
    if marker is not None:
        last = conn.execute(sa.select(_m.created_at, _m.id).where(_m.uuid == marker)).one_or_none()
        if last is None:
            raise exception.MarkerNotFound(marker=marker)
    keys: list[keyset.SortKey] = [
        (_m.created_at, True, last and last.created_at),
        (_m.id, True, last and last.id),
    ]
    if last is not None:
        query = query.where(keyset.after(keys))
    query = query.order_by(*keyset.order_by(keys)).limit(limit)
    return [Migration(**row._mapping) for row in conn.execute(query)]


def _conditions(wanted: Filter) -> list[sa.ColumnElement[bool]]:
    conditions: list[sa.ColumnElement[bool]] = [_m[name] == value for name, value in wanted.equal.items()]
    if wanted.host is not None:
        conditions.append(sa.or_(_m.source_host == wanted.host, _m.dest_host == wanted.host))
    changed = sa.func.coalesce(_m.updated_at, _m.created_at)
    if wanted.changes_since is not None:
        conditions.append(changed >= wanted.changes_since)
    if wanted.changes_before is not None:
        conditions.append(changed <= wanted.changes_before)
    return conditions


# --- what others need to know of moves under way ------------------------------


def kept_on(conn: Connection, host: str) -> set[str]:
    """Servers (uuids) of which an unfinished move may have a guest on ``host`` besides where they are."""
    query = sa.select(_m.server_uuid).where(
        _m.status.in_(UNFINISHED),
        _m.migration_type != EVACUATION,
        sa.or_(_m.source_host == host, _m.dest_host == host),
    )
    arriving = sa.select(_m.server_uuid).where(
        _m.status.in_(UNFINISHED), _m.migration_type == EVACUATION, _m.dest_host == host
    )
    return set(conn.scalars(query)) | set(conn.scalars(arriving))


def evacuated_from(conn: Connection, host: str) -> set[str]:
    """Servers (uuids) that are being evacuated from ``host``: they are still counted there."""
    query = sa.select(_m.server_uuid).where(
        _m.migration_type == EVACUATION,
        _m.source_host == host,
        _m.status.in_((ACCEPTED, PRE_MIGRATING)),
    )
    return set(conn.scalars(query))


def complete_evacuations(conn: Connection, host: str) -> None:
    """Ends the evacuations from ``host``, which is back and has cleared up."""
    conn.execute(
        sa.update(migrations)
        .where(_m.migration_type == EVACUATION, _m.source_host == host, _m.status == DONE)
        .values(status=COMPLETED, updated_at=utcnow())
    )


def has_done_evacuations(conn: Connection, host: str) -> bool:
    """Whether servers were evacuated from ``host`` that it has not cleared up yet."""
    query = sa.select(_m.id).where(_m.migration_type == EVACUATION, _m.source_host == host, _m.status == DONE)
    return conn.scalar(query.limit(1)) is not None


def unconfirmed(conn: Connection, host: str, before: datetime.datetime, limit: int) -> list[Migration]:
    """Moves to ``host`` that have waited for their confirmation since ``before``, oldest first."""
    query = sa.select(*_COLUMNS).where(_m.dest_host == host, _m.status == FINISHED, _m.updated_at <= before)
    return [Migration(**row._mapping) for row in conn.execute(query.order_by(_m.id).limit(limit))]


def growth_of(project_servers: sa.Select[Any]) -> sa.Select[Any]:
    """The vCPUs and MiB of memory that moves under way take beyond the rows of the servers selected (ids)."""
    return sa.select(
        sa.func.coalesce(sa.func.sum(_m.more_vcpus), 0).label("more_cores"),
        sa.func.coalesce(sa.func.sum(_m.more_memory_mb), 0).label("more_ram"),
    ).where(_m.status.in_(_GROWING), _m.server_id.in_(project_servers))


def flavor_row_id(conn: Connection, flavorid: str) -> int | None:
    """The row id of a flavor, which is what migrations show; None when it has been deleted."""
    found = conn.scalar(sa.select(flavors.c.id).where(flavors.c.flavorid == flavorid))
    return None if found is None else int(found)
