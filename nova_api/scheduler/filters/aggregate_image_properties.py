"""Aggregates that are kept for images with certain properties, which their metadata name."""

from __future__ import annotations

from nova_api.db.nodes import Node
from nova_api.scheduler.wanted import Wanted

REASON = "kept for other images"


def passes(node: Node, wanted: Wanted) -> bool:
    """Whether each property that the image and the host's aggregates both speak of has one of their values.

    With ``aggregate_image_properties_isolation_namespace`` other metadata do not count.
    """
    namespace = wanted.options.aggregate_image_properties_isolation_namespace
    prefix = namespace + wanted.options.aggregate_image_properties_isolation_separator if namespace else ""
    for key, value in wanted.image_properties.items():
        allowed = wanted.metadata_of(node, key) if key.startswith(prefix) else ()
        if allowed and str(value) not in allowed:
            return False
    return True
