"""Statements on hypervisors: compute nodes together with the service of their host."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from nova_api.db.nodes import Node
from nova_api.db.schema.compute import compute_nodes, servers, services
from nova_api.db.services import Service

_n = compute_nodes.c
_s = servers.c
_v = services.c

_OF_SERVICE = ("disabled", "forced_down", "last_seen_at")
_NODE = {f.name: (_v if f.name in _OF_SERVICE else _n)[f.name] for f in dataclasses.fields(Node)}
_SERVICE = {f.name: _v[f.name] for f in dataclasses.fields(Service)}
_COLUMNS = [
    *(column.label(f"node_{name}") for name, column in _NODE.items()),
    *(column.label(f"service_{name}") for name, column in _SERVICE.items()),
]
_JOINED = compute_nodes.join(services, sa.and_(_v.host == _n.host, _v.binary == "nova-compute"))


@dataclasses.dataclass(frozen=True)
class Hypervisor:
    """A node and the compute service that it belongs to."""

    node: Node
    service: Service


class Load(NamedTuple):
    """What runs on a node: guests, and how many of those have a task in hand."""

    guests: int
    tasks: int


class Guest(NamedTuple):
    """A server on a node; ``id`` makes its name on the hypervisor."""

    id: int
    uuid: str


def _record(row: Any) -> Hypervisor:
    values = row._mapping
    node = Node(**{name: values[f"node_{name}"] for name in _NODE})
    return Hypervisor(node, Service(**{name: values[f"service_{name}"] for name in _SERVICE}))


def page(
    conn: Connection, limit: int | None = None, after: int = 0, pattern: str | None = None
) -> list[Hypervisor]:
    """At most ``limit`` (None: all) with ids above ``after`` and ``pattern`` in their names, by id."""
    query = sa.select(*_COLUMNS).select_from(_JOINED).where(_n.id > after).order_by(_n.id).limit(limit)
    if pattern is not None:
        query = query.where(_n.hypervisor_hostname.contains(pattern, autoescape=True))
    return [_record(row) for row in conn.execute(query)]


def find(conn: Connection, *, id: int | None = None, uuid: str | None = None) -> Hypervisor | None:
    """The hypervisor of that id, or of that uuid."""
    wanted = _n.uuid == uuid if id is None else _n.id == id
    row = conn.execute(sa.select(*_COLUMNS).select_from(_JOINED).where(wanted)).one_or_none()
    return None if row is None else _record(row)


def loads(conn: Connection, nodes: Collection[str]) -> dict[str, Load]:
    """{node name: what runs there}, without nodes on which nothing does; one statement."""
    query = (
        sa.select(_s.node, sa.func.count(), sa.func.count(_s.task_state))
        .where(_s.node.in_(list(nodes)), _s.deleted == sa.false())
        .group_by(_s.node)
    )
    return {node: Load(int(guests), int(tasks)) for node, guests, tasks in conn.execute(query)}


def guests_on(conn: Connection, nodes: Collection[str]) -> dict[str, list[Guest]]:
    """{node name: its servers, oldest first}; one statement."""
    found: dict[str, list[Guest]] = {node: [] for node in nodes}
    query = (
        sa.select(_s.node, _s.id, _s.uuid)
        .where(_s.node.in_(list(nodes)), _s.deleted == sa.false())
        .order_by(_s.id)
    )
    for node, server_id, server_uuid in conn.execute(query):
        found[node].append(Guest(server_id, server_uuid))
    return found
