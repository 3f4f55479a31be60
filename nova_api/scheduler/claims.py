"""Taking a chosen node for a server, with everything that was read for the choice still true."""

from __future__ import annotations

from sqlalchemy.engine import Connection

from nova_api.db import nodes, server_groups
from nova_api.db.guests import Guest
from nova_api.db.nodes import Node
from nova_api.scheduler.wanted import Wanted


def take(conn: Connection, node: Node, guest: Guest, wanted: Wanted) -> bool:
    """Claims ``node`` for ``guest`` in the caller's transaction.

    False when the node, or where the other members of the server's group are,
    changed since it was read: the caller rolls back, reads again and chooses
    again.  So of two members of an anti-affinity group that race for a host one
    goes elsewhere, and two first members of an affinity group end on one host.
    Call it after the change of the server's own row: everybody locks server,
    group, node in this order.
    """
    if wanted.group is not None and not server_groups.claim(conn, wanted.group.record):
        return False
    return nodes.claim(conn, node, guest)
