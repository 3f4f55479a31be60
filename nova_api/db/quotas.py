"""What a project uses of its quotas, and the lock that makes checking and using one step."""

from __future__ import annotations

from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.dialects import mysql
from sqlalchemy.engine import Connection

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


def usage_of(conn: Connection, project_id: str, user_id: str | None = None) -> Usage:
    """The project's live servers (or a user's there): also broken ones, shelved ones, builds in flight."""
    # One that is being restored counts from the request on, or two of them could share the last room.
    uses = sa.or_(_s.vm_state != _NOT_COUNTED, _s.task_state == _COUNTED_AGAIN)
    counted = [_s.project_id == project_id, _s.deleted.is_(False), uses]
    if user_id is not None:
        counted.append(_s.user_id == user_id)
    query = sa.select(
        sa.func.count(),
        sa.func.coalesce(sa.func.sum(_s.vcpus), 0),
        sa.func.coalesce(sa.func.sum(_s.memory_mb), 0),
    ).where(*counted)
    instances, cores, ram = conn.execute(query).one()
    more_cores, more_ram = server_migrations.growth_of(conn, sa.select(_s.id).where(*counted))
    return Usage(int(instances), int(cores) + more_cores, int(ram) + more_ram)


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
    if conn.dialect.name == "postgresql":
        from sqlalchemy.dialects import postgresql  # two MiB that other databases do without

        made = postgresql.insert(quota_locks).values(project_id=owner)
        conn.execute(
            made.on_conflict_do_update(
                index_elements=[quota_locks.c.project_id], set_={"project_id": made.excluded.project_id}
            )
        )
    else:
        row = mysql.insert(quota_locks).values(project_id=owner)
        conn.execute(row.on_duplicate_key_update(project_id=row.inserted.project_id))
