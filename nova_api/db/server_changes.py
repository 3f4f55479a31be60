"""Changes of a server's description that no state guards: last writer wins."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from nova_api.db.schema.compute import servers


def change(conn: Connection, server_id: int, values: Mapping[str, Any]) -> None:
    """Sets columns of ``servers`` in the row ``server_id``; ``updated_at`` moves with them."""
    conn.execute(sa.update(servers).where(servers.c.id == server_id).values(**values))
