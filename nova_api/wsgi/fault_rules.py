"""What a fault rule may say; the grammar that the ini and the control path share (``docs/faults.md``)."""

from __future__ import annotations

import hashlib
from typing import Any, NamedTuple

import orjson

from nova_api import exception
from nova_api.api.declare import MAX, Array, Object, Param, Validator
from nova_api.api.declare.schema import Invalid
from nova_api.api.declare.types import REGEX, STRING
from nova_api.compute.fault_rules import WHEN

#: Longer than any client waits; a test that needs more wants ``hang`` or ``cut``.
MOST_SECONDS = 3600
_SECONDS = {"type": "number", "minimum": 0, "maximum": MOST_SECONDS}
_MESSAGE = {"type": "string", "minLength": 1, "maxLength": 255}
_METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
_BOTH = (Param("project", STRING), Param("when", {"type": "string", "pattern": WHEN}))

_REQUEST = Validator(
    Object(
        Param("method", {"enum": list(_METHODS)}),
        Param("path", REGEX),
        *_BOTH,
        Param("status", {"type": "integer", "minimum": 400, "maximum": 599}),
        Param("message", _MESSAGE),
        Param("retry_after", {"type": "integer", "minimum": 0}),
        Param("delay", _SECONDS),
        Param("cut", {"enum": ["before", "after"]}),
    )
)
_BUILD = Validator(
    Object(
        Param("server", REGEX),
        Param("metadata", {"type": "object", "additionalProperties": STRING, "minProperties": 1}),
        *_BOTH,
        Param("build", {"enum": ["fail", "hang", "slow"]}, required=True),
        Param("seconds", _SECONDS),
        Param("message", _MESSAGE),
    )
)
ONE = Validator(Object(Param("fault", {"type": "object"}, required=True)))
ALL = Validator(Object(Param("faults", Array({"type": "object"}, maxItems=1000), required=True)))
#: Keys that only a rule for builds has.
_OF_BUILDS = {"build", "server", "metadata", "seconds"}


class Rule(NamedTuple):
    """A checked rule, as its author wrote it, and whether it is for builds."""

    said: dict[str, Any]
    on_build: bool


def check(said: dict[str, Any]) -> Rule:
    """``said`` as a rule; raises exception.Invalid with a sentence."""
    on_build = not _OF_BUILDS.isdisjoint(said)
    validate(_BUILD if on_build else _REQUEST, said)
    if on_build:
        if (said["build"] == "slow") != ("seconds" in said):
            raise exception.Invalid('"seconds" goes with "build": "slow", and that with it.')
        if "message" in said and said["build"] != "fail":
            raise exception.Invalid('"message" goes with "build": "fail".')
        return Rule(said, True)
    if not {"status", "delay", "cut"} & said.keys():
        raise exception.Invalid('A rule needs an effect: "status", "delay", "cut" or "build".')
    if "status" in said and "cut" in said:
        raise exception.Invalid('A reply with a "status" is not "cut": a rule has one of them.')
    if "status" not in said and {"message", "retry_after"} & said.keys():
        raise exception.Invalid('"message" and "retry_after" go with a "status".')
    return Rule(said, False)


def validate(validator: Validator, value: Any) -> None:
    """Raises exception.Invalid where ``value`` is not what ``validator`` takes."""
    try:
        validator.validate(value, MAX)
    except Invalid as error:
        raise exception.Invalid(str(error)) from error


def parse(text: str) -> tuple[tuple[str, Rule], ...]:
    """The rules of an ini: one JSON object a line.  Each with a key that tells it from those of other inis.

    Raises ValueError with a phrase that names the line.
    """
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    digest = hashlib.sha256("\n".join(lines).encode()).hexdigest()[:40]
    rules = []
    for number, line in enumerate(lines, 1):
        try:
            said = orjson.loads(line)
        except orjson.JSONDecodeError as error:
            raise ValueError(f"is not one JSON object a line: rule {number}: {error}") from None
        try:
            validate(_OBJECT, said)
            rules.append((f"{digest}.{number}", check(said)))
        except exception.Invalid as error:
            raise ValueError(f"has a bad rule {number}: {error}") from None
    return tuple(rules)


_OBJECT = Validator({"type": "object"})
