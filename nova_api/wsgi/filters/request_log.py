"""request_log: one line a request, when the last byte of its reply is out."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterable
from typing import ClassVar
from urllib.parse import quote
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from nova_api.context import ENVIRON_KEY, GLOBAL_REQUEST_ID_KEY, REQUEST_ID_KEY
from nova_api.wsgi.filter import Filter
from nova_api.wsgi.options import Option, choice
from nova_api.wsgi.reply import Body, Started

LOG = logging.getLogger(__name__)
_LEVELS = {"debug": logging.DEBUG, "info": logging.INFO, "warning": logging.WARNING}
_LINE = (
    "%(request_id)s %(global_request_id)s %(user_id)s %(project_id)s "
    '"%(method)s %(path)s" status: %(status)s bytes: %(bytes)s ms: %(ms).1f microversion: %(microversion)s'
)


class RequestLog(Filter):
    """Logs ids, user, project, method, path, status, bytes, milliseconds and microversion; "-" for none.

    The line is written when the server has taken the whole body, so that the
    time is what the client waited and the bytes are what it got.  It stands
    outside authentication, so that refused requests are logged too, and reads
    what the filters inside have put into the environ.  The same values are on
    the log record under their names, for structured logs.

    Options:
        level: debug, info or warning, default info
    """

    OPTIONS: ClassVar = (Option("level", choice(*_LEVELS), "info"),)

    def __init__(self, app: WSGIApplication, *, level: str) -> None:
        super().__init__(app)
        self.level = _LEVELS[level]

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        if not LOG.isEnabledFor(self.level):
            return self.app(environ, start_response)
        began = time.monotonic()
        # Read now: a urlmap further in moves path segments to SCRIPT_NAME, a router may take them away.
        method, path = environ.get("REQUEST_METHOD", "-"), _path(environ)
        started = Started(start_response)

        def write(sent: int, status: int) -> None:
            context = environ.get(ENVIRON_KEY)
            fields = {
                "request_id": environ.get(REQUEST_ID_KEY, "-"),
                "global_request_id": environ.get(GLOBAL_REQUEST_ID_KEY, "-"),
                "user_id": getattr(context, "user_id", None) or "-",
                "project_id": getattr(context, "project_id", None) or "-",
                "method": method,
                "path": path,
                "status": status,
                "bytes": sent,
                "ms": (time.monotonic() - began) * 1000,
                "microversion": started.header("x-openstack-nova-api-version") or "-",
            }
            LOG.log(self.level, _LINE, fields, extra=fields)

        try:
            body = self.app(environ, started)
        except BaseException as error:
            # Not an Exception: the client has gone, and with it whom to answer.
            write(0, getattr(error, "status", None) or (500 if isinstance(error, Exception) else 499))
            raise
        return Body(body, lambda finished: write(finished.sent, started.status))


def _path(environ: WSGIEnvironment) -> str:
    """Path and query as on the wire: encoded again, so that no control character reaches the log."""
    path = environ.get("SCRIPT_NAME", "") + environ.get("PATH_INFO", "")
    query = environ.get("QUERY_STRING", "")
    encoded = quote(path.encode("latin-1", "replace"), safe="/:@!$&'()*+,;=~") or "/"
    return encoded + "?" + quote(query, safe="/?:@!$&'()*+,;=~%") if query else encoded
