"""Ports, as the networking API shows and changes them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from nova_api import exception
from nova_api.api.declare import Array, Field, Object, Param, View, operation, wrap
from nova_api.api.declare.types import STRING, nullable
from nova_api.api.neighbour import ANY_QUERY
from nova_api.api.network.attributes import (
    BOOL,
    HEAD_FIELDS,
    NAMES,
    OBJECT,
    TAIL_FIELDS,
    TEXT,
    UUID,
    Collection,
    NetworkController,
)
from nova_api.api.request import Request
from nova_api.compute import external_events
from nova_api.compute.external_events import Event
from nova_api.db.schema.network import addresses, port_security_groups, ports
from nova_api.neighbours.networks import Port

_LIST = {"type": "array"}
_ADDRESS_KEYS = {"ip_address": "address", "subnet_id": "subnet_id"}


def _by_address(values: Sequence[str]) -> sa.ColumnElement[bool]:
    """``fixed_ips=ip_address=…``, ``fixed_ips=subnet_id=…``, ``fixed_ips=ip_address_substr=…``."""
    found = sa.select(addresses.c.port_id)
    for value in values:
        key, _, wanted = value.partition("=")
        if key == "ip_address_substr":
            found = found.where(addresses.c.address.contains(wanted, autoescape=True))
        elif key in _ADDRESS_KEYS:
            found = found.where(addresses.c[_ADDRESS_KEYS[key]] == wanted)
        else:
            raise exception.Invalid(f"fixed_ips is filtered by ip_address or subnet_id, not by {key!r}.")
    return ports.c.uuid.in_(found)


def _by_group(values: Sequence[str]) -> sa.ColumnElement[bool]:
    table = port_security_groups
    return ports.c.uuid.in_(sa.select(table.c.port_id).where(table.c.security_group_id.in_(values)))


def _fixed_ips(port: Port, _: Request) -> list[dict[str, Any]]:
    return [{"subnet_id": ip["subnet_id"], "ip_address": ip["address"]} for ip in port.fixed_ips]


PORT = Collection(
    one="port",
    view=View(
        "port",
        *HEAD_FIELDS,
        Field("name", "name", STRING),
        Field("network_id", "network_id", STRING),
        Field("mac_address", "mac_address", STRING),
        Field("fixed_ips", _fixed_ips, _LIST),
        Field("status", "status", STRING),
        Field("admin_state_up", "admin_state_up", BOOL),
        Field("device_id", "device_id", STRING),
        Field("device_owner", "device_owner", STRING),
        Field("security_groups", lambda port, _: list(port.security_groups), _LIST),
        Field("port_security_enabled", "port_security_enabled", BOOL),
        Field("allowed_address_pairs", lambda *_: [], _LIST),
        Field("extra_dhcp_opts", lambda *_: [], _LIST),
        Field("binding:vnic_type", "vnic_type", STRING),
        Field("binding:vif_type", "vif_type", STRING),
        Field("binding:vif_details", "vif_details", OBJECT),
        Field("binding:profile", "profile", OBJECT),
        Field("binding:host_id", "host_id", STRING),
        Field("resource_request", "resource_request", nullable(OBJECT)),
        *TAIL_FIELDS,
    ),
    columns={
        **NAMES,
        "network_id": "network_id",
        "mac_address": "mac_address",
        "status": "status",
        "admin_state_up": "admin_state_up",
        "device_id": "device_id",
        "device_owner": "device_owner",
        "port_security_enabled": "port_security_enabled",
        "binding:vnic_type": "vnic_type",
        "binding:vif_type": "vif_type",
        "binding:profile": "profile",
        "binding:host_id": "host_id",
    },
    table=ports,
    special={"fixed_ips": _by_address, "security_groups": _by_group, "security_group_ids": _by_group},
)

_FIXED_IP = Object(Param("subnet_id", UUID), Param("ip_address", STRING), minProperties=1)
_CHANGEABLE = (
    Param("name", TEXT),
    Param("description", TEXT),
    Param("admin_state_up", BOOL),
    Param("device_id", TEXT),
    Param("device_owner", TEXT),
    Param("fixed_ips", Array(_FIXED_IP, maxItems=20)),
    Param("security_groups", nullable({"type": "array", "items": UUID})),
    Param("port_security_enabled", BOOL),
    Param("allowed_address_pairs", {"type": "array", "maxItems": 0}),
    Param("extra_dhcp_opts", {"type": "array", "maxItems": 0}),
    Param("binding:vnic_type", {"enum": ["normal", "direct", "direct-physical", "macvtap", "baremetal"]}),
    Param("binding:profile", nullable(OBJECT)),
    Param("binding:host_id", nullable(TEXT)),
)
_CREATE = wrap(
    "port",
    Object(
        *_CHANGEABLE,
        Param("network_id", UUID, required=True),
        Param("mac_address", {"type": "string", "pattern": "^([0-9a-fA-F]{2}:){5}[0-9a-fA-F]{2}$"}),
        Param("project_id", TEXT),
        Param("tenant_id", TEXT),
    ),
)
_UPDATE = wrap("port", Object(*_CHANGEABLE))


def _values(asked: dict[str, Any]) -> dict[str, Any]:
    values = PORT.values(asked)
    if "mac_address" in values:
        values["mac_address"] = values["mac_address"].lower()
    for name, empty in (("profile", {}), ("host_id", "")):
        if name in values and values[name] is None:
            values[name] = empty
    if asked.get("fixed_ips") is not None:
        values["fixed_ips"] = [
            {"subnet_id": item.get("subnet_id"), "address": item.get("ip_address")}
            for item in asked["fixed_ips"]
        ]
    if "security_groups" in asked:
        values["security_groups"] = asked["security_groups"] or []
    return values


class Ports(NetworkController):
    """``/v2.0/ports``."""

    @operation("GET", "/v2.0/ports", query=ANY_QUERY)
    def index(self, request: Request) -> dict[str, Any]:
        return PORT.listed(request, self.service.ports)

    @operation("GET", "/v2.0/ports/{id}", query=ANY_QUERY, errors=(404,))
    def show(self, request: Request, id: str) -> dict[str, Any]:
        return PORT.shown(request, self.service.ports.show(request.context, id))

    @operation("POST", "/v2.0/ports", body=_CREATE, status=201, errors=(403, 404, 409))
    def create(self, request: Request) -> dict[str, Any]:
        return PORT.shown(request, self.service.ports.create(request.context, _values(request.data["port"])))

    @operation("PUT", "/v2.0/ports/{id}", body=_UPDATE, errors=(403, 404, 409))
    def update(self, request: Request, id: str) -> dict[str, Any]:
        values = _values(request.data["port"])
        return PORT.shown(request, self.service.ports.update(request.context, id, values))

    @operation("DELETE", "/v2.0/ports/{id}", status=204, errors=(403, 404, 409))
    def delete(self, request: Request, id: str) -> None:
        """The server that it belonged to is told, as Neutron does; its host unplugs the guest."""
        port = self.service.ports.show(request.context, id)
        self.service.ports.delete(request.context, id)
        if port.device_owner.startswith("compute:"):
            gone = Event("network-vif-deleted", port.device_id, tag=id)
            external_events.receive(self.backend, request.context, [gone])
