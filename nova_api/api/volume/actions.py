"""Actions on volumes: what the volume API does beside making and showing them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from nova_api import exception
from nova_api.api.declare import Object, Param, action, wrap
from nova_api.api.declare.types import BOOLEAN, MAX_INT, STRING, is_true, nullable
from nova_api.api.request import Request
from nova_api.api.volume.access import METADATA, TEXT, VolumeController

_PATH = "/v3/volumes/{id}/action"
_STATUSES = (
    "creating available deleting error error_deleting error_managing managing attaching in-use "
    "maintenance detaching reserved"
)


def _body(name: str, *params: Param) -> Object:
    return wrap(name, nullable({"type": "object"}) if not params else Object(*params, extra=True))


def _check_administrator(request: Request) -> None:
    if not request.context.is_admin:
        raise exception.Forbidden("Only administrators may do that to a volume.")


class VolumeActions(VolumeController):
    """``POST /v3/volumes/{id}/action``."""

    @action("os-reserve", _PATH, body=_body("os-reserve"), status=202, errors=(400, 404))
    def reserve(self, request: Request, id: str) -> None:
        self._move(request, id, {"available": "attaching"}, "be reserved")

    @action("os-unreserve", _PATH, body=_body("os-unreserve"), status=202, errors=(400, 404))
    def unreserve(self, request: Request, id: str) -> None:
        self._move(request, id, {"attaching": "available"}, "be given up")

    @action(
        "os-attach",
        _PATH,
        body=_body(
            "os-attach",
            Param("instance_uuid", STRING, required=True),
            Param("mountpoint", STRING, required=True),
            Param("host_name", TEXT),
            Param("mode", {"enum": ["rw", "ro"]}),
        ),
        status=202,
        errors=(400, 404),
    )
    def attach(self, request: Request, id: str) -> None:
        asked = request.data["os-attach"]
        volume = self.service.show(request.context, id)
        if volume.status == "attaching" and not volume.attachments:
            # Reserved by the action: what follows reserves it by itself.
            self._move(request, id, {"attaching": "available"}, "be attached")
        made = self.service.reserve(request.context, id, asked["instance_uuid"], asked.get("mode"))
        self.service.connect(request.context, made.id, asked.get("host_name") or "", asked["mountpoint"])
        self.service.complete(request.context, made.id)

    @action(
        "os-detach",
        _PATH,
        body=_body("os-detach", Param("attachment_id", TEXT)),
        status=202,
        errors=(400, 404),
    )
    def detach(self, request: Request, id: str) -> None:
        volume = self.service.show(request.context, id)
        asked = request.data["os-detach"].get("attachment_id")
        found = [one for one in volume.attachments if asked in (None, one.id)]
        if len(found) > 1:
            raise exception.Invalid(f"Volume {id} has several attachments: name one by its attachment_id.")
        if not found:
            raise exception.VolumeInvalid(reason=f"volume {id} has no such attachment.")
        self.service.release(request.context, found[0].id)

    @action("os-begin_detaching", _PATH, body=_body("os-begin_detaching"), status=202, errors=(400, 404))
    def begin_detaching(self, request: Request, id: str) -> None:
        self.service.begin_detaching(request.context, id)

    @action("os-roll_detaching", _PATH, body=_body("os-roll_detaching"), status=202, errors=(404,))
    def roll_detaching(self, request: Request, id: str) -> None:
        self.service.roll_detaching(request.context, id)

    @action(
        "os-extend",
        _PATH,
        body=_body(
            "os-extend",
            Param("new_size", {"type": "integer", "minimum": 1, "maximum": MAX_INT}, required=True),
        ),
        status=202,
        errors=(400, 404, 413),
    )
    def extend(self, request: Request, id: str) -> None:
        self.service.volumes.extend(request.context, id, request.data["os-extend"]["new_size"])

    @action(
        "os-set_bootable",
        _PATH,
        body=_body("os-set_bootable", Param("bootable", BOOLEAN, required=True)),
        errors=(400, 404),
    )
    def set_bootable(self, request: Request, id: str) -> None:
        value = is_true(request.data["os-set_bootable"]["bootable"])
        self.service.volumes.update(request.context, id, {"bootable": value})

    @action(
        "os-update_readonly_flag",
        _PATH,
        body=_body("os-update_readonly_flag", Param("readonly", BOOLEAN, required=True)),
        status=202,
        errors=(400, 404),
    )
    def set_readonly(self, request: Request, id: str) -> None:
        value = is_true(request.data["os-update_readonly_flag"]["readonly"])
        self.service.volumes.update(request.context, id, {"readonly": value})

    @action(
        "os-reset_status",
        _PATH,
        body=_body(
            "os-reset_status",
            Param("status", {"enum": _STATUSES.split()}),
            Param("attach_status", {"enum": ["detached", "attached"]}),
            Param(
                "migration_status",
                {"enum": ["migrating", "error", "success", "completing", "none", "starting"]},
            ),
        ),
        status=202,
        errors=(400, 403, 404),
    )
    def reset_status(self, request: Request, id: str) -> None:
        _check_administrator(request)
        asked = request.data["os-reset_status"]
        values = {name: asked[name] for name in ("status", "migration_status") if name in asked}
        if asked.get("attach_status") == "detached":
            for one in self.service.show(request.context, id).attachments:
                self.service.release(request.context, one.id)
        self.service.volumes.update(request.context, id, values)

    @action("os-force_delete", _PATH, body=_body("os-force_delete"), status=202, errors=(403, 404))
    def force_delete(self, request: Request, id: str) -> None:
        _check_administrator(request)
        self.service.volumes.delete(request.context, id, force=True)

    @action(
        "os-set_image_metadata",
        _PATH,
        body=_body("os-set_image_metadata", Param("metadata", METADATA, required=True)),
        errors=(400, 404),
    )
    def set_image_metadata(self, request: Request, id: str) -> dict[str, Any]:
        more = request.data["os-set_image_metadata"]["metadata"]
        changed = self.service.volumes.change(
            request.context, id, lambda row: {"image_metadata": {**row["image_metadata"], **more}}
        )
        return {"metadata": dict(changed.image_metadata)}

    @action(
        "os-unset_image_metadata",
        _PATH,
        body=_body("os-unset_image_metadata", Param("key", STRING, required=True)),
        errors=(400, 404),
    )
    def unset_image_metadata(self, request: Request, id: str) -> None:
        key = request.data["os-unset_image_metadata"]["key"]
        if key not in self.service.show(request.context, id).image_metadata:
            raise exception.NotFound(f"Volume {id} has no image metadata {key}.")

        def without(row: Any) -> Mapping[str, Any]:
            kept = {name: value for name, value in row["image_metadata"].items() if name != key}
            return {"image_metadata": kept}

        self.service.volumes.change(request.context, id, without)

    def _move(self, request: Request, volume_id: str, moves: Mapping[str, str], verb: str) -> None:
        def moved(row: Any) -> Mapping[str, Any]:
            if row["status"] not in moves:
                raise exception.VolumeInvalidState(volume_id=volume_id, status=row["status"], operation=verb)
            return {"status": moves[row["status"]]}

        self.service.volumes.change(request.context, volume_id, moved)
