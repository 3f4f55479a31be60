"""The host and node asked for by name (``zone:host:node``)."""

from __future__ import annotations

from nova_api.db.nodes import Node
from nova_api.scheduler.wanted import Wanted

REASON = "not the one asked for"


def passes(node: Node, wanted: Wanted) -> bool:
    """Whether it has the names asked for, if any were."""
    return wanted.host in (None, node.host) and wanted.node in (None, node.hypervisor_hostname)
