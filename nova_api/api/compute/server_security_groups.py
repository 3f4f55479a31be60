"""``/servers/{server_id}/os-security-groups``: the security groups on a server's ports, with their rules."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from nova_api.api import policy
from nova_api.api.compute.servers.read import ServerController
from nova_api.api.declare import Field, Many, Query, View, operation
from nova_api.api.declare.types import STRING, nullable
from nova_api.api.request import Request
from nova_api.compute.servers import security_groups
from nova_api.db.server_queries import Server
from nova_api.neighbours.networks.interface import Rule, SecurityGroup

LIST = policy.rule(
    "os_compute_api:os-security-groups:list", policy.READER, "List the security groups of a server."
)

#: What a rule without a remote lets in.
_ANYWHERE = {"IPv4": "0.0.0.0/0", "IPv6": "::/0"}
#: Every port of these; other protocols have none.
_WITH_PORTS = frozenset({"tcp", "udp"})


def _ports(rule: Rule) -> tuple[int | None, int | None]:
    if rule.protocol is None or rule.port_range_min is not None or rule.port_range_max is not None:
        return rule.port_range_min, rule.port_range_max
    return (1, 65535) if rule.protocol in _WITH_PORTS else (-1, -1)


def _source(rule: Rule, known: Mapping[str, SecurityGroup]) -> tuple[dict[str, str], dict[str, str]]:
    """Group and range, one of them empty; both for a group that the caller does not see."""
    if rule.remote_group_id is None:
        return {}, {"cidr": rule.remote_ip_prefix or _ANYWHERE[rule.ethertype]}
    group = known.get(rule.remote_group_id)
    return ({} if group is None else {"name": group.name, "tenant_id": group.project_id}), {}


def shown_rule(rule: Rule, known: Mapping[str, SecurityGroup]) -> dict[str, Any]:
    """A rule as this API shows it; ``known`` has the groups that rules may name, by id."""
    from_port, to_port = _ports(rule)
    group, ip_range = _source(rule, known)
    return {
        "id": rule.id,
        "parent_group_id": rule.security_group_id,
        "ip_protocol": rule.protocol,
        "from_port": from_port,
        "to_port": to_port,
        "group": group,
        "ip_range": ip_range,
    }


def _rules(group: SecurityGroup, request: Request) -> list[dict[str, Any]]:
    known = request.related["groups"]
    return [shown_rule(rule, known) for rule in group.rules if rule.direction == "ingress"]


SECURITY_GROUP = View(
    "security group",
    Field("id", "id", STRING),
    Field("name", "name", STRING),
    Field("description", "description", nullable(STRING)),
    Field("tenant_id", "project_id", STRING),
    Field("rules", _rules, {"type": "array"}, loads="groups"),
)


class ServerSecurityGroupsController(ServerController):
    """``/servers/{server_id}/os-security-groups``."""

    @operation(
        "GET",
        "/servers/{server_id}/os-security-groups",
        policy=LIST,
        query=Query(closed_since="2.102"),
        response=Many("security_groups", SECURITY_GROUP),
        loads="server",
        errors=(404,),
    )
    def index(self, request: Request, server: Server) -> Sequence[SecurityGroup]:
        groups = security_groups.show(self.backend, request.context, server)
        request.related["groups"] = security_groups.named_by(self.backend, request.context, groups)
        return groups
