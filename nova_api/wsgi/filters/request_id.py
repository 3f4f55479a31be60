"""request_id: gives each request an id and tells it to the client."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import ClassVar
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from oslo_context.context import generate_request_id

from nova_api.context import GLOBAL_REQUEST_ID_KEY, REQUEST_ID_KEY, RequestContext
from nova_api.wsgi.filter import Filter
from nova_api.wsgi.options import Option, words
from nova_api.wsgi.reply import Headers, Started

_WELL_FORMED = re.compile(r"req-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)


class RequestId(Filter):
    """Puts ``req-<uuid>`` into the environ and into the reply's headers.

    A client that belongs to a larger request sends that one's id as
    ``X-OpenStack-Request-ID``; well-formed, it becomes the global request id.
    Anything else there is ignored, since it would end up in logs.

    Options:
        headers: names of the reply's headers, default "x-openstack-request-id
            x-compute-request-id"; empty sends none (the root document has none)
    """

    OPTIONS: ClassVar = (Option("headers", words, ("x-openstack-request-id", "x-compute-request-id")),)

    def __init__(self, app: WSGIApplication, *, headers: Sequence[str]) -> None:
        super().__init__(app)
        self.headers = tuple(headers)
        self._ours = {name.lower() for name in headers}

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        request_id = environ[REQUEST_ID_KEY] = generate_request_id()
        given = environ.get("HTTP_X_OPENSTACK_REQUEST_ID", "")
        if _WELL_FORMED.fullmatch(given):
            environ[GLOBAL_REQUEST_ID_KEY] = given
        # The thread served another request before: from here on its log lines name this one.
        RequestContext(
            request_id=request_id, global_request_id=environ.get(GLOBAL_REQUEST_ID_KEY), overwrite=True
        )
        if not self.headers:
            return self.app(environ, start_response)

        def tell(headers: Headers) -> Headers:
            kept = [(name, value) for name, value in headers if name.lower() not in self._ours]
            return kept + [(name, request_id) for name in self.headers]

        return self.app(environ, Started(start_response, tell))
