"""The networks of a first start, and those of a world that somebody describes."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy.engine import Connection

from nova_api.db import networks as rows
from nova_api.db.networks import ipam, related
from nova_api.db.schema import network as schema
from nova_api.neighbours.networks.local import LocalNetworks
from nova_api.neighbours.networks.ports import give_addresses, insert_port

World = Mapping[str, Sequence[Mapping[str, Any]]]

FIRST_START: World = {
    "networks": [
        {"id": "6d0a2f52-6b0a-4f4e-9a55-7b1f6d0c1e01", "name": "private", "shared": True, "is_default": True},
        {"id": "6d0a2f52-6b0a-4f4e-9a55-7b1f6d0c1e02", "name": "public", "router:external": True},
    ],
    "subnets": [
        {
            "id": "6d0a2f52-6b0a-4f4e-9a55-7b1f6d0c1e11",
            "name": "private-subnet",
            "network_id": "6d0a2f52-6b0a-4f4e-9a55-7b1f6d0c1e01",
            "cidr": "192.168.233.0/24",
        },
        {
            "id": "6d0a2f52-6b0a-4f4e-9a55-7b1f6d0c1e12",
            "name": "public-subnet",
            "network_id": "6d0a2f52-6b0a-4f4e-9a55-7b1f6d0c1e02",
            "cidr": "203.0.113.0/24",  # the range that documentation may use: it belongs to nobody
            "enable_dhcp": False,
        },
    ],
}

#: Keys of the network API → columns, where they differ.
_RENAMED = {
    "id": "uuid",
    "router:external": "external",
    "provider:network_type": "network_type",
    "provider:physical_network": "physical_network",
    "provider:segmentation_id": "segmentation_id",
    "binding:vnic_type": "vnic_type",
    "binding:vif_type": "vif_type",
    "binding:vif_details": "vif_details",
    "binding:profile": "profile",
    "binding:host_id": "host_id",
}
_TABLES = (
    ("networks", schema.networks),
    ("subnets", schema.subnets),
    ("security_groups", schema.security_groups),
    ("security_group_rules", schema.security_group_rules),
    ("ports", schema.ports),
)


def seed(networks: LocalNetworks, world: World | None = None, *, project_id: str = "") -> None:
    """Makes what is missing (by id) of ``world``; None means the networks ``private`` and ``public``.

    ``world`` has the lists networks, subnets, security_groups,
    security_group_rules and ports, each of objects as the network API shows
    them, with ids; other keys are ignored.  ``project_id`` owns what names no
    project.  A group named ``default`` becomes its project's default group.
    """
    with networks._db.writer() as conn:
        for name, table in _TABLES:
            for item in (FIRST_START if world is None else world).get(name, ()):
                if rows.find(conn, table, item["id"]) is None:
                    _insert(conn, table, item, project_id)


def _insert(conn: Connection, table: Any, item: Mapping[str, Any], project_id: str) -> None:
    values = {_RENAMED.get(key, key): value for key, value in item.items()}
    values = {key: value for key, value in values.items() if key in table.c and value is not None}
    values.setdefault("project_id", item.get("tenant_id") or project_id)
    if table is schema.subnets:
        values = _subnet(values, item)
    if table is schema.security_groups and item["name"] == "default":
        values["default_of"] = values["project_id"]
    if table is not schema.ports:
        rows.insert(conn, table, **values)
        return
    uuid, owner = values.pop("uuid"), values.pop("project_id")
    insert_port(conn, uuid, owner, values)
    network_id = item["network_id"]
    subnets = related.subnets_of(conn, [network_id]).get(network_id, ())
    for address in item.get("fixed_ips", ()):
        wanted = {"subnet_id": address.get("subnet_id"), "address": address["ip_address"]}
        if ipam.holder(conn, str(wanted["subnet_id"]), str(wanted["address"])) is not None:
            del wanted["address"]  # one address is given once here, whatever the described world does
        give_addresses(conn, uuid, network_id, subnets, [wanted])
    related.set_groups(conn, uuid, item.get("security_groups", ()))


def _subnet(values: dict[str, Any], item: Mapping[str, Any]) -> dict[str, Any]:
    network = ipaddress.ip_network(values["cidr"], strict=False)
    if "gateway_ip" not in item:
        values["gateway_ip"] = str(network.network_address + 1)
    gateway = ipaddress.ip_address(values["gateway_ip"]) if values.get("gateway_ip") else None
    derived = {
        "ip_version": network.version,
        "allocation_pools": ipam.default_pool(network, gateway),
        "dns_nameservers": [],
        "host_routes": [],
    }
    return {**derived, **values}
