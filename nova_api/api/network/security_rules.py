"""Security group rules, as the networking API shows and changes them."""

from __future__ import annotations

from typing import Any

from nova_api.api.declare import Field, Object, Param, View, operation, wrap
from nova_api.api.declare.types import STRING, nullable
from nova_api.api.neighbour import ANY_QUERY
from nova_api.api.network.attributes import (
    HEAD_FIELDS,
    NAMES,
    TAIL_FIELDS,
    TEXT,
    UUID,
    Collection,
    NetworkController,
)
from nova_api.api.request import Request
from nova_api.db.schema.network import security_group_rules

_PORT = {"type": ["integer", "null"], "minimum": -1, "maximum": 65535}
_PROTOCOL = {"type": ["string", "integer", "null"], "maxLength": 16, "minimum": 0, "maximum": 255}
_OWN = {
    name: name
    for name in (
        "security_group_id",
        "direction",
        "ethertype",
        "protocol",
        "port_range_min",
        "port_range_max",
        "remote_group_id",
        "remote_ip_prefix",
    )
}

RULE = Collection(
    one="security_group_rule",
    view=View(
        "security_group_rule",
        *HEAD_FIELDS,
        Field("security_group_id", "security_group_id", STRING),
        Field("direction", "direction", STRING),
        Field("ethertype", "ethertype", STRING),
        Field("protocol", "protocol", nullable(STRING)),
        Field("port_range_min", "port_range_min", _PORT),
        Field("port_range_max", "port_range_max", _PORT),
        Field("remote_group_id", "remote_group_id", nullable(STRING)),
        Field("remote_ip_prefix", "remote_ip_prefix", nullable(STRING)),
        Field("remote_address_group_id", lambda *_: None, nullable(STRING)),
        *TAIL_FIELDS,
    ),
    columns={key: column for key, column in NAMES.items() if key != "name"} | _OWN,
    table=security_group_rules,
    special={},
)

_CREATE = wrap(
    "security_group_rule",
    Object(
        Param("security_group_id", UUID, required=True),
        Param("direction", {"enum": ["ingress", "egress"]}, required=True),
        Param("ethertype", {"type": "string", "pattern": "^[iI][pP][vV][46]$"}),
        Param("protocol", _PROTOCOL),
        Param("port_range_min", _PORT),
        Param("port_range_max", _PORT),
        Param("remote_group_id", nullable(UUID)),
        Param("remote_ip_prefix", nullable(STRING)),
        Param("description", nullable(TEXT)),
        Param("project_id", TEXT),
        Param("tenant_id", TEXT),
    ),
)


class SecurityGroupRules(NetworkController):
    """``/v2.0/security-group-rules``; a rule is made and removed, never changed."""

    @operation("GET", "/v2.0/security-group-rules", query=ANY_QUERY)
    def index(self, request: Request) -> dict[str, Any]:
        return RULE.listed(request, self.service.rules)

    @operation("GET", "/v2.0/security-group-rules/{id}", query=ANY_QUERY, errors=(404,))
    def show(self, request: Request, id: str) -> dict[str, Any]:
        return RULE.shown(request, self.service.rules.show(request.context, id))

    @operation("POST", "/v2.0/security-group-rules", body=_CREATE, status=201, errors=(403, 404, 409))
    def create(self, request: Request) -> dict[str, Any]:
        values = RULE.values(request.data["security_group_rule"])
        version = str(values.get("ethertype") or "IPv4")[-1]
        protocol = values.get("protocol")
        values |= {
            "ethertype": f"IPv{version}",
            "protocol": None if protocol in (None, "any", "") else str(protocol).lower(),
            "description": values.get("description") or "",
        }
        return RULE.shown(request, self.service.rules.create(request.context, self.service.groups, values))

    @operation("DELETE", "/v2.0/security-group-rules/{id}", status=204, errors=(403, 404))
    def delete(self, request: Request, id: str) -> None:
        self.service.rules.delete(request.context, id)
