"""NUMA topologies, of which no host reports any."""

from __future__ import annotations

from nova_api.db.nodes import Node
from nova_api.scheduler.wanted import Wanted

REASON = "without the NUMA topology of its flavor or image"


def passes(node: Node, wanted: Wanted) -> bool:
    """Whether flavor and image ask for none."""
    del node
    asked = wanted.extra_specs.get("hw:numa_nodes") or wanted.image_properties.get("hw_numa_nodes")
    return asked is None
