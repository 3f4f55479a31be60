"""The node has room, under its allocation ratios."""

from __future__ import annotations

from nova_api.db.nodes import Node
from nova_api.scheduler.wanted import Wanted

REASON = "without room"


def passes(node: Node, wanted: Wanted) -> bool:
    """Whether CPUs, memory and disk are free; the claim checks again, atomically.

    A server never fits a node that is too small for it, whatever the ratio:
    more virtual CPUs than there are real ones would only wait for each other.
    """
    return (
        wanted.vcpus <= min(node.free_vcpus, node.vcpus)
        and wanted.memory_mb <= node.free_memory_mb
        and wanted.disk_gb <= node.free_disk_gb
    )
