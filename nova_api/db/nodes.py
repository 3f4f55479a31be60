"""Compute nodes: what they have, what is claimed of it.  Claims never exceed capacity × allocation ratio."""

from __future__ import annotations

import dataclasses
import datetime
import uuid
from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import mysql, postgresql, sqlite
from sqlalchemy.engine import Connection
from sqlalchemy.exc import IntegrityError

from nova_api import exception
from nova_api.db import packed
from nova_api.db.guests import Guest
from nova_api.db.schema.base import utcnow
from nova_api.db.schema.compute import allocations, compute_nodes, services

_n = compute_nodes.c
_a = allocations.c


@dataclasses.dataclass(frozen=True)
class Node:
    """A compute node with the state of its service; sizes in MiB and GiB."""

    id: int
    uuid: str
    host: str
    hypervisor_hostname: str
    hypervisor_type: str
    hypervisor_version: int
    host_ip: str
    cpu_info: dict[str, Any]
    vcpus: int
    memory_mb: int
    local_gb: int
    disk_available_least: int | None
    uptime: str | None
    reserved_memory_mb: int
    cpu_allocation_ratio: float
    ram_allocation_ratio: float
    disk_allocation_ratio: float
    vcpus_used: int
    memory_mb_used: int
    local_gb_used: int
    generation: int
    # of its service
    disabled: bool
    forced_down: bool
    last_seen_at: datetime.datetime | None

    @property
    def free_vcpus(self) -> float:
        return self.vcpus * self.cpu_allocation_ratio - self.vcpus_used

    @property
    def free_memory_mb(self) -> float:
        return (self.memory_mb - self.reserved_memory_mb) * self.ram_allocation_ratio - self.memory_mb_used

    @property
    def free_disk_gb(self) -> float:
        return self.local_gb * self.disk_allocation_ratio - self.local_gb_used


_OF_SERVICE = ("disabled", "forced_down", "last_seen_at")
_COLUMNS = [
    (services.c if field.name in _OF_SERVICE else _n)[field.name] for field in dataclasses.fields(Node)
]
_values = packed.reader(_COLUMNS)
# Made once: making a statement takes as long as running it.
_NODES = (
    sa.select(packed.row(_COLUMNS))
    .select_from(
        compute_nodes.join(services, sa.and_(services.c.host == _n.host, services.c.binary == "nova-compute"))
    )
    .order_by(_n.id)
)
_USE = (
    sa.update(compute_nodes)
    .where(_n.id == sa.bindparam("node"))
    .values(
        vcpus_used=_n.vcpus_used + sa.bindparam("more_vcpus"),
        memory_mb_used=_n.memory_mb_used + sa.bindparam("more_memory_mb"),
        local_gb_used=_n.local_gb_used + sa.bindparam("more_gb"),
        generation=_n.generation + 1,
    )
)
_USE_AS_READ = _USE.where(_n.generation == sa.bindparam("read"))


def _holding() -> dict[str, sa.Insert]:
    """By dialect: the statement that adds to what a server holds of a node, or is the first to."""
    amounts = ("vcpus", "memory_mb", "disk_gb")
    of_mysql = mysql.insert(allocations)
    sums = {name: _a[name] + of_mysql.inserted[name] for name in amounts}
    made: dict[str, sa.Insert] = dict.fromkeys(("mysql", "mariadb"), of_mysql.on_duplicate_key_update(sums))
    for dialect in (postgresql, sqlite):
        others = dialect.insert(allocations)
        sums = {name: _a[name] + others.excluded[name] for name in amounts}
        made[dialect.__name__.rpartition(".")[2]] = others.on_conflict_do_update(
            index_elements=[_a.server_id, _a.node_id], set_=sums
        )
    return made


_HOLDING = _holding()


def report(conn: Connection, host: str, node: str, values: Mapping[str, Any]) -> int:
    """Writes what ``node`` of ``host`` has (columns of ``compute_nodes``); its row id, kept for good.

    What is claimed of it stays: only ``claim`` and ``release`` change that.
    """
    query = sa.select(_n.id).where(_n.hypervisor_hostname == node)
    found = conn.scalar(query)
    if found is None:
        try:
            with conn.begin_nested():
                result = conn.execute(
                    sa.insert(compute_nodes).values(
                        uuid=str(uuid.uuid4()), host=host, hypervisor_hostname=node, **values
                    )
                )
            key = result.inserted_primary_key
            assert key is not None  # the table has one
            return int(key[0])
        except IntegrityError:
            # Another process of the same host was quicker.
            found = conn.execute(query.with_for_update()).scalar_one()
    conn.execute(
        sa.update(compute_nodes).where(_n.id == found).values(host=host, updated_at=utcnow(), **values)
    )
    return int(found)


def list_nodes(conn: Connection) -> list[Node]:
    """Every node whose host has a compute service, in order of ids."""
    return [Node(*_values(text)) for text in conn.scalars(_NODES)]


def address_of(conn: Connection, node_id: int) -> str:
    """The address of the node's host."""
    return str(conn.execute(sa.select(_n.host_ip).where(_n.id == node_id)).scalar_one())


def lock_of_host(conn: Connection, host: str) -> list[str]:
    """The names of the host's nodes, which nobody can claim from until the transaction ends."""
    query = sa.select(_n.hypervisor_hostname).where(_n.host == host).order_by(_n.id).with_for_update()
    return list(conn.scalars(query))


def is_claimed(conn: Connection, host: str) -> bool:
    """Whether anything of the host's nodes is claimed for a server."""
    query = sa.select(_a.server_id).join(compute_nodes, _n.id == _a.node_id).where(_n.host == host)
    return conn.scalar(query.limit(1)) is not None


def delete_of_host(conn: Connection, host: str) -> None:
    """Removes the host's nodes, of which nothing is claimed."""
    conn.execute(sa.delete(compute_nodes).where(_n.host == host))


def can_rescue_volumes(conn: Connection, host: str, node: str) -> bool:
    """Whether guests of ``node`` that boot from a volume can be rescued; False for an unknown node."""
    query = sa.select(_n.can_rescue_volumes).where(_n.host == host, _n.hypervisor_hostname == node)
    return bool(conn.scalar(query))


def claim(conn: Connection, node: Node, guest: Guest) -> bool:
    """Takes what ``guest`` needs from ``node`` and records it, in the caller's transaction.

    False when the node was changed since it was read (somebody else claimed):
    the caller rolls back, reads again and chooses again.
    """
    if (
        guest.vcpus > node.free_vcpus
        or guest.memory_mb > node.free_memory_mb
        or guest.disk_gb > node.free_disk_gb
    ):
        return False
    if not _use(conn, node.id, guest.vcpus, guest.memory_mb, guest.disk_gb, generation=node.generation):
        return False
    _hold(conn, guest, node.id)
    return True


def _hold(conn: Connection, guest: Guest, node_id: int) -> None:
    """Records a claim, on top of what the server holds there already (it is resized where it is)."""
    needs = {"vcpus": guest.vcpus, "memory_mb": guest.memory_mb, "disk_gb": guest.disk_gb}
    conn.execute(_HOLDING[conn.dialect.name], {"server_id": guest.id, "node_id": node_id, **needs})


def settle(conn: Connection, guest: Guest) -> None:
    """Makes what a server holds exactly what it needs where it is, whatever a move has claimed besides.

    Once or often, the result is the same.  Growing is not checked against the
    capacity: what the server goes back to had been claimed all the time.
    """
    home = conn.scalar(sa.select(_n.id).where(_n.hypervisor_hostname == guest.node)) if guest.node else None
    needs = (guest.vcpus, guest.memory_mb, guest.disk_gb) if home is not None else (0, 0, 0)
    query = sa.select(allocations).where(_a.server_id == guest.id).order_by(_a.node_id).with_for_update()
    held = {row.node_id: (row.vcpus, row.memory_mb, row.disk_gb) for row in conn.execute(query)}
    if held == ({home: needs} if home is not None else {}):
        return
    # In order of the nodes, so that two settlements cannot wait for each other.
    for node_id in sorted({*held, home} - {None}):
        want = needs if node_id == home else (0, 0, 0)
        has = held.get(node_id, (0, 0, 0))
        _use(conn, node_id, want[0] - has[0], want[1] - has[1], want[2] - has[2])
    conn.execute(sa.delete(allocations).where(_a.server_id == guest.id))
    if home is not None:
        _hold(conn, guest, home)


def release(conn: Connection, server_id: int) -> None:
    """Gives back whatever is claimed for a server, once however often it is called."""
    held = conn.execute(sa.select(allocations).where(_a.server_id == server_id)).all()
    for row in held:
        gone = conn.execute(
            sa.delete(allocations).where(_a.server_id == server_id, _a.node_id == row.node_id)
        )
        # The deleted row is the right to give back: of two releases only one gets it.
        if gone.rowcount == 1 and not _use(conn, row.node_id, -row.vcpus, -row.memory_mb, -row.disk_gb):
            raise exception.StaleState(what="Compute node", id=row.node_id)


def _use(
    conn: Connection, node_id: int, vcpus: int, memory_mb: int, disk_gb: int, generation: int | None = None
) -> bool:
    found = {"node": node_id, "more_vcpus": vcpus, "more_memory_mb": memory_mb, "more_gb": disk_gb}
    if generation is None:
        done = conn.execute(_USE, {**found, "updated_at": utcnow()})
    else:
        done = conn.execute(_USE_AS_READ, {**found, "read": generation, "updated_at": utcnow()})
    return bool(done.rowcount == 1)
