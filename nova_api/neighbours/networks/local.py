"""The embedded network service as servers use it: checking requests, giving and taking NICs."""

from __future__ import annotations

import functools
import ipaddress
import uuid as uuids
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from oslo_config import cfg
from sqlalchemy.engine import Connection, RowMapping

from nova_api import exception
from nova_api.context import RequestContext
from nova_api.db import Database, neighbour_quotas
from nova_api.db.duplicate import DUPLICATE_ERRORS
from nova_api.db.networks import ipam, related
from nova_api.db.networks.rows import Listing
from nova_api.db.schema import network as schema
from nova_api.neighbours.networks.attached import UNUSED, ServerPorts
from nova_api.neighbours.networks.floating import FloatingPart, RouterPart
from nova_api.neighbours.networks.interface import (
    FloatingIP,
    Network,
    Nic,
    Port,
    Requested,
    SecurityGroup,
    SecurityGroupName,
)
from nova_api.neighbours.networks.ports import (
    PortPart,
    give_addresses,
    insert_port,
    remove_ports,
    subnets_with,
)
from nova_api.neighbours.networks.proxied import ProxiedParts
from nova_api.neighbours.networks.requested import RequestCheck
from nova_api.neighbours.networks.security import RulePart, SecurityGroupPart
from nova_api.neighbours.networks.tags import Tags
from nova_api.neighbours.networks.topology import NetworkPart, SubnetPart
from nova_api.neighbours.quotas import NETWORK

# Made once: making a statement takes as long as running it.
_THERE = sa.select(schema.ports.c.position, schema.ports.c.uuid).where(
    schema.ports.c.device_id == sa.bindparam("device")
)
_NETWORK = sa.select(
    schema.networks.c.port_security_enabled,
    sa.select(schema.security_groups.c.uuid)
    .where(schema.security_groups.c.default_of == sa.bindparam("owner"))
    .scalar_subquery()
    .label("default_group"),
).where(schema.networks.c.uuid == sa.bindparam("network"))
#: Runs of an allocation that lost a race (a MAC, a position) before it gives up.
_ATTEMPTS = 4


class LocalNetworks(ProxiedParts):
    """Networking over our own tables; the parts serve the HTTP API as well."""

    is_embedded = True

    def __init__(self, conf: cfg.ConfigOpts, db: Database) -> None:
        self._db = db
        self.networks = NetworkPart(db)
        self.subnets = SubnetPart(db)
        self.groups = SecurityGroupPart(db)
        self.rules = RulePart(db)
        self.ports = PortPart(db, self.networks, self.groups, conf.neighbours.mac_prefix)
        self.floating = FloatingPart(db, self.ports)
        self.routers = RouterPart(db)
        self.tags = Tags(db)
        self._check = RequestCheck(self)
        self._attached = ServerPorts(db, self.ports, self.groups)

    # --- before a server is built ---------------------------------------------

    def networks_for(self, context: RequestContext) -> Sequence[Network]:
        # Also for administrators: their servers belong to their project like everybody's.
        table = schema.networks
        mine = sa.or_(table.c.project_id == context.project_id, table.c.shared)
        bootable = sa.or_(sa.not_(table.c.external), table.c.shared)
        return self.networks.list(context, None, mine, bootable, table.c.admin_state_up)

    def networks_at(self, context: RequestContext, ids: Collection[str]) -> Sequence[Network]:
        return self.networks.at(context, ids)

    def check_address(self, network: Network, address: str) -> None:
        with self._db.reader() as conn:
            subnets = related.subnets_of(conn, [network.id])[network.id]
            fitting = subnets_with(subnets, address)
            if not fitting:
                raise exception.AddressNotInSubnet(address=address, network_id=network.id)
            # One address has many spellings; the tables hold the shortest.
            known_as = str(ipaddress.ip_address(address))
            if any(ipam.holder(conn, subnet["uuid"], known_as) for subnet in fitting):
                raise exception.AddressInUse(address=address, network_id=network.id)

    def show_network(self, context: RequestContext, network_id: str) -> Network:
        return self.networks.show(context, network_id)

    def show_port(self, context: RequestContext, port_id: str) -> Port:
        return self.ports.show(context, port_id)

    def validate_requested(
        self, context: RequestContext, requested: Requested, count: int = 1
    ) -> list[dict[str, Any]]:
        return self._check.validate(context, requested, count)

    def free_ports(self, context: RequestContext) -> int | None:
        with self._db.reader() as conn:
            return NETWORK.free(conn, str(context.project_id), "port")

    def security_groups_by_name_or_id(
        self, context: RequestContext, names: Collection[str]
    ) -> Sequence[SecurityGroupName]:
        return self.groups.named(context, names)

    # --- giving ------------------------------------------------------------------

    def allocate(
        self,
        context: RequestContext,
        server_uuid: str,
        project_id: str,
        requested: Requested,
        security_group_ids: Collection[str],
        host: str,
    ) -> list[Nic]:
        wanted = self._check.resolve(context, requested)
        groups = list(security_group_ids)
        attempt = functools.partial(self._allocate, server_uuid, project_id, wanted, groups, host)
        for left in reversed(range(_ATTEMPTS)):
            try:
                return self._db.retrying(attempt)
            except DUPLICATE_ERRORS:
                # Somebody builds the same server at the same time, makes the project's default group
                # or drew the same MAC: the next run finds what is there and goes on from it.
                if not left:
                    raise
        raise AssertionError("the last run returns or raises")

    def _allocate(
        self,
        server_uuid: str,
        project_id: str,
        wanted: Sequence[Mapping[str, Any]],
        group_ids: Sequence[str],
        host: str,
    ) -> list[Nic]:
        with self._db.writer() as conn:
            room = NETWORK.room(conn, project_id)
            networks = {item["network_id"] for item in wanted if not item.get("port_id")}
            subnets = ipam.lock_subnets(conn, networks)
            there = {row.position: row.uuid for row in conn.execute(_THERE, {"device": server_uuid})}
            given = set(there.values())
            for position, item in enumerate(wanted):
                use = {
                    "device_id": server_uuid,
                    "device_owner": "compute:nova",
                    "position": position,
                    "host_id": host,
                    "tag": item.get("tag"),
                    "status": "ACTIVE",
                }
                port_id = item.get("port_id")
                if port_id in given or (port_id is None and position in there):
                    port_id = port_id or there[position]
                    _rebind(conn, port_id, host)
                elif port_id is not None:
                    _bind(conn, port_id, use)
                else:
                    room.take(port=1)
                    self._make(conn, project_id, subnets[item["network_id"]], item, group_ids, use)
            return related.nics(conn, [server_uuid]).get(server_uuid, [])

    def _make(
        self,
        conn: Connection,
        project_id: str,
        subnets: Sequence[RowMapping],
        item: Mapping[str, Any],
        group_ids: Sequence[str],
        use: Mapping[str, Any],
    ) -> None:
        network_id = item["network_id"]
        network = conn.execute(_NETWORK, {"network": network_id, "owner": project_id}).first()
        if network is None:
            raise exception.NetworkNotFound(network_id=network_id)
        port_id = str(uuids.uuid4())
        values = {
            "network_id": network_id,
            "mac_address": self.ports.new_mac(),
            "made_for_server": True,
            "vif_type": "ovs",
            "port_security_enabled": network.port_security_enabled,
        }
        insert_port(conn, port_id, project_id, {**values, **use})
        wanted = [{"address": item["fixed_ip"]}] if item.get("fixed_ip") else None
        give_addresses(conn, port_id, network_id, subnets, wanted)
        if network.port_security_enabled:
            default = group_ids or [network.default_group or self.groups.make_default(conn, project_id)]
            related.add_groups(conn, port_id, default)

    # --- taking --------------------------------------------------------------------

    def deallocate(self, context: RequestContext, server_uuid: str) -> None:
        del context  # the caller has decided that the server goes

        def attempt() -> None:
            table = schema.ports
            with self._db.writer() as conn:
                query = sa.select(table.c.uuid, table.c.made_for_server).where(
                    table.c.device_id == server_uuid
                )
                found = conn.execute(query.order_by(table.c.uuid).with_for_update()).all()
                remove_ports(conn, [row.uuid for row in found if row.made_for_server])
                conn.execute(
                    table.update()
                    .where(table.c.uuid.in_([row.uuid for row in found if not row.made_for_server]))
                    .values(**UNUSED)
                )

        self._db.retrying(attempt)

    def move(self, server_uuid: str, host: str) -> None:
        def attempt() -> None:
            table = schema.ports
            with self._db.writer() as conn:
                conn.execute(
                    table.update()
                    .where(table.c.device_id == server_uuid)
                    .values(host_id=host, status="ACTIVE" if host else "DOWN")
                )

        self._db.retrying(attempt)

    # --- servers that exist: what they are made of is in ``attached`` -------------------

    def rebind(self, context: RequestContext, server_uuid: str, host: str) -> list[Nic]:
        del context

        def attempt() -> None:
            ports = schema.ports
            with self._db.writer() as conn:
                conn.execute(
                    ports.update()
                    .where(ports.c.device_id == server_uuid)
                    .values(host_id=host, status="ACTIVE")
                )

        self._db.retrying(attempt)
        return self.nics_of([server_uuid]).get(server_uuid, [])

    def attach(
        self,
        context: RequestContext,
        server_uuid: str,
        project_id: str,
        request: Mapping[str, Any],
        host: str,
        key: str,
    ) -> str:
        del context  # it has been validated for whom
        return self._attached.attach(server_uuid, project_id, request, host, key)

    def detach(self, context: RequestContext, server_uuid: str, port_id: str) -> None:
        del context
        self._attached.detach(server_uuid, port_id)

    def add_address(self, context: RequestContext, server_uuid: str, network_id: str) -> None:
        del context
        self._attached.add_address(server_uuid, network_id)

    def remove_address(self, context: RequestContext, server_uuid: str, address: str) -> None:
        del context
        self._attached.remove_address(server_uuid, address)

    def groups_of(self, context: RequestContext, server_uuid: str) -> Sequence[SecurityGroup]:
        return self._attached.groups_of(context, server_uuid)

    def security_groups_at(self, context: RequestContext, ids: Collection[str]) -> Sequence[SecurityGroup]:
        return self.groups.list(context, Listing(equal={"uuid": list(ids)}))

    def add_group(self, context: RequestContext, server_uuid: str, group_id: str) -> None:
        del context
        self._attached.add_group(server_uuid, group_id)

    def remove_group(self, context: RequestContext, server_uuid: str, group_id: str) -> None:
        del context
        self._attached.remove_group(server_uuid, group_id)

    def floating_ip_at(self, context: RequestContext, address: str) -> FloatingIP:
        found = self.floating.list(context, Listing(equal={"address": [address]}))
        if not found:
            raise exception.FloatingIPNotFound(floating_ip_id=address)
        return found[0]

    def lead_floating_ip(
        self, context: RequestContext, floating_ip_id: str, port_id: str | None, fixed_address: str | None
    ) -> None:
        self.floating.update(context, floating_ip_id, {"port_id": port_id, "fixed_address": fixed_address})

    # --- showing -----------------------------------------------------------------------

    def nics_of(self, server_uuids: Collection[str]) -> dict[str, list[Nic]]:
        if not server_uuids:
            return {}
        with self._db.reader() as conn:
            return related.nics(conn, server_uuids)

    def security_groups_of(self, server_uuids: Collection[str]) -> dict[str, list[str]]:
        if not server_uuids:
            return {}
        with self._db.reader() as conn:
            ports = related.server_ports(conn, server_uuids)
            groups = related.groups_of(conn, [port["uuid"] for port in ports])
        found: dict[str, list[str]] = defaultdict(list)
        for port in ports:
            found[port["device_id"]] += [row["name"] for row in groups.get(port["uuid"], ())]
        return {server: names for server, names in found.items() if names}

    def clear(self) -> None:
        """Removes every network, port, group, floating IP and router, and what limits them."""
        with self._db.writer() as conn:
            related.clear(conn)
            neighbour_quotas.clear(conn, NETWORK.service)


def _bind(conn: Connection, port_id: str, use: Mapping[str, Any]) -> None:
    """Gives a user's port to a server: compare-and-swap, so that one server gets it."""
    table = schema.ports
    free = table.update().where(table.c.uuid == port_id, table.c.device_id == "")
    if conn.execute(free.values(**use)).rowcount:
        return
    if conn.scalar(sa.select(table.c.uuid).where(table.c.uuid == port_id)) is None:
        raise exception.PortNotFound(port_id=port_id)
    raise exception.PortInUse(port_id=port_id)


def _rebind(conn: Connection, port_id: str, host: str) -> None:
    """The server is being built on another host than before."""
    table = schema.ports
    conn.execute(table.update().where(table.c.uuid == port_id).values(host_id=host, status="ACTIVE"))
