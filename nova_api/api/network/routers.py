"""Routers, as the networking API shows and changes them: names with a gateway, nothing routes here."""

from __future__ import annotations

from typing import Any

from nova_api.api.declare import Field, Object, Param, View, operation, wrap
from nova_api.api.declare.types import STRING, nullable
from nova_api.api.neighbour import ANY_QUERY
from nova_api.api.network.attributes import (
    BOOL,
    HEAD_FIELDS,
    NAMES,
    OBJECT,
    TAIL_FIELDS,
    TEXT,
    Collection,
    NetworkController,
)
from nova_api.api.request import Request
from nova_api.db.schema.network import routers

ROUTER = Collection(
    one="router",
    view=View(
        "router",
        *HEAD_FIELDS,
        Field("name", "name", STRING),
        Field("status", "status", STRING),
        Field("admin_state_up", "admin_state_up", BOOL),
        Field("external_gateway_info", "external_gateway_info", nullable(OBJECT)),
        Field("routes", lambda *_: [], {"type": "array"}),
        Field("availability_zones", lambda *_: [], {"type": "array"}),
        Field("availability_zone_hints", lambda *_: [], {"type": "array"}),
        *TAIL_FIELDS,
    ),
    columns={
        **NAMES,
        "status": "status",
        "admin_state_up": "admin_state_up",
        "external_gateway_info": "external_gateway_info",
    },
    table=routers,
    special={},
)

_CHANGEABLE = (
    Param("name", TEXT),
    Param("description", TEXT),
    Param("admin_state_up", BOOL),
    Param("external_gateway_info", nullable(OBJECT)),
)
_CREATE = wrap("router", Object(*_CHANGEABLE, Param("project_id", TEXT), Param("tenant_id", TEXT)))
_UPDATE = wrap("router", Object(*_CHANGEABLE))


class Routers(NetworkController):
    """``/v2.0/routers``."""

    @operation("GET", "/v2.0/routers", query=ANY_QUERY)
    def index(self, request: Request) -> dict[str, Any]:
        return ROUTER.listed(request, self.service.routers)

    @operation("GET", "/v2.0/routers/{id}", query=ANY_QUERY, errors=(404,))
    def show(self, request: Request, id: str) -> dict[str, Any]:
        return ROUTER.shown(request, self.service.routers.show(request.context, id))

    @operation("POST", "/v2.0/routers", body=_CREATE, status=201, errors=(403, 409))
    def create(self, request: Request) -> dict[str, Any]:
        values = ROUTER.values(request.data["router"])
        return ROUTER.shown(request, self.service.routers.create(request.context, values))

    @operation("PUT", "/v2.0/routers/{id}", body=_UPDATE, errors=(403, 404))
    def update(self, request: Request, id: str) -> dict[str, Any]:
        values = ROUTER.values(request.data["router"])
        return ROUTER.shown(request, self.service.routers.update(request.context, id, values))

    @operation("DELETE", "/v2.0/routers/{id}", status=204, errors=(403, 404))
    def delete(self, request: Request, id: str) -> None:
        self.service.routers.delete(request.context, id)
