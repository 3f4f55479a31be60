"""The host is in the availability zone asked for."""

from __future__ import annotations

from nova_api.db.nodes import Node
from nova_api.scheduler.wanted import Wanted

REASON = "in another zone"


def passes(node: Node, wanted: Wanted) -> bool:
    """Whether no zone was asked for, or the node's own: every host is in the default zone."""
    del node
    return wanted.zone is None or wanted.zone == wanted.default_zone
