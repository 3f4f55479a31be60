"""``/images/{image_id}/metadata`` (to 2.38): the properties of an image, as key and value."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from nova_api import exception
from nova_api.api.controller import Controller
from nova_api.api.declare import Query, operation, types, wrap
from nova_api.api.request import Request
from nova_api.compute import quotas

LAST = "2.38"

QUERY = Query()
METADATA_BODY = wrap("metadata", types.METADATA)
META_BODY = wrap("meta", types.METADATA | {"minProperties": 1, "maxProperties": 1})

_ALL = "/images/{image_id}/metadata"
_ONE = "/images/{image_id}/metadata/{id}"
_WRITE_ERRORS = (400, 403, 404)


ALL_OF_IT = wrap("metadata", types.NULLABLE_STRINGS)
ONE_OF_IT = wrap("meta", types.NULLABLE_STRINGS)


class ImageMetadataController(Controller):
    """``/images/{image_id}/metadata``."""

    @operation("GET", _ALL, until=LAST, query=QUERY, returns=ALL_OF_IT, errors=(403, 404))
    def index(self, request: Request, image_id: str) -> dict[str, Any]:
        return {"metadata": self._properties(request, image_id)}

    @operation("GET", _ONE, until=LAST, query=QUERY, returns=ONE_OF_IT, errors=(403, 404))
    def show(self, request: Request, image_id: str, id: str) -> dict[str, Any]:
        properties = self._properties(request, image_id)
        if id not in properties:
            raise _missing(image_id, id)
        return {"meta": {id: properties[id]}}

    @operation("POST", _ALL, until=LAST, body=METADATA_BODY, returns=ALL_OF_IT, errors=_WRITE_ERRORS)
    def create(self, request: Request, image_id: str) -> dict[str, Any]:
        properties = self._properties(request, image_id) | request.data["metadata"]
        return {"metadata": self._replace(request, image_id, properties)}

    @operation("PUT", _ALL, until=LAST, body=METADATA_BODY, returns=ALL_OF_IT, errors=_WRITE_ERRORS)
    def update_all(self, request: Request, image_id: str) -> dict[str, Any]:
        return {"metadata": self._replace(request, image_id, request.data["metadata"])}

    @operation("PUT", _ONE, until=LAST, body=META_BODY, returns=ONE_OF_IT, errors=_WRITE_ERRORS)
    def update(self, request: Request, image_id: str, id: str) -> dict[str, Any]:
        meta: dict[str, str | None] = request.data["meta"]
        if id not in meta:
            raise exception.Invalid(f"Request body and URI mismatch: the body has no key {id!r}.")
        self._replace(request, image_id, self._properties(request, image_id) | meta)
        return {"meta": meta}

    @operation("DELETE", _ONE, until=LAST, status=204, errors=(403, 404))
    def delete(self, request: Request, image_id: str, id: str) -> None:
        properties = self._properties(request, image_id)
        if id not in properties:
            raise _missing(image_id, id)
        del properties[id]
        self.backend.images.update(request.context, image_id, {"properties": properties})

    def _properties(self, request: Request, image_id: str) -> dict[str, str | None]:
        return dict(self.backend.images.show(request.context, image_id).properties)

    def _replace(
        self, request: Request, image_id: str, properties: Mapping[str, str | None]
    ) -> dict[str, str | None]:
        limit = quotas.limits_of(self.backend, request.context.project_id)["metadata_items"]
        if limit != quotas.UNLIMITED and len(properties) > limit:
            raise exception.QuotaExceeded(
                f"Quota exceeded, too many image metadata items: {limit} are allowed."
            )
        image = self.backend.images.update(request.context, image_id, {"properties": properties})
        return dict(image.properties)


def _missing(image_id: str, key: str) -> exception.NotFound:
    return exception.NotFound(f"Image {image_id} has no metadata with key {key}: it could not be found.")
