"""Hosts of the project's aggregates, where the options keep its servers to these."""

from __future__ import annotations

from nova_api.db.nodes import Node
from nova_api.scheduler.wanted import Wanted

REASON = "not in an aggregate of its project"


def passes(node: Node, wanted: Wanted) -> bool:
    """Whether the host is one of the project's own, if it needs to be."""
    return wanted.project_hosts is None or node.host in wanted.project_hosts
