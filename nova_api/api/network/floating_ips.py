"""Floating IPs, as the networking API shows and changes them."""

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
from nova_api.db.schema.network import floating_ips

_OWN = {
    "floating_network_id": "network_id",
    "floating_ip_address": "address",
    "fixed_ip_address": "fixed_address",
    "port_id": "port_id",
    "router_id": "router_id",
    "status": "status",
}

FLOATING_IP = Collection(
    one="floatingip",
    view=View(
        "floatingip",
        *HEAD_FIELDS,
        Field("floating_network_id", "network_id", STRING),
        Field("floating_ip_address", "address", STRING),
        Field("fixed_ip_address", "fixed_address", nullable(STRING)),
        Field("port_id", "port_id", nullable(STRING)),
        Field("router_id", "router_id", nullable(STRING)),
        Field("status", "status", STRING),
        Field("port_details", lambda *_: None, {}),
        Field("dns_domain", lambda *_: "", STRING),
        Field("dns_name", lambda *_: "", STRING),
        Field("qos_policy_id", lambda *_: None, nullable(STRING)),
        *TAIL_FIELDS,
    ),
    columns={key: column for key, column in NAMES.items() if key != "name"} | _OWN,
    table=floating_ips,
    special={},
)

_CHANGEABLE = (
    Param("port_id", nullable(UUID)),
    Param("fixed_ip_address", nullable(STRING)),
    Param("description", nullable(TEXT)),
)
_CREATE = wrap(
    "floatingip",
    Object(
        *_CHANGEABLE,
        Param("floating_network_id", UUID, required=True),
        Param("floating_ip_address", nullable(STRING)),
        Param("subnet_id", nullable(UUID)),
        Param("project_id", TEXT),
        Param("tenant_id", TEXT),
    ),
)
_UPDATE = wrap("floatingip", Object(*_CHANGEABLE))


def _values(asked: dict[str, Any]) -> dict[str, Any]:
    values = FLOATING_IP.values(asked)
    if "description" in values:
        values["description"] = values["description"] or ""
    if asked.get("subnet_id"):
        values["subnet_id"] = asked["subnet_id"]
    return values


class FloatingIPs(NetworkController):
    """``/v2.0/floatingips``."""

    @operation("GET", "/v2.0/floatingips", query=ANY_QUERY)
    def index(self, request: Request) -> dict[str, Any]:
        return FLOATING_IP.listed(request, self.service.floating)

    @operation("GET", "/v2.0/floatingips/{id}", query=ANY_QUERY, errors=(404,))
    def show(self, request: Request, id: str) -> dict[str, Any]:
        return FLOATING_IP.shown(request, self.service.floating.show(request.context, id))

    @operation("POST", "/v2.0/floatingips", body=_CREATE, status=201, errors=(403, 404, 409))
    def create(self, request: Request) -> dict[str, Any]:
        values = _values(request.data["floatingip"])
        return FLOATING_IP.shown(request, self.service.floating.create(request.context, values))

    @operation("PUT", "/v2.0/floatingips/{id}", body=_UPDATE, errors=(403, 404, 409))
    def update(self, request: Request, id: str) -> dict[str, Any]:
        values = _values(request.data["floatingip"])
        return FLOATING_IP.shown(request, self.service.floating.update(request.context, id, values))

    @operation("DELETE", "/v2.0/floatingips/{id}", status=204, errors=(403, 404))
    def delete(self, request: Request, id: str) -> None:
        self.service.floating.delete(request.context, id)
