"""What Neutron's JSON says, as records."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any

from oslo_utils import timeutils

from nova_api.neighbours.networks.interface import FloatingIP, Network, Port, Rule, SecurityGroup

Document = Mapping[str, Any]


def _times(document: Document) -> dict[str, datetime.datetime]:
    """Both times; clouds without the extension for them have none, and get the epoch."""
    found = {}
    for name in ("created_at", "updated_at"):
        text = document.get(name)
        moment = timeutils.parse_isotime(text) if text else datetime.datetime(1970, 1, 1)
        found[name] = timeutils.normalize_time(moment)
    return found


def _owned(document: Document) -> dict[str, Any]:
    return {
        "id": document["id"],
        "project_id": document.get("project_id") or document.get("tenant_id") or "",
        "description": document.get("description") or "",
        **_times(document),
    }


def network(document: Document) -> Network:
    """Attributes that only administrators see are empty for others."""
    return Network(
        **_owned(document),
        name=document.get("name") or "",
        admin_state_up=bool(document.get("admin_state_up", True)),
        status=document.get("status") or "",
        shared=bool(document.get("shared")),
        external=bool(document.get("router:external")),
        is_default=bool(document.get("is_default")),
        mtu=int(document.get("mtu") or 0),
        port_security_enabled=bool(document.get("port_security_enabled", True)),
        network_type=document.get("provider:network_type") or "",
        physical_network=document.get("provider:physical_network"),
        segmentation_id=document.get("provider:segmentation_id"),
        dns_domain=document.get("dns_domain") or "",
        subnets=tuple(document.get("subnets") or ()),
    )


def fixed_ips(document: Document) -> tuple[dict[str, Any], ...]:
    """Addresses as ports and NICs have them."""
    return tuple(
        {"subnet_id": ip["subnet_id"], "address": ip["ip_address"], "version": version_of(ip["ip_address"])}
        for ip in document.get("fixed_ips") or ()
    )


def version_of(address: str) -> int:
    """4 or 6."""
    return 6 if ":" in address else 4


def port(document: Document) -> Port:
    """A port; what concerns its binding is empty for those who are no administrators."""
    return Port(
        **_owned(document),
        name=document.get("name") or "",
        network_id=document["network_id"],
        mac_address=document["mac_address"],
        admin_state_up=bool(document.get("admin_state_up", True)),
        status=document.get("status") or "",
        device_id=document.get("device_id") or "",
        device_owner=document.get("device_owner") or "",
        host_id=document.get("binding:host_id") or "",
        vnic_type=document.get("binding:vnic_type") or "normal",
        vif_type=document.get("binding:vif_type") or "",
        vif_details=document.get("binding:vif_details") or {},
        profile=document.get("binding:profile") or {},
        resource_request=document.get("resource_request"),
        port_security_enabled=bool(document.get("port_security_enabled", True)),
        fixed_ips=fixed_ips(document),
        security_groups=tuple(document.get("security_groups") or ()),
    )


def rule(document: Document) -> Rule:
    """A rule of a security group."""
    names = ("security_group_id", "direction", "ethertype", "protocol", "port_range_min")
    more = ("port_range_max", "remote_group_id", "remote_ip_prefix")
    own: dict[str, Any] = {name: document.get(name) for name in (*names, *more)}
    return Rule(**_owned(document), **own)


def security_group(document: Document) -> SecurityGroup:
    """A security group with its rules."""
    return SecurityGroup(
        **_owned(document),
        name=document.get("name") or "",
        stateful=bool(document.get("stateful", True)),
        rules=tuple(rule(one) for one in document.get("security_group_rules") or ()),
    )


def floating_ip(document: Document) -> FloatingIP:
    """A floating IP; it leads nowhere while ``port_id`` is None."""
    return FloatingIP(
        **_owned(document),
        network_id=document["floating_network_id"],
        address=document["floating_ip_address"],
        port_id=document.get("port_id"),
        fixed_address=document.get("fixed_ip_address"),
        router_id=document.get("router_id"),
        status=document.get("status") or "",
    )
