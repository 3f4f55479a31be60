"""Members of a group with the policy anti-affinity keep apart."""

from __future__ import annotations

from nova_api.db.nodes import Node
from nova_api.scheduler.wanted import Wanted

REASON = "taken by its server group"

#: Members on a host where the group has no rule ``max_server_per_host``.
_MOST = 1


def passes(node: Node, wanted: Wanted) -> bool:
    """Whether the host has fewer members than the group's rule permits."""
    group = wanted.group
    if group is None or group.record.policy != "anti-affinity":
        return True
    return group.hosts.get(node.host, 0) < (group.record.max_server_per_host or _MOST)
