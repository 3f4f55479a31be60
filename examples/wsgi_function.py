"""A WSGI application is a function of two arguments.

The server calls it once a request.  ``environ`` is a dictionary of strings and a
few objects: what the client sent, already cut into parts.  ``start_response``
takes the status and the headers; what the function returns is the body, an
iterable of byte strings.  That is the whole agreement between server and
application, and nova-api is one such callable.
"""

from __future__ import annotations

from collections.abc import Iterable
from wsgiref.types import StartResponse, WSGIEnvironment

import serving


def hello(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    """Greets whoever the path names; knows GET and HEAD."""
    method = environ["REQUEST_METHOD"]
    if method not in ("GET", "HEAD"):
        start_response("405 Method Not Allowed", [("Allow", "GET, HEAD"), ("Content-Length", "0")])
        return []
    # PEP 3333 hands bytes over as Latin-1 text; the client meant UTF-8.
    path = environ["PATH_INFO"].encode("latin-1").decode("utf-8", "replace")
    body = f"Hello, {path.strip('/') or 'world'}.\n".encode()
    start_response(
        "200 OK", [("Content-Type", "text/plain; charset=UTF-8"), ("Content-Length", str(len(body)))]
    )
    return [] if method == "HEAD" else [body]


if __name__ == "__main__":
    serving.main(hello, "/Ada")
