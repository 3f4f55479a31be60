"""``/os-security-group-rules`` (to 2.35): what a security group lets in."""

from __future__ import annotations

from typing import Any

from nova_api.api import policy
from nova_api.api.compute.server_security_groups import shown_rule
from nova_api.api.controller import Controller
from nova_api.api.declare import Field, Object, One, Param, View, operation
from nova_api.api.declare.types import ANY, STRING, UUID, JSONSchema, nullable
from nova_api.api.request import Request
from nova_api.compute import security_groups
from nova_api.neighbours.networks.interface import Rule

LAST = "2.35"

_P = "os_compute_api:os-security-groups:rule:"
CREATE = policy.rule(_P + "create", policy.MEMBER, "Create a security group rule (to 2.35).")
DELETE = policy.rule(_P + "delete", policy.MEMBER, "Delete a security group rule (to 2.35).")

# What the open ones hold is checked with the rule that they make: numbers come as text too.
_RULE = Object(
    Param("parent_group_id", UUID, required=True),
    Param("group_id", nullable(UUID)),
    *(Param(name, ANY) for name in ("ip_protocol", "from_port", "to_port", "cidr")),
    extra=True,
)
_BODY = Object(Param("security_group_rule", _RULE, required=True), extra=True)


def _field(name: str, kind: JSONSchema) -> Field:
    def get(rule: Rule, request: Request) -> Any:
        return shown_rule(rule, request.related["groups"])[name]

    return Field(name, get, kind)


RULE = View(
    "security group rule",
    _field("id", UUID),
    _field("parent_group_id", UUID),
    _field("ip_protocol", nullable(STRING)),
    _field("from_port", nullable({"type": "integer"})),
    _field("to_port", nullable({"type": "integer"})),
    _field("group", {"type": "object"}),
    _field("ip_range", {"type": "object"}),
)


class SecurityGroupRulesController(Controller):
    """``/os-security-group-rules``; rules are read with their group."""

    @operation(
        "POST",
        "/os-security-group-rules",
        until=LAST,
        policy=CREATE,
        body=_BODY,
        response=One("security_group_rule", RULE),
        errors=(400, 403, 404),
    )
    def create(self, request: Request) -> Rule:
        rule = security_groups.add_rule(self.backend, request.context, request.data["security_group_rule"])
        sources = [rule.remote_group_id] if rule.remote_group_id else []
        known = self.backend.networks.security_groups_at(request.context, sources)
        request.related["groups"] = {group.id: group for group in known}
        return rule

    @operation(
        "DELETE",
        "/os-security-group-rules/{id}",
        until=LAST,
        policy=DELETE,
        status=202,
        errors=(400, 404, 409),
    )
    def delete(self, request: Request, id: str) -> None:
        security_groups.delete_rule(self.backend, request.context, id)
