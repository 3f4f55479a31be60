"""Which of several good nodes comes first."""

from __future__ import annotations

import random
from collections.abc import Iterable

from nova_api.db.nodes import Node


def best_first(nodes: Iterable[Node]) -> list[Node]:
    """Most free memory first, which spreads servers; equals in random order.

    The randomness keeps several schedulers from running after the same node.
    """
    shuffled = list(nodes)
    random.shuffle(shuffled)
    return sorted(shuffled, key=lambda node: node.free_memory_mb, reverse=True)
