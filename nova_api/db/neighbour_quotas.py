"""Limits that administrators have set in the embedded network and volume services."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from nova_api.db.schema.quota import neighbour_quotas

_q = neighbour_quotas.c
_LIMITS = sa.select(_q.resource, _q.hard_limit).where(
    _q.project_id == sa.bindparam("owner"), _q.service == sa.bindparam("of_service")
)
_LIMITS_LOCKED = _LIMITS.with_for_update()


def _here(service: str, project_id: str) -> tuple[sa.ColumnElement[bool], ...]:
    return _q.project_id == project_id, _q.service == service


def limits_of(conn: Connection, service: str, project_id: str, *, lock: bool = False) -> dict[str, int]:
    """{resource: limit} of the project, as far as they are set; ``lock`` keeps them until it ends."""
    query = _LIMITS_LOCKED if lock else _LIMITS
    found = conn.execute(query, {"owner": project_id, "of_service": service})
    return {row.resource: row.hard_limit for row in found}


def limits_of_all(conn: Connection, service: str) -> dict[str, dict[str, int]]:
    """Project → its limits, of the projects for which any are set."""
    query = sa.select(_q.project_id, _q.resource, _q.hard_limit).where(_q.service == service)
    found: dict[str, dict[str, int]] = defaultdict(dict)
    for project_id, resource, limit in conn.execute(query.order_by(_q.project_id)):
        found[project_id][resource] = limit
    return found


def set_limits(conn: Connection, service: str, project_id: str, limits: Mapping[str, int]) -> None:
    """Sets limits of the project; others stay.  Raises one of ``DUPLICATE_ERRORS``: set meanwhile."""
    known = limits_of(conn, service, project_id, lock=True)
    for resource, limit in limits.items():
        # Changed, not replaced: in PostgreSQL who waits for a row that is removed then finds none.
        if resource in known:
            is_it = (*_here(service, project_id), _q.resource == resource)
            conn.execute(sa.update(neighbour_quotas).where(*is_it).values(hard_limit=limit))
        else:
            row = {"project_id": project_id, "service": service, "resource": resource, "hard_limit": limit}
            conn.execute(sa.insert(neighbour_quotas).values(row))


def forget(conn: Connection, service: str, project_id: str) -> bool:
    """Removes all limits of the project; whether there were any."""
    return bool(conn.execute(sa.delete(neighbour_quotas).where(*_here(service, project_id))).rowcount)


def clear(conn: Connection, service: str) -> None:
    """Removes all limits of the service."""
    conn.execute(sa.delete(neighbour_quotas).where(_q.service == service))
