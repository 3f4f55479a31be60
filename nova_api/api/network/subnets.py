"""Subnets, as the networking API shows and changes them."""

from __future__ import annotations

from typing import Any

from nova_api.api.declare import Array, Field, Object, Param, View, operation, wrap
from nova_api.api.declare.types import STRING, nullable
from nova_api.api.neighbour import ANY_QUERY
from nova_api.api.network.attributes import (
    BOOL,
    HEAD_FIELDS,
    NAMES,
    TAIL_FIELDS,
    TEXT,
    UUID,
    Collection,
    NetworkController,
)
from nova_api.api.request import Request
from nova_api.db.schema.network import subnets

_LIST = {"type": "array"}
_MODE = {"enum": ["slaac", "dhcpv6-stateful", "dhcpv6-stateless", None]}

SUBNET = Collection(
    one="subnet",
    view=View(
        "subnet",
        *HEAD_FIELDS,
        Field("name", "name", STRING),
        Field("network_id", "network_id", STRING),
        Field("ip_version", "ip_version", {"type": "integer"}),
        Field("cidr", "cidr", STRING),
        Field("gateway_ip", "gateway_ip", nullable(STRING)),
        Field("allocation_pools", "allocation_pools", _LIST),
        Field("enable_dhcp", "enable_dhcp", BOOL),
        Field("dns_nameservers", "dns_nameservers", _LIST),
        Field("host_routes", "host_routes", _LIST),
        Field("ipv6_address_mode", "ipv6_address_mode", nullable(STRING)),
        Field("ipv6_ra_mode", "ipv6_ra_mode", nullable(STRING)),
        Field("subnetpool_id", lambda *_: None, nullable(STRING)),
        Field("segment_id", lambda *_: None, nullable(STRING)),
        Field("service_types", lambda *_: [], _LIST),
        *TAIL_FIELDS,
    ),
    columns={
        **NAMES,
        "network_id": "network_id",
        "ip_version": "ip_version",
        "cidr": "cidr",
        "gateway_ip": "gateway_ip",
        "allocation_pools": "allocation_pools",
        "enable_dhcp": "enable_dhcp",
        "dns_nameservers": "dns_nameservers",
        "host_routes": "host_routes",
        "ipv6_address_mode": "ipv6_address_mode",
        "ipv6_ra_mode": "ipv6_ra_mode",
    },
    table=subnets,
    special={},
)

_POOL = Object(Param("start", STRING, required=True), Param("end", STRING, required=True))
_ROUTE = Object(Param("destination", STRING, required=True), Param("nexthop", STRING, required=True))
_CHANGEABLE = (
    Param("name", TEXT),
    Param("description", TEXT),
    Param("gateway_ip", nullable(STRING)),
    Param("allocation_pools", Array(_POOL)),
    Param("enable_dhcp", BOOL),
    Param("dns_nameservers", {"type": "array", "items": STRING, "maxItems": 5}),
    Param("host_routes", Array(_ROUTE, maxItems=20)),
)
_CREATE = wrap(
    "subnet",
    Object(
        *_CHANGEABLE,
        Param("network_id", UUID, required=True),
        Param("cidr", STRING, required=True),
        Param("ip_version", {"enum": [4, 6]}),
        Param("ipv6_address_mode", _MODE),
        Param("ipv6_ra_mode", _MODE),
        Param("project_id", TEXT),
        Param("tenant_id", TEXT),
    ),
)
_UPDATE = wrap("subnet", Object(*_CHANGEABLE))


class Subnets(NetworkController):
    """``/v2.0/subnets``."""

    @operation("GET", "/v2.0/subnets", query=ANY_QUERY)
    def index(self, request: Request) -> dict[str, Any]:
        return SUBNET.listed(request, self.service.subnets)

    @operation("GET", "/v2.0/subnets/{id}", query=ANY_QUERY, errors=(404,))
    def show(self, request: Request, id: str) -> dict[str, Any]:
        return SUBNET.shown(request, self.service.subnets.show(request.context, id))

    @operation("POST", "/v2.0/subnets", body=_CREATE, status=201, errors=(403, 404, 409))
    def create(self, request: Request) -> dict[str, Any]:
        values = SUBNET.values(request.data["subnet"])
        made = self.service.subnets.create(request.context, self.service.networks, values)
        return SUBNET.shown(request, made)

    @operation("PUT", "/v2.0/subnets/{id}", body=_UPDATE, errors=(403, 404))
    def update(self, request: Request, id: str) -> dict[str, Any]:
        values = SUBNET.values(request.data["subnet"])
        return SUBNET.shown(request, self.service.subnets.update(request.context, id, values))

    @operation("DELETE", "/v2.0/subnets/{id}", status=204, errors=(403, 404, 409))
    def delete(self, request: Request, id: str) -> None:
        self.service.subnets.delete(request.context, id)
