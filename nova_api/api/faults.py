"""Status and fault name of everything that can go wrong (errors of the API reference).

A fault is ``{"<name>": {"code": <status>, "message": <sentence>}}``.
"""

from __future__ import annotations

import logging
from http import HTTPStatus
from typing import Any

import orjson
import webob

from nova_api import exception
from nova_api.db.silent import SILENT_ERRORS

LOG = logging.getLogger(__name__)

_NAMES = {
    400: "badRequest",
    401: "unauthorized",
    403: "forbidden",
    404: "itemNotFound",
    405: "badMethod",
    409: "conflictingRequest",
    413: "overLimit",
    415: "badMediaType",
    429: "overLimit",
    501: "notImplemented",
    503: "serviceUnavailable",
}

#: The first class of an exception's ancestry that stands here decides.
_STATUS: dict[type[Exception], int] = {
    exception.Invalid: 400,
    exception.Unauthorized: 401,
    exception.Forbidden: 403,
    exception.NotFound: 404,
    exception.Conflict: 409,
    exception.Gone: 410,
    exception.NotImplementedYet: 501,
    exception.Unavailable: 503,
}


def name_of(status: int) -> str:
    """``itemNotFound`` for 404; ``computeFault`` where the status has no name of its own."""
    return _NAMES.get(status, "computeFault")


def status_of(error: Exception) -> int | None:
    """The status that ``error`` means, or None for a bug."""
    for klass in type(error).__mro__:
        if klass in _STATUS:
            return _STATUS[klass]
    return None


def fault_response(status: int, message: str, *, retry_after: int | None = None) -> webob.Response:
    """A JSON fault; ``retry_after`` seconds go into the header and the body."""
    fault: dict[str, Any] = {"code": status, "message": message}
    if retry_after is not None:
        fault["retryAfter"] = str(retry_after)
    response = webob.Response(
        status=status,
        body=orjson.dumps({name_of(status): fault}),
        content_type="application/json",
    )
    # webob takes the charset off JSON; the API has it on faults, and on them alone.
    response.headers["Content-Type"] = "application/json; charset=UTF-8"
    if retry_after is not None:
        response.headers["Retry-After"] = str(retry_after)
    return response


def response_of(error: Exception) -> webob.Response | None:
    """The fault that ``error`` means, or None for a bug."""
    if isinstance(error, SILENT_ERRORS):
        # In one line: while it is away there is one for each request.  The statement is nobody's business.
        LOG.warning("The database does not answer: %s", str(error).splitlines()[0])
        error = exception.DatabaseSilent()
    status = status_of(error)
    if status is None:
        return None
    return fault_response(
        status, str(error) or HTTPStatus(status).phrase, retry_after=getattr(error, "retry_after", None)
    )
