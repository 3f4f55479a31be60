"""What a project uses of its quotas, and the lock that makes checking and using one step."""

from __future__ import annotations

import functools
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.dialects import mysql
from sqlalchemy.engine import Connection
from sqlalchemy.sql.dml import Insert

from nova_api.db import server_migrations
from nova_api.db.schema.compute import quota_locks, servers

_s = servers.c

#: The one vm_state whose servers use no quota: whoever restores one takes it again.
_NOT_COUNTED = "soft-delete"
_COUNTED_AGAIN = "restoring"
_OWNER_LENGTH = 255


class Usage(NamedTuple):
    """What counts against the quotas: servers, their vCPUs, their memory in MiB."""

    instances: int
    cores: int
    ram: int


def _counting(*more: sa.ColumnElement[bool]) -> sa.Select[Any]:
    # One that is being restored counts from the request on, or two of them could share the last room.
    uses = sa.or_(_s.vm_state != _NOT_COUNTED, _s.task_state == _COUNTED_AGAIN)
    counted = (_s.project_id == sa.bindparam("project"), _s.deleted.is_(False), uses, *more)
    rows = sa.select(
        sa.func.count().label("instances"),
        sa.func.coalesce(sa.func.sum(_s.vcpus), 0).label("cores"),
        sa.func.coalesce(sa.func.sum(_s.memory_mb), 0).label("ram"),
    ).where(*counted)
    growth = server_migrations.growth_of(sa.select(_s.id).where(*counted))
    used, growing = rows.subquery("used"), growth.subquery("growing")
    return sa.select(used, growing).select_from(used.join(growing, sa.true()))


_USED = _counting()
_USED_BY_USER = _counting(_s.user_id == sa.bindparam("user"))


def usage_of(conn: Connection, project_id: str, user_id: str | None = None) -> Usage:
    """The project's live servers (or a user's there): also broken ones, shelved ones, builds in flight."""
    query = _USED if user_id is None else _USED_BY_USER
    owner = {"project": project_id} if user_id is None else {"project": project_id, "user": user_id}
    instances, cores, ram, more_cores, more_ram = conn.execute(query, owner).one()
    return Usage(int(instances), int(cores) + int(more_cores), int(ram) + int(more_ram))


@functools.cache
def _lock(dialect: str) -> Insert:
    if dialect == "postgresql":
        from sqlalchemy.dialects import postgresql  # two MiB that other databases do without

        made = postgresql.insert(quota_locks)
        return made.on_conflict_do_update(
            index_elements=[quota_locks.c.project_id], set_={"project_id": made.excluded.project_id}
        )
    row = mysql.insert(quota_locks)
    return row.on_duplicate_key_update(project_id=row.inserted.project_id)


def lock(conn: Connection, owner: str) -> None:
    """Makes other transactions that use quotas of ``owner`` wait until this one ends.

    Take it before reading what is used: two requests that read first would
    both find room for the last server.  On SQLite a writer is alone anyway.
    """
    if conn.dialect.name == "sqlite":
        return
    owner = owner[:_OWNER_LENGTH]  # two owners of one row only wait for each other
    # One statement that makes the row or, where it is, locks it.  Looking for it FOR UPDATE first locks
    # the gap where it is not, and MySQL then lets the first requests of a project deadlock in turn.
    conn.execute(_lock(conn.dialect.name), {"project_id": owner})
