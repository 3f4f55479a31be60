"""Value types that several requests share, named as the API reference names them."""

from __future__ import annotations

from typing import Any

JSONSchema = dict[str, Any]

MAX_INT = 0x7FFFFFFF

STRING: JSONSchema = {"type": "string"}
NULL: JSONSchema = {"type": "null"}
ANY: JSONSchema = {}
UUID: JSONSchema = {"type": "string", "format": "uuid"}
IPV4: JSONSchema = {"type": "string", "format": "ipv4"}
IPV6: JSONSchema = {"type": "string", "format": "ipv6"}
IP_ADDRESS: JSONSchema = {"type": "string", "oneOf": [{"format": "ipv4"}, {"format": "ipv6"}]}
NAME: JSONSchema = {"type": "string", "minLength": 1, "maxLength": 255, "format": "name"}
#: What the legacy API takes for a name: it trims the edges itself.
PADDED_NAME: JSONSchema = NAME | {"format": "name_with_leading_trailing_spaces"}
BASE64: JSONSchema = {"type": "string", "format": "base64"}
DATE_TIME: JSONSchema = {"type": "string", "format": "date-time"}
REGEX: JSONSchema = {"type": "string", "format": "regex"}

_TRUE = ("True", "TRUE", "true", "1", "ON", "On", "on", "YES", "Yes", "yes")
_FALSE = ("False", "FALSE", "false", "0", "OFF", "Off", "off", "NO", "No", "no")
#: A boolean, or one of the words for it.
BOOLEAN: JSONSchema = {"type": ["boolean", "string"], "enum": [True, *_TRUE, False, *_FALSE]}

METADATA: JSONSchema = {
    "type": "object",
    "patternProperties": {"^[a-zA-Z0-9-_:. ]{1,255}$": {"type": "string", "maxLength": 255}},
    "additionalProperties": False,
}
#: Keys of any name with text.
STRINGS: JSONSchema = {"type": "object", "additionalProperties": STRING}
#: The same, where a value may also be null.
NULLABLE_STRINGS: JSONSchema = {"type": "object", "additionalProperties": {"type": ["string", "null"]}}
TAG: JSONSchema = {"type": "string", "minLength": 1, "maxLength": 60, "pattern": "^[^,/]*$"}
TAGS: JSONSchema = {"type": "array", "items": TAG, "maxItems": 50}


def printable(most: int) -> JSONSchema:
    """Printable characters of the basic plane and spaces, up to ``most`` of them; or null."""
    return {
        "type": ["string", "null"],
        "maxLength": most,
        "pattern": "^[^\\p{C}\\p{Zl}\\p{Zp}\U00010000-\U0010ffff]*$",
    }


def is_true(value: Any) -> bool:
    """What a ``BOOLEAN`` means."""
    return value is True or value in _TRUE


def nullable(schema: JSONSchema) -> JSONSchema:
    """``schema``, or null."""
    if "type" not in schema:
        return {"oneOf": [schema, NULL]}
    kinds = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
    widened = schema | {"type": [*kinds, "null"]}
    if "enum" in schema:
        widened["enum"] = [*schema["enum"], None]
    return widened


def integer(least: int, most: int | None = None, *, empty: bool = False) -> JSONSchema:
    """A whole number from ``least`` to ``most``, also as a string of digits."""
    sign = "-?" if least < 0 else ""
    bounds: JSONSchema = {"minimum": least} | ({} if most is None else {"maximum": most})
    return {
        "type": ["integer", "string"],
        "pattern": f"^{sign}[0-9]{'*' if empty else '+'}$",
        "minLength": 1,
        "numericRange": [least, most],
        **bounds,
    }


#: ``limit`` and ``offset`` of a query.
NON_NEGATIVE = integer(0)
