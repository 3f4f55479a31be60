"""The host is not busy with too many servers."""

from __future__ import annotations

from nova_api.db.nodes import Node
from nova_api.scheduler.wanted import Wanted

REASON = "too busy"


def passes(node: Node, wanted: Wanted) -> bool:
    """Whether it builds, moves, copies fewer than ``max_io_ops_per_host`` of its servers now."""
    return wanted.busy_on(node) < int(wanted.options.max_io_ops_per_host)
