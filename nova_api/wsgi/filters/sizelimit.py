"""sizelimit: refuses request bodies above a size, with a JSON fault."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

import webob.exc
from oslo_middleware import sizelimit as oslo_sizelimit

from nova_api.api import faults
from nova_api.wsgi.filter import Filter
from nova_api.wsgi.options import Option, integer


class BoundedReader(oslo_sizelimit.LimitingReader):
    """oslo's reader, which counts only after reading: this one never reads more than one byte too many."""

    def read(self, i: int | None = None) -> bytes:
        allowed = self.limit - self.bytes_read + 1
        return super().read(allowed if i is None or i < 0 else min(i, allowed))


class SizeLimit(Filter):
    """Answers 413 to a body larger than ``max_request_body_size``.

    A declared length is judged before anything is read; a body that comes in
    chunks is cut off when it passes the limit.  oslo.middleware answers with
    HTML here, this filter with an ``overLimit`` fault.

    Options:
        max_request_body_size: bytes, default 114688 (the default of oslo.middleware)
    """

    OPTIONS: ClassVar = (
        Option("max_request_body_size", integer(least=1), next(opt.default for opt in oslo_sizelimit.OPTS)),
    )

    def __init__(self, app: WSGIApplication, *, max_request_body_size: int) -> None:
        super().__init__(app)
        self.limit = max_request_body_size

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        length = environ.get("CONTENT_LENGTH")
        if length:
            # What is not a number is the server's business to refuse; it is not larger than the limit.
            if length.isdecimal() and int(length) > self.limit:
                return self._refuse(environ, start_response)
            return self.app(environ, start_response)
        if "HTTP_TRANSFER_ENCODING" not in environ:
            return self.app(environ, start_response)
        reader = environ["wsgi.input"] = BoundedReader(environ["wsgi.input"], self.limit)
        try:
            status, headers, body = webob.Request(environ).call_application(self.app)
        except webob.exc.HTTPRequestEntityTooLarge:
            return self._refuse(environ, start_response)
        if reader.bytes_read > self.limit:
            # The application made something of the reader's exception: a page in HTML, or a fault of its own.
            getattr(body, "close", bool)()
            return self._refuse(environ, start_response)
        start_response(status, headers)
        reply: Iterable[bytes] = body
        return reply

    def _refuse(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        message = f"Request is too large: its body may have at most {self.limit} bytes."
        reply: Iterable[bytes] = faults.fault_response(413, message)(environ, start_response)
        return reply
