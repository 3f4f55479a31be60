"""What NICs a user asked for, checked before anything is built (errors of the API reference, look-ups)."""

from __future__ import annotations

import ipaddress
from collections.abc import Collection, Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from nova_api import exception
from nova_api.context import RequestContext
from nova_api.db import Database
from nova_api.db import networks as rows
from nova_api.db.networks import ipam, related
from nova_api.db.schema import network as schema
from nova_api.neighbours.networks.interface import Network, Port, Requested
from nova_api.neighbours.networks.ports import PortPart, subnets_with
from nova_api.neighbours.networks.topology import NetworkPart

Request = dict[str, Any]


class RequestCheck:
    """Turns what was asked for into requests that ``allocate`` can serve, or says what is wrong with it."""

    def __init__(self, db: Database, networks: NetworkPart, ports: PortPart) -> None:
        self._db = db
        self._networks = networks
        self._ports = ports

    def networks_for(self, context: RequestContext) -> Sequence[Network]:
        # Also for administrators: their servers belong to their project like everybody's.
        table = schema.networks
        mine = sa.or_(table.c.project_id == context.project_id, table.c.shared)
        bootable = sa.or_(sa.not_(table.c.external), table.c.shared)
        return self._networks.list(context, None, mine, bootable, table.c.admin_state_up)

    def resolve(self, context: RequestContext, requested: Requested) -> list[Request]:
        """The entries of ``requested``; ``auto`` and None become the one network there is, or nothing.

        Raises NetworkAmbiguous when there are several, NoNetworkToAllocate
        when ``auto`` finds none (None then means no NIC).
        """
        if requested == "none":
            return []
        if requested is not None and not isinstance(requested, str):
            return [_normal(item) for item in requested]
        usable = self.networks_for(context)
        with_subnets = [network for network in usable if network.subnets]
        if len(with_subnets or usable) > 1:
            raise exception.NetworkAmbiguous()
        if not with_subnets:
            if requested == "auto":
                raise exception.NoNetworkToAllocate(project_id=context.project_id)
            return []
        return [_normal({"network_id": with_subnets[0].id})]

    def validate(self, context: RequestContext, requested: Requested, count: int) -> list[Request]:
        """``resolve``, with everything looked up; see the interface for what is raised."""
        wanted = self.resolve(context, requested)
        seen: set[str] = set()
        for item in wanted:
            port_id = item["port_id"]
            if port_id is not None:
                if port_id in seen:
                    raise exception.PortDuplicated(port_id=port_id)
                seen.add(port_id)
                if count > 1:
                    raise exception.PortNotForSeveral()
            elif item["fixed_ip"] is not None and count > 1:
                raise exception.FixedIPNotForSeveral()
        self._check_ports(context, [item for item in wanted if item["port_id"] is not None])
        self._check_networks(context, [item for item in wanted if item["port_id"] is None])
        return wanted

    def _check_ports(self, context: RequestContext, wanted: Sequence[Request]) -> None:
        """Ports are there, free, and have an address; their network is filled in."""
        for item in wanted:
            port: Port = self._ports.show(context, item["port_id"])
            if port.device_id:
                raise exception.PortInUse(port_id=port.id)
            if not port.fixed_ips:
                raise exception.PortRequiresFixedIP(port_id=port.id)
            item["network_id"] = port.network_id

    def _check_networks(self, context: RequestContext, wanted: Sequence[Request]) -> None:
        known = self._known(context, {item["network_id"] for item in wanted})
        for item in wanted:
            network = known.get(item["network_id"])
            if network is None:
                raise exception.NetworkNotFound(network_id=item["network_id"])
            if network.external and not network.shared and not context.is_admin:
                raise exception.ExternalNetworkForbidden(network_id=network.id)
            if not network.subnets:
                raise exception.NetworkRequiresSubnet(network_id=network.id)
            if item["fixed_ip"] is not None:
                self._check_address(network, item["fixed_ip"])

    def _known(self, context: RequestContext, network_ids: Collection[str]) -> Mapping[str, Network]:
        if not network_ids:
            return {}
        found = self._networks.list(context, rows.Listing(equal={"uuid": list(network_ids)}))
        return {network.id: network for network in found}

    def _check_address(self, network: Network, address: str) -> None:
        with self._db.reader() as conn:
            subnets = related.subnets_of(conn, [network.id])[network.id]
            fitting = subnets_with(subnets, address)
            if not fitting:
                raise exception.AddressNotInSubnet(address=address, network_id=network.id)
            # One address has many spellings; the tables hold the shortest.
            known_as = str(ipaddress.ip_address(address))
            if any(ipam.holder(conn, subnet["uuid"], known_as) for subnet in fitting):
                raise exception.AddressInUse(address=address, network_id=network.id)


def _normal(item: Mapping[str, Any]) -> Request:
    """An entry with exactly the keys of a request."""
    return {
        "network_id": item.get("network_id") or item.get("uuid"),
        "port_id": item.get("port_id") or item.get("port"),
        "fixed_ip": item.get("fixed_ip"),
        "tag": item.get("tag"),
    }
