"""What the compute API declares, as rows: for listings and for the coverage page."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from nova_api.api.compute import RESOURCES
from nova_api.api.compute.removed import RemovedController
from nova_api.api.controller import Controller
from nova_api.api.declare import MAX, MIN, Operation, Version, operations_of

BUILT = "built"
NOT_BUILT = "501"
REMOVED = "410"

#: What an operation declares as its status when the part behind it does not exist.
_NOT_BUILT_STATUS = 501


class Entry(NamedTuple):
    """One route or action in one window of microversions; ``action`` and ``policy`` may be empty.

    ``success`` is what it answers when all is well: ``200``, or ``200, 202`` where versions differ.
    """

    path: str
    method: str
    action: str
    versions: str
    state: str
    success: str
    policy: str

    @property
    def resource(self) -> str:
        """The collection that the path begins with."""
        return self.path.split("/")[1] or "versions"


def entries(controllers: Iterable[type[Controller]] = RESOURCES) -> list[Entry]:
    """Everything that ``controllers`` declare, in the order of paths."""
    return sorted(
        _entry(declared, _state(controller, declared))
        for controller in controllers
        for declared in operations_of(controller)
    )


def _state(controller: type[Controller], declared: Operation) -> str:
    if controller is RemovedController:
        return REMOVED
    return NOT_BUILT if _NOT_BUILT_STATUS in _codes(declared) else BUILT


def _entry(declared: Operation, state: str) -> Entry:
    return Entry(
        path=declared.path,
        method=declared.method,
        action=declared.action or "",
        versions=str(declared.window),
        state=state,
        success=", ".join(str(code) for code in _codes(declared)) if state == BUILT else state,
        policy=declared.policy or "",
    )


def _codes(declared: Operation) -> Iterator[int]:
    seen: set[int] = set()
    for minor in range(MIN, MAX + 1):
        version = Version(minor)
        code = declared.status(version)
        if declared.window.contains(version) and code not in seen:
            seen.add(code)
            yield code


def routes_of_policies(found: Iterable[Entry]) -> dict[str, list[str]]:
    """What each policy guards: ``POST /flavors/{id}/action addTenantAccess``, without doubles."""
    guarded: dict[str, dict[str, None]] = {}
    for entry in found:
        if entry.policy:
            guarded.setdefault(entry.policy, {})[f"{entry.method} {entry.path} {entry.action}".rstrip()] = (
                None
            )
    return {name: list(lines) for name, lines in guarded.items()}
