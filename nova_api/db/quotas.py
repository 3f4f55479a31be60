"""What a project uses of its quotas, and the lock that makes checking and using one step."""

from __future__ import annotations

from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from nova_api.db.duplicate import DUPLICATE_ERRORS
from nova_api.db.schema.compute import quota_locks, servers

_s = servers.c

#: The one vm_state whose servers use no quota: whoever restores one takes it again.
_NOT_COUNTED = "soft-delete"
_OWNER_LENGTH = 255


class Usage(NamedTuple):
    """What counts against the quotas: servers, their vCPUs, their memory in MiB."""

    instances: int
    cores: int
    ram: int


def usage_of(conn: Connection, project_id: str) -> Usage:
    """The project's live servers: also broken ones, shelved ones and builds in flight."""
    query = sa.select(
        sa.func.count(),
        sa.func.coalesce(sa.func.sum(_s.vcpus), 0),
        sa.func.coalesce(sa.func.sum(_s.memory_mb), 0),
    ).where(_s.project_id == project_id, _s.deleted.is_(False), _s.vm_state != _NOT_COUNTED)
    instances, cores, ram = conn.execute(query).one()
    return Usage(int(instances), int(cores), int(ram))


def lock(conn: Connection, owner: str) -> None:
    """Makes other transactions that use quotas of ``owner`` wait until this one ends.

    Take it before reading what is used: two requests that read first would
    both find room for the last server.  On SQLite a writer is alone anyway.
    """
    if conn.dialect.name == "sqlite":
        return
    owner = owner[:_OWNER_LENGTH]  # two owners of one row only wait for each other
    found = sa.select(quota_locks.c.project_id).where(quota_locks.c.project_id == owner).with_for_update()
    if conn.scalar(found) is not None:
        return
    try:
        with conn.begin_nested():
            conn.execute(sa.insert(quota_locks).values(project_id=owner))
    except DUPLICATE_ERRORS:
        # The first requests of a project met: the other one's row is the lock.
        conn.scalar(found)
