"""Compares what our declarations accept with what the contract accepts, version by version.

For each operation that is built, samples are grown from the contract's schemas
(every property with boundary values, wrong types, missing and unknown keys) and
both sides judge them at every version where either changes its mind.
"""

from __future__ import annotations

import copy
import dataclasses
from collections.abc import Iterator
from typing import Any

import jsonschema_rs

from nova_api.api.declare import LEGACY, MAX, MIN, Operation, Version, formats
from nova_api.api.declare.schema import Invalid
from tests.conformance import contract

UUID = "b7c8f4f2-5a0e-4a6d-9d7f-0a7f2f1f5d10"
#: One good value of each format, and by type where there is none.
GOOD = {
    "uuid": UUID,
    "ipv4": "10.0.0.7",
    "ipv6": "fd00::7",
    "date-time": "2026-01-31T12:00:00Z",
    "base64": "aGVsbG8=",
    "regex": "abc.*",
    "uri": "http://127.0.0.1/x",
    "cidr": "10.0.0.0/8",
}
PROBES: list[Any] = [
    None, True, "true", 0, 1, -1, 2**31 - 1, 2**31, 2**40, 1.5, "", " ", "a", "0", "1", "-1", "0.5",
    str(2**31), "a" * 60, "a" * 61, "a" * 255, "a" * 256, "a" * 65535, "a" * 65536, " edge", "edge ",
    "sl/ash", "com,ma", "co:lon", "do.t", "at@x", "x\n", "ünï", "\U0001f40b", "a b", "a_b-c", "a-", "-a",
    UUID, UUID.replace("-", ""), *GOOD.values(), "auto", "none", "AUTO", "ssh", "x509", "SOFT", "soft",
    "asc", "desc", [], ["a"], ["a", "a"], {}, {"a": "b"}, {"zz": 1},
]  # fmt: skip


@dataclasses.dataclass
class Difference:
    """One sample on which the sides disagree."""

    operation: str
    version: str
    contract_accepts: bool
    sample: Any

    def __str__(self) -> str:
        ours, theirs = ("refuse", "accepts") if self.contract_accepts else ("accept", "refuses")
        return (
            f"{self.operation} at {self.version}: we {ours}, the contract {theirs} {str(self.sample)[:300]}"
        )


class _Numeric:
    """The contract's rule that minimum and maximum hold for digits in a string too."""

    def __init__(self, bound: str) -> None:
        self.bound = bound

    def __call__(self, _parent: Any, value: Any, _path: Any) -> _Numeric:
        made = _Numeric(self.bound)
        made.value = value
        return made

    value: Any = None

    def validate(self, instance: Any) -> None:
        if isinstance(instance, str):
            try:
                instance = int(instance)
            except ValueError:
                return
        if isinstance(instance, bool) or not isinstance(instance, int | float):
            return
        if (self.bound == "minimum" and instance < self.value) or (
            self.bound == "maximum" and instance > self.value
        ):
            raise ValueError(f"{instance} is beyond the {self.bound} of {self.value}")


def _minimum(parent: Any, value: Any, path: Any) -> _Numeric:
    return _Numeric("minimum")(parent, value, path)


def _maximum(parent: Any, value: Any, path: Any) -> _Numeric:
    return _Numeric("maximum")(parent, value, path)


def _judge(schema: Any) -> Any:
    return jsonschema_rs.Draft202012Validator(
        _with_numeric(schema),
        validate_formats=True,
        formats=formats.FORMATS,
        keywords={"x-minimum": _minimum, "x-maximum": _maximum},
    )


def _with_numeric(schema: Any) -> Any:
    if isinstance(schema, dict):
        made = {key: _with_numeric(value) for key, value in schema.items()}
        if isinstance(made.get("type"), list) and "string" in made["type"]:
            for bound in ("minimum", "maximum"):
                if bound in made:
                    made[f"x-{bound}"] = made[bound]
        return made
    return [_with_numeric(value) for value in schema] if isinstance(schema, list) else schema


def _flat(schema: Any) -> dict[str, Any]:
    """``schema`` with its allOf, and the first of its oneOf or anyOf, merged in."""
    if not isinstance(schema, dict):
        return {}
    flat = {key: value for key, value in schema.items() if key not in ("allOf", "oneOf", "anyOf")}
    alternatives = schema.get("oneOf") or schema.get("anyOf")
    parts = [
        *schema.get("allOf", ()),
        *([alternatives[0]] if alternatives and "properties" not in schema else ()),
    ]
    for part in parts:
        flat.update(_flat(part))
    return flat


def _valid(schema: Any) -> Any:
    """A value that ``schema`` most likely accepts, with every property there is."""
    schema = _flat(schema)
    if "const" in schema:
        return schema["const"]
    if "enum" in schema:
        return schema["enum"][0]
    kinds = schema.get("type", "string")
    kind = kinds[0] if isinstance(kinds, list) else kinds
    simple = {"integer": max(schema.get("minimum", 1), 1), "boolean": True, "null": None}
    simple["number"] = simple["integer"]
    if kind in simple:
        return simple[kind]
    if kind == "object":
        return {name: _valid(inner) for name, inner in schema.get("properties", {}).items()}
    if kind == "array":
        return [_valid(schema.get("items", {}))]
    return GOOD.get(schema.get("format", ""), "a" * max(1, schema.get("minLength", 1)))


def _places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    yield path
    children = (
        value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    )
    for key, child in children:
        yield from _places(child, (*path, key))


def _replaced(value: Any, path: tuple[Any, ...], new: Any) -> Any:
    if not path:
        return copy.deepcopy(new)
    made = copy.copy(value)
    made[path[0]] = _replaced(value[path[0]], path[1:], new)
    return made


def _dropped(value: Any, path: tuple[Any, ...]) -> Any:
    made = copy.copy(value)
    if len(path) == 1:
        del made[path[0]]
    else:
        made[path[0]] = _dropped(value[path[0]], path[1:])
    return made


def _grown(schema: Any) -> Iterator[Any]:
    """The fullest value, the least one, and the least one with each optional key."""
    full = _valid(schema)
    yield full
    if not isinstance(full, dict):
        return
    if len(full) == 1:
        (name,) = full
        inner = schema.get("properties", {}).get(name, {})
        for grown in _grown(inner) if isinstance(full[name], dict) and len(full[name]) > 1 else ():
            yield {name: grown}
        return
    needed = {key: full[key] for key in schema.get("required", []) if key in full}
    yield needed
    for key in full.keys() - needed.keys():
        yield {**needed, key: full[key]}


def samples(schema: Any) -> Iterator[Any]:
    """Values around the edge of what ``schema`` accepts."""
    yield from PROBES
    for index, base in enumerate(_grown(schema)):
        yield base
        for path in _places(base):
            at = base
            for key in path:
                at = at[key]
            if isinstance(at, dict):
                yield _replaced(base, path, {**at, "zz_unknown": "x"})
            if not path:
                continue
            yield _dropped(base, path)
            # Each place of the fullest value stands in a smaller one too, which is quicker to judge.
            for probe in PROBES if index else ():
                yield _replaced(base, path, probe)


def _windows(entry: contract.Operation, key: str) -> list[dict[str, Any]]:
    return list(entry.row.get(key) or [])


def _cuts(entry: contract.Operation, operation: Operation) -> Iterator[Version]:
    """The first version of each stretch in which neither side changes."""
    last = None
    for minor in range(MIN, MAX + 1):
        version = Version(minor)
        closed = operation.query.is_closed(version) if operation.query else None
        theirs = [
            window["schema"] if contract.covers(window, (2, minor)) else None
            for key in ("request_body_schemas", "request_query_schemas")
            for window in _windows(entry, key)
        ]
        ours = [
            part.json_schema(version)
            for part in (operation.body, operation.query and operation.query.open)
            if part
        ]
        now = (theirs, ours, closed, operation.window.contains(version))
        if now != last:
            yield version
        last = now


def compare(entry: contract.Operation, operation: Operation) -> Iterator[Difference]:
    """The differences of one operation, at every version where either side changes."""
    named = str(entry.name)
    for version in [LEGACY, *_cuts(entry, operation)]:
        if not operation.window.contains(version):
            continue
        at = contract.LEGACY if version == LEGACY else (2, int(version))
        for key, judge_ours in (
            ("request_body_schemas", _body_judge(operation, version)),
            ("request_query_schemas", _query_judge(operation, version)),
        ):
            found = [w["schema"] for w in _windows(entry, key) if contract.covers(w, at)]
            if not found or judge_ours is None:
                continue
            schema = found[0]
            theirs = _judge(schema)
            for sample in samples(schema):
                if key == "request_query_schemas" and not _queryable(sample):
                    continue
                if version == LEGACY and not theirs.is_valid(sample):
                    continue  # the legacy API forgives; only what it must accept is compared
                accepted = theirs.is_valid(sample)
                if accepted != judge_ours(sample):
                    yield Difference(named, f"2.{int(version)}" if version else "v2", accepted, sample)


def _queryable(sample: Any) -> bool:
    return isinstance(sample, dict) and all(
        isinstance(values, list) and values and all(isinstance(value, str) for value in values)
        for values in sample.values()
    )


def _body_judge(operation: Operation, version: Version) -> Any:
    body = operation.body
    if body is None:
        return None

    def judge(sample: Any) -> bool:
        return body.accepts(body.relax(sample, version) if version == LEGACY else sample, version)

    return judge


def _query_judge(operation: Operation, version: Version) -> Any:
    query = operation.query
    if query is None:
        return None

    def judge(sample: dict[str, list[str]]) -> bool:
        try:
            query.read([(key, value) for key, values in sample.items() for value in values], version)
        except Invalid:
            return False
        return True

    return judge
