"""What belongs to ports, networks and groups, loaded for a whole page in one statement each."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, RowMapping

from nova_api.db.schema.network import (
    addresses,
    floating_ips,
    networks,
    port_security_groups,
    ports,
    routers,
    security_group_rules,
    security_groups,
    subnets,
)

Rows = Mapping[str, Sequence[RowMapping]]


def _grouped(conn: Connection, query: sa.Select[Any], key: str) -> Rows:
    found: dict[str, list[RowMapping]] = defaultdict(list)
    for row in conn.execute(query).mappings():
        found[row[key]].append(row)
    return found


def addresses_of(conn: Connection, port_ids: Collection[str]) -> Rows:
    """Port → rows of subnet_id, address, ip_version in the order of allocation."""
    query = (
        sa.select(addresses.c.port_id, addresses.c.subnet_id, addresses.c.address, subnets.c.ip_version)
        .join(subnets, subnets.c.uuid == addresses.c.subnet_id)
        .where(addresses.c.port_id.in_(port_ids))
        .order_by(addresses.c.id)
    )
    return _grouped(conn, query, "port_id")


def groups_of(conn: Connection, port_ids: Collection[str]) -> Rows:
    """Port → rows of uuid, name of its security groups, by name."""
    query = (
        sa.select(port_security_groups.c.port_id, security_groups.c.uuid, security_groups.c.name)
        .join(security_groups, security_groups.c.uuid == port_security_groups.c.security_group_id)
        .where(port_security_groups.c.port_id.in_(port_ids))
        .order_by(security_groups.c.name, security_groups.c.id)
    )
    return _grouped(conn, query, "port_id")


def floating_of(conn: Connection, port_ids: Collection[str]) -> Rows:
    """Port → rows of the floating IPs that lead to it."""
    query = sa.select(floating_ips).where(floating_ips.c.port_id.in_(port_ids)).order_by(floating_ips.c.id)
    return _grouped(conn, query, "port_id")


def subnets_of(conn: Connection, network_ids: Collection[str]) -> Rows:
    """Network → rows of its subnets in the order of creation."""
    query = sa.select(subnets).where(subnets.c.network_id.in_(network_ids)).order_by(subnets.c.id)
    return _grouped(conn, query, "network_id")


def rules_of(conn: Connection, group_ids: Collection[str]) -> Rows:
    """Security group → rows of its rules in the order of creation."""
    query = (
        sa.select(security_group_rules)
        .where(security_group_rules.c.security_group_id.in_(group_ids))
        .order_by(security_group_rules.c.id)
    )
    return _grouped(conn, query, "security_group_id")


def server_ports(conn: Connection, server_ids: Collection[str]) -> Sequence[RowMapping]:
    """Ports of servers with the name of their network (``label``), in order of the NICs."""
    query = (
        sa.select(ports, networks.c.name.label("label"))
        .join(networks, networks.c.uuid == ports.c.network_id)
        .where(ports.c.device_id.in_(server_ids), ports.c.position.is_not(None))
        .order_by(ports.c.device_id, ports.c.position)
    )
    return conn.execute(query).mappings().all()


def set_groups(conn: Connection, port_id: str, group_ids: Collection[str]) -> None:
    """Makes ``group_ids`` the port's only security groups."""
    conn.execute(port_security_groups.delete().where(port_security_groups.c.port_id == port_id))
    rows = [{"port_id": port_id, "security_group_id": group} for group in dict.fromkeys(group_ids)]
    if rows:
        conn.execute(port_security_groups.insert(), rows)


def clear(conn: Connection) -> None:
    """Empties every table of the service."""
    for table in (
        floating_ips,
        addresses,
        port_security_groups,
        ports,
        routers,
        security_group_rules,
        security_groups,
        subnets,
        networks,
    ):
        conn.execute(table.delete())
