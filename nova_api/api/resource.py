"""A Resource: everything that one path answers, whatever the method, action and version.

The steps of a request, always in this order: choose the operation, parse and
validate what was sent, find the target, ask the policy, call the controller,
render what it returns.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import orjson
import webob

from nova_api import exception
from nova_api.api.controller import Reply
from nova_api.api.declare import LEGACY, Many, One, Operation
from nova_api.api.declare.schema import Invalid
from nova_api.api.request import Request
from nova_api.context import ROUTE_KEY

Handler = Callable[..., Any]

_JSON_TYPES = {"application/json", "text/plain", "application/vnd.openstack.compute+json"}
_SAFE = {"GET", "HEAD"}
_WITH_BODY = {"POST", "PUT", "PATCH"}


class MethodNotAllowed(exception.NovaError):
    """The path exists, this method on it does not: 405 with Allow."""

    message = "{method} is not allowed on {path}; it answers to {allow}."


class MediaTypeUnsupported(exception.NovaError):
    """The body is in a form that the API does not read: 415."""

    message = "Content type {content_type} is not supported; send application/json."


class Resource:
    """The operations of one path template, by method and action.

    Raises ValueError where two operations answer the same request.
    """

    json_types = _JSON_TYPES

    def __init__(self, path: str) -> None:
        self.path = path
        self.methods: dict[str, list[tuple[Operation, Handler, Any]]] = {}
        self.actions: dict[str, list[tuple[Operation, Handler, Any]]] = {}

    def add(self, operation: Operation, controller: Any) -> None:
        table, key = (
            (self.methods, operation.method) if operation.action is None else (self.actions, operation.action)
        )
        entries = table.setdefault(key, [])
        for other, _, _ in entries:
            if other.window.overlaps(operation.window):
                raise ValueError(f"{operation} and {other} answer the same request")
        entries.append((operation, getattr(controller, operation.name), controller))

    @property
    def allow(self) -> list[str]:
        methods = set(self.methods)
        if self.actions:
            methods.add("POST")
        return sorted(methods)

    # --- the steps --------------------------------------------------------

    def __call__(self, request: Request, arguments: Mapping[str, str]) -> webob.Response:
        entries = self.methods.get(request.method)
        is_action = entries is None and request.method == "POST" and bool(self.actions)
        if entries is None and not is_action:
            raise MethodNotAllowed(method=request.method, path=request.path_info, allow=", ".join(self.allow))
        # PostgreSQL refuses the character in any statement, so it is refused before there is one.
        if "\0" in request.path_info or "%00" in request.query_string:
            raise exception.Invalid("The URL holds the character NUL.")
        body = self._parse(request)
        if is_action:
            entries = self._action_entries(body)
        for operation, handler, controller in entries or ():
            if operation.window.contains(request.version):
                with _one_moment(request):
                    return self._answer(request, operation, handler, controller, body, arguments)
        raise exception.NotFound("The resource could not be found at this microversion.")

    def _parse(self, request: Request) -> Any:
        content_type = request.content_type
        if content_type and content_type not in self.json_types:
            raise MediaTypeUnsupported(content_type=content_type)
        if request.method not in _WITH_BODY:
            return None
        raw = request.body
        if not raw:
            return None
        try:
            body = orjson.loads(raw)
        except orjson.JSONDecodeError as error:
            raise exception.Invalid(f"The request body is malformed: it is not JSON ({error}).") from error
        if b"\\u0000" in raw and _holds_nul(body):
            raise exception.Invalid("The request body holds the character NUL.")
        return body

    def _action_entries(self, body: Any) -> list[tuple[Operation, Handler, Any]]:
        if body is not None and not isinstance(body, dict):
            raise exception.NotFound(
                "The resource could not be found: an action is a JSON object with one key."
            )
        if not body or len(body) != 1:
            raise exception.Invalid(
                "Malformed request body: an action is a JSON object with exactly one key."
            )
        (name,) = body
        if name not in self.actions:
            raise exception.Invalid(f"There is no such action: {name}")
        return self.actions[name]

    def _answer(
        self,
        request: Request,
        operation: Operation,
        handler: Handler,
        controller: Any,
        body: Any,
        arguments: Mapping[str, str],
    ) -> webob.Response:
        request.operation = operation
        if operation.action is not None:
            request.environ[ROUTE_KEY] = f"{operation.path} {operation.action}"
        try:
            request.args = (
                operation.query.read(request.GET.items(), request.version) if operation.query else {}
            )
            if operation.body is not None:
                if request.version == LEGACY:
                    body = operation.body.relax(body, request.version)
                operation.body.validate(body, request.version)
        except Invalid as error:
            raise exception.Invalid(str(error)) from error
        except UnicodeDecodeError as error:
            raise exception.Invalid("The query string is not UTF-8.") from error
        request.data = body
        _ = request.context if operation.policy else None  # 401 before 404
        if operation.loads is None:
            if operation.policy is not None:
                request.authorize(operation.policy)
            value = handler(request, **arguments)
        else:
            first, *others = arguments
            target = getattr(controller, operation.loads)(request, arguments[first])
            if operation.policy is not None:
                request.authorize(
                    operation.policy,
                    {
                        "project_id": getattr(target, "project_id", None),
                        "user_id": getattr(target, "user_id", None),
                    },
                )
            value = handler(request, target, **{name: arguments[name] for name in others})
        return self._respond(request, operation, value)

    def _respond(self, request: Request, operation: Operation, value: Any) -> webob.Response:
        if isinstance(value, webob.Response):
            return value
        status, headers = operation.status(request.version), {}
        if isinstance(value, Reply):
            status, headers, value = value.status or status, dict(value.headers), value.value
        body = b"" if value is None else _rendered(request, operation.response, value)
        response = webob.Response(status=status, body=body, content_type="application/json", charset=None)
        # webob leaves both out of a 204, and clients of this API have always seen them.
        response.headers["Content-Type"] = "application/json"
        response.headers["Content-Length"] = str(len(body))
        response.headers.update(headers)
        return response


def _one_moment(request: Request) -> contextlib.AbstractContextManager[None]:
    """What a GET tells is of one moment, and costs one transaction."""
    return request.backend.db.reading() if request.method in _SAFE else contextlib.nullcontext()


def _rendered(request: Request, shape: One | Many | None, value: Any) -> bytes:
    """``value``, a record or a page of records, as JSON in the declared shape; other values as they are."""
    if shape is None:
        return orjson.dumps(value)
    if isinstance(shape, One):
        (shown,) = shape.view.render([value], request)
        return orjson.dumps(shown if shape.key is None else {shape.key: shown})
    records = value if isinstance(value, Sequence) else list(value)
    # Put together once: a page may have megabytes, and each copy is memory that the kernel has to clear.
    parts = [b'{"', shape.key.encode(), b'":[', *shape.view.render_json(records, request, shape.item), b"]"]
    full = bool(records) and len(records) == request.page_size
    if shape.links and shape.marker and full and shape.links_window.contains(request.version):
        parts += (
            b',"',
            shape.links.encode(),
            b'":',
            orjson.dumps(request.next_link(shape.marker(records[-1]))),
        )
    return b"".join((*parts, b"}"))


def _holds_nul(value: Any) -> bool:
    """Whether any string in ``value``, also a key, has the character NUL."""
    if isinstance(value, str):
        return "\0" in value
    if isinstance(value, dict):
        return any(_holds_nul(item) for pair in value.items() for item in pair)
    return isinstance(value, list) and any(map(_holds_nul, value))
