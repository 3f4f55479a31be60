"""Security groups of a project, and the rules of what they let in."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from typing import Any

from oslo_utils import uuidutils

from nova_api import exception
from nova_api.backend import Backend
from nova_api.context import RequestContext
from nova_api.neighbours.networks.interface import Rule, SecurityGroup

#: Least and most of a port; of an ICMP type or code, where -1 is any.
_RANGES = {"tcp": (1, 65535), "udp": (1, 65535), "icmp": (-1, 255)}


def show(backend: Backend, context: RequestContext, group_id: str) -> SecurityGroup:
    """Raises Invalid for what is no UUID, SecurityGroupNotFound."""
    _check_id("security group", group_id)
    return backend.networks.show_security_group(context, group_id)


def create(backend: Backend, context: RequestContext, name: str, description: str) -> SecurityGroup:
    """Raises Invalid for the name ``default``, which every project has."""
    try:
        return backend.networks.create_security_group(context, name, description)
    except exception.SecurityGroupExists as error:
        raise exception.Invalid(str(error)) from error


def update(
    backend: Backend, context: RequestContext, group_id: str, name: str, description: str
) -> SecurityGroup:
    """Raises Invalid, SecurityGroupNotFound."""
    _check_id("security group", group_id)
    return backend.networks.update_security_group(context, group_id, name, description)


def delete(backend: Backend, context: RequestContext, group_id: str) -> None:
    """Raises Invalid (the compute API has no conflict here) while it is used, SecurityGroupNotFound."""
    _check_id("security group", group_id)
    try:
        backend.networks.delete_security_group(context, group_id)
    except exception.SecurityGroupInUse as error:
        raise exception.Invalid(str(error)) from error


def add_rule(backend: Backend, context: RequestContext, asked: Mapping[str, Any]) -> Rule:
    """Lets something in.  ``asked`` is what the compute API takes, of any JSON types.

    Keys: ``parent_group_id``, and of ``ip_protocol``, ``from_port``,
    ``to_port``, ``cidr``, ``group_id`` any.  Raises SecurityGroupNotFound;
    Invalid for what makes no rule, and for a rule that there is.
    """
    values = {
        "security_group_id": asked["parent_group_id"],
        "direction": "ingress",
        **_traffic(asked),
        **_source(asked),
    }
    try:
        return backend.networks.create_security_group_rule(context, values)
    except exception.SecurityGroupRuleExists as error:
        raise exception.Invalid(str(error)) from error


def delete_rule(backend: Backend, context: RequestContext, rule_id: str) -> None:
    """Raises Invalid for what is no UUID, SecurityGroupRuleNotFound."""
    _check_id("security group rule", rule_id)
    backend.networks.delete_security_group_rule(context, rule_id)


def _check_id(what: str, given: str) -> None:
    if not uuidutils.is_uuid_like(given):
        raise exception.Invalid(f"The id of a {what} is a UUID, which {given!r} is not.")


def _source(asked: Mapping[str, Any]) -> dict[str, str]:
    """The group, where one is given; else the range, which is any IPv4 address by default."""
    if asked.get("group_id"):
        return {"remote_group_id": asked["group_id"], "ethertype": "IPv4"}
    cidr = asked.get("cidr") or "0.0.0.0/0"
    try:
        if not isinstance(cidr, str) or "/" not in cidr or "%" in cidr:
            raise ValueError
        interface = ipaddress.ip_interface(cidr)
    except ValueError:
        raise exception.Invalid(f"{cidr!r} is not a network in CIDR form.") from None
    # 10.0.0.7/0 is everybody, and surely not meant.
    network = interface.network
    if network.prefixlen == 0 and interface.ip != network.network_address:
        raise exception.Invalid(f"Bad prefix for network in cidr {cidr}.")
    return {"remote_ip_prefix": str(network), "ethertype": f"IPv{network.version}"}


def _traffic(asked: Mapping[str, Any]) -> dict[str, Any]:
    """Protocol and ports; all of them go unsaid only where a group is let in."""
    given = [asked.get(name) for name in ("ip_protocol", "from_port", "to_port")]
    protocol, *ends = given
    if protocol is not None and ends == [None, None] and asked.get("group_id"):
        return {"protocol": _protocol(protocol)}
    if given == [None, None, None] and asked.get("group_id"):
        return {}
    if None in given:
        raise exception.Invalid(
            "Not enough parameters to build a valid rule: it needs ip_protocol, from_port and to_port."
        )
    name = _protocol(protocol)
    low, high = (_number(end) for end in ends)
    least, most = _RANGES[name]
    if not (least <= low <= most and least <= high <= most):
        raise exception.Invalid(
            f"Invalid port range {low}:{high}. With {name} both ends are from {least} to {most}."
        )
    if name != "icmp" and low > high:
        raise exception.Invalid(f"Invalid port range {low}:{high}. It ends before it starts.")
    if low == -1 < high:
        raise exception.Invalid(f"ICMP code {high} is given without a type.")
    return {
        "protocol": name,
        "port_range_min": None if low == -1 else low,
        "port_range_max": None if high == -1 else high,
    }


def _protocol(given: Any) -> str:
    name = str(given).lower()
    if name not in _RANGES:
        raise exception.Invalid(f"Invalid IP protocol {given}. It is tcp, udp or icmp.")
    return name


def _number(given: Any) -> int:
    try:
        if isinstance(given, bool) or not isinstance(given, int | str):
            raise ValueError
        return int(given)
    except ValueError:
        raise exception.Invalid(f"{given!r} is not a whole number, which a port, type or code is.") from None
