"""Servers at rest: what they are once nothing is being done to them."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from nova_api.backend import Backend
from nova_api.db.schema.compute import server_action_events, server_faults
from tests.functional.api.servers import rows
from tests.functional.api.servers.waiting import until


def settled(backend: Backend, uuid: str) -> Any:
    """The server's row, once it is idle, no work item is left and every action has ended."""

    def look() -> Any:
        # The work first: a row that was read before its end would be the old one.
        if rows.work(backend, uuid) or not all(one.finish_time for one in rows.actions(backend, uuid)):
            return None
        row = rows.server(backend, uuid)
        idle = row.deleted or (row.task_state is None and row.vm_state != "building")
        return row if idle else None

    return until(look)


def events(backend: Backend, uuid: str) -> list[tuple[str, str, str | None]]:
    """(action, event, result) of its actions, oldest first."""
    found = []
    e = server_action_events.c
    for action in rows.actions(backend, uuid):
        with backend.db.reader() as conn:
            query = sa.select(e.event, e.result).where(e.action_id == action.id).order_by(e.id)
            found += [(action.action, event, result) for event, result in conn.execute(query)]
    return found


def fault(backend: Backend, uuid: str) -> Any:
    """Its newest fault; None when there is none."""
    f = server_faults.c
    query = sa.select(server_faults).where(f.server_id == rows.server(backend, uuid).id)
    with backend.db.reader() as conn:
        return conn.execute(query.order_by(f.id.desc())).first()
