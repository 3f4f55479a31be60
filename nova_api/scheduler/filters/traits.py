"""Extra specs ``trait:<name>`` and ``resources:<class>``, and traits that the image requires.

A host has the traits ``COMPUTE_NODE`` and ``HW_CPU_X86_<flag>`` of each flag
that its CPU reports; of resources it has VCPU, MEMORY_MB and DISK_GB.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from nova_api.db.nodes import Node
from nova_api.scheduler.wanted import Wanted

REASON = "without a trait or resource that its flavor or image requires"

#: Groups (``trait1:``, ``resources_NET:``) ask the same of a host whose resources are all in one place.
_TRAIT = re.compile(r"trait[^:]*:(?P<name>[A-Z0-9_]+)")
_RESOURCES = re.compile(r"resources[^:]*:(?P<name>[A-Z0-9_]+)")


def passes(node: Node, wanted: Wanted) -> bool:
    """Whether it has what is required, enough of it, and nothing that is forbidden."""
    if not suits(node, wanted):
        return False
    free = {"VCPU": node.free_vcpus, "MEMORY_MB": node.free_memory_mb, "DISK_GB": node.free_disk_gb}
    return all(
        not str(amount).isdigit() or int(amount) <= free.get(name, 0)
        for name, amount in _named(_RESOURCES, wanted.extra_specs)
    )


def suits(node: Node, wanted: Wanted) -> bool:
    """Whether it has the traits that are required, and none that is forbidden."""
    words = [*_named(_TRAIT, wanted.extra_specs), *_named(_TRAIT, wanted.image_properties)]
    traits = traits_of(node) if words else set()
    return all((name in traits) == (word == "required") for name, word in words)


def traits_of(node: Node) -> set[str]:
    """The names of its traits."""
    flags = node.cpu_info.get("features") or ()
    return {"COMPUTE_NODE", *(f"HW_CPU_X86_{flag.upper()}" for flag in flags)}


def _named(pattern: re.Pattern[str], asked: Mapping[str, Any]) -> list[tuple[str, Any]]:
    found = ((pattern.fullmatch(key), value) for key, value in asked.items())
    return [(match["name"], value) for match, value in found if match]
