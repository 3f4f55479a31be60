"""What servers take of hosts: of one by project, of each by number."""

from __future__ import annotations

from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from nova_api.compute import states
from nova_api.db.schema.compute import servers

_s = servers.c


class Share(NamedTuple):
    """What the flavors of a project's servers on a host come to; MiB and GiB."""

    project_id: str
    vcpus: int
    memory_mb: int
    disk_gb: int


class Load(NamedTuple):
    """How many servers a host has, and how many of them give its disks and network work now."""

    servers: int
    busy: int


#: What is being done to a server while its host is busy with it; besides, building it.
_BUSY = (
    states.RESIZE_MIGRATING,
    states.REBUILDING,
    states.RESIZE_PREP,
    states.IMAGE_SNAPSHOT,
    states.IMAGE_BACKUP,
    states.RESCUING,
    states.UNSHELVING,
)


def loads(conn: Connection) -> dict[str, Load]:
    """{host: its load} of every host with servers; one statement."""
    busy = sa.or_(_s.vm_state == states.BUILDING, _s.task_state.in_(_BUSY))
    query = (
        sa.select(_s.host, sa.func.count(), sa.func.sum(sa.case((busy, 1), else_=0)))
        .where(_s.host.is_not(None), _s.deleted == sa.false())
        .group_by(_s.host)
    )
    return {row[0]: Load(int(row[1]), int(row[2])) for row in conn.execute(query)}


def shares(conn: Connection, host: str) -> list[Share]:
    """One a project that has servers on ``host``, by project; one statement."""
    query = (
        sa.select(
            _s.project_id,
            sa.func.sum(_s.vcpus),
            sa.func.sum(_s.memory_mb),
            sa.func.sum(_s.root_gb + _s.ephemeral_gb),
        )
        .where(_s.host == host, _s.deleted == sa.false())
        .group_by(_s.project_id)
        .order_by(_s.project_id)
    )
    return [Share(row[0], int(row[1]), int(row[2]), int(row[3])) for row in conn.execute(query)]
