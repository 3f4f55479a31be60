"""``POST /servers``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson
import webob

from nova_api import exception
from nova_api.api.compute.servers import policies
from nova_api.api.compute.servers.params import CREATE, HINT_KEYS
from nova_api.api.controller import Controller, Reply
from nova_api.api.declare import OMIT, Feature, Field, One, View, operation
from nova_api.api.declare.types import STRING, UUID, is_true
from nova_api.api.request import Request
from nova_api.compute import build_request
from nova_api.compute.servers import create as domain
from nova_api.compute.servers.order import Order

#: Before it, a server is described by its name.
DESCRIPTION = Feature(since="2.19")
#: Ports that need something of their host (bandwidth, say) may be given to a server.
PORT_RESOURCES = Feature(since="2.72")
#: Volumes that several servers have may be among a server's disks.
MULTIATTACH = Feature(since="2.60")

#: ``zone:host:node``
_MOST_COLONS = 2


def _first(created: domain.Created, request: Request) -> str:
    del request
    return created.servers[0].uuid


def _password(created: domain.Created, request: Request) -> Any:
    return created.admin_password if request.backend.conf.enable_instance_password else OMIT


def _groups(created: domain.Created, request: Request) -> list[dict[str, str]]:
    """As asked for, not as built: the ports that will have the groups do not exist yet."""
    del created
    asked = request.data["server"].get("security_groups", [{"name": "default"}])
    return [{"name": group["name"]} for group in asked if "name" in group]


VIEW = View(
    "server (created)",
    Field("id", _first, UUID),
    Field("links", lambda made, request: request.links("servers", _first(made, request)), {"type": "array"}),
    Field("OS-DCF:diskConfig", "disk_config", {"type": "string", "enum": ["AUTO", "MANUAL"]}),
    Field("security_groups", _groups, {"type": "array"}),
    Field("adminPass", _password, STRING, optional=True),
)


class CreateController(Controller):
    """Creates servers."""

    @operation(
        "POST",
        "/servers",
        policy=policies.CREATE,
        body=CREATE,
        response=One("server", VIEW),
        status=202,
        errors=(400, 403, 409),
    )
    def create(self, request: Request) -> Reply | webob.Response:
        asked = request.data["server"]
        created = domain.create(self.backend, request.context, order_of(request))
        if is_true(asked.get("return_reservation_id")):
            # The one reply of this operation that shows no server.
            body = orjson.dumps({"reservation_id": created.reservation_id})
            return webob.Response(status=202, body=body, content_type="application/json", charset=None)
        location = request.self_link("servers", created.servers[0].uuid)
        return Reply(created, headers={"Location": location})


def order_of(request: Request) -> Order:
    """The request in the domain's words; raises Invalid, and PolicyNotAuthorized for parts that need more."""
    asked: dict[str, Any] = request.data["server"]
    hints: dict[str, Any] = next((request.data[key] for key in HINT_KEYS if key in request.data), {})
    _authorize_parts(request, asked)
    least, most = _counts(asked)
    return Order(
        name=asked["name"],
        flavor_id=_last_segment(asked["flavorRef"]),
        image_id=asked.get("imageRef") or None,
        description=asked.get("description") if request.has(DESCRIPTION) else asked["name"],
        hostname=asked.get("hostname"),
        admin_password=asked.get("adminPass"),
        access_ip_v4=asked.get("accessIPv4"),
        access_ip_v6=asked.get("accessIPv6"),
        disk_config=asked.get("OS-DCF:diskConfig"),
        metadata=asked.get("metadata", {}),
        tags=asked.get("tags", ()),
        networks=asked.get("networks"),
        security_groups=[group["name"] for group in asked.get("security_groups", ()) if "name" in group],
        key_name=asked.get("key_name"),
        user_data=asked.get("user_data"),
        config_drive=is_true(asked.get("config_drive")),
        files=files_of(asked),
        **_place(request, asked),
        min_count=least,
        max_count=most,
        trusted_certs=asked.get("trusted_image_certificates"),
        scheduler_hints=hints,
        mappings=asked.get("block_device_mapping", ()),
        mappings_v2=asked.get("block_device_mapping_v2", ()),
        zero_disk_allowed=request.allowed(policies.CREATE_ZERO_DISK),
        port_resources=request.has(PORT_RESOURCES),
        multiattach=request.has(MULTIATTACH),
    )


def _authorize_parts(request: Request, asked: Mapping[str, Any]) -> None:
    """Asks the policies of those parts of the body that have one of their own."""
    guarded = {
        policies.CREATE_ATTACH_VOLUME: asked.get("block_device_mapping")
        or asked.get("block_device_mapping_v2"),
        policies.CREATE_ATTACH_NETWORK: asked.get("networks") not in (None, [], "none"),
        policies.CREATE_TRUSTED_CERTS: asked.get("trusted_image_certificates"),
        policies.CREATE_DESTINATION: asked.get("host") or asked.get("hypervisor_hostname"),
    }
    for name, is_used in guarded.items():
        if is_used:
            request.authorize(name)


def _last_segment(reference: str | int) -> str:
    """``1`` of ``http://…/flavors/1``: clients of old give links for ids."""
    return str(reference).rstrip("/").rpartition("/")[2]


def _counts(asked: Mapping[str, Any]) -> tuple[int, int]:
    least = int(asked.get("min_count", 1))
    return least, int(asked.get("max_count", least))


def files_of(asked: Mapping[str, Any]) -> list[Mapping[str, str]]:
    """The personality of a body; raises Invalid for an entry without path or contents."""
    files: list[Mapping[str, str]] = asked.get("personality", [])
    for file in files:
        for name in ("path", "contents"):
            if name not in file:
                raise exception.Invalid(f"Bad personality format: an entry needs a {name}.")
    return files


def _place(request: Request, asked: Mapping[str, Any]) -> dict[str, Any]:
    """``zone``, ``host``, ``node`` and ``is_forced`` of the order."""
    text = asked.get("availability_zone")
    wanted = {"host": asked.get("host"), "node": asked.get("hypervisor_hostname")}
    if text is None:
        return wanted
    if text.count(":") > _MOST_COLONS:
        raise exception.Invalid("Unable to parse availability_zone: it is zone, zone:host or zone:host:node.")
    zone, host, node = build_request.parse_zone(text)
    if host is None and node is None:
        return {"zone": zone, **wanted}
    if wanted["host"] or wanted["node"]:
        raise exception.Invalid(
            "availability_zone names a host or node, which cannot be given together with host or "
            "hypervisor_hostname."
        )
    request.authorize(policies.CREATE_FORCED_HOST)
    return {"zone": zone, "host": host, "node": node, "is_forced": True}
