"""The host is in the availability zone asked for."""

from __future__ import annotations

from nova_api.db.nodes import Node
from nova_api.scheduler.wanted import Wanted

REASON = "in another zone"


def passes(node: Node, wanted: Wanted) -> bool:
    """Whether no zone was asked for, or the one that an aggregate (or the default) makes of its host."""
    return wanted.zone in (None, wanted.zones.of(node.host))
