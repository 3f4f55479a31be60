"""``GET /openapi.json``: the document of the API that it stands below, for anybody."""

from __future__ import annotations

import webob

from nova_api import exception
from nova_api.api import openapi
from nova_api.api.controller import Controller
from nova_api.api.declare import LEGACY, Query, QueryParam, Version, operation
from nova_api.api.declare import version as versions
from nova_api.api.declare.types import STRING
from nova_api.api.request import Request


class OpenAPIController(Controller):
    """The description of the API in OpenAPI 3.1."""

    @operation("GET", "/openapi.json", query=Query(QueryParam("microversion", STRING, single=True)))
    def show(self, request: Request) -> webob.Response:
        """The document at ``microversion``, or at the version of the request's headers."""
        body = openapi.encoded(_asked(request), request.script_name)
        return webob.Response(body=body, content_type="application/json", charset=None)


def _asked(request: Request) -> Version:
    asked = request.arg("microversion")
    if asked is None or request.version == LEGACY:
        return request.version
    try:
        return versions.parse(asked)
    except ValueError as error:
        raise exception.Invalid(
            f"There is no microversion {asked!r}: they are 2.1 to {versions.text(versions.MAX)}, and latest."
        ) from error
