"""``/os-volumes`` and ``/os-snapshots`` (to 2.35): the volume service, shown as the compute API once did.

Source: views.md "Volume", "Volume snapshot" of the facts.
"""

from __future__ import annotations

from typing import Any

from nova_api import exception
from nova_api.api import policy
from nova_api.api.controller import Controller
from nova_api.api.declare import Field, Many, Object, One, Param, Query, QueryParam, View, operation, wrap
from nova_api.api.declare.types import BOOLEAN, NON_NEGATIVE, STRING, JSONSchema, is_true, nullable
from nova_api.api.request import Request
from nova_api.api.times import micros
from nova_api.neighbours.volumes import Attachment, Snapshot, Volume
from nova_api.neighbours.volumes.interface import NewVolume

LAST = "2.35"

_P = "os_compute_api:os-volumes:"
INDEX = policy.rule(_P + "list", policy.READER, "List volumes (to 2.35).")
DETAIL = policy.rule(_P + "detail", policy.READER, "List volumes with details (to 2.35).")
SHOW = policy.rule(_P + "show", policy.READER, "Show a volume (to 2.35).")
CREATE = policy.rule(_P + "create", policy.MEMBER, "Create a volume (to 2.35).")
DELETE = policy.rule(_P + "delete", policy.MEMBER, "Delete a volume (to 2.35).")
SNAPSHOT_INDEX = policy.rule(_P + "snapshots:list", policy.READER, "List volume snapshots (to 2.35).")
SNAPSHOT_DETAIL = policy.rule(
    _P + "snapshots:detail", policy.READER, "List volume snapshots with details (to 2.35)."
)
SNAPSHOT_SHOW = policy.rule(_P + "snapshots:show", policy.READER, "Show a volume snapshot (to 2.35).")
SNAPSHOT_CREATE = policy.rule(_P + "snapshots:create", policy.MEMBER, "Create a volume snapshot (to 2.35).")
SNAPSHOT_DELETE = policy.rule(_P + "snapshots:delete", policy.MEMBER, "Delete a volume snapshot (to 2.35).")

_LIST_QUERY = Query(QueryParam("limit", NON_NEGATIVE), QueryParam("offset", NON_NEGATIVE))
_TEXT_OR_NULL = nullable(STRING)
_SIZE: JSONSchema = {
    "type": ["integer", "string"],
    "pattern": "^[0-9]+$",
    "minimum": 1,
    "numericRange": [1, None],
}

_CREATE = wrap(
    "volume",
    Object(
        Param("size", _SIZE, required=True),
        Param("display_name", STRING),
        Param("display_description", STRING),
        Param("volume_type", STRING),
        Param("metadata", {"type": "object"}),
        Param("snapshot_id", STRING),
        Param("availability_zone", STRING),
    ),
)
_CREATE_SNAPSHOT = wrap(
    "snapshot",
    Object(
        Param("volume_id", STRING, required=True),
        Param("force", BOOLEAN),
        Param("display_name", STRING),
        Param("display_description", STRING),
    ),
)


def _attachment(one: Attachment) -> dict[str, Any]:
    shown = {"id": one.volume_id, "volumeId": one.volume_id, "serverId": one.server_id}
    return shown | ({"device": one.mountpoint} if one.mountpoint else {})


def _attachments(volume: Volume, _request: Request) -> list[dict[str, Any]]:
    """One empty attachment where there is none: clients of old take the first without asking."""
    return [_attachment(one) for one in volume.attachments] or [{}]


VOLUME = View(
    "volume of old",
    Field("id", "id", STRING),
    Field("status", "status", STRING),
    Field("size", "size", {"type": "integer"}),
    Field("availabilityZone", "availability_zone", _TEXT_OR_NULL),
    Field("createdAt", lambda volume, _request: micros(volume.created_at), STRING),
    Field("attachments", _attachments, {"type": "array"}),
    Field("displayName", "name", _TEXT_OR_NULL),
    Field("displayDescription", "description", _TEXT_OR_NULL),
    Field("volumeType", "volume_type", _TEXT_OR_NULL),
    Field("snapshotId", "snapshot_id", _TEXT_OR_NULL),
    Field("metadata", lambda volume, _request: dict(volume.metadata), {"type": "object"}),
)
SNAPSHOT = View(
    "volume snapshot of old",
    Field("id", "id", STRING),
    Field("volumeId", "volume_id", STRING),
    Field("status", "status", STRING),
    Field("size", "size", {"type": "integer"}),
    Field("createdAt", lambda snapshot, _request: micros(snapshot.created_at), STRING),
    Field("displayName", "name", _TEXT_OR_NULL),
    Field("displayDescription", "description", _TEXT_OR_NULL),
)


def _page(request: Request) -> tuple[int, int]:
    """Offset and limit."""
    return int(request.arg("offset") or 0), request.page_size


class VolumesController(Controller):
    """Volumes; what a project may see is for the volume service to say."""

    @operation(
        "GET", "/os-volumes", until=LAST, policy=INDEX, query=_LIST_QUERY, response=Many("volumes", VOLUME)
    )
    def index(self, request: Request) -> list[Volume]:
        return list(self.backend.volumes.list(request.context, *_page(request)))

    @operation(
        "GET",
        "/os-volumes/detail",
        until=LAST,
        policy=DETAIL,
        query=_LIST_QUERY,
        response=Many("volumes", VOLUME),
    )
    def detail(self, request: Request) -> list[Volume]:
        return self.index(request)

    @operation(
        "GET",
        "/os-volumes/{id}",
        until=LAST,
        policy=SHOW,
        query=Query(),
        response=One("volume", VOLUME),
        errors=(404,),
    )
    def show(self, request: Request, id: str) -> Volume:
        return self.backend.volumes.show(request.context, id)

    @operation(
        "POST",
        "/os-volumes",
        until=LAST,
        policy=CREATE,
        body=_CREATE,
        response=One("volume", VOLUME),
        errors=(400, 403, 404),
    )
    def create(self, request: Request) -> Volume:
        asked = request.data["volume"]
        metadata = {str(key): str(value) for key, value in (asked.get("metadata") or {}).items()}
        order = NewVolume(
            size=int(asked["size"]),
            name=asked.get("display_name", ""),
            description=asked.get("display_description"),
            snapshot_id=asked.get("snapshot_id"),
            volume_type=asked.get("volume_type"),
            availability_zone=asked.get("availability_zone"),
            metadata=metadata,
        )
        return self.backend.volumes.create(request.context, order)

    @operation("DELETE", "/os-volumes/{id}", until=LAST, policy=DELETE, status=202, errors=(400, 404))
    def delete(self, request: Request, id: str) -> None:
        self.backend.volumes.delete(request.context, id)


class VolumeSnapshotsController(Controller):
    """Snapshots of volumes."""

    @operation(
        "GET",
        "/os-snapshots",
        until=LAST,
        policy=SNAPSHOT_INDEX,
        query=_LIST_QUERY,
        response=Many("snapshots", SNAPSHOT),
    )
    def index(self, request: Request) -> list[Snapshot]:
        return list(self.backend.volumes.list_snapshots(request.context, *_page(request)))

    @operation(
        "GET",
        "/os-snapshots/detail",
        until=LAST,
        policy=SNAPSHOT_DETAIL,
        query=_LIST_QUERY,
        response=Many("snapshots", SNAPSHOT),
    )
    def detail(self, request: Request) -> list[Snapshot]:
        return self.index(request)

    @operation(
        "GET",
        "/os-snapshots/{id}",
        until=LAST,
        policy=SNAPSHOT_SHOW,
        query=Query(),
        response=One("snapshot", SNAPSHOT),
        errors=(404,),
    )
    def show(self, request: Request, id: str) -> Snapshot:
        return self.backend.volumes.show_snapshot(request.context, id)

    @operation(
        "POST",
        "/os-snapshots",
        until=LAST,
        policy=SNAPSHOT_CREATE,
        body=_CREATE_SNAPSHOT,
        response=One("snapshot", SNAPSHOT),
        errors=(400, 403),
    )
    def create(self, request: Request) -> Snapshot:
        asked = request.data["snapshot"]
        try:
            return self.backend.volumes.create_snapshot(
                request.context,
                asked["volume_id"],
                asked.get("display_name", ""),
                asked.get("display_description"),
                force=is_true(asked.get("force")),
            )
        except exception.VolumeNotFound as error:
            raise exception.Invalid(str(error)) from error

    @operation("DELETE", "/os-snapshots/{id}", until=LAST, policy=SNAPSHOT_DELETE, status=202, errors=(404,))
    def delete(self, request: Request, id: str) -> None:
        self.backend.volumes.delete_snapshot(request.context, id)
