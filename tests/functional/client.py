"""A client of the WSGI application, as terse as tests want it."""

from __future__ import annotations

from typing import Any

import orjson
import webob

ADMIN_PROJECT = "6f70656e737461636b20342065766572"
DEMO_PROJECT = "2f9cf0f0a0d54d7c8a4f0a1b5c6d7e8f"


class Api:
    """Calls ``app`` as ``user`` of ``project``.

    ``version`` is a microversion such as ``2.53``; None sends no header.
    Replies are webob responses; ``.json`` is the parsed body.
    """

    def __init__(
        self, app: Any, user: str = "demo", project: str = DEMO_PROJECT, roles: str | None = None
    ) -> None:
        self.app = app
        self.user = user
        self.project = project
        self.roles = roles
        self.root = "/v2.1"
        self.version: str | None = None

    def as_(self, user: str, project: str | None = None, roles: str | None = None) -> Api:
        other = Api(self.app, user, project or self.project, roles)
        other.root, other.version = self.root, self.version
        return other

    @property
    def admin(self) -> Api:
        return self.as_("admin", ADMIN_PROJECT)

    @property
    def token(self) -> str:
        return ":".join(filter(None, (self.user, self.project, self.roles)))

    def request(
        self,
        method: str,
        path: str,
        json: Any = None,
        *,
        body: bytes | None = None,
        version: str | None = None,
        headers: dict[str, str] | None = None,
        root: str | None = None,
    ) -> webob.Response:
        request = webob.Request.blank((self.root if root is None else root) + path, method=method)
        request.headers["X-Auth-Token"] = self.token
        version = version or self.version
        if version is not None:
            request.headers["OpenStack-API-Version"] = f"compute {version}"
        if json is not None:
            body = orjson.dumps(json)
        if body is not None:
            request.body = body
            request.content_type = "application/json"
        request.headers.update(headers or {})
        return request.get_response(self.app)

    def get(self, path: str, **options: Any) -> webob.Response:
        return self.request("GET", path, **options)

    def post(self, path: str, json: Any = None, **options: Any) -> webob.Response:
        return self.request("POST", path, json, **options)

    def put(self, path: str, json: Any = None, **options: Any) -> webob.Response:
        return self.request("PUT", path, json, **options)

    def delete(self, path: str, **options: Any) -> webob.Response:
        return self.request("DELETE", path, **options)
