"""Paths and operations of a document; the actions of a path become one operation with a choice of bodies."""

from __future__ import annotations

import functools
import inspect
import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from http import HTTPStatus
from typing import Any, NamedTuple

from nova_api.api import policy
from nova_api.api.controller import Controller
from nova_api.api.declare import LEGACY, Operation, QueryParam, Version, operations_of
from nova_api.api.declare.schema import compile_schema
from nova_api.api.openapi import schemas
from nova_api.api.openapi.components import HEADER

JSONObject = dict[str, Any]

_READ = ("GET", "HEAD", "DELETE")
_JSON = "application/json"


class Declared(NamedTuple):
    """An operation, what its method's docstring says, and the first line of its module's."""

    operation: Operation
    doc: str
    about: str


def declared(controller: type[Controller], version: Version) -> Iterator[Declared]:
    """The operations of ``controller`` that ``version`` has."""
    for operation in operations_of(controller):
        if operation.window.contains(version):
            method = getattr(controller, operation.name)
            about = inspect.cleandoc(sys.modules[method.__module__].__doc__ or "").partition("\n")[0]
            yield Declared(operation, inspect.getdoc(method) or "", about)


def tag_of(each: Declared) -> str:
    """The collection that its path begins with."""
    return each.operation.path.split("/")[1] or "versions"


def paths(found: Iterable[Declared], version: Version) -> JSONObject:
    """The ``paths`` of a document."""
    grouped: dict[str, dict[str, list[Declared]]] = {}
    for each in found:
        methods = grouped.setdefault(each.operation.path, {})
        methods.setdefault(each.operation.method.lower(), []).append(each)
    return {
        path: {
            "parameters": [_path_parameter(name) for name in re.findall(r"\{([^}]*)\}", path)],
            **{method: _operation(path, method, several, version) for method, several in methods.items()},
        }
        for path, methods in sorted(grouped.items())
    }


def _operation(path: str, method: str, found: Sequence[Declared], version: Version) -> JSONObject:
    first = found[0]
    made: JSONObject = {
        "operationId": "_".join([method, *re.findall(r"\w+", path.replace("-", "_"))]),
        "tags": [tag_of(first)],
        "parameters": _parameters(found, version),
        "responses": _responses(found, version),
    }
    if first.operation.action is None:
        made |= _words(first) | _extensions(first.operation)
    else:
        made["summary"] = f"Does one of {len(found)} actions."
        made["x-openstack-actions"] = {
            each.operation.action: _words(each) | _extensions(each.operation) | _reply(each, version)
            for each in found
        }
    if not _needs_token(path):
        made["security"] = []
    bodies = [_body(each, version) for each in found]
    sent = [schema for schema in bodies if schema is not None]
    if sent:
        schema = sent[0] if first.operation.action is None else {"oneOf": sent}
        made["requestBody"] = {"required": True, "content": {_JSON: {"schema": schema}}}
    return made


def _reply(each: Declared, version: Version) -> JSONObject:
    schema = schemas.reply(each.operation, version)
    status = {"x-openstack-status": each.operation.status(version)}
    return status if schema is None else {**status, "x-openstack-reply": schema}


def _needs_token(path: str) -> bool:
    return path != "/"


def _body(each: Declared, version: Version) -> JSONObject | None:
    schema = schemas.body(each.operation, version)
    if schema is not None and each.operation.action is not None:
        return {"title": each.operation.action, **schema}
    return schema


def _words(each: Declared) -> JSONObject:
    """Summary and description: the docstring, else what its policy is about, else its module's."""
    text = each.doc or _policies().get(each.operation.policy or "") or each.about
    summary, _, rest = text.partition("\n")
    words = {"summary": summary.strip()}
    return words | {"description": rest.strip()} if rest.strip() else words


@functools.cache
def _policies() -> dict[str, str]:
    """What each policy is about.  All are declared once the controllers are imported."""
    return {rule.name: rule.description or "" for rule in policy.declared()}


def _extensions(operation: Operation) -> JSONObject:
    made = {"x-openstack-microversions": str(operation.window)}
    if operation.policy is not None:
        made["x-openstack-policy"] = operation.policy
    return made


# --- parameters ---------------------------------------------------------------


def _path_parameter(name: str) -> JSONObject:
    return {
        "name": name,
        "in": "path",
        "required": True,
        "schema": {"type": "string", "minLength": 1, "pattern": "^[^/]+$"},
    }


def _parameters(found: Iterable[Declared], version: Version) -> list[JSONObject]:
    version_header = [] if version == LEGACY else [{"$ref": "#/components/parameters/microversion"}]
    query = {
        param.name: _query_parameter(param, version)
        for each in found
        if each.operation.query is not None
        for param in each.operation.query.params
        if param.window.contains(version)
    }
    return [*version_header, *query.values()]


def _query_parameter(param: QueryParam, version: Version) -> JSONObject:
    schema = param.legacy if version == LEGACY else param.schema
    made: JSONObject = {
        "name": param.name,
        "in": "query",
        "schema": schemas.plain(compile_schema(schema, version)),
    }
    if not param.single:
        made["x-openstack-repeatable"] = True
    return made


# --- replies --------------------------------------------------------------------


def _responses(found: Sequence[Declared], version: Version) -> JSONObject:
    replies: dict[int, list[JSONObject | None]] = {}
    errors: set[int] = set()
    for each in found:
        operation = each.operation
        schema = schemas.reply(operation, version)
        for status in (operation.status(version), *operation.also):
            replies.setdefault(status, []).append(None if status == HTTPStatus.NO_CONTENT else schema)
        errors |= _errors(operation, version)
    # What has nothing behind it declares an error as its status (bare metal: 501).
    errors |= {status for status in replies if status >= HTTPStatus.BAD_REQUEST}
    made = {
        str(status): _success(status, several, version)
        for status, several in replies.items()
        if status not in errors
    }
    return made | {str(status): {"$ref": f"#/components/responses/{status}"} for status in sorted(errors)}


def _success(status: int, several: list[JSONObject | None], version: Version) -> JSONObject:
    made: JSONObject = {"description": HTTPStatus(status).phrase}
    if version != LEGACY:
        made["headers"] = {HEADER: {"$ref": "#/components/headers/microversion"}}
    distinct = [schema for index, schema in enumerate(several) if schema not in several[:index]]
    # Where some actions answer nothing, the choice cannot be said: x-openstack-actions has each one's.
    if None not in distinct:
        schema = distinct[0] if len(distinct) == 1 else {"anyOf": distinct}
        made["content"] = {_JSON: {"schema": schema}}
    return made


def _errors(operation: Operation, version: Version) -> set[int]:
    """The declared errors, and those that the frame around every operation may answer."""
    errors = {400, 401, 403, 404, 415, 429, *operation.errors}
    if version != LEGACY:
        errors.add(406)
    if operation.method not in _READ:
        errors.add(413)
    return errors
