"""``/os-assisted-volume-snapshots``: what the volume service asks of hypervisors."""

from __future__ import annotations

from typing import Any

import orjson

from nova_api import exception
from nova_api.api import policy
from nova_api.api.controller import Controller
from nova_api.api.declare import Object, Param, Query, QueryParam, operation, wrap
from nova_api.api.declare.types import STRING, nullable
from nova_api.api.request import Request
from nova_api.compute.volumes import assisted

_P = "os_compute_api:os-assisted-volume-snapshots:"
CREATE = policy.rule(_P + "create", policy.SERVICE, "Take a snapshot of a volume with its server's help.")
DELETE = policy.rule(_P + "delete", policy.SERVICE, "Undo a snapshot that was taken with a server's help.")

_TEXT = {"type": "string", "minLength": 1}
_BODY = wrap(
    "snapshot",
    Object(
        Param("volume_id", _TEXT, required=True),
        Param(
            "create_info",
            Object(
                Param("snapshot_id", _TEXT, required=True),
                Param("type", {"type": "string", "enum": ["qcow2"]}, required=True),
                Param("new_file", _TEXT, required=True),
                Param("id", _TEXT),
            ),
            required=True,
        ),
    ),
)


_ANSWER = wrap(
    "snapshot", Object(Param("id", nullable(STRING), required=True), Param("volumeId", STRING, required=True))
)


class AssistedVolumeSnapshotsController(Controller):
    """Passes it on to the server's host."""

    @operation(
        "POST", "/os-assisted-volume-snapshots", policy=CREATE, body=_BODY, returns=_ANSWER, errors=(400,)
    )
    def create(self, request: Request) -> dict[str, Any]:
        asked = request.data["snapshot"]
        info = asked["create_info"]
        assisted.create(
            self.backend, request.context, asked["volume_id"], info["snapshot_id"], info["new_file"]
        )
        return {"snapshot": {"id": info.get("id"), "volumeId": asked["volume_id"]}}

    @operation(
        "DELETE",
        "/os-assisted-volume-snapshots/{id}",
        policy=DELETE,
        query=Query(QueryParam("delete_info", STRING), closed_since="2.75"),
        status=204,
        errors=(400, 404),
    )
    def delete(self, request: Request, id: str) -> None:
        try:
            volume_id = orjson.loads(request.arg("delete_info") or "")["volume_id"]
        except (orjson.JSONDecodeError, KeyError, TypeError) as error:
            raise exception.Invalid(
                'delete_info must be given, as JSON text such as {"volume_id": "…"}.'
            ) from error
        assisted.delete(self.backend, request.context, str(volume_id), id)
