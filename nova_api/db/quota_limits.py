"""Limits that administrators have set: of a project, of a user in a project, of all projects (a class)."""

from __future__ import annotations

from collections.abc import Mapping

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from nova_api.db.schema.quota import quota_class_limits, quota_limits

_q = quota_limits.c
_c = quota_class_limits.c

#: ``user_id`` of the rows that limit a project as a whole.
_WHOLE = ""


# Made once: making a statement takes as long as running it.
_OF_ALL, _OF_PROJECT, _OF_USER = range(3)
_LIMITS = sa.union_all(
    sa.select(sa.literal_column(str(_OF_ALL)), _c.resource, _c.hard_limit).where(
        _c.class_name == sa.bindparam("class")
    ),
    sa.select(sa.literal_column(str(_OF_PROJECT)), _q.resource, _q.hard_limit).where(
        _q.project_id == sa.bindparam("project"), _q.user_id == _WHOLE
    ),
    sa.select(sa.literal_column(str(_OF_USER)), _q.resource, _q.hard_limit).where(
        _q.project_id == sa.bindparam("project"),
        _q.user_id == sa.bindparam("user"),
        _q.user_id != _WHOLE,
    ),
)


def of_project(
    conn: Connection, class_name: str, project_id: str, user_id: str | None = None
) -> tuple[dict[str, int], dict[str, int], dict[str, int]]:
    """{resource: limit} of the class, of the project, and of one user in it, as far as they are set."""
    found: tuple[dict[str, int], dict[str, int], dict[str, int]] = ({}, {}, {})
    names = {"class": class_name, "project": project_id, "user": user_id or _WHOLE}
    for owner, resource, limit in conn.execute(_LIMITS, names):
        found[owner][resource] = limit
    return found


def given_to_users(conn: Connection, project_id: str, but: str | None = None) -> dict[str, int]:
    """{resource: sum of the limits of the project's users}, without the user ``but``."""
    query = (
        sa.select(_q.resource, sa.func.sum(_q.hard_limit))
        .where(_q.project_id == project_id, _q.user_id != _WHOLE, _q.hard_limit > 0)
        .group_by(_q.resource)
    )
    if but is not None:
        query = query.where(_q.user_id != but)
    return {resource: int(total) for resource, total in conn.execute(query)}


def set_limits(conn: Connection, project_id: str, user_id: str | None, limits: Mapping[str, int]) -> None:
    """Sets limits of the project, or of a user in it; others stay.  The caller holds the project's lock."""
    if not limits:
        return
    owner = user_id or _WHOLE
    here = (_q.project_id == project_id, _q.user_id == owner)
    conn.execute(sa.delete(quota_limits).where(*here, _q.resource.in_(list(limits))))
    rows = [
        {"project_id": project_id, "user_id": owner, "resource": resource, "hard_limit": limit}
        for resource, limit in limits.items()
    ]
    conn.execute(sa.insert(quota_limits), rows)


def forget(conn: Connection, project_id: str, user_id: str | None = None) -> None:
    """Removes the limits of a user in a project; without one all that are set in the project."""
    query = sa.delete(quota_limits).where(_q.project_id == project_id)
    conn.execute(query if user_id is None else query.where(_q.user_id == user_id))


def of_class(conn: Connection, class_name: str) -> dict[str, int]:
    """{resource: limit} of a class, as far as they are set."""
    query = sa.select(_c.resource, _c.hard_limit).where(_c.class_name == class_name)
    return {row.resource: row.hard_limit for row in conn.execute(query)}


def set_class(conn: Connection, class_name: str, limits: Mapping[str, int]) -> None:
    """Sets limits of a class; others stay.  The caller holds the class's lock."""
    if not limits:
        return
    conn.execute(
        sa.delete(quota_class_limits).where(_c.class_name == class_name, _c.resource.in_(list(limits)))
    )
    rows = [
        {"class_name": class_name, "resource": resource, "hard_limit": limit}
        for resource, limit in limits.items()
    ]
    conn.execute(sa.insert(quota_class_limits), rows)
