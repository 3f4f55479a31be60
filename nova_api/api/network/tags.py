"""Tags, below any collection of the networking API that has them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from nova_api import exception
from nova_api.api.declare import Object, Param, operation
from nova_api.api.network.attributes import NetworkController
from nova_api.api.request import Request
from nova_api.neighbours.networks import LocalNetworks
from nova_api.neighbours.networks.part import Part

_LONGEST = 255
_TAG = {"type": "string", "minLength": 1, "maxLength": _LONGEST}
_BODY = Object(Param("tags", {"type": "array", "items": _TAG, "maxItems": 50}, required=True))

#: Collection of the path → what keeps it.
_PARTS: Mapping[str, Callable[[LocalNetworks], Part[Any]]] = {
    "networks": lambda service: service.networks,
    "subnets": lambda service: service.subnets,
    "ports": lambda service: service.ports,
    "security-groups": lambda service: service.groups,
    "floatingips": lambda service: service.floating,
    "routers": lambda service: service.routers,
}


class NetworkTags(NetworkController):
    """``/v2.0/{collection}/{id}/tags``."""

    def _part(self, collection: str) -> Part[Any]:
        if collection not in _PARTS:
            raise exception.NotFound(f"There are no tags of {collection}.")
        return _PARTS[collection](self.service)

    @operation("GET", "/v2.0/{collection}/{id}/tags", errors=(404,))
    def index(self, request: Request, collection: str, id: str) -> dict[str, Any]:
        return {"tags": list(self.service.tags.list(request.context, self._part(collection), id))}

    @operation("PUT", "/v2.0/{collection}/{id}/tags", body=_BODY, errors=(403, 404))
    def replace(self, request: Request, collection: str, id: str) -> dict[str, Any]:
        self.service.tags.replace(request.context, self._part(collection), id, request.data["tags"])
        return self.index(request, collection, id)

    @operation("DELETE", "/v2.0/{collection}/{id}/tags", status=204, errors=(403, 404))
    def clear(self, request: Request, collection: str, id: str) -> None:
        self.service.tags.replace(request.context, self._part(collection), id, ())

    @operation("GET", "/v2.0/{collection}/{id}/tags/{tag}", status=204, errors=(404,))
    def show(self, request: Request, collection: str, id: str, tag: str) -> None:
        if tag not in self.service.tags.list(request.context, self._part(collection), id):
            raise exception.NetworkTagNotFound(tag=tag)

    @operation("PUT", "/v2.0/{collection}/{id}/tags/{tag}", status=201, errors=(400, 403, 404))
    def add(self, request: Request, collection: str, id: str, tag: str) -> None:
        if len(tag) > _LONGEST:
            raise exception.Invalid(f"A tag has {_LONGEST} characters at most.")
        self.service.tags.add(request.context, self._part(collection), id, tag)

    @operation("DELETE", "/v2.0/{collection}/{id}/tags/{tag}", status=204, errors=(403, 404))
    def remove(self, request: Request, collection: str, id: str, tag: str) -> None:
        self.service.tags.remove(request.context, self._part(collection), id, tag)
