"""The host's compute service is alive and takes new servers."""

from __future__ import annotations

import datetime

from nova_api.db.nodes import Node
from nova_api.db.schema.base import utcnow
from nova_api.scheduler.wanted import Wanted

REASON = "down or disabled"


def passes(node: Node, wanted: Wanted) -> bool:
    """Whether it is enabled, not declared down, and was heard of lately."""
    if node.disabled or node.forced_down or node.last_seen_at is None:
        return False
    return node.last_seen_at >= utcnow() - datetime.timedelta(seconds=wanted.down_time)
