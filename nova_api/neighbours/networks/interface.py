"""What the service asks of a network service; Neutron can serve all of it.

A *request* is one NIC that a user asked for: ``{"network_id", "port_id",
"fixed_ip", "tag"}``, each None or a string, with at least one of the first
two.  ``"auto"`` and None stand for "the one network there is", ``"none"`` for
no NIC.

A *nic* is what a server got: ``{"port_id", "network_id", "label", "mac",
"fixed_ips": [{"subnet_id", "address", "version"}], "floating_ips":
[{"address", "version", "fixed_address"}], "tag", "security_groups": [name],
"made_for_server": bool}``.
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


class Networks(Protocol):
    """Networking of servers."""

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
        NoMoreAddresses, PortInUse, PortNotFound, NetworkNotFound.
        """

    def deallocate(self, context: RequestContext, server_uuid: str) -> None:
        """Deletes the ports made for the server, unbinds those that users gave it; nothing left is fine."""

    def nics_of(self, server_uuids: Collection[str]) -> dict[str, list[Nic]]:
        """NICs of many servers in a constant number of statements; servers without any are left out."""

    def security_groups_of(self, server_uuids: Collection[str]) -> dict[str, list[str]]:
        """Group names of many servers, one entry per port and group, as the API shows them."""
