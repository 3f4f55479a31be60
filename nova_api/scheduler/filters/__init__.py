"""Filters: each says of one node whether it will do.  One file each; they run in the order given here."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Protocol

from nova_api.db.nodes import Node
from nova_api.scheduler.filters import (
    affinity,
    aggregate_extra_specs,
    aggregate_tenancy,
    anti_affinity,
    capacity,
    different_host,
    image_properties,
    leaving,
    near_address,
    query,
    same_host,
    target,
    untried,
    up_and_enabled,
    zone,
)
from nova_api.scheduler.wanted import Wanted


class Filter(Protocol):
    """A module of this package."""

    #: Why a node was left out, to stand behind its count: "2 down or disabled".
    REASON: str

    def passes(self, node: Node, wanted: Wanted) -> bool:
        """Whether ``node`` will do."""


#: Cheap and most selective first; the first that refuses a node is the reason that is told.
FILTERS: tuple[Filter, ...] = (
    up_and_enabled,
    zone,
    target,
    untried,
    leaving,
    affinity,
    anti_affinity,
    same_host,
    different_host,
    image_properties,
    aggregate_extra_specs,
    aggregate_tenancy,
    near_address,
    query,
    capacity,
)


def choose_from(nodes: Iterable[Node], wanted: Wanted) -> tuple[list[Node], str]:
    """The nodes that pass every filter, and a sentence about those that did not."""
    good = []
    refused: Counter[str] = Counter()
    total = 0
    for node in nodes:
        total += 1
        reason = next((f.REASON for f in FILTERS if not f.passes(node, wanted)), None)
        if reason is None:
            good.append(node)
        else:
            refused[reason] += 1
    if not total:
        return good, "There are no compute hosts."
    told = ", ".join(f"{count} {reason}" for reason, count in refused.items())
    return good, f"There are not enough hosts available (of {total}: {told})."
