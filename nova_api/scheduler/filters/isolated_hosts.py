"""Hosts for certain images, named in the options ``isolated_hosts`` and ``isolated_images``."""

from __future__ import annotations

from nova_api.db.nodes import Node
from nova_api.scheduler.wanted import Wanted

REASON = "kept for other images, or not for its own"


def passes(node: Node, wanted: Wanted) -> bool:
    """Whether an isolated image meets an isolated host, and another (where these are restricted) does not."""
    image = wanted.image_id in wanted.options.isolated_images
    host = node.host in wanted.options.isolated_hosts
    if wanted.options.restrict_isolated_hosts_to_isolated_images:
        return image == host
    return host or not image
