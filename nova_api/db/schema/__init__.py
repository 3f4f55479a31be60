"""The tables, one module an aggregate, on one ``metadata``.

Times are naive UTC with microseconds.  Ids of things that users name are
strings (UUIDs); integer keys exist for order and for joins.
"""

from __future__ import annotations

from nova_api.db.schema import (
    access,
    block_device,
    commit,
    compute,
    fault_rule,
    identity,
    image,
    migration,
    network,
    placement,
    quota,
    remote_port,
    share,
    volume,
    work,
)
from nova_api.db.schema.base import metadata

__all__ = [
    "access",
    "block_device",
    "commit",
    "compute",
    "fault_rule",
    "identity",
    "image",
    "metadata",
    "migration",
    "network",
    "placement",
    "quota",
    "remote_port",
    "share",
    "volume",
    "work",
]
