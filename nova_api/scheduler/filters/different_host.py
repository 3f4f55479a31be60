"""The hint ``different_host``: on no host of the servers that it lists."""

from __future__ import annotations

from nova_api.db.nodes import Node
from nova_api.scheduler.wanted import Wanted

REASON = "the host of a server that it was to be apart from"


def passes(node: Node, wanted: Wanted) -> bool:
    """Whether none of the hint's servers is there."""
    return node.host not in wanted.different_hosts
