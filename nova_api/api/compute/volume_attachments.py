"""``/servers/{server_id}/os-volume_attachments``: the volumes of a server.

Source: views.md "Volume attachment", states.md rows attach, detach and swap of
the facts.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from nova_api import exception
from nova_api.api import policy
from nova_api.api.compute.servers.read import ServerController
from nova_api.api.controller import EMPTY, Reply
from nova_api.api.declare import (
    OMIT,
    Feature,
    Field,
    Many,
    Object,
    One,
    Param,
    Query,
    QueryParam,
    View,
    operation,
    wrap,
)
from nova_api.api.declare.types import BOOLEAN, NON_NEGATIVE, STRING, TAG, UUID, is_true, nullable
from nova_api.api.request import Request
from nova_api.compute.volumes import attach as attaching
from nova_api.compute.volumes import attached
from nova_api.compute.volumes import detach as detaching
from nova_api.compute.volumes import swap as swapping
from nova_api.db.block_devices import BlockDevice
from nova_api.db.server_queries import Server

_P = "os_compute_api:os-volumes-attachments:"
INDEX = policy.rule(_P + "index", policy.READER, "List the volumes of a server.")
CREATE = policy.rule(_P + "create", policy.MEMBER, "Attach a volume to a server.")
SHOW = policy.rule(_P + "show", policy.READER, "Show a volume of a server.")
UPDATE = policy.rule(_P + "update", policy.MEMBER, "Say whether a volume goes with its server.")
SWAP = policy.rule(_P + "swap", policy.SERVICE, "Put another volume into the place of one.")
DELETE = policy.rule(_P + "delete", policy.MEMBER, "Detach a volume from a server.")

#: Servers that are shelved may be given volumes, and lose them.
SHELVED = Feature(since="2.20")
MULTIATTACH = Feature(since="2.60")
#: What an update may say besides which volume it should be.
UPDATES = Feature(since="2.85")
#: Attachments that the volume service does not know of are passed over.
KNOWN_ONLY = Feature(since="2.89")
#: The reply does not wait for the device's name.
ASYNC_ATTACH = Feature(since="2.101")

COLLECTION = "/servers/{server_id}/os-volume_attachments"
MEMBER = COLLECTION + "/{id}"

_DEVICE = {"type": ["string", "null"], "pattern": "(^/dev/x{0,1}[a-z]{0,1}d{0,1})([a-z]+)[0-9]*$"}
_CREATE = wrap(
    "volumeAttachment",
    Object(
        Param("volumeId", UUID, required=True),
        Param("device", _DEVICE),
        Param("tag", TAG, since="2.49"),
        Param("delete_on_termination", BOOLEAN, since="2.79"),
    ),
)
_UPDATE = wrap(
    "volumeAttachment",
    Object(
        Param("volumeId", UUID, required=True),
        Param("id", UUID, since="2.85"),
        Param("serverId", UUID, since="2.85"),
        Param("device", _DEVICE, since="2.85"),
        Param("tag", TAG, since="2.85"),
        Param("delete_on_termination", BOOLEAN, since="2.85"),
    ),
)
_QUERY = Query(QueryParam("limit", NON_NEGATIVE), QueryParam("offset", NON_NEGATIVE), closed_since="2.75")


def _device(device: BlockDevice, _request: Request) -> Any:
    return OMIT if device.device_name is None else device.device_name


def _server(_device: BlockDevice, request: Request) -> str:
    uuid: str = request.related["server"].uuid
    return uuid


_COMMON = (
    Field("volumeId", "volume_id", UUID),
    Field("serverId", _server, UUID),
    Field("tag", "tag", nullable(STRING), since="2.70"),
    Field("delete_on_termination", "delete_on_termination", {"type": "boolean"}, since="2.79"),
)
VIEW = View(
    "volume attachment",
    Field("id", "volume_id", UUID, until="2.88"),
    Field("device", _device, STRING, optional=True),
    *_COMMON,
    Field("attachment_id", "attachment_id", UUID, since="2.89"),
    Field("bdm_uuid", "uuid", UUID, since="2.89"),
)
CREATED = View(
    "volume attachment (made)",
    Field("id", "volume_id", UUID),
    Field("device", "device_name", nullable(STRING)),
    *_COMMON,
)


class VolumeAttachmentsController(ServerController):
    """Attaches, shows, changes and detaches volumes."""

    @operation(
        "GET",
        COLLECTION,
        policy=INDEX,
        query=_QUERY,
        response=Many("volumeAttachments", VIEW),
        loads="server",
        errors=(404,),
    )
    def index(self, request: Request, server: Server) -> list[BlockDevice]:
        request.related["server"] = server
        # A limit of 0 is no limit.
        limit = request.page_size or request.max_limit
        found = attached.page(self.backend, server, int(request.arg("offset") or 0), limit)
        return [device for device in found if self._is_shown(request, device)]

    @operation(
        "GET", MEMBER, policy=SHOW, response=One("volumeAttachment", VIEW), loads="server", errors=(404,)
    )
    def show(self, request: Request, server: Server, id: str) -> BlockDevice:
        request.related["server"] = server
        device = attached.get(self.backend, server, id)
        if not self._is_shown(request, device):
            raise exception.VolumeNotAttached(volume_id=id, server_id=server.uuid)
        return device

    @staticmethod
    def _is_shown(request: Request, device: BlockDevice) -> bool:
        return device.attachment_id is not None or not request.has(KNOWN_ONLY)

    @operation(
        "POST",
        COLLECTION,
        policy=CREATE,
        body=_CREATE,
        response=One("volumeAttachment", CREATED),
        status={"2.1": 200, "2.101": 202},
        loads="server",
        errors=(400, 403, 404, 409),
    )
    def create(self, request: Request, server: Server) -> BlockDevice | Reply:
        asked = request.data["volumeAttachment"]
        wish = attaching.Wish(
            volume_id=asked["volumeId"],
            device=asked.get("device"),
            tag=asked.get("tag"),
            delete_on_termination=is_true(asked.get("delete_on_termination")),
            to_shelved=request.has(SHELVED),
            multiattach=request.has(MULTIATTACH),
        )
        made = attaching.attach(self.backend, request.context, server, wish)
        request.related["server"] = server
        return Reply(headers=EMPTY) if request.has(ASYNC_ATTACH) else made

    @operation("PUT", MEMBER, body=_UPDATE, status=202, loads="server", errors=(400, 404, 409))
    def update(self, request: Request, server: Server, id: str) -> Reply:
        asked = request.data["volumeAttachment"]
        target = {"project_id": server.project_id, "user_id": server.user_id}
        if request.has(UPDATES):
            request.authorize(UPDATE, target)
            self._update(server, id, asked)
        if asked["volumeId"] != id or not request.has(UPDATES):
            request.authorize(SWAP, target)
            swapping.swap(self.backend, request.context, server, id, asked["volumeId"])
        return Reply()

    def _update(self, server: Server, volume_id: str, asked: Mapping[str, Any]) -> None:
        device = attached.get(self.backend, server, volume_id)
        fixed = {"id": volume_id, "serverId": server.uuid, "device": device.device_name, "tag": device.tag}
        for name, value in fixed.items():
            if name in asked and asked[name] != value:
                raise exception.Invalid(
                    f"The property {name} of an attachment cannot be changed: it is {value}."
                )
        if "delete_on_termination" in asked:
            going = is_true(asked["delete_on_termination"])
            attached.set_delete_on_termination(self.backend, device, going)

    @operation("DELETE", MEMBER, policy=DELETE, status=202, loads="server", errors=(400, 403, 404, 409))
    def delete(self, request: Request, server: Server, id: str) -> None:
        detaching.detach(self.backend, request.context, server, id, from_shelved=request.has(SHELVED))
