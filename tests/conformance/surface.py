"""Compares what is declared, without a request: where an operation is, what it answers and shows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from nova_api.api.declare import Many, Operation
from nova_api.api.declare import version as versions
from tests.conformance import contract

#: (operation, kind) → why we and the contract differ there.
KNOWN = {
    ("GET /os-baremetal-nodes", "status"): "501: there is no bare metal",
    ("GET /os-baremetal-nodes/{id}", "status"): "501: there is no bare metal",
    ("GET /os-hypervisors/detail", "missing"): "the live reply has no disk_available_least from 2.88",
    ("GET /os-hypervisors/{id}", "missing"): "the live reply has no disk_available_least from 2.88",
    ("GET /os-hypervisors/{id}/search", "extra"): "one view with the list of servers; never shown here",
    ("GET /os-hypervisors/{id}/uptime", "missing"): "the contract allows servers; the live reply has none",
    ("PUT /os-services/{id}", "extra"): "one operation for what are two in the contract",
    ("PUT /os-services/{id}", "optional"): "one operation for what are two in the contract",
    ("PUT /os-volumes_boot/{id}", "errors"): "409 for a name that is taken, where names are unique",
    ("POST /os-volumes_boot/{id}/action rebuild", "optional"): "the live reply may lack progress",
    ("POST /servers/{id}/action rebuild", "optional"): "the live reply may lack progress",
    ("POST /servers/{id}/action addFloatingIp", "status"): "validate.KNOWN_STATUSES",
    ("POST /servers/{id}/action removeFloatingIp", "status"): "validate.KNOWN_STATUSES",
    ("GET /servers/{server_id}/shares", "missing"): "administrators see these in show and create only",
}


def differences(entry: contract.Operation, declared: Sequence[Operation]) -> Iterator[tuple[str, str, str]]:
    """(kind, version, what) where our operations for ``entry`` differ from it and it is not ``KNOWN``."""
    for minor in range(contract.OLDEST[1], 105):
        version = versions.parse(f"2.{minor}")
        here = [operation for operation in declared if operation.window.contains(version)]
        found = _at(entry, (2, minor), here, version)
        yield from ((kind, f"2.{minor}", what) for kind, what in found if (entry.name, kind) not in KNOWN)


def _at(
    entry: contract.Operation, theirs: contract.Version, here: Sequence[Operation], ours: Any
) -> Iterator[tuple[str, str]]:
    if bool(here) != entry.exists(theirs):
        yield "window", "is there" if here else "is not there"
    elif here:
        operation = here[0]
        answered = {operation.status(ours), *operation.also}
        if answered != entry.success(theirs):
            yield "status", f"{sorted(answered)} instead of {sorted(entry.success(theirs))}"
        if (
            set(operation.errors) - contract.ALWAYS_POSSIBLE
            != entry.errors(theirs) - contract.ALWAYS_POSSIBLE
        ):
            yield "errors", f"{sorted(operation.errors)} instead of {sorted(entry.errors(theirs))}"
        yield from _fields(operation, ours, entry.response_schema(theirs))


def _fields(operation: Operation, version: Any, schema: Any) -> Iterator[tuple[str, str]]:
    record = _record(operation, schema)
    if record is None or operation.response is None or record.get("patternProperties"):
        return
    shown = {field.name: field for field in operation.response.view.fields if field.window.contains(version)}
    if set(shown) - set(record["properties"]):
        yield "extra", ", ".join(sorted(set(shown) - set(record["properties"])))
    if set(record["properties"]) - set(shown):
        yield "missing", ", ".join(sorted(set(record["properties"]) - set(shown)))
    may_lack = {name for name in record.get("required", ()) if name in shown and shown[name].optional}
    if may_lack:
        yield "optional", ", ".join(sorted(may_lack))


def _record(operation: Operation, schema: Any) -> dict[str, Any] | None:
    """The schema of one shown record; the largest of several; None where there is none to compare with."""
    shape = operation.response
    if shape is None or not isinstance(schema, dict):
        return None
    if shape.key is not None:
        schema = schema.get("properties", {}).get(shape.key, {})
    if isinstance(shape, Many):
        schema = schema.get("items", {})
        if shape.item is not None:
            schema = schema.get("properties", {}).get(shape.item, {})
    choices = [one for one in schema.get("oneOf") or schema.get("anyOf") or [schema] if "properties" in one]
    return max(choices, key=lambda one: len(one["properties"]), default=None)
