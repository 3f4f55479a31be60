"""PCI devices, of which no host reports any."""

from __future__ import annotations

from nova_api.db.nodes import Node
from nova_api.scheduler.wanted import Wanted

REASON = "without the PCI devices of its flavor"


def passes(node: Node, wanted: Wanted) -> bool:
    """Whether the flavor asks for none."""
    del node
    return not wanted.extra_specs.get("pci_passthrough:alias")
