"""The host is not busy with too many servers, as its aggregates say (metadata ``max_io_ops_per_host``)."""

from __future__ import annotations

from nova_api.db.nodes import Node
from nova_api.scheduler.wanted import Wanted

REASON = "busier than its aggregates permit"


def passes(node: Node, wanted: Wanted) -> bool:
    """Whether it is busy with fewer than the least of theirs, or than the option where they say nothing."""
    return wanted.busy_on(node) < wanted.least_of(node, "max_io_ops_per_host")
