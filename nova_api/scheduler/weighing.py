"""Which of several good nodes comes first."""

from __future__ import annotations

import random
from collections.abc import Iterable

from nova_api.db.nodes import Node
from nova_api.scheduler.wanted import Wanted


def best_first(nodes: Iterable[Node], wanted: Wanted) -> list[Node]:
    """As a soft policy of the server's group wishes, then most free memory, which spreads servers.

    How much memory counts is ``[filter_scheduler] ram_weight_multiplier``. Equals come in random order,
    which keeps several schedulers from running after the same node, or by name where operators want that.
    """
    ordered = sorted(nodes, key=lambda node: node.hypervisor_hostname)
    if wanted.options.shuffle_best_same_weighed_hosts:
        random.shuffle(ordered)
    memory = float(wanted.options.ram_weight_multiplier)
    return sorted(
        ordered, key=lambda node: (_company(node, wanted), memory * node.free_memory_mb), reverse=True
    )


def _company(node: Node, wanted: Wanted) -> int:
    """How well the host suits the group: soft-affinity likes members there, its opposite does not."""
    if wanted.group is None:
        return 0
    members = wanted.group.hosts.get(node.host, 0)
    return {"soft-affinity": members, "soft-anti-affinity": -members}.get(wanted.group.record.policy, 0)
