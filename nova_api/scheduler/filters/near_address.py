"""The hints ``build_near_host_ip`` and ``cidr``: on a host with an address in that network."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from typing import Any

from nova_api.db.nodes import Node
from nova_api.scheduler.wanted import Wanted

REASON = "not near the address asked for"

_DEFAULT_PREFIX = "/24"

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


def network_of(hints: Mapping[str, Any]) -> Network | None:
    """The network that the hints speak of, None without them; raises ValueError for what is none."""
    address = hints.get("build_near_host_ip")
    if not address:
        return None
    return ipaddress.ip_network(f"{address}{hints.get('cidr') or _DEFAULT_PREFIX}", strict=False)


def passes(node: Node, wanted: Wanted) -> bool:
    """Whether the hint was not given, or the host's address is in its network."""
    network = network_of(wanted.hints)
    return network is None or ipaddress.ip_address(node.host_ip) in network
