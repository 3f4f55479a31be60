"""The host is not the one that the server is to leave."""

from __future__ import annotations

from nova_api.db.nodes import Node
from nova_api.scheduler.wanted import Wanted

REASON = "where it is now"


def passes(node: Node, wanted: Wanted) -> bool:
    """Whether it is another host than that of a server on the move; of a new server any is."""
    return node.host != wanted.leaving
