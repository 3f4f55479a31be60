"""What the service asks of a network service; Neutron can serve all of it.

A *request* is one NIC that a user asked for: ``{"network_id", "port_id",
"fixed_ip", "tag"}``, each None or a string, with at least one of the first
two.  ``"auto"`` and None stand for "the one network there is", ``"none"`` for
no NIC.

A *nic* is what a server got: ``{"port_id", "network_id", "label", "mac",
"fixed_ips": [{"subnet_id", "address", "version"}], "floating_ips":
[{"address", "version", "fixed_address"}], "tag", "security_groups": [name],
"made_for_server": bool, "status": "ACTIVE" | "DOWN" | …}``.
"""

from __future__ import annotations

import datetime
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from nova_api.context import RequestContext

Requested = Sequence[Mapping[str, Any]] | str | None
Nic = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Network:
    """A layer-2 network; ``subnets`` are ids."""

    id: str
    project_id: str
    name: str
    description: str
    admin_state_up: bool
    status: str
    shared: bool
    external: bool
    is_default: bool
    mtu: int
    port_security_enabled: bool
    network_type: str
    physical_network: str | None
    segmentation_id: int | None
    dns_domain: str
    created_at: datetime.datetime
    updated_at: datetime.datetime
    subnets: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Port:
    """A place on a network; ``fixed_ips`` is [{"subnet_id", "address", "version"}], groups are ids."""

    id: str
    project_id: str
    name: str
    description: str
    network_id: str
    mac_address: str
    admin_state_up: bool
    status: str
    device_id: str
    device_owner: str
    host_id: str
    vnic_type: str
    vif_type: str
    vif_details: Mapping[str, Any]
    profile: Mapping[str, Any]
    resource_request: Mapping[str, Any] | None
    port_security_enabled: bool
    created_at: datetime.datetime
    updated_at: datetime.datetime
    fixed_ips: tuple[Mapping[str, Any], ...] = ()
    security_groups: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Subnet:
    """A range of addresses on a network."""

    id: str
    project_id: str
    name: str
    description: str
    network_id: str
    ip_version: int
    cidr: str
    gateway_ip: str | None
    allocation_pools: Sequence[Mapping[str, str]]
    enable_dhcp: bool
    dns_nameservers: Sequence[str]
    host_routes: Sequence[Mapping[str, str]]
    ipv6_address_mode: str | None
    ipv6_ra_mode: str | None
    created_at: datetime.datetime
    updated_at: datetime.datetime


@dataclass(frozen=True, slots=True)
class Rule:
    """What a security group lets through; None means any."""

    id: str
    project_id: str
    description: str
    security_group_id: str
    direction: str
    ethertype: str
    protocol: str | None
    port_range_min: int | None
    port_range_max: int | None
    remote_group_id: str | None
    remote_ip_prefix: str | None
    created_at: datetime.datetime
    updated_at: datetime.datetime


@dataclass(frozen=True, slots=True)
class SecurityGroup:
    """A named set of rules."""

    id: str
    project_id: str
    name: str
    description: str
    stateful: bool
    created_at: datetime.datetime
    updated_at: datetime.datetime
    rules: tuple[Rule, ...] = ()


@dataclass(frozen=True, slots=True)
class FloatingIP:
    """An address of an external network that leads to a port."""

    id: str
    project_id: str
    description: str
    network_id: str
    address: str
    port_id: str | None
    fixed_address: str | None
    router_id: str | None
    status: str
    created_at: datetime.datetime
    updated_at: datetime.datetime


@dataclass(frozen=True, slots=True)
class Router:
    """A router, as far as clients list and name it."""

    id: str
    project_id: str
    name: str
    description: str
    admin_state_up: bool
    status: str
    external_gateway_info: Mapping[str, Any] | None
    created_at: datetime.datetime
    updated_at: datetime.datetime


@dataclass(frozen=True, slots=True)
class SecurityGroupName:
    """As much of a security group as a server needs."""

    id: str
    name: str


class Proxied(Protocol):
    """What users keep at the network service and reach through the compute API of old (to 2.35)."""

    def external_networks(self, context: RequestContext) -> Sequence[Network]:
        """Networks that floating IPs come from, in the order of their creation."""

    def floating_ips_of(self, context: RequestContext) -> Sequence[FloatingIP]:
        """The project's floating IPs, also for an administrator."""

    def show_floating_ip(self, context: RequestContext, floating_ip_id: str) -> FloatingIP:
        """Raises FloatingIPNotFound."""

    def create_floating_ip(self, context: RequestContext, network_id: str) -> FloatingIP:
        """Raises NetworkNotFound, Invalid for a network that is not external, NoMoreAddresses."""

    def delete_floating_ip(self, context: RequestContext, floating_ip_id: str) -> None:
        """Gives it back, also while it leads somewhere; raises FloatingIPNotFound."""

    def servers_at(self, port_ids: Collection[str]) -> dict[str, str]:
        """Port → server that it is plugged into; ports of no server are left out."""

    def security_groups(
        self, context: RequestContext, *, everybodys: bool, offset: int, limit: int
    ) -> Sequence[SecurityGroup]:
        """With their rules, by project and name: the project's; for administrators ``everybodys``."""

    def show_security_group(self, context: RequestContext, group_id: str) -> SecurityGroup:
        """Raises SecurityGroupNotFound."""

    def create_security_group(self, context: RequestContext, name: str, description: str) -> SecurityGroup:
        """Raises SecurityGroupExists for the name ``default``."""

    def update_security_group(
        self, context: RequestContext, group_id: str, name: str, description: str
    ) -> SecurityGroup:
        """Raises SecurityGroupNotFound, Invalid where ``default`` would get another name."""

    def delete_security_group(self, context: RequestContext, group_id: str) -> None:
        """Raises SecurityGroupNotFound, SecurityGroupInUse."""

    def create_security_group_rule(self, context: RequestContext, values: Mapping[str, Any]) -> Rule:
        """From fields of a ``Rule``; raises SecurityGroupNotFound, SecurityGroupRuleExists, Invalid."""

    def delete_security_group_rule(self, context: RequestContext, rule_id: str) -> None:
        """Raises SecurityGroupRuleNotFound."""


class Networks(Proxied, Protocol):
    """Networking of servers.

    ``is_embedded``: its ports are rows of our own database, which servers are read with.  Else lists of
    servers do not wait for it: it tells of changes, and a server's own record follows.
    """

    is_embedded: bool

    def networks_for(self, context: RequestContext) -> Sequence[Network]:
        """Networks that the project may boot on: its own and shared ones, none that is only external."""

    def show_network(self, context: RequestContext, network_id: str) -> Network:
        """Raises NetworkNotFound."""

    def show_port(self, context: RequestContext, port_id: str) -> Port:
        """Raises PortNotFound."""

    def validate_requested(
        self, context: RequestContext, requested: Requested, count: int = 1
    ) -> list[dict[str, Any]]:
        """Requests as ``allocate`` takes them, for ``count`` servers of one call.

        Entries may also use the API's keys ``uuid`` and ``port``.  Raises
        NetworkNotFound, PortNotFound, PortInUse, PortDuplicated,
        PortRequiresFixedIP, PortNotForSeveral, FixedIPNotForSeveral,
        NetworkRequiresSubnet, NetworkAmbiguous, NoNetworkToAllocate,
        ExternalNetworkForbidden, AddressNotInSubnet, AddressInUse.
        """

    def free_ports(self, context: RequestContext) -> int | None:
        """How many ports the quotas leave to the project; None for any number, or where nobody knows.

        Nothing is held: ``allocate`` may be refused all the same, and raises QuotaExceeded then.
        """

    def security_groups_by_name_or_id(
        self, context: RequestContext, names: Collection[str]
    ) -> Sequence[SecurityGroupName]:
        """In the order of ``names``; raises SecurityGroupNotFound, SecurityGroupAmbiguous."""

    def allocate(
        self,
        context: RequestContext,
        server_uuid: str,
        project_id: str,
        requested: Requested,
        security_group_ids: Collection[str],
        host: str,
    ) -> list[Nic]:
        """Ports for a server on ``host``.  Run again with the same arguments it makes nothing new.

        Without groups the project's default one is used.  Raises
        NoMoreAddresses, PortInUse, PortNotFound, NetworkNotFound, QuotaExceeded.
        """

    def deallocate(self, context: RequestContext, server_uuid: str) -> None:
        """Deletes the ports made for the server, unbinds those that users gave it; nothing left is fine."""

    def move(self, server_uuid: str, host: str) -> None:
        """Binds the server's ports to another host; to none, for ""."""

    def nics_of(self, server_uuids: Collection[str]) -> dict[str, list[Nic]]:
        """NICs of many servers in a constant number of statements; servers without any are left out."""

    def security_groups_of(self, server_uuids: Collection[str]) -> dict[str, list[str]]:
        """Group names of many servers, one entry per port and group, as the API shows them."""

    # --- servers that exist

    def rebind(self, context: RequestContext, server_uuid: str, host: str) -> list[Nic]:
        """The server is on ``host`` from now on, with all its ports; its NICs, once or often the same."""

    def attach(
        self,
        context: RequestContext,
        server_uuid: str,
        project_id: str,
        request: Mapping[str, Any],
        host: str,
        key: str,
    ) -> str:
        """One more port for a server on ``host``: the user's, or a new one; its id.

        ``request`` comes from ``validate_requested``.  Run again with the same
        ``key`` it makes nothing new.  Raises PortInUse, PortNotFound,
        NetworkNotFound, AddressInUse, AddressNotInSubnet, NoMoreAddresses.
        """

    def detach(self, context: RequestContext, server_uuid: str, port_id: str) -> None:
        """Deletes a port that was made for the server, unbinds a user's; nothing when it has not got it."""

    def add_address(self, context: RequestContext, server_uuid: str, network_id: str) -> None:
        """One more address on a network that it is on; raises NetworkNotFound, NoMoreAddresses."""

    def remove_address(self, context: RequestContext, server_uuid: str, address: str) -> None:
        """Takes an address from the server; raises FixedIPNotFound."""

    def groups_of(self, context: RequestContext, server_uuid: str) -> Sequence[SecurityGroup]:
        """The security groups of the server's ports with their rules, each once, by project and name."""

    def security_groups_at(self, context: RequestContext, ids: Collection[str]) -> Sequence[SecurityGroup]:
        """Those of the security groups ``ids`` that the project sees, with their rules."""

    def add_group(self, context: RequestContext, server_uuid: str, group_id: str) -> None:
        """Puts a security group on all its ports; raises PortNotFound, SecurityGroupCannotBeApplied."""

    def remove_group(self, context: RequestContext, server_uuid: str, group_id: str) -> None:
        """Takes a security group from all its ports; raises SecurityGroupNotOfServer."""

    def floating_ip_at(self, context: RequestContext, address: str) -> FloatingIP:
        """The project's floating IP with ``address``; raises FloatingIPNotFound."""

    def lead_floating_ip(
        self, context: RequestContext, floating_ip_id: str, port_id: str | None, fixed_address: str | None
    ) -> None:
        """To an address of a port, or (None) nowhere; raises PortNotFound, Invalid, FloatingIPInUse."""
