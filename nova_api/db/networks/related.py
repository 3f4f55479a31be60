"""What belongs to ports, networks and groups, loaded for a whole page in one statement each."""

from __future__ import annotations

import operator
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from typing import Any

import orjson
import sqlalchemy as sa
from sqlalchemy.engine import Connection, RowMapping

from nova_api import turns
from nova_api.db import packed
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


_OF_ADDRESS = (addresses.c.id, addresses.c.subnet_id, addresses.c.address, subnets.c.ip_version)
_OF_FLOATING = (floating_ips.c.id, floating_ips.c.address, floating_ips.c.fixed_address)
_OF_GROUP = (security_groups.c.name, security_groups.c.id)
#: Columns of ``SERVER_PORTS`` that make a NIC.
OF_NIC = (
    *(ports.c.device_id, ports.c.position, ports.c.uuid, ports.c.network_id, networks.c.name),
    *(ports.c.mac_address, ports.c.tag, ports.c.made_for_server, ports.c.status),
    packed.rows(
        "addresses of ports",
        _OF_ADDRESS,
        sa.select()
        .select_from(addresses.join(subnets, subnets.c.uuid == addresses.c.subnet_id))
        .where(addresses.c.port_id == ports.c.uuid),
    ),
    packed.rows(
        "floating IPs of ports",
        _OF_FLOATING,
        sa.select().select_from(floating_ips).where(floating_ips.c.port_id == ports.c.uuid),
    ),
    packed.rows(
        "groups of ports",
        _OF_GROUP,
        sa.select()
        .select_from(
            port_security_groups.join(
                security_groups, security_groups.c.uuid == port_security_groups.c.security_group_id
            )
        )
        .where(port_security_groups.c.port_id == ports.c.uuid),
    ),
)
SERVER_PORTS = (
    sa.select()
    .select_from(ports.join(networks, networks.c.uuid == ports.c.network_id))
    .where(ports.c.position.is_not(None))
)
_NICS = SERVER_PORTS.add_columns(packed.row(OF_NIC)).where(
    ports.c.device_id.in_(sa.bindparam("servers", expanding=True))
)
#: The uuid of a port's server.
DEVICE = ports.c.device_id


def nics_in_order(rows: list[list[Any]]) -> list[dict[str, Any]]:
    """The NICs of one server, as the interface has them (``Nic``), of rows of ``OF_NIC``."""
    return [_nic(row) for row in (rows if len(rows) < 2 else sorted(rows, key=_POSITION))]


_POSITION = operator.itemgetter(1)


def _nic(row: list[Any]) -> dict[str, Any]:
    _, _, port, network, label, mac, tag, made_for_server, status, fixed, floating, groups = row
    return {
        "port_id": port,
        "network_id": network,
        "label": label,
        "mac": mac,
        "fixed_ips": [
            {"subnet_id": subnet, "address": address, "version": version}
            for _, subnet, address, version in sorted(fixed or ())
        ],
        "floating_ips": [
            {"address": address, "version": 6 if ":" in address else 4, "fixed_address": to}
            for _, address, to in sorted(floating, key=_FIRST)
        ]
        if floating
        else [],
        "tag": tag,
        "security_groups": [name for name, _ in sorted(groups or ())],
        "made_for_server": bool(made_for_server),
        "status": status,
    }


_FIRST = operator.itemgetter(0)


def nics(conn: Connection, server_ids: Collection[str]) -> dict[str, list[dict[str, Any]]]:
    """Server → its NICs in order; servers without any are left out.  One statement."""
    found: dict[str, list[list[Any]]] = defaultdict(list)
    for text in turns.shared(conn.scalars(_NICS, {"servers": list(server_ids)})):
        row = orjson.loads(text)
        found[row[0]].append(row)
    return {server: nics_in_order(rows) for server, rows in found.items()}


def set_groups(conn: Connection, port_id: str, group_ids: Collection[str]) -> None:
    """Makes ``group_ids`` the port's only security groups."""
    conn.execute(port_security_groups.delete().where(port_security_groups.c.port_id == port_id))
    add_groups(conn, port_id, group_ids)


_ADD_GROUPS = port_security_groups.insert()


def add_groups(conn: Connection, port_id: str, group_ids: Collection[str]) -> None:
    """Gives a port that has none its security groups."""
    rows = [{"port_id": port_id, "security_group_id": group} for group in dict.fromkeys(group_ids)]
    if rows:
        conn.execute(_ADD_GROUPS, rows)


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
