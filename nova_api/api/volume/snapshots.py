"""Snapshots of volumes, as the volume API shows and changes them."""

from __future__ import annotations

from typing import Any

from nova_api import exception
from nova_api.api.declare import Field, Object, One, Param, View, action, operation, wrap
from nova_api.api.declare.types import BOOLEAN, STRING, is_true, nullable
from nova_api.api.neighbour import ANY_QUERY
from nova_api.api.request import Request
from nova_api.api.volume import access
from nova_api.api.volume.access import METADATA, TEXT, VolumeController, time_of
from nova_api.neighbours.volumes import Snapshot

_TEXT_OR_NULL = nullable(STRING)
_FILTERS = ("id", "name", "display_name", "status", "volume_id", "project_id", "tenant_id")
_NAMES = {name: name for name in ("name", "description", "metadata")}

BRIEF = View(
    "snapshot of a list",
    Field("id", "id", STRING),
    Field("name", "name", STRING),
    Field("description", "description", _TEXT_OR_NULL),
    Field("volume_id", "volume_id", STRING),
    Field("status", "status", STRING),
    Field("size", "size", {"type": "integer"}),
    Field("metadata", lambda snapshot, _: dict(snapshot.metadata), {"type": "object"}),
    Field("user_id", "user_id", _TEXT_OR_NULL),
    Field("created_at", lambda snapshot, _: time_of(snapshot.created_at), STRING),
    Field("updated_at", lambda snapshot, _: time_of(snapshot.updated_at), STRING),
)
SNAPSHOT = View(
    "snapshot",
    *BRIEF.fields,
    Field("os-extended-snapshot-attributes:project_id", "project_id", STRING),
    Field("os-extended-snapshot-attributes:progress", lambda *_: "100%", STRING),
)

_CREATE = wrap(
    "snapshot",
    Object(
        Param("volume_id", STRING, required=True),
        Param("name", TEXT),
        Param("description", TEXT),
        Param("force", nullable(BOOLEAN)),
        Param("metadata", nullable(METADATA)),
        extra=True,
    ),
)
_UPDATE = wrap(
    "snapshot",
    Object(Param("name", TEXT), Param("description", TEXT), Param("metadata", METADATA), extra=True),
)
_RESET = wrap(
    "os-reset_status",
    Object(
        Param(
            "status",
            {"enum": ["creating", "available", "deleting", "error", "error_deleting"]},
            required=True,
        )
    ),
)


class Snapshots(VolumeController):
    """``/v3/snapshots``."""

    @operation("GET", "/v3/snapshots", query=ANY_QUERY, errors=(400,))
    def index(self, request: Request) -> dict[str, Any]:
        return access.page(request, self.service.snapshots, BRIEF, "snapshots", _FILTERS, "/v3/snapshots")

    @operation("GET", "/v3/snapshots/detail", query=ANY_QUERY, errors=(400,))
    def detail(self, request: Request) -> dict[str, Any]:
        return access.page(
            request, self.service.snapshots, SNAPSHOT, "snapshots", _FILTERS, "/v3/snapshots/detail"
        )

    @operation("GET", "/v3/snapshots/{id}", response=One("snapshot", SNAPSHOT), errors=(404,))
    def show(self, request: Request, id: str) -> Snapshot:
        return self.service.show_snapshot(request.context, id)

    @operation(
        "POST",
        "/v3/snapshots",
        body=_CREATE,
        response=One("snapshot", SNAPSHOT),
        status=202,
        errors=(400, 404, 413),
    )
    def create(self, request: Request) -> Snapshot:
        asked = request.data["snapshot"]
        return self.service.create_snapshot(
            request.context,
            asked["volume_id"],
            asked.get("name") or "",
            asked.get("description"),
            asked.get("metadata"),
            force=is_true(asked.get("force")),
        )

    @operation(
        "PUT", "/v3/snapshots/{id}", body=_UPDATE, response=One("snapshot", SNAPSHOT), errors=(400, 403, 404)
    )
    def update(self, request: Request, id: str) -> Snapshot:
        values = access.given(request.data["snapshot"], _NAMES)
        return self.service.snapshots.update(request.context, id, values)

    @operation("DELETE", "/v3/snapshots/{id}", status=202, errors=(403, 404))
    def delete(self, request: Request, id: str) -> None:
        self.service.delete_snapshot(request.context, id)

    @action("os-reset_status", "/v3/snapshots/{id}/action", body=_RESET, status=202, errors=(403, 404))
    def reset_status(self, request: Request, id: str) -> None:
        if not request.context.is_admin:
            raise exception.Forbidden("Only administrators reset the status of a snapshot.")
        status = request.data["os-reset_status"]["status"]
        self.service.snapshots.update(request.context, id, {"status": status})
