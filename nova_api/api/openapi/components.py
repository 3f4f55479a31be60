"""What all operations of a document share: faults, version headers, the token."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from nova_api.api import faults
from nova_api.api.declare import LEGACY, MIN, Version
from nova_api.api.declare import version as versions

JSONObject = dict[str, Any]

#: Every error that some operation may answer.
STATUSES = (400, 401, 403, 404, 405, 406, 409, 410, 413, 415, 429, 500, 501, 503)
HEADER = "OpenStack-API-Version"

_FAULT = {
    "type": "object",
    "properties": {
        "code": {"type": "integer"},
        "message": {"type": "string"},
        "retryAfter": {"type": "string"},
    },
    "required": ["code", "message"],
    "additionalProperties": False,
}


def components(version: Version) -> JSONObject:
    """The ``components`` at ``version``."""
    made: JSONObject = {
        "schemas": {"Fault": _FAULT},
        "responses": {str(status): _response(status) for status in STATUSES},
        "securitySchemes": {
            "token": {
                "type": "apiKey",
                "in": "header",
                "name": "X-Auth-Token",
                "description": "A token of the identity service that the cloud names in its 401.",
            }
        },
    }
    if version != LEGACY:
        made["parameters"] = {"microversion": _microversion(version)}
        made["headers"] = {
            "microversion": {
                "description": "The version that answered.",
                "schema": {"type": "string", "const": f"compute {versions.text(version)}"},
            }
        }
    return made


def _microversion(version: Version) -> JSONObject:
    """The request header; without it a request is one at the lowest version."""
    asked = f"compute {versions.text(version)}"
    return {
        "name": HEADER,
        "in": "header",
        "required": version != MIN,
        "description": f"This document is about {versions.text(version)}; others have their own.",
        "schema": {"type": "string", "const": asked},
        "example": asked,
    }


def _response(status: int) -> JSONObject:
    made: JSONObject = {"description": HTTPStatus(status).phrase}
    if status == HTTPStatus.UNAUTHORIZED:
        # The filters in front of the API answer it, as token middleware does.
        made["content"] = {"text/plain": {"schema": {"type": "string"}}}
        made["headers"] = {"WWW-Authenticate": {"schema": {"type": "string"}}}
    name = faults.name_of(status)
    schema = {
        "type": "object",
        "properties": {name: {"$ref": "#/components/schemas/Fault"}},
        "required": [name],
        "additionalProperties": False,
    }
    made.setdefault("content", {})["application/json"] = {"schema": schema}
    if status in (HTTPStatus.REQUEST_ENTITY_TOO_LARGE, HTTPStatus.TOO_MANY_REQUESTS):
        made["headers"] = {"Retry-After": {"schema": {"type": "string"}}}
    if status == HTTPStatus.METHOD_NOT_ALLOWED:
        made["headers"] = {"Allow": {"schema": {"type": "string"}}}
    return made
