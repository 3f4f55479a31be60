"""Servers that existed within a period, for what projects have used; deleted ones too."""

from __future__ import annotations

import dataclasses
import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from nova_api.db import keyset
from nova_api.db.schema.compute import servers

_s = servers.c


@dataclasses.dataclass(frozen=True)
class Span:
    """A server's time: since ``launched_at``, until ``terminated_at`` where it has ended (naive UTC).

    Memory is in MiB, disks in GiB.
    """

    uuid: str
    project_id: str
    name: str
    vm_state: str
    flavor: str
    vcpus: int
    memory_mb: int
    root_gb: int
    ephemeral_gb: int
    launched_at: datetime.datetime
    terminated_at: datetime.datetime | None


_COLUMNS = [_s[field.name] for field in dataclasses.fields(Span)]


def project_of(conn: Connection, server_uuid: str) -> str | None:
    """The project of a server, deleted or not; None for an unknown one."""
    return conn.scalar(sa.select(_s.project_id).where(_s.uuid == server_uuid))


def spans(
    conn: Connection,
    start: datetime.datetime,
    stop: datetime.datetime,
    limit: int,
    after: tuple[str, str] | None = None,
    project_id: str | None = None,
) -> list[Span]:
    """At most ``limit`` that began before ``stop`` and had not ended at ``start``, by project and uuid.

    ``after`` is (project, uuid) of the last one of the page before.
    """
    query = sa.select(*_COLUMNS).where(
        _s.launched_at < stop, sa.or_(_s.terminated_at.is_(None), _s.terminated_at > start)
    )
    if project_id is not None:
        query = query.where(_s.project_id == project_id)
    if after is not None:
        query = query.where(keyset.after([(_s.project_id, False, after[0]), (_s.uuid, False, after[1])]))
    rows = conn.execute(query.order_by(_s.project_id, _s.uuid).limit(limit))
    return [Span(**{**row._mapping, "flavor": row.flavor["name"]}) for row in rows]
