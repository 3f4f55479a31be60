"""The WSGI environ (PEP 3333) of a request, from its parsed head."""

from __future__ import annotations

import sys
import urllib.parse
from typing import Any

from nova_api.wsgi.body import Body
from nova_api.wsgi.head import Headers, RequestLine


def of_connection(
    local: tuple[str, int], peer: tuple[str, int], *, tls: bool, multiprocess: bool
) -> dict[str, Any]:
    """The keys that all requests of one connection share."""
    environ = {
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "https" if tls else "http",
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": multiprocess,
        "wsgi.run_once": False,
        "wsgi.input_terminated": True,  # a body ends by itself, also a chunked one
        "SERVER_NAME": local[0],
        "SERVER_PORT": str(local[1]),
        "REMOTE_ADDR": peer[0],
        "REMOTE_PORT": str(peer[1]),
        "SCRIPT_NAME": "",
    }
    if tls:
        environ["HTTPS"] = "on"
    return environ


def of_request(connection: dict[str, Any], line: RequestLine, headers: Headers, body: Body) -> dict[str, Any]:
    """``connection`` and what this request adds; headers and path are latin-1 text, as in PEP 3333."""
    path, _, query = line.target.partition("?")
    environ = {
        **connection,
        "REQUEST_METHOD": line.method,
        "RAW_PATH_INFO": path,
        "PATH_INFO": urllib.parse.unquote(path, "latin-1"),
        "QUERY_STRING": query,
        "SERVER_PROTOCOL": line.version,
        "wsgi.input": body,
        # Where eventlet's response code looks for the body, and for calls to make afterwards.
        "eventlet.input": body,
        "eventlet.posthooks": [],
    }
    for name, value in headers.items:
        if "_" in name:
            continue  # X_Roles would pass for X-Roles, which a proxy in front has vouched for
        key = name.upper().replace("-", "_")
        if key == "CONTENT_LENGTH":
            environ[key] = value
            continue
        if key != "CONTENT_TYPE":
            key = "HTTP_" + key
        if key in environ:
            value = f"{environ[key]}{'; ' if key == 'HTTP_COOKIE' else ','}{value}"
        environ[key] = value
    return environ
