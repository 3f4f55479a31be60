"""Statements on server groups: what they are, who is in them, and on which hosts those are."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from nova_api.db.schema.compute import allocations, compute_nodes, servers
from nova_api.db.schema.placement import server_group_members, server_groups

_g = server_groups.c
_m = server_group_members.c
_s = servers.c


@dataclasses.dataclass(frozen=True)
class ServerGroup:
    """A row of ``server_groups``; ``max_server_per_host`` is None where no rule was given."""

    id: int
    uuid: str
    project_id: str
    user_id: str
    name: str
    policy: str
    max_server_per_host: int | None
    generation: int


_COLUMNS = [_g[field.name] for field in dataclasses.fields(ServerGroup)]


def find(conn: Connection, group_uuid: str, *, lock: bool = False) -> ServerGroup | None:
    """The group; with ``lock`` it stays, with its members, as it is until the transaction ends."""
    query = sa.select(*_COLUMNS).where(_g.uuid == group_uuid)
    if lock:
        query = query.with_for_update()
    row = conn.execute(query).one_or_none()
    return None if row is None else ServerGroup(**row._mapping)


def page(conn: Connection, project_id: str | None, limit: int, offset: int) -> list[ServerGroup]:
    """Groups of a project (None: of all) from the oldest on."""
    query = sa.select(*_COLUMNS).order_by(_g.id).limit(limit).offset(offset)
    if project_id is not None:
        query = query.where(_g.project_id == project_id)
    return [ServerGroup(**row._mapping) for row in conn.execute(query)]


def count(conn: Connection, project_id: str, user_id: str | None = None) -> int:
    """How many groups the project has, or one user in it."""
    query = sa.select(sa.func.count()).select_from(server_groups).where(_g.project_id == project_id)
    if user_id is not None:
        query = query.where(_g.user_id == user_id)
    return int(conn.scalar(query) or 0)


def insert(conn: Connection, values: Mapping[str, Any]) -> None:
    """Adds a group without members."""
    conn.execute(sa.insert(server_groups).values(**values))


def delete(conn: Connection, group: ServerGroup) -> None:
    """Removes the group; its servers stay, in no group.  The caller has locked it."""
    conn.execute(sa.delete(server_group_members).where(_m.group_id == group.id))
    conn.execute(sa.delete(server_groups).where(_g.id == group.id))


# --- members ----------------------------------------------------------------------


def members_of(conn: Connection, group_ids: Collection[int]) -> dict[int, list[str]]:
    """{group id: uuids of its servers that are not deleted, oldest first}; one statement."""
    found: dict[int, list[str]] = {group_id: [] for group_id in group_ids}
    if found:
        query = (
            sa.select(_m.group_id, _s.uuid)
            .join(servers, _s.id == _m.server_id)
            .where(_m.group_id.in_(list(found)), _s.deleted.is_(False))
            .order_by(_s.id)
        )
        for group_id, uuid in conn.execute(query):
            found[group_id].append(uuid)
    return found


def count_members(conn: Connection, group: ServerGroup) -> int:
    """How many servers of the group are not deleted."""
    return len(members_of(conn, [group.id])[group.id])


def add_members(conn: Connection, group: ServerGroup, server_ids: Sequence[int]) -> None:
    """Puts new servers into the group."""
    rows = [{"group_id": group.id, "server_id": server_id} for server_id in server_ids]
    conn.execute(sa.insert(server_group_members), rows)


def of_servers(conn: Connection, server_ids: Collection[int]) -> dict[int, list[str]]:
    """{server id: [uuid of its group]}, without the servers that are in none."""
    query = (
        sa.select(_m.server_id, _g.uuid)
        .join(server_groups, _g.id == _m.group_id)
        .where(_m.server_id.in_(list(server_ids)))
    )
    return {server_id: [uuid] for server_id, uuid in conn.execute(query)}


# --- placing members ----------------------------------------------------------------


def of_server(conn: Connection, server_id: int) -> ServerGroup | None:
    """The group that the server is in.  Read it before the hosts of its members (see ``hosts_of``)."""
    query = (
        sa.select(*_COLUMNS).join(server_group_members, _m.group_id == _g.id).where(_m.server_id == server_id)
    )
    row = conn.execute(query).one_or_none()
    return None if row is None else ServerGroup(**row._mapping)


def hosts_of(conn: Connection, group: ServerGroup, but: int) -> dict[str, int]:
    """{host: how many members have a claim there}, without the server with id ``but``.

    Claims and not ``servers.host``: a server on its way between two hosts counts on both.
    """
    query = (
        sa.select(compute_nodes.c.host, sa.func.count(sa.distinct(_m.server_id)))
        .select_from(server_group_members)
        .join(servers, _s.id == _m.server_id)
        .join(allocations, allocations.c.server_id == _m.server_id)
        .join(compute_nodes, compute_nodes.c.id == allocations.c.node_id)
        .where(_m.group_id == group.id, _m.server_id != but, _s.deleted.is_(False))
        .group_by(compute_nodes.c.host)
    )
    return {host: int(count) for host, count in conn.execute(query)}


def claim(conn: Connection, group: ServerGroup) -> bool:
    """Takes the right to place one member, in the caller's transaction.

    False when another member was placed since ``group`` was read: the caller
    rolls back, reads the members' hosts again and chooses again.  True for a
    group that is gone: it forbids nothing any more.
    """
    done = conn.execute(
        sa.update(server_groups)
        .where(_g.id == group.id, _g.generation == group.generation)
        .values(generation=_g.generation + 1, updated_at=_g.updated_at)
    )
    return bool(done.rowcount == 1) or find(conn, group.uuid) is None
