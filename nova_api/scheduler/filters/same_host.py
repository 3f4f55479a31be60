"""The hint ``same_host``: on a host of one of the servers that it lists."""

from __future__ import annotations

from nova_api.db.nodes import Node
from nova_api.scheduler.wanted import Wanted

REASON = "not the host of a server that it was to share one with"


def passes(node: Node, wanted: Wanted) -> bool:
    """Whether the hint was not given, or one of its servers is there."""
    return wanted.same_hosts is None or node.host in wanted.same_hosts
