"""Members of a group with the policy affinity stay together."""

from __future__ import annotations

from nova_api.db.nodes import Node
from nova_api.scheduler.wanted import Wanted

REASON = "apart from its server group"


def passes(node: Node, wanted: Wanted) -> bool:
    """Whether a member is on the host, or there is none anywhere yet."""
    group = wanted.group
    if group is None or group.record.policy != "affinity":
        return True
    return not group.hosts or node.host in group.hosts
