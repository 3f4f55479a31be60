"""The host has not failed this very build before."""

from __future__ import annotations

from nova_api.db.nodes import Node
from nova_api.scheduler.wanted import Wanted

REASON = "failed to build it"


def passes(node: Node, wanted: Wanted) -> bool:
    """Whether the build has not been tried there."""
    return node.host not in wanted.tried
