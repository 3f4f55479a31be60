"""Aggregates that are kept for some flavors (metadata ``instance_type``)."""

from __future__ import annotations

from nova_api.db.nodes import Node
from nova_api.scheduler.wanted import Wanted

REASON = "kept for other flavors"


def passes(node: Node, wanted: Wanted) -> bool:
    """Whether no aggregate of the host names flavors, or one of them this one."""
    names = wanted.metadata_of(node, "instance_type")
    return not names or wanted.flavor in names
