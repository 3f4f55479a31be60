"""The measure of all things: eventlet.wsgi with a one-line webob application, on the port that is given.

Whatever a request costs us beyond this is our own doing.
"""

from __future__ import annotations

import sys

import eventlet

eventlet.monkey_patch()

import eventlet.wsgi  # noqa: E402
import webob.dec  # noqa: E402

_BODY = b'{"versions": []}'


@webob.dec.wsgify
def application(request: webob.Request) -> webob.Response:
    """Answers every request alike, as JSON."""
    return webob.Response(body=_BODY, content_type="application/json")


if __name__ == "__main__":
    eventlet.wsgi.server(eventlet.listen(("127.0.0.1", int(sys.argv[1]))), application, log_output=False)
