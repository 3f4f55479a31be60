"""Extra specs of the flavor about the host itself: ``capabilities:<name>``, or its plain name.

The names are those of the hint ``query`` without the ``$``, and
``hypervisor_version``, ``num_instances``, ``num_io_ops`` and ``cpu_info:<key>``.
"""

from __future__ import annotations

from typing import Any

from nova_api.db.nodes import Node
from nova_api.scheduler import host_query, requirement
from nova_api.scheduler.wanted import Wanted

REASON = "without a capability that its flavor needs"

_SCOPE = "capabilities"


def passes(node: Node, wanted: Wanted) -> bool:
    """Whether each of them is met; an unknown name never is, but without scope it is not meant."""
    for key, needed in wanted.extra_specs.items():
        scope, *path = key.split(":")
        if path and scope != _SCOPE:
            continue
        value = _value(node, wanted, path or [scope])
        if value is None and not path:
            continue
        if value is None or not requirement.met(str(value), needed):
            return False
    return True


def _value(node: Node, wanted: Wanted, path: list[str]) -> Any:
    value: Any = _own(node, wanted, path[0])
    for key in path[1:]:
        value = value.get(key) if isinstance(value, dict) else None
    return value


def _own(node: Node, wanted: Wanted, name: str) -> Any:
    if variable := host_query.VARIABLES.get(f"${name}"):
        return variable(node)
    match name:
        case "cpu_info" | "hypervisor_version":
            return getattr(node, name)
        case "num_instances":
            return wanted.servers_on(node)
        case "num_io_ops":
            return wanted.busy_on(node)
    return None
