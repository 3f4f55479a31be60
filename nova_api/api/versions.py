"""Version documents: what may be asked where, for clients that discover.

They need no token.  ``/`` lists the versions; a path outside them gets the
300 answer with the choices (API reference, "API versions").
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

import orjson
import webob

from nova_api import backend as nova_backend
from nova_api import exception
from nova_api.api.controller import Controller
from nova_api.api.declare import LEGACY, MAX, MIN, operation
from nova_api.api.declare import version as versions
from nova_api.api.request import Request

_DOCS = "http://docs.openstack.org/"

_KNOWN: dict[str, dict[str, str]] = {
    "v2.0": {
        "id": "v2.0",
        "status": "DEPRECATED",
        "version": "",
        "min_version": "",
        "updated": "2025-07-04T12:00:00Z",
    },
    "v2.1": {
        "id": "v2.1",
        "status": "CURRENT",
        "version": versions.text(MAX),
        "min_version": versions.text(MIN),
        "updated": "2013-07-23T11:33:21Z",
    },
}
_PREFIX = {"v2.0": "/v2", "v2.1": "/v2.1"}


def _media_types(name: str) -> list[dict[str, str]]:
    short = "2" if name == "v2.0" else "2.1"
    return [{"base": "application/json", "type": f"application/vnd.openstack.compute+json;version={short}"}]


def document(name: str, self_href: str) -> dict[str, Any]:
    """The document of version ``name`` (``v2.0``, ``v2.1``), whose own link is ``self_href``."""
    links = [
        {"rel": "self", "href": self_href},
        {"rel": "describedby", "type": "text/html", "href": _DOCS},
    ]
    return {"version": {**_KNOWN[name], "links": links, "media-types": _media_types(name)}}


class VersionsController(Controller):
    """``GET /versions/{id}`` and the root document, below a version."""

    @operation("GET", "/")
    @operation("HEAD", "/")
    @operation("POST", "/")
    @operation("PUT", "/")
    @operation("DELETE", "/")
    def root(self, request: Request) -> dict[str, Any]:
        name = "v2.0" if request.version == LEGACY else "v2.1"
        return document(name, f"{request.link_base}{_PREFIX[name]}/")

    @operation("GET", "/versions/{id}")
    def show(self, request: Request, id: str) -> dict[str, Any]:
        _ = request.context
        name = "v2.0" if request.version == LEGACY and id in _KNOWN else id
        if name not in _KNOWN:
            raise exception.NotFound(f"Version {id} could not be found.")
        return document(name, f"{request.link_base}{request.version_prefix}/")


class VersionsApp:
    """The root of the server: the list of versions, or 300 with the choices below it."""

    def __init__(self, backend: nova_backend.Backend) -> None:
        self._prefix = (backend.conf.api.compute_link_prefix or "").rstrip("/")

    @classmethod
    def factory(cls, global_config: dict[str, str], **local_config: str) -> VersionsApp:
        """Paste's ``app_factory``; takes no options."""
        del global_config
        if local_config:
            raise ValueError(f"unknown option {next(iter(local_config))!r}; the versions app takes none")
        return cls(nova_backend.active())

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        status, answer = self.respond(webob.Request(environ))
        body = orjson.dumps(answer)
        start_response(status, [("Content-Type", "application/json"), ("Content-Length", str(len(body)))])
        return [] if environ["REQUEST_METHOD"] == "HEAD" else [body]

    def respond(self, request: webob.Request) -> tuple[str, dict[str, Any]]:
        """The list, one version's document, or the choices; with the status."""
        base = (self._prefix or request.host_url) + request.script_name
        if request.path_info in ("", "/"):
            listed = [
                {**known, "links": [{"rel": "self", "href": f"{base}{_PREFIX[name]}/"}]}
                for name, known in _KNOWN.items()
            ]
            return "200 OK", {"versions": listed}
        asked = re.search(
            r"version=(2(?:\.1)?)(?![\d.])",
            f"{request.headers.get('Accept', '')} {request.headers.get('Content-Type', '')}",
        )
        if asked:
            name = "v2.0" if asked[1] == "2" else "v2.1"
            return "200 OK", document(name, f"{base}{_PREFIX[name]}/")
        return "300 Multiple Choices", {
            "choices": [self._choice(name, base, request.path_info) for name in _KNOWN]
        }

    @staticmethod
    def _choice(name: str, base: str, path: str) -> dict[str, Any]:
        return {
            "id": name,
            "status": _KNOWN[name]["status"],
            "links": [{"rel": "self", "href": f"{base}{_PREFIX[name]}{path}"}],
            "media-types": _media_types(name),
        }
