"""The host has not too many servers already."""

from __future__ import annotations

from nova_api.db.nodes import Node
from nova_api.scheduler.wanted import Wanted

REASON = "with as many servers as it may have"


def passes(node: Node, wanted: Wanted) -> bool:
    """Whether it has fewer than ``max_instances_per_host``."""
    return wanted.servers_on(node) < int(wanted.options.max_instances_per_host)
