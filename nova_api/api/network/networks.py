"""Networks, as the networking API shows and changes them."""

from __future__ import annotations

from typing import Any

from nova_api.api.declare import Field, Object, Param, View, operation, wrap
from nova_api.api.declare.types import STRING, nullable
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
from nova_api.api.request import Request
from nova_api.db.schema.network import networks

_INTEGER = {"type": "integer"}
_SEGMENT = {"type": "integer", "minimum": 1, "maximum": 2**24 - 1}

NETWORK = Collection(
    one="network",
    view=View(
        "network",
        *HEAD_FIELDS,
        Field("name", "name", STRING),
        Field("status", "status", STRING),
        Field("admin_state_up", "admin_state_up", BOOL),
        Field("shared", "shared", BOOL),
        Field("router:external", "external", BOOL),
        Field("is_default", "is_default", BOOL),
        Field("mtu", "mtu", _INTEGER),
        Field("port_security_enabled", "port_security_enabled", BOOL),
        Field("subnets", lambda network, _: list(network.subnets), {"type": "array", "items": STRING}),
        Field("availability_zones", lambda _, request: [_zone(request)], {"type": "array"}),
        Field("availability_zone_hints", lambda *_: [], {"type": "array"}),
        Field("ipv4_address_scope", lambda *_: None, nullable(STRING)),
        Field("ipv6_address_scope", lambda *_: None, nullable(STRING)),
        Field("dns_domain", "dns_domain", STRING),
        Field("provider:network_type", "network_type", STRING),
        Field("provider:physical_network", "physical_network", nullable(STRING)),
        Field("provider:segmentation_id", "segmentation_id", nullable(_INTEGER)),
        *TAIL_FIELDS,
    ),
    columns={
        **NAMES,
        "status": "status",
        "admin_state_up": "admin_state_up",
        "shared": "shared",
        "router:external": "external",
        "is_default": "is_default",
        "mtu": "mtu",
        "port_security_enabled": "port_security_enabled",
        "dns_domain": "dns_domain",
        "provider:network_type": "network_type",
        "provider:physical_network": "physical_network",
        "provider:segmentation_id": "segmentation_id",
    },
    table=networks,
    special={},
)


def _zone(request: Request) -> str:
    return str(request.backend.conf.default_availability_zone)


_CHANGEABLE = (
    Param("name", TEXT),
    Param("description", TEXT),
    Param("admin_state_up", BOOL),
    Param("shared", BOOL),
    Param("router:external", BOOL),
    Param("is_default", BOOL),
    Param("mtu", {"type": "integer", "minimum": 68, "maximum": 65535}),
    Param("port_security_enabled", BOOL),
    Param("dns_domain", TEXT),
    Param("provider:segmentation_id", nullable(_SEGMENT)),
)
_CREATE = wrap(
    "network",
    Object(
        *_CHANGEABLE,
        Param("project_id", TEXT),
        Param("tenant_id", TEXT),
        Param("provider:network_type", {"enum": ["local", "flat", "vlan", "vxlan", "gre", "geneve"]}),
        Param("provider:physical_network", nullable(TEXT)),
        Param("availability_zone_hints", {"type": "array", "items": STRING}),
    ),
)
_UPDATE = wrap("network", Object(*_CHANGEABLE))


class Networks(NetworkController):
    """``/v2.0/networks``."""

    @operation("GET", "/v2.0/networks", query=ANY_QUERY)
    def index(self, request: Request) -> dict[str, Any]:
        return NETWORK.listed(request, self.service.networks)

    @operation("GET", "/v2.0/networks/{id}", query=ANY_QUERY, errors=(404,))
    def show(self, request: Request, id: str) -> dict[str, Any]:
        return NETWORK.shown(request, self.service.networks.show(request.context, id))

    @operation("POST", "/v2.0/networks", body=_CREATE, status=201, errors=(403, 409))
    def create(self, request: Request) -> dict[str, Any]:
        values = NETWORK.values(request.data["network"])
        return NETWORK.shown(request, self.service.networks.create(request.context, values))

    @operation("PUT", "/v2.0/networks/{id}", body=_UPDATE, errors=(403, 404))
    def update(self, request: Request, id: str) -> dict[str, Any]:
        values = NETWORK.values(request.data["network"])
        return NETWORK.shown(request, self.service.networks.update(request.context, id, values))

    @operation("DELETE", "/v2.0/networks/{id}", status=204, errors=(403, 404, 409))
    def delete(self, request: Request, id: str) -> None:
        self.service.networks.delete(request.context, id)
