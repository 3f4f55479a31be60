"""Metadata of volumes and snapshots."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from nova_api import exception
from nova_api.api.declare import operation, wrap
from nova_api.api.request import Request
from nova_api.api.volume.access import METADATA, VolumeController
from nova_api.neighbours.networks.part import Part

_BODY = wrap("metadata", METADATA)
_ALL = "/v3/{kind:volumes|snapshots}/{id}/metadata"
_ONE = "/v3/{kind:volumes|snapshots}/{id}/metadata/{key}"


class Metadata(VolumeController):
    """``/v3/volumes/{id}/metadata`` and ``/v3/snapshots/{id}/metadata``."""

    def _part(self, kind: str) -> Part[Any]:
        return self.service.volumes if kind == "volumes" else self.service.snapshots

    @operation("GET", _ALL, errors=(404,))
    def index(self, request: Request, kind: str, id: str) -> dict[str, Any]:
        return {"metadata": dict(self._part(kind).show(request.context, id).metadata)}

    @operation("POST", _ALL, body=_BODY, errors=(400, 403, 404))
    def create(self, request: Request, kind: str, id: str) -> dict[str, Any]:
        return self._set(request, kind, id, lambda old: {**old, **request.data["metadata"]})

    @operation("PUT", _ALL, body=_BODY, errors=(400, 403, 404))
    def replace(self, request: Request, kind: str, id: str) -> dict[str, Any]:
        return self._set(request, kind, id, lambda _: request.data["metadata"])

    @operation("DELETE", _ONE, errors=(403, 404))
    def delete(self, request: Request, kind: str, id: str, key: str) -> None:
        if key not in self._part(kind).show(request.context, id).metadata:
            raise exception.NotFound(f"There is no metadata {key} of {id}.")
        self._set(request, kind, id, lambda old: {name: value for name, value in old.items() if name != key})

    def _set(
        self, request: Request, kind: str, uuid: str, decide: Callable[[Mapping[str, str]], Mapping[str, str]]
    ) -> dict[str, Any]:
        part = self._part(kind)
        new = dict(decide(part.show(request.context, uuid).metadata))
        part.update(request.context, uuid, {"metadata": new})
        return {"metadata": new}
