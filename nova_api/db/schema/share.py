"""Shared file systems: those of the embedded share service, and those that servers have."""

from __future__ import annotations

import sqlalchemy as sa

from nova_api.db.schema.base import BigInt, Name, Uuid, metadata, row_id, timestamps

shares = sa.Table(
    "share_shares",
    metadata,
    row_id(),
    sa.Column("uuid", Uuid, nullable=False, unique=True),
    sa.Column("project_id", Name, nullable=False, index=True),
    sa.Column("name", Name, nullable=False, default=""),
    sa.Column("protocol", sa.String(16), nullable=False, default="NFS"),
    sa.Column("status", sa.String(32), nullable=False, default="available"),
    sa.Column("export_location", Name),
    *timestamps(),
)

# Which host may mount it, for which server.
share_accesses = sa.Table(
    "share_accesses",
    metadata,
    sa.Column("share_id", Uuid, sa.ForeignKey("share_shares.uuid"), primary_key=True),
    sa.Column("server_uuid", Uuid, primary_key=True),
    sa.Column("host", Name, nullable=False),
)

server_shares = sa.Table(
    "server_shares",
    metadata,
    row_id(),
    sa.Column("uuid", Uuid, nullable=False, unique=True),
    sa.Column("server_id", BigInt, sa.ForeignKey("servers.id"), nullable=False),
    sa.Column("share_id", Uuid, nullable=False),
    sa.Column("tag", Name, nullable=False),
    sa.Column("status", sa.String(16), nullable=False),  # attaching, inactive, detaching, error
    sa.Column("export_location", Name, nullable=False),
    *timestamps(),
    sa.UniqueConstraint("server_id", "share_id"),
    sa.UniqueConstraint("server_id", "tag", name="uq_server_shares_server_tag"),
)
