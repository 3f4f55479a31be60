"""What servers take of one host, by project."""

from __future__ import annotations

from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from nova_api.db.schema.compute import servers

_s = servers.c


class Share(NamedTuple):
    """What the flavors of a project's servers on a host come to; MiB and GiB."""

    project_id: str
    vcpus: int
    memory_mb: int
    disk_gb: int


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
