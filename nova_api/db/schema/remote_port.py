"""What a network service of another process does not keep about the ports of servers."""

from __future__ import annotations

import sqlalchemy as sa

from nova_api.db.schema.base import Name, Uuid, metadata, row_id, timestamps

# ``request_key`` says which request of the server the port answers: a request
# that is served again finds the port of the first time.
remote_ports = sa.Table(
    "remote_ports",
    metadata,
    row_id(),
    sa.Column("port_id", Uuid, nullable=False, unique=True),
    sa.Column("server_uuid", Uuid, nullable=False),
    sa.Column("request_key", Name, nullable=False),
    sa.Column("tag", Name),
    sa.Column("made_for_server", sa.Boolean, nullable=False),
    *timestamps(),
    sa.UniqueConstraint("server_uuid", "request_key"),
)
