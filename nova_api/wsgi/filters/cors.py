"""cors: lets web pages of other hosts use the API, and answers OPTIONS."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from oslo_config import cfg
from oslo_middleware import cors as oslo_cors

from nova_api.wsgi.filter import Filter
from nova_api.wsgi.options import private_conf

_DEFAULTS = {
    "allow_methods": ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"],
    "allow_headers": [
        "X-Auth-Token",
        "X-Auth-User",
        "X-Auth-Key",
        "X-OpenStack-Request-ID",
        "OpenStack-API-Version",
        "X-OpenStack-Nova-API-Version",
    ],
    "expose_headers": [
        "Location",
        "X-Subject-Token",
        "X-OpenStack-Request-ID",
        "X-Compute-Request-ID",
        "OpenStack-API-Version",
        "X-OpenStack-Nova-API-Version",
        "Retry-After",
    ],
}


class CORS(Filter):
    """Adds the headers of cross-origin resource sharing for the origins that may read the replies.

    OPTIONS gets 200 with an empty body at every path, without authentication
    (a browser's preflight sends no token) and without troubling the API.  The
    rules are oslo.middleware's; requests that are neither OPTIONS nor from a
    browser page (``Origin``) do not pay for them.

    Options, lists with commas:
        allowed_origin: e.g. https://dashboard.example.com; * for all; default none
        allow_credentials: default true
        expose_headers: headers that pages may read; default: those of this API
        max_age: seconds that a browser may remember the answer, default 3600
        allow_methods: default GET, HEAD, POST, PUT, PATCH, DELETE
        allow_headers: headers that pages may send; default: those of this API
    """

    def __init__(self, app: WSGIApplication, conf: cfg.ConfigOpts) -> None:
        super().__init__(app)
        self._replies = oslo_cors.CORS(app, conf)
        self._preflight = oslo_cors.CORS(_empty, conf)

    @classmethod
    def factory(cls, global_conf: Mapping[str, str], **local_conf: Any) -> Callable[[WSGIApplication], CORS]:
        """The ``paste.filter_factory``; raises OptionError."""
        conf = private_conf(oslo_cors.OPTS, "cors", local_conf, _DEFAULTS)
        return lambda app: cls(app, conf)

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        if environ["REQUEST_METHOD"] == "OPTIONS":
            reply: Iterable[bytes] = self._preflight(environ, start_response)
        elif "HTTP_ORIGIN" in environ:
            reply = self._replies(environ, start_response)
        else:
            reply = self.app(environ, start_response)
        return reply


def _empty(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    """What OPTIONS reaches."""
    start_response("200 OK", [("Content-Length", "0")])
    return [b""]
