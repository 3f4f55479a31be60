"""Extra specs ``aggregate_instance_extra_specs:<key>`` of the flavor: metadata of the host's aggregates."""

from __future__ import annotations

from nova_api.db.nodes import Node
from nova_api.scheduler import requirement
from nova_api.scheduler.wanted import Wanted

REASON = "not in an aggregate that its flavor needs"

_SCOPE = "aggregate_instance_extra_specs:"


def passes(node: Node, wanted: Wanted) -> bool:
    """Whether, for each such key, an aggregate of the host has a value that meets it."""
    return all(
        any(requirement.met(value, needed) for value in wanted.metadata_of(node, key.removeprefix(_SCOPE)))
        for key, needed in wanted.extra_specs.items()
        if key.startswith(_SCOPE)
    )
