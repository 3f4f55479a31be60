"""JSON Schema of requests and replies, as OpenAPI says it."""

from __future__ import annotations

from typing import Any

from nova_api.api.declare import Many, One, Operation, Version
from nova_api.api.declare.schema import compile_schema

JSONObject = dict[str, Any]

#: Keywords of our own. What they say is also said in standard ones, which miss numbers in strings only.
_OWN = ("numericRange",)
_LINK = {
    "type": "object",
    "properties": {"rel": {"type": "string"}, "href": {"type": "string"}},
    "required": ["rel", "href"],
}


#: OpenAPI's ``date-time`` has a time zone; this API shows many times without one, and takes any of ISO 8601.
_FORMATS = {"date-time": "iso-8601"}


def plain(schema: Any) -> Any:
    """``schema`` without keywords that only this service knows, and formats by what others mean by them."""
    if isinstance(schema, dict):
        made = {key: plain(value) for key, value in schema.items() if key not in _OWN}
        if isinstance(made.get("format"), str):
            made["format"] = _FORMATS.get(made["format"], made["format"])
        return made
    if isinstance(schema, list | tuple):
        return [plain(value) for value in schema]
    return schema


def body(operation: Operation, version: Version) -> JSONObject | None:
    """What ``operation`` takes; None where it reads no body."""
    if operation.body is not None:
        found: JSONObject = plain(operation.body.json_schema(version))
        return found
    if operation.action is None:
        return None
    return {"type": "object", "properties": {operation.action: {}}, "required": [operation.action]}


def reply(operation: Operation, version: Version) -> JSONObject | None:
    """What ``operation`` answers when all is well; None for nothing."""
    shape = operation.response
    if isinstance(shape, One):
        shown = plain(shape.view.schema(version))
        return shown if shape.key is None else _object({shape.key: shown})
    if isinstance(shape, Many):
        return _page(shape, version)
    if operation.returns is None:
        return None
    built: JSONObject = plain(compile_schema(operation.returns, version))
    # An object without any key at this version stands for a reply that has no body yet.
    return None if built == {"type": "object", "properties": {}, "additionalProperties": False} else built


def _page(shape: Many, version: Version) -> JSONObject:
    item = plain(shape.view.schema(version))
    if shape.item is not None:
        item = _object({shape.item: item})
    page = _object({shape.key: {"type": "array", "items": item}})
    if shape.links and shape.links_window.contains(version):
        page["properties"][shape.links] = {"type": "array", "items": _LINK}
    return page


def _object(properties: JSONObject) -> JSONObject:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }
