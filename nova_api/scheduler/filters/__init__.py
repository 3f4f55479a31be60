"""Filters: each says of one node whether it will do.  One file each.

Some are always asked; the others are those that ``[filter_scheduler]
enabled_filters`` names, in its order.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Protocol

from nova_api.db.nodes import Node
from nova_api.scheduler.filters import (
    affinity,
    aggregate_extra_specs,
    aggregate_image_properties,
    aggregate_io_ops,
    aggregate_num_instances,
    aggregate_tenancy,
    aggregate_type,
    all_hosts,
    anti_affinity,
    capabilities,
    capacity,
    different_host,
    image_properties,
    io_ops,
    isolated_hosts,
    leaving,
    near_address,
    num_instances,
    numa,
    pci,
    project_hosts,
    query,
    same_host,
    target,
    traits,
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


#: What a request names, and what the reference leaves to its placement service.  Cheap and most
#: selective first; the first that refuses a node is the reason that is told.
ALWAYS: tuple[Filter, ...] = (zone, target, untried, leaving, project_hosts, traits)
#: Last: that there is no room is only of interest where a host would have done.
LAST: tuple[Filter, ...] = (capacity,)
#: Those that can be enabled, by the reference's names.
BY_NAME: Mapping[str, Filter] = {
    "ComputeFilter": up_and_enabled,
    "ComputeCapabilitiesFilter": capabilities,
    "ImagePropertiesFilter": image_properties,
    "ServerGroupAntiAffinityFilter": anti_affinity,
    "ServerGroupAffinityFilter": affinity,
    "AggregateImagePropertiesIsolation": aggregate_image_properties,
    "AggregateInstanceExtraSpecsFilter": aggregate_extra_specs,
    "AggregateIoOpsFilter": aggregate_io_ops,
    "AggregateMultiTenancyIsolation": aggregate_tenancy,
    "AggregateNumInstancesFilter": aggregate_num_instances,
    "AggregateTypeAffinityFilter": aggregate_type,
    "AllHostsFilter": all_hosts,
    "DifferentHostFilter": different_host,
    "IoOpsFilter": io_ops,
    "IsolatedHostsFilter": isolated_hosts,
    "JsonFilter": query,
    "NUMATopologyFilter": numa,
    "NumInstancesFilter": num_instances,
    "PciPassthroughFilter": pci,
    "SameHostFilter": same_host,
    "SimpleCIDRAffinityFilter": near_address,
}

#: Those of them that look at the image.
OF_IMAGES = frozenset(
    {
        "AggregateImagePropertiesIsolation",
        "ImagePropertiesFilter",
        "IsolatedHostsFilter",
        "NUMATopologyFilter",
    }
)


def in_force(enabled: Iterable[str]) -> tuple[Filter, ...]:
    """The filters to ask, with those of the names ``enabled``."""
    return (*ALWAYS, *(BY_NAME[name] for name in enabled), *LAST)


def choose_from(nodes: Iterable[Node], wanted: Wanted) -> tuple[list[Node], str]:
    """The nodes that pass every filter, and a sentence about those that did not."""
    filters = in_force(wanted.options.enabled_filters)
    good = []
    refused: Counter[str] = Counter()
    total = 0
    for node in nodes:
        total += 1
        reason = next((f.REASON for f in filters if not f.passes(node, wanted)), None)
        if reason is None:
            good.append(node)
        else:
            refused[reason] += 1
    if not total:
        return good, "There are no compute hosts."
    told = ", ".join(f"{count} {reason}" for reason, count in refused.items())
    return good, f"There are not enough hosts available (of {total}: {told})."


def refusal_of_image(node: Node, wanted: Wanted) -> str | None:
    """Why ``node``, where the server is, will not do for the image that it is to get; None where it will."""
    if not traits.suits(node, wanted):
        return traits.REASON
    enabled = (BY_NAME[name] for name in wanted.options.enabled_filters if name in OF_IMAGES)
    return next((f.REASON for f in enabled if not f.passes(node, wanted)), None)
