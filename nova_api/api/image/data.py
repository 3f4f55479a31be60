"""The data of images: uploaded and downloaded as a stream, never held in memory."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import webob

from nova_api import exception
from nova_api.api.declare import operation
from nova_api.api.image.access import ImageController
from nova_api.api.request import Request

_BLOCK = 64 * 1024


def _blocks(request: Request) -> Iterator[bytes]:
    """The body as it comes; raises Invalid when it ends before its announced length."""
    left = request.content_length
    while left is None or left > 0:
        block: bytes = request.body_file_raw.read(_BLOCK if left is None else min(_BLOCK, left))
        if not block:
            if left:
                raise exception.Invalid(f"The data ended {left} bytes before its Content-Length.")
            return
        if left is not None:
            left -= len(block)
        yield block


class Data(ImageController):
    """``/v2/images/{id}/file``."""

    @operation("PUT", "/v2/images/{id}/file", status=204, errors=(401, 403, 404, 409, 415))
    def upload(self, request: Request, id: str) -> None:
        self.images.upload(request.context, id, _blocks(request))

    @operation("GET", "/v2/images/{id}/file", errors=(401, 403, 404))
    def download(self, request: Request, id: str) -> webob.Response:
        try:
            image = self.images.show(request.context, id)
            data = self.images.download(request.context, id)
        except exception.ImageDataNotFound:
            return webob.Response(status=204, content_type=None)
        headers: dict[str, Any] = {}
        if image.checksum is not None:
            headers["Content-MD5"] = image.checksum  # hexadecimal, as the clients of this API compare it
            headers["ETag"] = f'"{image.checksum}"'
        response = webob.Response(app_iter=data, content_type="application/octet-stream", charset=None)
        response.headers.update(headers)
        response.content_length = image.size
        return response
