"""Which of several good nodes comes first."""

from __future__ import annotations

import random
from collections.abc import Iterable

from nova_api.db.nodes import Node
from nova_api.scheduler.wanted import Wanted


def best_first(nodes: Iterable[Node], wanted: Wanted) -> list[Node]:
    """As a soft policy of the server's group wishes, then most free memory, which spreads servers.

    Equals come in random order, which keeps several schedulers from running
    after the same node.
    """
    shuffled = list(nodes)
    random.shuffle(shuffled)
    return sorted(shuffled, key=lambda node: (_company(node, wanted), node.free_memory_mb), reverse=True)


def _company(node: Node, wanted: Wanted) -> int:
    """How well the host suits the group: soft-affinity likes members there, its opposite does not."""
    if wanted.group is None:
        return 0
    members = wanted.group.hosts.get(node.host, 0)
    return {"soft-affinity": members, "soft-anti-affinity": -members}.get(wanted.group.record.policy, 0)
