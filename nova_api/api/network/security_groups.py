"""Security groups, as the networking API shows and changes them."""

from __future__ import annotations

from typing import Any

from nova_api.api.declare import Field, Object, Param, View, operation, wrap
from nova_api.api.declare.types import STRING
from nova_api.api.neighbour import ANY_QUERY
from nova_api.api.network.attributes import (
    BOOL,
    HEAD_FIELDS,
    NAMES,
    TAIL_FIELDS,
    TEXT,
    Collection,
    NetworkController,
)
from nova_api.api.network.security_rules import RULE
from nova_api.api.request import Request
from nova_api.db.schema.network import security_groups
from nova_api.neighbours.networks.interface import SecurityGroup


def _rules(group: SecurityGroup, request: Request) -> list[dict[str, Any]]:
    return RULE.view.render(group.rules, request)


GROUP = Collection(
    one="security_group",
    view=View(
        "security_group",
        *HEAD_FIELDS,
        Field("name", "name", STRING),
        Field("stateful", "stateful", BOOL),
        Field("shared", lambda *_: False, BOOL),
        Field("security_group_rules", _rules, {"type": "array"}),
        *TAIL_FIELDS,
    ),
    columns={**NAMES, "stateful": "stateful"},
    table=security_groups,
    special={},
)

_CHANGEABLE = (Param("description", TEXT), Param("stateful", BOOL))
_CREATE = wrap(
    "security_group",
    Object(
        Param("name", TEXT, required=True),
        *_CHANGEABLE,
        Param("project_id", TEXT),
        Param("tenant_id", TEXT),
    ),
)
_UPDATE = wrap("security_group", Object(Param("name", TEXT), *_CHANGEABLE))


class SecurityGroups(NetworkController):
    """``/v2.0/security-groups``."""

    @operation("GET", "/v2.0/security-groups", query=ANY_QUERY)
    def index(self, request: Request) -> dict[str, Any]:
        return GROUP.listed(request, self.service.groups)

    @operation("GET", "/v2.0/security-groups/{id}", query=ANY_QUERY, errors=(404,))
    def show(self, request: Request, id: str) -> dict[str, Any]:
        return GROUP.shown(request, self.service.groups.show(request.context, id))

    @operation("POST", "/v2.0/security-groups", body=_CREATE, status=201, errors=(403, 409))
    def create(self, request: Request) -> dict[str, Any]:
        values = GROUP.values(request.data["security_group"])
        return GROUP.shown(request, self.service.groups.create(request.context, values))

    @operation("PUT", "/v2.0/security-groups/{id}", body=_UPDATE, errors=(403, 404))
    def update(self, request: Request, id: str) -> dict[str, Any]:
        values = GROUP.values(request.data["security_group"])
        return GROUP.shown(request, self.service.groups.update(request.context, id, values))

    @operation("DELETE", "/v2.0/security-groups/{id}", status=204, errors=(403, 404, 409))
    def delete(self, request: Request, id: str) -> None:
        self.service.groups.delete(request.context, id)
