"""WebOb: requests and responses as objects, and ``wsgify`` to stay a WSGI application.

A subclass of ``Request`` is the place for what THIS service reads out of a
request; handlers then ask for ``request.name`` and never for a header.
``wsgify`` turns a function of a request into a WSGI application, and a function
of a request and the next application into a filter.  An exception from
``webob.exc`` is a response that can be raised.
"""

from __future__ import annotations

import time

import serving
import webob
import webob.dec
import webob.exc

LONGEST_NAME = 40


class GreetingRequest(webob.Request):
    """A request of the greeting service."""

    @property
    def name(self) -> str:
        """Whom to greet: the query parameter ``name``, 1 to 40 printable characters.

        Raises HTTPBadRequest, whose sentence the client gets to read.
        """
        name = self.GET.get("name", "world")
        if not name.isprintable() or not 0 < len(name) <= LONGEST_NAME:
            raise webob.exc.HTTPBadRequest(f"name must be 1 to {LONGEST_NAME} printable characters.")
        return str(name)

    @property
    def wants_json(self) -> bool:
        """Whether the client prefers JSON to text."""
        offers = self.accept.acceptable_offers(["text/plain", "application/json"])
        return bool(offers) and offers[0][0] == "application/json"


@webob.dec.wsgify(RequestClass=GreetingRequest)
def greet(request: GreetingRequest) -> webob.Response | str:
    """The application. A string that it returns becomes the body of a 200."""
    if request.wants_json:
        return webob.Response(json_body={"greeting": f"Hello, {request.name}."})
    return f"Hello, {request.name}.\n"


@webob.dec.wsgify.middleware
def timed(request: webob.Request, app: webob.dec.wsgify) -> webob.Response:
    """A filter: passes the request on, and adds to the response how long that took."""
    began = time.perf_counter()
    response = request.get_response(app)
    response.headers["X-Milliseconds"] = f"{(time.perf_counter() - began) * 1000:.2f}"
    return response


application = timed(greet)

if __name__ == "__main__":
    serving.main(application, "/?name=Ada")
