"""Networks from Neutron (Networking API v2.0)."""

from __future__ import annotations

import ipaddress
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from oslo_config import cfg

from nova_api import context as contexts
from nova_api import exception
from nova_api.context import RequestContext
from nova_api.db import Database
from nova_api.neighbours.networks.interface import (
    Network,
    Nic,
    Port,
    Requested,
    SecurityGroup,
    SecurityGroupName,
)
from nova_api.neighbours.networks.neutron import documents
from nova_api.neighbours.networks.neutron.client import Client
from nova_api.neighbours.networks.neutron.nics import Nics
from nova_api.neighbours.networks.neutron.proxied import ProxiedParts
from nova_api.neighbours.networks.neutron.server_ports import ServerPorts
from nova_api.neighbours.networks.requested import RequestCheck

__all__ = ["NeutronNetworks"]


class NeutronNetworks(ProxiedParts):
    """Networking as the interface promises it, over HTTP."""

    is_embedded = False

    def __init__(self, conf: cfg.ConfigOpts, db: Database) -> None:
        self.client = Client(conf)
        self._ports = ServerPorts(self.client, db)
        self._nics = Nics(self.client, db)
        self._check = RequestCheck(self)

    # --- before a server is built -------------------------------------------------------

    def networks_for(self, context: RequestContext) -> Sequence[Network]:
        found: dict[str, Network] = {}
        for query in ([("project_id", context.project_id or "")], [("shared", "true")]):
            up = [*query, ("admin_state_up", "true")]
            for document in self.client.list(context, "/networks", "networks", up):
                found[document["id"]] = documents.network(document)
        return [network for network in found.values() if network.shared or not network.external]

    def networks_at(self, context: RequestContext, ids: Collection[str]) -> Sequence[Network]:
        found = map(documents.network, self.client.having(context, "/networks", "networks", "id", ids))
        return [network for network in found if self._sees(context, network)]

    def _sees(self, context: RequestContext, network: Network) -> bool:
        """What Neutron decides where it knows who asks; the service user sees everything."""
        if self.client.is_users(context) or context.is_admin:
            return True
        return network.shared or network.external or network.project_id == context.project_id

    def show_network(self, context: RequestContext, network_id: str) -> Network:
        for network in self.networks_at(context, [network_id]):
            return network
        raise exception.NetworkNotFound(network_id=network_id)

    def show_port(self, context: RequestContext, port_id: str) -> Port:
        missing = exception.PortNotFound(port_id=port_id)
        port = documents.port(self.client.call(context, "GET", f"/ports/{port_id}", missing=missing)["port"])
        if not (self.client.is_users(context) or context.is_admin or port.project_id == context.project_id):
            raise missing
        return port

    def check_address(self, network: Network, address: str) -> None:
        # As administrator: the one who has the address may be another project.
        admin = contexts.admin()
        subnets = self.client.list(admin, "/subnets", "subnets", [("network_id", network.id)])
        if not any(_is_in(address, subnet["cidr"]) for subnet in subnets):
            raise exception.AddressNotInSubnet(address=address, network_id=network.id)
        held = ("fixed_ips", f"ip_address={ipaddress.ip_address(address)}")
        if self.client.list(admin, "/ports", "ports", [("network_id", network.id), held]):
            raise exception.AddressInUse(address=address, network_id=network.id)

    def validate_requested(
        self, context: RequestContext, requested: Requested, count: int = 1
    ) -> list[dict[str, Any]]:
        return self._check.validate(context, requested, count)

    def free_ports(self, context: RequestContext) -> int | None:
        # Neutron without the extension that tells of use: the host finds out when it asks for the port.
        try:
            path = f"/quotas/{context.project_id}/details.json"
            missing = exception.NotFound()
            ports = self.client.call(context, "GET", path, missing=missing)["quota"]["port"]
        except exception.NotFound:
            return None
        if ports["limit"] < 0:
            return None
        return max(int(ports["limit"]) - int(ports["used"]) - int(ports["reserved"]), 0)

    def security_groups_by_name_or_id(
        self, context: RequestContext, names: Collection[str]
    ) -> Sequence[SecurityGroupName]:
        own = [("project_id", context.project_id or "")]
        found = self.client.list(context, "/security-groups", "security_groups", own)
        known = [SecurityGroupName(one["id"], one.get("name") or "") for one in found]
        return [_chosen(known, name) for name in names]

    # --- giving and taking ----------------------------------------------------------------

    def allocate(
        self,
        context: RequestContext,
        server_uuid: str,
        project_id: str,
        requested: Requested,
        security_group_ids: Collection[str],
        host: str,
    ) -> list[Nic]:
        groups = list(security_group_ids)
        for place, item in enumerate(self._check.resolve(context, requested)):
            self._ports.give(server_uuid, project_id, item, groups, host, key=f"boot-{place}")
        return self._of(server_uuid)

    def deallocate(self, context: RequestContext, server_uuid: str) -> None:
        del context  # the caller has decided that the server goes
        self._ports.give_back(server_uuid)

    def move(self, server_uuid: str, host: str) -> None:
        self._ports.move(server_uuid, host)

    def rebind(self, context: RequestContext, server_uuid: str, host: str) -> list[Nic]:
        del context
        self._ports.move(server_uuid, host)
        return self._of(server_uuid)

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
        return self._ports.give(server_uuid, project_id, request, (), host, key)

    def detach(self, context: RequestContext, server_uuid: str, port_id: str) -> None:
        del context
        self._ports.give_back(server_uuid, port_id)

    # --- addresses and groups of a server ---------------------------------------------------

    def add_address(self, context: RequestContext, server_uuid: str, network_id: str) -> None:
        del context
        self._ports.add_address(server_uuid, network_id)

    def remove_address(self, context: RequestContext, server_uuid: str, address: str) -> None:
        del context
        self._ports.remove_address(server_uuid, address)

    def groups_of(self, context: RequestContext, server_uuid: str) -> Sequence[SecurityGroup]:
        ports = self._ports.of(server_uuid)
        return self.security_groups_at(
            context, {group for port in ports for group in port.get("security_groups") or ()}
        )

    def add_group(self, context: RequestContext, server_uuid: str, group_id: str) -> None:
        del context
        self._ports.add_group(server_uuid, group_id)

    def remove_group(self, context: RequestContext, server_uuid: str, group_id: str) -> None:
        del context
        self._ports.remove_group(server_uuid, group_id)

    # --- showing ------------------------------------------------------------------------------

    def nics_of(self, server_uuids: Collection[str]) -> dict[str, list[Nic]]:
        return self._nics.of(server_uuids)

    def security_groups_of(self, server_uuids: Collection[str]) -> dict[str, list[str]]:
        names = {
            server: [name for nic in nics for name in nic["security_groups"]]
            for server, nics in self.nics_of(server_uuids).items()
        }
        return {server: found for server, found in names.items() if found}

    def _of(self, server_uuid: str) -> list[Nic]:
        return self.nics_of([server_uuid]).get(server_uuid, [])


def _is_in(address: str, cidr: str) -> bool:
    try:
        return "%" not in address and ipaddress.ip_address(address) in ipaddress.ip_network(
            cidr, strict=False
        )
    except ValueError:
        return False


def _chosen(known: Sequence[SecurityGroupName], name: str) -> SecurityGroupName:
    matching = [group for group in known if group.id == name] or [
        group for group in known if group.name == name
    ]
    if not matching:
        raise exception.SecurityGroupNotFound(security_group_id=name)
    if len(matching) > 1:
        raise exception.SecurityGroupAmbiguous(name=name)
    return matching[0]
