"""Statements on users, projects, roles, assignments and revocations."""

from __future__ import annotations

import datetime
import functools
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, RowMapping

from nova_api.db.duplicate import DUPLICATE_ERRORS
from nova_api.db.schema.identity import assignments, projects, revocations, roles, users

# Made once: making a statement takes as long as running it.
_ROLES = (
    sa.select(roles.c.name)
    .join(assignments, assignments.c.role_id == roles.c.id)
    .where(assignments.c.user_id == sa.bindparam("user"), assignments.c.project_id == sa.bindparam("project"))
    .order_by(roles.c.name)
)


def find(
    conn: Connection, table: sa.Table, *, id: str | None = None, name: str | None = None
) -> RowMapping | None:
    """The row with that id or that name; None when there is none."""
    key = "name" if id is None else "id"
    return conn.execute(_finding(table, key), {"wanted": name if id is None else id}).mappings().first()


@functools.cache  # twice as many as there are tables
def _finding(table: sa.Table, key: str) -> sa.Select[Any]:
    return sa.select(table).where(table.c[key] == sa.bindparam("wanted"))


def find_all(
    conn: Connection, table: sa.Table, *, name: str | None = None, ids: Iterable[str] | None = None
) -> Sequence[RowMapping]:
    """Rows ordered by name, all or those of that name or those ids."""
    query = sa.select(table).order_by(table.c.name)
    if name is not None:
        query = query.where(table.c.name == name)
    if ids is not None:
        query = query.where(table.c.id.in_(list(ids)))
    return conn.execute(query).mappings().all()


def insert(conn: Connection, table: sa.Table, values: Mapping[str, Any]) -> None:
    """Adds a row; raises one of ``DUPLICATE_ERRORS`` when id or name is taken."""
    conn.execute(table.insert().values(**values))


def update(conn: Connection, table: sa.Table, id: str, values: Mapping[str, Any]) -> bool:
    """Changes a row; False when there is none."""
    return bool(conn.execute(table.update().where(table.c.id == id).values(**values)).rowcount)


def delete(conn: Connection, table: sa.Table, id: str) -> bool:
    """Removes a row and what hangs on it; False when there is none."""
    return bool(conn.execute(table.delete().where(table.c.id == id)).rowcount)


def role_names(conn: Connection, user_id: str, project_id: str) -> tuple[str, ...]:
    """Names of the roles that a user has in a project, sorted."""
    return tuple(conn.scalars(_ROLES, {"user": user_id, "project": project_id}))


def projects_of(conn: Connection, user_id: str) -> Sequence[RowMapping]:
    """Enabled projects in which a user has a role, ordered by name."""
    member = sa.select(assignments.c.project_id).where(assignments.c.user_id == user_id)
    query = sa.select(projects).where(projects.c.id.in_(member), projects.c.enabled).order_by(projects.c.name)
    return conn.execute(query).mappings().all()


def assign(conn: Connection, user_id: str, project_id: str, role_id: str) -> None:
    """Gives a role; giving it again changes nothing."""
    values = {"user_id": user_id, "project_id": project_id, "role_id": role_id}
    try:
        with conn.begin_nested():
            conn.execute(assignments.insert().values(**values))
    except DUPLICATE_ERRORS:
        return


def unassign(conn: Connection, user_id: str, project_id: str, role_id: str) -> bool:
    """Takes a role away; False when it was not given."""
    query = assignments.delete().where(
        assignments.c.user_id == user_id,
        assignments.c.project_id == project_id,
        assignments.c.role_id == role_id,
    )
    return bool(conn.execute(query).rowcount)


def find_assignments(
    conn: Connection, *, user_id: str | None = None, project_id: str | None = None, role_id: str | None = None
) -> Sequence[RowMapping]:
    """Who has which role where: rows of (user|project|role)_(id|name), ordered by the names."""
    query = (
        sa.select(
            assignments,
            users.c.name.label("user_name"),
            projects.c.name.label("project_name"),
            roles.c.name.label("role_name"),
        )
        .join(users, users.c.id == assignments.c.user_id)
        .join(projects, projects.c.id == assignments.c.project_id)
        .join(roles, roles.c.id == assignments.c.role_id)
        .order_by(users.c.name, projects.c.name, roles.c.name)
    )
    for column, value in (("user_id", user_id), ("project_id", project_id), ("role_id", role_id)):
        if value is not None:
            query = query.where(assignments.c[column] == value)
    return conn.execute(query).mappings().all()


def revoke(
    conn: Connection, subject: str, issued_until: datetime.datetime, expires_at: datetime.datetime
) -> None:
    """Refuses tokens of ``subject`` issued up to ``issued_until``; the note lives till ``expires_at``."""
    conn.execute(revocations.delete().where(revocations.c.subject == subject))
    conn.execute(
        revocations.insert().values(subject=subject, issued_until=issued_until, expires_at=expires_at)
    )


def live_revocations(conn: Connection, now: datetime.datetime) -> dict[str, datetime.datetime]:
    """Subject → time up to which its tokens are refused."""
    query = sa.select(revocations.c.subject, revocations.c.issued_until).where(revocations.c.expires_at > now)
    return {row.subject: row.issued_until for row in conn.execute(query)}


def purge_revocations(conn: Connection, now: datetime.datetime) -> None:
    """Drops notes about tokens that have expired by themselves."""
    conn.execute(revocations.delete().where(revocations.c.expires_at <= now))


def clear(conn: Connection) -> None:
    """Empties every table of the service."""
    for table in (assignments, revocations, users, projects, roles):
        conn.execute(table.delete())
