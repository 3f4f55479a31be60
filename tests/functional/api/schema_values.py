"""Values for JSON Schemas, for property-based tests; the few keywords that request bodies use.

What it makes may break a ``format`` or one of our own keywords now and then:
callers filter with the validator.
"""

from __future__ import annotations

import base64
import string
from typing import Any

from hypothesis import strategies as st

_PRINTABLE = string.ascii_letters + string.digits + " _-.:äß€"
_LONGEST = 300

#: Anything that JSON can say.
JUNK = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats(allow_nan=False) | st.text(),
    lambda inside: st.lists(inside, max_size=3) | st.dictionaries(st.text(max_size=8), inside, max_size=3),
    max_leaves=6,
)

#: Formats that plain text would hardly ever meet.
_FORMATS = {
    "uuid": st.uuids().map(str),
    "ipv4": st.ip_addresses(v=4).map(str),
    "ipv6": st.ip_addresses(v=6).map(str),
    "base64": st.binary(max_size=60).map(lambda data: base64.b64encode(data).decode()),
}


def values(schema: Any) -> st.SearchStrategy[Any]:
    """Values that ``schema`` allows, but for formats."""
    if "const" in schema:
        return st.just(schema["const"])
    if "enum" in schema:
        return st.sampled_from(schema["enum"])
    for choice in ("oneOf", "anyOf"):
        if choice in schema and "type" not in schema:
            return st.one_of([values(option) for option in schema[choice]])
    if "type" not in schema:
        return JUNK
    kinds = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
    return st.one_of([_MAKERS[kind](schema) for kind in kinds])


def _string(schema: Any) -> st.SearchStrategy[str]:
    if "oneOf" in schema:
        # {"type": "string", "oneOf": [{"format": …}, …]}: which address an address is.
        return st.one_of([_string(option) for option in schema["oneOf"]])
    if schema.get("format") in _FORMATS:
        return _FORMATS[schema["format"]]
    least, most = schema.get("minLength", 0), min(schema.get("maxLength", _LONGEST), _LONGEST)
    pattern = schema.get("pattern")
    if pattern is not None and "\\p{" not in pattern:
        return st.from_regex(pattern, fullmatch=True).filter(lambda text: least <= len(text) <= most)
    alphabet = st.sampled_from(_PRINTABLE) if pattern or "format" in schema else st.characters(codec="utf-8")
    return st.text(alphabet, min_size=least, max_size=most)


def _integer(schema: Any) -> st.SearchStrategy[int]:
    return st.integers(schema.get("minimum", -(2**31)), schema.get("maximum", 2**31))


def _number(schema: Any) -> st.SearchStrategy[float]:
    least = schema.get("exclusiveMinimum", schema.get("minimum"))
    floats = st.floats(least, schema.get("maximum"), allow_nan=False, allow_infinity=False)
    return (floats | st.integers(-1000, 1000)).filter(lambda number: least is None or number > least)


def _array(schema: Any) -> st.SearchStrategy[list[Any]]:
    return st.lists(
        values(schema.get("items", {})),
        min_size=schema.get("minItems", 0),
        max_size=min(schema.get("maxItems", 3), 3),
    )


def _object(schema: Any) -> st.SearchStrategy[dict[str, Any]]:
    properties = schema.get("properties", {})
    required = set(schema.get("required", ()))
    fixed = st.fixed_dictionaries(
        {key: values(value) for key, value in properties.items() if key in required},
        optional={key: values(value) for key, value in properties.items() if key not in required},
    )
    patterns = schema.get("patternProperties")
    if not patterns:
        return fixed
    pairs = st.one_of(
        [st.tuples(st.from_regex(key, fullmatch=True), values(value)) for key, value in patterns.items()]
    )
    free = st.lists(pairs, min_size=schema.get("minProperties", 0), max_size=schema.get("maxProperties", 4))
    return st.tuples(fixed, free).map(lambda parts: parts[0] | dict(parts[1]))


_MAKERS = {
    "string": _string,
    "integer": _integer,
    "number": _number,
    "array": _array,
    "object": _object,
    "boolean": lambda _schema: st.booleans(),
    "null": lambda _schema: st.none(),
}
