"""The smallest body that a JSON Schema allows, without trying at random."""

from __future__ import annotations

from typing import Any

import jsonschema_rs

from nova_api.api.declare import formats

#: One of these is what a string may be, whatever pattern, format or length it must have.
_STRINGS = (
    "a",
    "1",
    "",
    "none",
    "true",
    "10.0.0.1",
    "10.0.0.0/24",
    "fd00::1",
    "fa:16:3e:00:00:01",
    "88888888-8888-4888-8888-888888888888",
    "2026-01-31T12:00:00Z",
    "YQ==",
    "/dev/vdb",
    "http://127.0.0.1/",
    "[a]",
)


def smallest(schema: Any) -> Any:
    """A value of ``schema`` with no key and no item that need not be; what it gets wrong, callers check."""
    for choice in ("oneOf", "anyOf"):
        if choice in schema and "type" not in schema:
            return smallest(schema[choice][0])
    if "const" in schema or "enum" in schema:
        return schema.get("const", schema.get("enum", [None])[0])
    kinds = schema.get("type", "null")
    kind = kinds if isinstance(kinds, str) else kinds[0]
    if kind == "object":
        return _object(schema)
    if kind == "array":
        items = [*schema.get("prefixItems", ()), *[schema.get("items")] * schema.get("minItems", 0)]
        return [smallest(item) for item in items[: schema.get("minItems", 0)]]
    candidates: tuple[Any, ...] = {
        "string": _STRINGS,
        "integer": (schema.get("minimum", 1),),
        "number": (schema.get("minimum", 1),),
        "boolean": (False,),
    }.get(kind, (None,))
    return next(filter(validator(schema).is_valid, candidates), candidates[0])


def _object(schema: Any) -> dict[str, Any]:
    required = [*schema.get("required", ()), *schema.get("anyOf", [{}])[0].get("required", ())]
    found = {key: smallest(schema["properties"][key]) for key in required}
    patterns = schema.get("patternProperties", {})
    for key, value in {**schema.get("properties", {}), **patterns}.items():
        if len(found) >= schema.get("minProperties", 0):
            break
        found["key" if key in patterns else key] = smallest(value)
    return found


def validator(schema: Any) -> Any:
    """``schema``, with the service's own formats."""
    return jsonschema_rs.Draft202012Validator(
        schema, validate_formats=True, formats=formats.FORMATS, keywords=formats.KEYWORDS
    )
