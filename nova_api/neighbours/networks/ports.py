"""Ports: places on networks, with addresses and security groups."""

from __future__ import annotations

import ipaddress
import secrets
import uuid as uuids
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy.engine import Connection, RowMapping

from nova_api import exception
from nova_api.context import RequestContext
from nova_api.db import Database
from nova_api.db import networks as rows
from nova_api.db.duplicate import DUPLICATE_ERRORS
from nova_api.db.networks import ipam, related
from nova_api.db.schema import network as schema
from nova_api.neighbours.networks.interface import Port
from nova_api.neighbours.networks.part import Part, record_of
from nova_api.neighbours.networks.security import SecurityGroupPart
from nova_api.neighbours.networks.topology import NetworkPart
from nova_api.neighbours.quotas import NETWORK

#: Owners of ports that only their owner's own deletion removes.
_SERVICE_OWNERS = ("network:floatingip", "network:router_interface", "network:router_gateway")


class PortPart(Part[Port]):
    """Ports of users, servers, floating IPs and routers."""

    table = schema.ports
    kind = Port

    def __init__(
        self, db: Database, networks: NetworkPart, groups: SecurityGroupPart, mac_prefix: str
    ) -> None:
        super().__init__(db)
        self.networks = networks
        self.groups = groups
        self._mac_prefix = mac_prefix

    def missing(self, uuid: str) -> exception.NotFound:
        return exception.PortNotFound(port_id=uuid)

    def load(self, conn: Connection, found: Sequence[RowMapping]) -> list[Port]:
        keys = [row["uuid"] for row in found]
        addresses = related.addresses_of(conn, keys) if keys else {}
        groups = related.groups_of(conn, keys) if keys else {}
        return [
            record_of(
                Port,
                row,
                fixed_ips=tuple(fixed_ip(address) for address in addresses.get(row["uuid"], ())),
                security_groups=tuple(group["uuid"] for group in groups.get(row["uuid"], ())),
            )
            for row in found
        ]

    def new_mac(self) -> str:
        """A MAC address below the configured prefix; the table refuses one that the network has."""
        return self._mac_prefix + "".join(f":{octet:02x}" for octet in secrets.token_bytes(3))

    def create(self, context: RequestContext, values: Mapping[str, Any]) -> Port:
        """Needs ``network_id``.  ``fixed_ips``: [{"subnet_id"?, "address"?}], or one of each IP version.

        Raises NetworkNotFound, Forbidden, AddressNotInSubnet, AddressInUse,
        NoMoreAddresses, SecurityGroupNotFound, OverQuota.
        """
        fields = dict(values)
        uuid = fields.pop("id", None) or str(uuids.uuid4())
        owner = self.owner(context, fields.pop("project_id", None))
        wanted = fields.pop("fixed_ips", None)
        groups = fields.pop("security_groups", None)
        self._check_privileged(context, fields)
        if groups is None and fields.get("port_security_enabled", True):
            groups = [self.groups.default_of(owner)] if owner else []

        def change(conn: Connection) -> str:
            room = NETWORK.room(conn, owner)
            network = self._network_for_port(conn, context, fields["network_id"])
            subnets = ipam.lock_subnets(conn, [network["uuid"]])[network["uuid"]]
            fields.setdefault("port_security_enabled", network["port_security_enabled"])
            room.take(port=1)
            insert_port(conn, uuid, owner, {"mac_address": self.new_mac(), **fields})
            give_addresses(conn, uuid, fields["network_id"], subnets, wanted)
            self._set_groups(conn, context, uuid, groups or [])
            return uuid

        try:
            return self.written(change)
        except DUPLICATE_ERRORS:
            raise exception.Conflict(
                f"The MAC address {fields.get('mac_address')} is in use on network {fields['network_id']}."
            ) from None

    def _network_for_port(self, conn: Connection, context: RequestContext, network_id: str) -> RowMapping:
        network = self.networks.row(conn, context, network_id)
        if network["external"] and not network["shared"]:
            self.networks.own_row(conn, context, network_id)
        return network

    @staticmethod
    def _check_privileged(context: RequestContext, fields: Mapping[str, Any]) -> None:
        for name in ("host_id", "profile"):
            if fields.get(name) and not context.is_admin:
                raise exception.Forbidden(f"Only administrators set binding:{name} of a port.")

    def _set_groups(
        self, conn: Connection, context: RequestContext, uuid: str, group_ids: Collection[str]
    ) -> None:
        for group_id in group_ids:
            self.groups.row(conn, context, group_id)
        related.set_groups(conn, uuid, group_ids)

    def update(self, context: RequestContext, uuid: str, values: Mapping[str, Any]) -> Port:
        """Changes columns, ``security_groups`` (all), ``fixed_ips`` (all; those that stay are kept)."""
        fields = dict(values)
        self._check_privileged(context, fields)
        wanted = fields.pop("fixed_ips", None)
        groups = fields.pop("security_groups", None)
        network_id = self.show(context, uuid).network_id

        def change(conn: Connection) -> str:
            subnets = ipam.lock_subnets(conn, [network_id])[network_id]
            self.own_row(conn, context, uuid)
            if wanted is not None:
                held = related.addresses_of(conn, [uuid]).get(uuid, ())
                kept = [item["address"] for item in wanted if item.get("address")]
                ipam.release(conn, uuid, [row["address"] for row in held if row["address"] not in kept])
                there = {row["address"] for row in held}
                give_addresses(
                    conn,
                    uuid,
                    network_id,
                    subnets,
                    [item for item in wanted if item.get("address") not in there],
                )
            if groups is not None:
                self._set_groups(conn, context, uuid, groups)
            rows.update(conn, self.table, uuid, **fields)
            return uuid

        return self.written(change)

    def delete(self, context: RequestContext, uuid: str) -> None:
        """Raises PortBound for ports of floating IPs and routers."""

        def attempt() -> None:
            with self.db.writer() as conn:
                row = self.own_row(conn, context, uuid)
                if row["device_owner"] in _SERVICE_OWNERS:
                    raise exception.PortBound(port_id=uuid, owner=f"{row['device_owner']} {row['device_id']}")
                remove_ports(conn, [uuid])

        self.db.retrying(attempt)


def fixed_ip(address: RowMapping) -> dict[str, Any]:
    """An address as records and NICs show it."""
    return {
        "subnet_id": address["subnet_id"],
        "address": address["address"],
        "version": address["ip_version"],
    }


def insert_port(conn: Connection, uuid: str, project_id: str, fields: Mapping[str, Any]) -> None:
    """Adds a port row; raises one of ``DUPLICATE_ERRORS`` when the MAC or the server's position is taken."""
    rows.insert(
        conn,
        schema.ports,
        **{"vif_details": {}, "profile": {}, **fields, "uuid": uuid, "project_id": project_id},
    )


def remove_ports(conn: Connection, port_ids: Collection[str]) -> None:
    """Removes ports with their addresses; floating IPs that led to them lead nowhere."""
    floating = schema.floating_ips
    conn.execute(
        floating.update()
        .where(floating.c.port_id.in_(port_ids))
        .values(port_id=None, fixed_address=None, status="DOWN")
    )
    # One by one in a fixed order, lest two removals wait for each other.
    for port_id in sorted(port_ids):
        rows.delete(conn, schema.ports, port_id)


def give_addresses(
    conn: Connection,
    port_id: str,
    network_id: str,
    subnets: Sequence[RowMapping],
    wanted: Sequence[Mapping[str, Any]] | None,
) -> None:
    """Addresses for a port out of the network's locked ``subnets``.

    ``wanted`` entries name an address, a subnet or both; None means one IPv4
    and one IPv6 address, as far as the network has such subnets (SLAAC
    addresses excepted: no router advertises anything here, so nobody would
    have them).  Raises AddressNotInSubnet, AddressInUse, NoMoreAddresses,
    SubnetNotFound.
    """
    if wanted is None:
        _give_defaults(conn, port_id, network_id, subnets)
        return
    for item in wanted:
        candidates = _candidates(subnets, network_id, item)
        address = item.get("address")
        if address is not None:
            normal = str(ipaddress.ip_address(address))
            if ipam.holder(conn, candidates[0]["uuid"], normal) is not None:
                raise exception.AddressInUse(address=address, network_id=network_id)
            ipam.take(conn, port_id, candidates[0], normal)
        elif not _give_one(conn, port_id, candidates):
            raise exception.NoMoreAddresses(network_id=network_id)


def _candidates(
    subnets: Sequence[RowMapping], network_id: str, item: Mapping[str, Any]
) -> Sequence[RowMapping]:
    found = subnets
    if item.get("subnet_id") is not None:
        found = [subnet for subnet in subnets if subnet["uuid"] == item["subnet_id"]]
        if not found:
            raise exception.SubnetNotFound(subnet_id=item["subnet_id"])
    if item.get("address") is not None:
        found = subnets_with(found, item["address"])
        if not found:
            raise exception.AddressNotInSubnet(address=item["address"], network_id=network_id)
    return found


def subnets_with(subnets: Sequence[RowMapping], address: str) -> list[RowMapping]:
    """Those of ``subnets`` whose range has ``address``; none for what is no address."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return []
    if "%" in address:  # a zone means something on one machine only
        return []
    return [subnet for subnet in subnets if parsed in ipam.network_of(subnet)]


def _give_one(conn: Connection, port_id: str, subnets: Sequence[RowMapping]) -> bool:
    for subnet in subnets:
        address = ipam.free_address(conn, subnet)
        if address is not None:
            ipam.take(conn, port_id, subnet, address)
            return True
    return False


def _give_defaults(conn: Connection, port_id: str, network_id: str, subnets: Sequence[RowMapping]) -> None:
    usable = [subnet for subnet in subnets if subnet["ipv6_address_mode"] != "slaac"]
    for version in (4, 6):
        of_version = [subnet for subnet in usable if subnet["ip_version"] == version]
        if of_version and not _give_one(conn, port_id, of_version):
            raise exception.NoMoreAddresses(network_id=network_id)
