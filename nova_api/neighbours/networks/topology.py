"""Networks and subnets of the embedded network service."""

from __future__ import annotations

import ipaddress
import random
import uuid as uuids
from collections.abc import Collection, Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, RowMapping

from nova_api import exception
from nova_api.context import RequestContext
from nova_api.db import networks as rows
from nova_api.db import packed
from nova_api.db.networks import ipam, related
from nova_api.db.schema import network as schema
from nova_api.neighbours.networks.interface import Network, Subnet
from nova_api.neighbours.networks.part import Part, record_of
from nova_api.neighbours.quotas import NETWORK

# Made once: making a statement takes as long as running it.
_values = packed.reader(list(schema.networks.c))
_AT = (
    sa.select(packed.row(list(schema.networks.c)), schema.subnets.c.uuid)
    .select_from(
        schema.networks.outerjoin(schema.subnets, schema.subnets.c.network_id == schema.networks.c.uuid)
    )
    .where(schema.networks.c.uuid.in_(sa.bindparam("networks", expanding=True)))
    .order_by(schema.networks.c.id, schema.subnets.c.id)
)


class NetworkPart(Part[Network]):
    """Networks: a project sees its own, shared and external ones."""

    table = schema.networks
    kind = Network

    def missing(self, uuid: str) -> exception.NotFound:
        return exception.NetworkNotFound(network_id=uuid)

    def visible(self, context: RequestContext) -> sa.ColumnElement[bool]:
        return sa.or_(
            self.table.c.project_id == context.project_id, self.table.c.shared, self.table.c.external
        )

    def load(self, conn: Connection, found: Sequence[RowMapping]) -> list[Network]:
        subnets = related.subnets_of(conn, [row["uuid"] for row in found]) if found else {}
        return [
            record_of(Network, row, subnets=tuple(subnet["uuid"] for subnet in subnets.get(row["uuid"], ())))
            for row in found
        ]

    def at(self, context: RequestContext, ids: Collection[str]) -> list[Network]:
        """Those of the networks ``ids`` that the context sees; one statement."""
        found: dict[str, Mapping[str, Any]] = {}
        subnets: dict[str, list[str]] = {}
        with self.db.reader() as conn:
            for text, subnet in conn.execute(_AT, {"networks": list(ids)}):
                row = dict(zip(schema.networks.c.keys(), _values(text), strict=True))
                known = row["project_id"] == context.project_id or row["shared"] or row["external"]
                if known or context.is_admin:
                    found[row["uuid"]] = row
                    subnets.setdefault(row["uuid"], []).extend([subnet] if subnet else ())
        return [record_of(Network, row, subnets=tuple(subnets[uuid])) for uuid, row in found.items()]

    def create(self, context: RequestContext, values: Mapping[str, Any]) -> Network:
        """Shared, external and provider attributes are for administrators; raises Forbidden, OverQuota."""
        fields = dict(values)
        self._check_privileged(context, fields)
        uuid = fields.pop("id", None) or str(uuids.uuid4())
        owner = self.owner(context, fields.pop("project_id", None))
        fields.setdefault(
            "segmentation_id", random.randint(1, 2**24 - 1) if "network_type" in fields else None
        )

        def change(conn: Connection) -> str:
            NETWORK.room(conn, owner).take(network=1)
            rows.insert(conn, self.table, uuid=uuid, project_id=owner, **fields)
            return uuid

        return self.written(change)

    @staticmethod
    def _check_privileged(context: RequestContext, fields: Mapping[str, Any]) -> None:
        privileged = (
            "shared",
            "external",
            "is_default",
            "network_type",
            "physical_network",
            "segmentation_id",
        )
        if not context.is_admin and any(fields.get(name) for name in privileged):
            raise exception.Forbidden(
                "Only administrators make networks shared, external or provider networks."
            )

    def update(self, context: RequestContext, uuid: str, values: Mapping[str, Any]) -> Network:
        self._check_privileged(context, values)
        return super().update(context, uuid, values)

    def delete(self, context: RequestContext, uuid: str) -> None:
        """Removes a network with its subnets; raises NetworkInUse while it has ports."""

        def attempt() -> None:
            with self.db.writer() as conn:
                ipam.lock_subnets(conn, [uuid])
                self.own_row(conn, context, uuid)
                if rows.exists(conn, schema.ports.c.network_id == uuid):
                    raise exception.NetworkInUse(network_id=uuid)
                rows.delete(conn, self.table, uuid)

        self.db.retrying(attempt)


class SubnetPart(Part[Subnet]):
    """Subnets: whoever sees the network sees them."""

    table = schema.subnets
    kind = Subnet

    def missing(self, uuid: str) -> exception.NotFound:
        return exception.SubnetNotFound(subnet_id=uuid)

    def visible(self, context: RequestContext) -> sa.ColumnElement[bool]:
        table = schema.networks
        open_networks = sa.select(table.c.uuid).where(sa.or_(table.c.shared, table.c.external))
        return sa.or_(
            self.table.c.project_id == context.project_id, self.table.c.network_id.in_(open_networks)
        )

    def create(self, context: RequestContext, networks: NetworkPart, values: Mapping[str, Any]) -> Subnet:
        """Needs ``network_id`` and ``cidr``; gateway and pools are derived where not given.

        ``gateway_ip`` None means none at all.  Raises NetworkNotFound, Forbidden, Invalid, OverQuota.
        """
        fields = _checked(dict(values))
        uuid = fields.pop("id", None) or str(uuids.uuid4())
        owner = self.owner(context, fields.pop("project_id", None))

        def change(conn: Connection) -> str:
            room = NETWORK.room(conn, owner)
            network = networks.own_row(conn, context, fields["network_id"])
            self._check_overlap(conn, network["uuid"], fields["cidr"])
            room.take(subnet=1)
            rows.insert(conn, self.table, uuid=uuid, project_id=owner or network["project_id"], **fields)
            return uuid

        return self.written(change)

    @staticmethod
    def _check_overlap(conn: Connection, network_id: str, cidr: str) -> None:
        new = ipaddress.ip_network(cidr, strict=False)
        for other in related.subnets_of(conn, [network_id]).get(network_id, ()):
            old = ipam.network_of(other)
            if old.version == new.version and old.overlaps(new):
                raise exception.Invalid(
                    f"Invalid input for operation: the subnet {cidr} overlaps with subnet {other['uuid']} "
                    f"({other['cidr']}) of network {network_id}."
                )

    def update(self, context: RequestContext, uuid: str, values: Mapping[str, Any]) -> Subnet:
        fields = dict(values)
        current = self.show(context, uuid)
        network = ipaddress.ip_network(current.cidr, strict=False)
        if "allocation_pools" in fields:
            _check_pools(fields["allocation_pools"], network)
        if fields.get("gateway_ip"):
            fields["gateway_ip"] = str(_address(fields["gateway_ip"], network))
        return super().update(context, uuid, fields)

    def delete(self, context: RequestContext, uuid: str) -> None:
        """Raises SubnetInUse while a port has one of its addresses."""

        def attempt() -> None:
            with self.db.writer() as conn:
                rows.find(conn, self.table, uuid, lock=True)
                self.own_row(conn, context, uuid)
                if rows.exists(conn, schema.addresses.c.subnet_id == uuid):
                    raise exception.SubnetInUse(subnet_id=uuid)
                rows.delete(conn, self.table, uuid)

        self.db.retrying(attempt)


def _checked(fields: dict[str, Any]) -> dict[str, Any]:
    """The columns of a new subnet, with everything that was not said derived; raises Invalid."""
    try:
        network = ipaddress.ip_network(fields["cidr"], strict=False)
    except ValueError:
        raise exception.Invalid(f"'{fields['cidr']}' is not a network in CIDR form.") from None
    if "%" in fields["cidr"]:
        raise exception.Invalid(f"'{fields['cidr']}' has a zone, which means something on one machine only.")
    if fields.setdefault("ip_version", network.version) != network.version:
        raise exception.Invalid(f"{fields['cidr']} is not a network of IP version {fields['ip_version']}.")
    if "gateway_ip" not in fields:
        fields["gateway_ip"] = str(network.network_address + 1) if network.num_addresses > 2 else None
    elif fields["gateway_ip"] is not None:
        fields["gateway_ip"] = str(_address(fields["gateway_ip"], network))
    if fields.get("allocation_pools"):
        _check_pools(fields["allocation_pools"], network)
    else:
        gateway = ipaddress.ip_address(fields["gateway_ip"]) if fields["gateway_ip"] else None
        fields["allocation_pools"] = ipam.default_pool(network, gateway)
    fields.setdefault("dns_nameservers", [])
    fields.setdefault("host_routes", [])
    return fields


def _address(text: str, network: ipam.Network) -> ipam.Address:
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        raise exception.Invalid(f"'{text}' is not an IP address.") from None
    if address not in network or "%" in text:
        raise exception.Invalid(f"{text} is not an address of {network}.")
    return address


def _check_pools(pools: Sequence[Mapping[str, str]], network: ipam.Network) -> None:
    for pool in pools:
        if int(_address(pool["start"], network)) > int(_address(pool["end"], network)):
            raise exception.Invalid(
                f"The allocation pool {pool['start']}-{pool['end']} ends before it starts."
            )
