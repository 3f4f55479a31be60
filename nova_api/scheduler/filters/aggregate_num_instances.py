"""The host has not too many servers already, as its aggregates say (metadata ``max_instances_per_host``)."""

from __future__ import annotations

from nova_api.db.nodes import Node
from nova_api.scheduler.wanted import Wanted

REASON = "with as many servers as its aggregates permit"


def passes(node: Node, wanted: Wanted) -> bool:
    """Whether it has fewer than the least of theirs, or than the option where they say nothing."""
    return wanted.servers_on(node) < wanted.least_of(node, "max_instances_per_host")
