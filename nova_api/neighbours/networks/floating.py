"""Floating IPs, and routers as far as clients list them."""

from __future__ import annotations

import uuid as uuids
from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy.engine import Connection

from nova_api import exception
from nova_api.context import RequestContext
from nova_api.db import Database
from nova_api.db import networks as rows
from nova_api.db.duplicate import DUPLICATE_ERRORS
from nova_api.db.networks import ipam, related
from nova_api.db.schema import network as schema
from nova_api.neighbours.networks.interface import FloatingIP, Router
from nova_api.neighbours.networks.part import Part
from nova_api.neighbours.networks.ports import PortPart, give_addresses, insert_port, remove_ports
from nova_api.neighbours.quotas import NETWORK


class FloatingPart(Part[FloatingIP]):
    """Floating IPs; each has a port of its own on the external network, which holds the address."""

    table = schema.floating_ips
    kind = FloatingIP

    def __init__(self, db: Database, ports: PortPart) -> None:
        super().__init__(db)
        self.ports = ports

    def missing(self, uuid: str) -> exception.NotFound:
        return exception.FloatingIPNotFound(floating_ip_id=uuid)

    def create(self, context: RequestContext, values: Mapping[str, Any]) -> FloatingIP:
        """Needs ``network_id``; may have ``subnet_id``, ``address``, ``port_id``, ``fixed_address``.

        Raises NetworkNotFound, Invalid for a network that is not external,
        NoMoreAddresses, AddressInUse, OverQuota, and what ``update`` raises.
        """
        fields = dict(values)
        uuid = fields.pop("id", None) or str(uuids.uuid4())
        owner = self.owner(context, fields.pop("project_id", None))
        network_id = fields["network_id"]
        wanted = [{"subnet_id": fields.pop("subnet_id", None), "address": fields.pop("address", None)}]

        def change(conn: Connection) -> str:
            NETWORK.room(conn, owner).take(floatingip=1)
            subnets = ipam.lock_subnets(conn, [network_id])[network_id]
            network = self.ports.networks.row(conn, context, network_id)
            if not network["external"]:
                raise exception.Invalid(f"Network {network_id} is not a valid external network.")
            target = self._target(conn, context, fields.get("port_id"), fields.get("fixed_address"))
            port_id = str(uuids.uuid4())
            # Of no project: users see the floating IP, not the port that stands for it.
            port = {
                "device_owner": "network:floatingip",
                "device_id": uuid,
                "mac_address": self.ports.new_mac(),
            }
            insert_port(conn, port_id, "", {**port, "network_id": network_id})
            of_version = [subnet for subnet in subnets if subnet["ip_version"] == 4] or subnets
            give_addresses(conn, port_id, network_id, of_version, wanted)
            address = related.addresses_of(conn, [port_id])[port_id][0]["address"]
            rows.insert(
                conn,
                self.table,
                uuid=uuid,
                project_id=owner,
                own_port_id=port_id,
                address=address,
                **{**fields, **target},
            )
            return uuid

        return self._guarded(change, fields)

    def update(self, context: RequestContext, uuid: str, values: Mapping[str, Any]) -> FloatingIP:
        """Leads it to ``port_id`` (None: nowhere), at its first or the given ``fixed_address``.

        Raises PortNotFound, Invalid for a port without such an address, FloatingIPInUse.
        """
        fields = dict(values)

        def change(conn: Connection) -> str:
            self.own_row(conn, context, uuid)
            target: dict[str, Any] = {}
            if "port_id" in fields:
                target = self._target(conn, context, fields["port_id"], fields.get("fixed_address"))
            rows.update(conn, self.table, uuid, **{**fields, **target})
            return uuid

        return self._guarded(change, fields)

    def _guarded(self, change: Callable[[Connection], str], fields: Mapping[str, Any]) -> FloatingIP:
        try:
            return self.written(change)
        except DUPLICATE_ERRORS:
            raise exception.FloatingIPInUse(
                address=fields.get("fixed_address") or "(its only one)", port_id=fields.get("port_id")
            ) from None

    def _target(
        self, conn: Connection, context: RequestContext, port_id: str | None, address: str | None
    ) -> dict[str, Any]:
        """The columns that say where it leads."""
        if port_id is None:
            return {"port_id": None, "fixed_address": None, "status": "DOWN"}
        self.ports.row(conn, context, port_id)
        held = [row["address"] for row in related.addresses_of(conn, [port_id]).get(port_id, ())]
        if address is None and held:
            address = held[0]
        if address is None or address not in held:
            raise exception.Invalid(
                f"Port {port_id} does not have the fixed address {address or 'that it needs'}."
            )
        return {"port_id": port_id, "fixed_address": address, "status": "ACTIVE"}

    def delete(self, context: RequestContext, uuid: str) -> None:
        """Gives the address back."""

        def attempt() -> None:
            with self.db.writer() as conn:
                row = self.own_row(conn, context, uuid)
                rows.delete(conn, self.table, uuid)
                remove_ports(conn, [row["own_port_id"]])

        self.db.retrying(attempt)


class RouterPart(Part[Router]):
    """Routers: names with a gateway, nothing routes here."""

    table = schema.routers
    kind = Router

    def missing(self, uuid: str) -> exception.NotFound:
        return exception.RouterNotFound(router_id=uuid)

    def create(self, context: RequestContext, values: Mapping[str, Any]) -> Router:
        """Raises Forbidden, OverQuota."""
        fields = dict(values)
        uuid = fields.pop("id", None) or str(uuids.uuid4())
        owner = self.owner(context, fields.pop("project_id", None))

        def change(conn: Connection) -> str:
            NETWORK.room(conn, owner).take(router=1)
            rows.insert(conn, self.table, uuid=uuid, project_id=owner, **fields)
            return uuid

        return self.written(change)

    def delete(self, context: RequestContext, uuid: str) -> None:
        with self.db.writer() as conn:
            self.own_row(conn, context, uuid)
            rows.delete(conn, self.table, uuid)
