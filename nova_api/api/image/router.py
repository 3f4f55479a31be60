"""The router of the image API: data is streamed, and errors are pages."""

from __future__ import annotations

import html
from http import HTTPStatus
from typing import Any, ClassVar

import orjson
import webob

from nova_api import exception
from nova_api.api.controller import Controller
from nova_api.api.image.data import Data
from nova_api.api.image.documents import Documents
from nova_api.api.image.images import Images
from nova_api.api.image.members import Members
from nova_api.api.neighbour import NeighbourRouter
from nova_api.api.request import Request
from nova_api.api.resource import MediaTypeUnsupported, Resource

#: The pipeline has no size limit, for the sake of the data; this one holds for JSON.
JSON_MAX = 1024 * 1024
_STREAM = "application/octet-stream"
_PATCH_TYPES = {
    "application/openstack-images-v2.1-json-patch",
    "application/openstack-images-v2.0-json-patch",
}


class ImageResource(Resource):
    """Reads JSON, JSON Patch in the API's own media types, and leaves octet streams unread."""

    json_types = Resource.json_types | _PATCH_TYPES | {_STREAM}

    def _parse(self, request: Request) -> Any:
        if request.content_type == _STREAM:
            return None
        if request.method == "PUT" and self.path.endswith("/file"):
            raise MediaTypeUnsupported(
                f"Image data comes as {_STREAM}, not as {request.content_type or 'nothing'}."
            )
        if request.method == "PATCH" and request.content_type not in _PATCH_TYPES:
            raise MediaTypeUnsupported(
                f"Send {sorted(_PATCH_TYPES)[-1]}, not {request.content_type or 'nothing'}."
            )
        raw = request.body_file.read(JSON_MAX + 1) if request.is_body_readable else b""
        if len(raw) > JSON_MAX:
            raise exception.Invalid(f"The body is larger than {JSON_MAX} bytes.")
        if not raw:
            return None
        if b"\\u0000" in raw:
            raise exception.Invalid("The request body contains the character NUL.")
        try:
            return orjson.loads(raw)
        except orjson.JSONDecodeError as error:
            raise exception.Invalid(f"The request body is malformed: it is not JSON ({error}).") from error


class ImageRouter(NeighbourRouter):
    """Behind the filter that says who asks."""

    CONTROLLERS: ClassVar[tuple[type[Controller], ...]] = (Documents, Images, Data, Members)
    resource_class = ImageResource

    def fault_response(self, status: int, message: str, retry_after: int | None = None) -> webob.Response:
        title = f"{status} {HTTPStatus(status).phrase}"
        # A page, because clients show the sentence of one, and nothing of plain text.
        head = f"<head>\n<title>{title}</title>\n</head>"
        page = f"<html>\n{head}\n<body>\n{html.escape(message)}\n</body>\n</html>\n"
        response = webob.Response(status=status, text=page, content_type="text/html", charset="UTF-8")
        if retry_after is not None:
            response.headers["Retry-After"] = str(retry_after)
        return response
