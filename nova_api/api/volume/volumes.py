"""Volumes, as the volume API shows and changes them."""

from __future__ import annotations

from typing import Any

from nova_api.api.declare import OMIT, Field, Object, One, Param, View, operation, wrap
from nova_api.api.declare.types import BOOLEAN, MAX_INT, STRING, is_true, nullable
from nova_api.api.neighbour import ANY_QUERY, service_url
from nova_api.api.request import Request
from nova_api.api.volume import access
from nova_api.api.volume.access import METADATA, TEXT, VolumeController, time_of
from nova_api.neighbours.volumes.interface import Attachment, NewVolume, Volume

_BOOL = {"type": "boolean"}
_TEXT_OR_NULL = nullable(STRING)
_SIZE = {"type": ["integer", "string", "null"], "pattern": "^[0-9]+$", "minimum": 1, "maximum": MAX_INT}
_FILTERS = (
    "id",
    "name",
    "display_name",
    "status",
    "availability_zone",
    "bootable",
    "volume_type",
    "multiattach",
    "project_id",
    "tenant_id",
)


def _links(volume: Volume, request: Request) -> list[dict[str, str]]:
    href = f"{service_url(request)}/v3/volumes/{volume.id}"
    return [{"rel": "self", "href": href}, {"rel": "bookmark", "href": href.replace("/v3/", "/")}]


def _attachment(one: Attachment) -> dict[str, Any]:
    return {
        "id": one.volume_id,
        "attachment_id": one.id,
        "volume_id": one.volume_id,
        "server_id": one.server_id,
        "host_name": one.host,
        "device": one.mountpoint,
        "attached_at": time_of(one.attached_at),
    }


def _attachments(volume: Volume, _request: Request) -> list[dict[str, Any]]:
    """Those that servers really have; reserved ones show in ``/attachments`` only."""
    return [_attachment(one) for one in volume.attachments if one.status in ("attached", "detaching")]


def _metadata(volume: Volume, _request: Request) -> dict[str, str]:
    readonly = {"readonly": "True"} if volume.readonly else {}
    return {**volume.metadata, **readonly}


def _for_admins(name: str) -> Any:
    return lambda volume, request: getattr(volume, name) if request.context.is_admin else OMIT


BRIEF = View(
    "volume of a list", Field("id", "id", STRING), Field("name", "name", STRING), Field("links", _links, {})
)
VOLUME = View(
    "volume",
    *BRIEF.fields,
    Field("description", "description", _TEXT_OR_NULL),
    Field("status", "status", STRING),
    Field("size", "size", {"type": "integer"}),
    Field("availability_zone", "availability_zone", STRING),
    Field("volume_type", "volume_type", _TEXT_OR_NULL),
    Field("bootable", lambda volume, _: str(volume.bootable).lower(), STRING),
    Field("multiattach", "multiattach", _BOOL),
    Field("encrypted", lambda *_: False, _BOOL),
    Field("snapshot_id", "snapshot_id", _TEXT_OR_NULL),
    Field("source_volid", "source_volume_id", _TEXT_OR_NULL),
    Field("consistencygroup_id", lambda *_: None, _TEXT_OR_NULL),
    Field("replication_status", lambda *_: None, _TEXT_OR_NULL),
    Field("metadata", _metadata, {"type": "object"}),
    Field("attachments", _attachments, {"type": "array"}),
    Field("user_id", "user_id", _TEXT_OR_NULL),
    Field("created_at", lambda volume, _: time_of(volume.created_at), STRING),
    Field("updated_at", lambda volume, _: time_of(volume.updated_at), STRING),
    Field("os-vol-tenant-attr:tenant_id", "project_id", STRING),
    Field("migration_status", _for_admins("migration_status"), _TEXT_OR_NULL, optional=True),
    Field("os-vol-mig-status-attr:migstat", _for_admins("migration_status"), _TEXT_OR_NULL, optional=True),
    Field(
        "volume_image_metadata",
        lambda volume, _: dict(volume.image_metadata) or OMIT,
        {"type": "object"},
        optional=True,
    ),
)

_CREATE = Object(
    Param(
        "volume",
        Object(
            Param("size", _SIZE),
            Param("name", TEXT),
            Param("description", TEXT),
            Param("imageRef", TEXT),
            Param("snapshot_id", TEXT),
            Param("source_volid", TEXT),
            Param("volume_type", TEXT),
            Param("availability_zone", TEXT),
            Param("multiattach", nullable(BOOLEAN)),
            Param("metadata", nullable(METADATA)),
            extra=True,
        ),
        required=True,
    ),
    extra=True,
)
_UPDATE = wrap(
    "volume",
    Object(Param("name", TEXT), Param("description", TEXT), Param("metadata", METADATA), extra=True),
)
_NAMES = {name: name for name in ("name", "description", "metadata")}


class Volumes(VolumeController):
    """``/v3/volumes``."""

    @operation("GET", "/v3/volumes", query=ANY_QUERY, errors=(400,))
    def index(self, request: Request) -> dict[str, Any]:
        return access.page(request, self.service.volumes, BRIEF, "volumes", _FILTERS, "/v3/volumes")

    @operation("GET", "/v3/volumes/detail", query=ANY_QUERY, errors=(400,))
    def detail(self, request: Request) -> dict[str, Any]:
        return access.page(request, self.service.volumes, VOLUME, "volumes", _FILTERS, "/v3/volumes/detail")

    @operation("GET", "/v3/volumes/{id}", response=One("volume", VOLUME), errors=(404,))
    def show(self, request: Request, id: str) -> Volume:
        return self.service.show(request.context, id)

    @operation(
        "POST",
        "/v3/volumes",
        body=_CREATE,
        response=One("volume", VOLUME),
        status=202,
        errors=(400, 404, 413),
    )
    def create(self, request: Request) -> Volume:
        asked = request.data["volume"]
        order = NewVolume(
            size=int(asked["size"]) if asked.get("size") else None,
            name=asked.get("name") or "",
            description=asked.get("description"),
            image_id=asked.get("imageRef") or None,
            snapshot_id=asked.get("snapshot_id") or None,
            source_volume_id=asked.get("source_volid") or None,
            volume_type=asked.get("volume_type") or None,
            availability_zone=asked.get("availability_zone") or None,
            multiattach=is_true(asked.get("multiattach")),
            metadata=asked.get("metadata") or {},
        )
        return self.service.create(request.context, order)

    @operation(
        "PUT", "/v3/volumes/{id}", body=_UPDATE, response=One("volume", VOLUME), errors=(400, 403, 404)
    )
    def update(self, request: Request, id: str) -> Volume:
        values = access.given(request.data["volume"], _NAMES)
        return self.service.volumes.update(request.context, id, values)

    @operation("DELETE", "/v3/volumes/{id}", query=ANY_QUERY, status=202, errors=(400, 403, 404))
    def delete(self, request: Request, id: str) -> None:
        if access.is_true(request.arg("cascade")):
            for snapshot in self.service.snapshots_of(request.context, id):
                self.service.delete_snapshot(request.context, snapshot.id)
        self.service.delete(request.context, id)
