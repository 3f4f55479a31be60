"""The router of the identity API: it finds out by itself who asks, and speaks of errors in its own way."""

from __future__ import annotations

from http import HTTPStatus
from typing import ClassVar

import orjson
import webob

from nova_api import exception
from nova_api.api.controller import Controller
from nova_api.api.identity.documents import Documents
from nova_api.api.identity.projects import Projects
from nova_api.api.identity.roles import Roles
from nova_api.api.identity.services import Services
from nova_api.api.identity.tokens import Tokens
from nova_api.api.identity.users import Users
from nova_api.api.neighbour import NeighbourRouter, service_url
from nova_api.api.request import Request
from nova_api.context import ENVIRON_KEY, RequestContext


class IdentityRouter(NeighbourRouter):
    """No filter guards it: a token in ``X-Auth-Token`` is checked here, where one is needed."""

    CONTROLLERS: ClassVar[tuple[type[Controller], ...]] = (
        Documents,
        Tokens,
        Projects,
        Users,
        Roles,
        Services,
    )

    def dispatch(self, request: Request) -> webob.Response:
        token = request.headers.get("X-Auth-Token")
        if token:
            # A bad one is no one: the operations that need somebody answer 401.
            try:
                found = self.backend.identity.validate(token)
            except exception.TokenInvalid:
                return super().dispatch(request)
            request.environ[ENVIRON_KEY] = RequestContext(
                auth_token=token,
                user_id=found.user_id,
                user_name=found.user_name,
                project_id=found.project_id,
                project_name=found.project_name,
                roles=found.roles,
            )
        return super().dispatch(request)

    def fault_response(self, status: int, message: str, retry_after: int | None = None) -> webob.Response:
        error = {"code": status, "title": HTTPStatus(status).phrase, "message": message}
        response = webob.Response(
            status=status, body=orjson.dumps({"error": error}), content_type="application/json", charset=None
        )
        if retry_after is not None:
            response.headers["Retry-After"] = str(retry_after)
        return response

    def error_response(self, request: Request, error: Exception) -> webob.Response | None:
        response = super().error_response(request, error)
        if response is not None and response.status_int == 401:
            response.headers["WWW-Authenticate"] = f'Keystone uri="{service_url(request)}"'
        return response
