"""Volume types, as the volume API shows and changes them."""

from __future__ import annotations

from typing import Any

from nova_api import exception
from nova_api.api.declare import Field, Object, One, Param, View, operation, wrap
from nova_api.api.declare.types import BOOLEAN, STRING, is_true, nullable
from nova_api.api.neighbour import ANY_QUERY
from nova_api.api.request import Request
from nova_api.api.volume import access
from nova_api.api.volume.access import METADATA, VolumeController
from nova_api.neighbours.volumes import VolumeType

_BOOL = {"type": "boolean"}
_NAME = {"type": "string", "minLength": 1, "maxLength": 255}
_TEXT = {"type": ["string", "null"]}

TYPE = View(
    "volume type",
    Field("id", "id", STRING),
    Field("name", "name", STRING),
    Field("description", "description", nullable(STRING)),
    Field("is_public", "is_public", _BOOL),
    Field("os-volume-type-access:is_public", "is_public", _BOOL),
    Field("qos_specs_id", lambda *_: None, nullable(STRING)),
    Field("extra_specs", lambda kind, _: dict(kind.extra_specs), {"type": "object"}),
)
_CREATE = wrap(
    "volume_type",
    Object(
        Param("name", _NAME, required=True),
        Param("description", _TEXT),
        Param("os-volume-type-access:is_public", BOOLEAN),
        Param("extra_specs", METADATA),
        extra=True,
    ),
)
_UPDATE = wrap(
    "volume_type",
    Object(Param("name", _NAME), Param("description", _TEXT), Param("is_public", BOOLEAN), extra=True),
)
_SPECS = wrap("extra_specs", METADATA)


class Types(VolumeController):
    """``/v3/types``."""

    @operation("GET", "/v3/types", query=ANY_QUERY)
    def index(self, request: Request) -> dict[str, Any]:
        wanted = (request.arg("is_public") or "").lower()
        found = self.service.types.list(request.context)
        if wanted in ("true", "false"):
            found = [kind for kind in found if kind.is_public == (wanted == "true")]
        return {"volume_types": TYPE.render(found, request)}

    @operation("GET", "/v3/types/{id}", response=One("volume_type", TYPE), errors=(404,))
    def show(self, request: Request, id: str) -> VolumeType:
        if id == "default":
            return self.service.find_type(request.context, self.backend.conf.neighbours.default_volume_type)
        return self.service.types.show(request.context, id)

    @operation("POST", "/v3/types", body=_CREATE, response=One("volume_type", TYPE), errors=(400, 403, 409))
    def create(self, request: Request) -> VolumeType:
        asked = request.data["volume_type"]
        values = access.given(
            asked, {"name": "name", "description": "description", "extra_specs": "extra_specs"}
        )
        values["is_public"] = is_true(asked.get("os-volume-type-access:is_public", True))
        return self.service.types.create(request.context, values)

    @operation(
        "PUT", "/v3/types/{id}", body=_UPDATE, response=One("volume_type", TYPE), errors=(400, 403, 404)
    )
    def update(self, request: Request, id: str) -> VolumeType:
        asked = request.data["volume_type"]
        values = access.given(asked, {"name": "name", "description": "description"})
        if "is_public" in asked:
            values["is_public"] = is_true(asked["is_public"])
        return self.service.types.update(request.context, id, values)

    @operation("DELETE", "/v3/types/{id}", status=202, errors=(400, 403, 404))
    def delete(self, request: Request, id: str) -> None:
        self.service.types.delete(request.context, id)

    @operation("GET", "/v3/types/{id}/extra_specs", errors=(404,))
    def extra_specs(self, request: Request, id: str) -> dict[str, Any]:
        return {"extra_specs": dict(self.service.types.show(request.context, id).extra_specs)}

    @operation("POST", "/v3/types/{id}/extra_specs", body=_SPECS, errors=(400, 403, 404))
    def set_extra_specs(self, request: Request, id: str) -> dict[str, Any]:
        known = self.service.types.show(request.context, id).extra_specs
        specs = {**known, **request.data["extra_specs"]}
        self.service.types.update(request.context, id, {"extra_specs": specs})
        return {"extra_specs": request.data["extra_specs"]}

    @operation("DELETE", "/v3/types/{id}/extra_specs/{key}", status=202, errors=(403, 404))
    def unset_extra_spec(self, request: Request, id: str, key: str) -> None:
        known = self.service.types.show(request.context, id).extra_specs
        if key not in known:
            raise exception.NotFound(f"Volume type {id} has no extra spec {key}.")
        specs = {name: value for name, value in known.items() if name != key}
        self.service.types.update(request.context, id, {"extra_specs": specs})
