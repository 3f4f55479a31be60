"""A RESTful hello with Routes: one mapper, one controller, five methods.

``mapper.collection`` lays out the usual table (index, create, show, update,
delete); the mapper turns a method and a path into the name of a controller's
method and its arguments.  When a path is known but not for this method, the
answer is a 405 that says which methods are.
"""

from __future__ import annotations

from typing import Any

import routes
import serving
import webob
import webob.dec
import webob.exc


class Greetings:
    """The controller: greetings by name, kept in memory. Each method returns (status, body)."""

    def __init__(self) -> None:
        self._greetings = {"world": "Hello, world."}

    def index(self, request: webob.Request) -> tuple[int, Any]:
        del request
        return 200, {"greetings": sorted(self._greetings)}

    def create(self, request: webob.Request) -> tuple[int, Any]:
        greeting = self._read(request)
        name = greeting.get("name")
        if not isinstance(name, str) or not name.isidentifier():
            raise webob.exc.HTTPBadRequest("greeting.name must be a word.")
        if name in self._greetings:
            raise webob.exc.HTTPConflict(f"There is a greeting for {name} already.")
        self._greetings[name] = str(greeting.get("text", f"Hello, {name}."))
        return 201, self._view(name)

    def show(self, request: webob.Request, id: str) -> tuple[int, Any]:
        del request
        return 200, self._view(id)

    def update(self, request: webob.Request, id: str) -> tuple[int, Any]:
        self._view(id)
        text = self._read(request).get("text")
        if not isinstance(text, str):
            raise webob.exc.HTTPBadRequest("greeting.text must be a string.")
        self._greetings[id] = text
        return 200, self._view(id)

    def delete(self, request: webob.Request, id: str) -> tuple[int, Any]:
        del request
        self._view(id)
        del self._greetings[id]
        return 204, None

    def _view(self, name: str) -> dict[str, Any]:
        if name not in self._greetings:
            raise webob.exc.HTTPNotFound(f"There is no greeting for {name}.")
        return {"greeting": {"name": name, "text": self._greetings[name]}}

    @staticmethod
    def _read(request: webob.Request) -> dict[str, Any]:
        try:
            greeting = request.json_body["greeting"]
        except (ValueError, KeyError, TypeError):
            greeting = None
        if not isinstance(greeting, dict):
            raise webob.exc.HTTPBadRequest('The body must be JSON: {"greeting": {…}}.')
        return greeting


class Router:
    """Finds the controller's method for a request, calls it, makes its answer JSON."""

    def __init__(self) -> None:
        # The mapper knows controllers by name, so that a table of routes is plain data.
        self.controllers = {"greetings": Greetings()}
        self.mapper = routes.Mapper()
        self.mapper.collection(
            "greetings", "greeting", controller="greetings", member_prefix="/{id}", formatted=False
        )

    @webob.dec.wsgify
    def __call__(self, request: webob.Request) -> webob.Response:
        match = self.mapper.match(request.path_info, environ=request.environ)
        if match is None:
            raise self._unmatched(request)
        handler = getattr(self.controllers[match.pop("controller")], match.pop("action"))
        status, body = handler(request, **match)
        return webob.Response(status=status, **({} if body is None else {"json_body": body}))

    def _unmatched(self, request: webob.Request) -> webob.exc.HTTPException:
        allowed = [
            method
            for method in ("GET", "POST", "PUT", "DELETE")
            if self.mapper.match(request.path_info, environ={**request.environ, "REQUEST_METHOD": method})
        ]
        if allowed:
            return webob.exc.HTTPMethodNotAllowed(headers={"Allow": ", ".join(allowed)})
        return webob.exc.HTTPNotFound()


if __name__ == "__main__":
    serving.main(Router(), "/greetings/world")
