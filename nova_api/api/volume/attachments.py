"""Attachments, as the volume API lets compute services make and end them (3.27, 3.44)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from nova_api.api.declare import Field, Object, One, Param, View, action, operation, wrap
from nova_api.api.declare.types import NULL, STRING, nullable
from nova_api.api.neighbour import ANY_QUERY
from nova_api.api.request import Request
from nova_api.api.volume.access import VolumeController, time_of
from nova_api.db.schema.volume import volume_attachments, volumes
from nova_api.neighbours.volumes import Attachment

BRIEF = View(
    "attachment of a list",
    Field("id", "id", STRING),
    Field("volume_id", "volume_id", STRING),
    Field("instance", "server_id", STRING),
    Field("status", "status", STRING),
)
ATTACHMENT = View(
    "attachment",
    *BRIEF.fields,
    Field("attach_mode", "mode", STRING),
    Field("attached_at", lambda one, _: time_of(one.attached_at) or "", STRING),
    Field("detached_at", lambda *_: "", STRING),
    Field("connection_info", lambda one, _: dict(one.connection_info), {"type": "object"}),
)

_CONNECTOR = nullable({"type": "object"})
_CREATE = wrap(
    "attachment",
    Object(
        Param("volume_uuid", STRING, required=True),
        Param("instance_uuid", STRING),
        Param("connector", _CONNECTOR),
        Param("mode", {"enum": ["rw", "ro", "null", None]}),
        extra=True,
    ),
)
_UPDATE = wrap("attachment", Object(Param("connector", {"type": "object"}, required=True), extra=True))


class Attachments(VolumeController):
    """``/v3/attachments``."""

    @operation("GET", "/v3/attachments", query=ANY_QUERY)
    def index(self, request: Request) -> dict[str, Any]:
        return {"attachments": BRIEF.render(self._asked(request), request)}

    @operation("GET", "/v3/attachments/detail", query=ANY_QUERY)
    def detail(self, request: Request) -> dict[str, Any]:
        return {"attachments": ATTACHMENT.render(self._asked(request), request)}

    def _asked(self, request: Request) -> Sequence[Attachment]:
        columns = {
            "volume_id": volumes.c.uuid,
            "instance_id": volume_attachments.c.server_id,
            "status": volume_attachments.c.status,
        }
        conditions = [
            column.in_(request.args[name]) for name, column in columns.items() if name in request.args
        ]
        return self.service.attachments(request.context, *conditions)

    @operation("GET", "/v3/attachments/{id}", response=One("attachment", ATTACHMENT), errors=(404,))
    def show(self, request: Request, id: str) -> Attachment:
        return self.service.show_attachment(request.context, id)

    @operation(
        "POST", "/v3/attachments", body=_CREATE, response=One("attachment", ATTACHMENT), errors=(400, 404)
    )
    def create(self, request: Request) -> Attachment:
        asked = request.data["attachment"]
        mode = asked.get("mode")
        made = self.service.reserve(
            request.context,
            asked["volume_uuid"],
            asked.get("instance_uuid") or "",
            mode if mode in ("rw", "ro") else None,
        )
        return self._connected(request, made, asked["connector"]) if asked.get("connector") else made

    @operation(
        "PUT",
        "/v3/attachments/{id}",
        body=_UPDATE,
        response=One("attachment", ATTACHMENT),
        errors=(400, 404),
    )
    def update(self, request: Request, id: str) -> Attachment:
        found = self.service.show_attachment(request.context, id)
        return self._connected(request, found, request.data["attachment"]["connector"])

    def _connected(self, request: Request, found: Attachment, connector: dict[str, Any]) -> Attachment:
        host, mountpoint = str(connector.get("host") or ""), connector.get("mountpoint")
        return self.service.connect(request.context, found.id, host, mountpoint)

    @action(
        "os-complete",
        "/v3/attachments/{id}/action",
        body=wrap("os-complete", {"oneOf": [NULL, STRING, {"type": "object"}]}),
        status=204,
        errors=(404,),
    )
    def complete(self, request: Request, id: str) -> None:
        self.service.complete(request.context, id)

    @operation("DELETE", "/v3/attachments/{id}", errors=(404,))
    def delete(self, request: Request, id: str) -> dict[str, Any]:
        ended = self.service.show_attachment(request.context, id)
        self.service.release(request.context, id)
        others = [
            one
            for one in self.service.attachments(request.context, volumes.c.uuid == ended.volume_id)
            if one.id != id
        ]
        return {"attachments": BRIEF.render(others, request)}
