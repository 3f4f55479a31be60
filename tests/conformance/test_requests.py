"""What we accept is what the contract accepts (needs ../shared; skips without)."""

from __future__ import annotations

import os
import pathlib

import pytest

from nova_api.api.compute import RESOURCES
from nova_api.api.compute.removed import RemovedController
from nova_api.api.declare import Operation, operations_of
from tests.conformance import contract, requests, surface

CONTRACT = pathlib.Path(os.environ.get("NOVA_API_SHARED", "../shared")) / "facts" / "contract.json"

BUILT: list[Operation] = [
    operation
    for controller in RESOURCES
    if controller is not RemovedController
    for operation in operations_of(controller)
]


@pytest.mark.skipif(not CONTRACT.exists(), reason=f"there is no {CONTRACT}: the contract is not here")
def test_requests_are_accepted_and_refused_as_the_contract_says() -> None:
    known = contract.Contract.load(CONTRACT)
    entries = {(o.method, o.path, o.action): o for o in known.operations()}
    differences: list[str] = []
    compared = 0
    for operation in BUILT:
        entry = entries.get((operation.method, operation.path, operation.action))
        if entry is None:
            continue
        compared += 1
        found = list(requests.compare(entry, operation))
        differences += [str(difference) for difference in found[:5]]
        if len(found) > 5:
            differences.append(f"{entry.name}: … and {len(found) - 5} more")
    assert compared >= 3
    assert not differences, "\n".join(differences)


@pytest.mark.skipif(not CONTRACT.exists(), reason=f"there is no {CONTRACT}: the contract is not here")
def test_windows_statuses_errors_and_fields_are_those_of_the_contract() -> None:
    known = contract.Contract.load(CONTRACT)
    declared: dict[tuple[str, str, str | None], list[Operation]] = {}
    for operation in BUILT:
        declared.setdefault((operation.method, operation.path, operation.action), []).append(operation)
    entries = [entry for entry in known.operations() if not entry.removed]
    differences = [
        f"{entry.name}: {kind} at {version}: {what}"
        for entry in entries
        for kind, version, what in surface.differences(
            entry, declared.get((entry.method, entry.path, entry.action), [])
        )
    ]
    assert len(entries) > 150
    assert not differences, "\n".join(differences)
