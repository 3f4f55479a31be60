"""Servers that are deleted and may still be restored: ``deleted_at`` is set, ``deleted`` is not."""

from __future__ import annotations

import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from nova_api.compute import states
from nova_api.db.schema.base import utcnow
from nova_api.db.schema.compute import servers

_s = servers.c


def finish(conn: Connection, server_id: int, power_state: int) -> bool:
    """Makes a server that is being deleted softly SOFT_DELETED; False when it is not any more."""
    now = utcnow()
    done = conn.execute(
        sa.update(servers)
        .where(_s.id == server_id, _s.deleted == sa.false(), _s.task_state == states.SOFT_DELETING)
        .values(
            vm_state=states.SOFT_DELETED,
            task_state=None,
            power_state=power_state,
            deleted_at=now,
            updated_at=now,
        )
    )
    return bool(done.rowcount == 1)


def undo(conn: Connection, server_id: int) -> None:
    """Makes a server that is being restored ACTIVE."""
    conn.execute(
        sa.update(servers)
        .where(_s.id == server_id, _s.deleted == sa.false(), _s.task_state == states.RESTORING)
        .values(vm_state=states.ACTIVE, task_state=None, deleted_at=None, updated_at=utcnow())
    )


def expired(conn: Connection, host: str, before: datetime.datetime, limit: int) -> list[str]:
    """At most ``limit`` uuids of servers on ``host`` that were deleted softly ``before``, oldest first."""
    query = (
        sa.select(_s.uuid)
        .where(
            _s.host == host,
            _s.deleted == sa.false(),
            _s.vm_state == states.SOFT_DELETED,
            _s.task_state.is_(None),
            _s.deleted_at < before,
        )
        .order_by(_s.deleted_at, _s.id)
        .limit(limit)
    )
    return list(conn.scalars(query))
