"""The hint ``query``: a condition on what the host has."""

from __future__ import annotations

from nova_api.db.nodes import Node
from nova_api.scheduler import host_query
from nova_api.scheduler.wanted import Wanted

REASON = "not as the query wants it"


def passes(node: Node, wanted: Wanted) -> bool:
    """Whether the hint was not given, or is true of the host."""
    return host_query.holds(host_query.parse(wanted.hints.get("query")), node)
