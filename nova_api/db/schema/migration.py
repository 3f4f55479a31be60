"""Moves of servers between hosts and flavors."""

from __future__ import annotations

import sqlalchemy as sa

from nova_api.db.schema.base import BigInt, Name, Uuid, metadata, row_id, timestamps

# A row is never deleted: it is the record that os-migrations shows.  What a move still needs
# stands here too, so that every step of it can be taken again by whoever comes after a crash.
migrations = sa.Table(
    "migrations",
    metadata,
    row_id(),
    sa.Column("uuid", Uuid, nullable=False, unique=True),
    sa.Column("server_id", BigInt, sa.ForeignKey("servers.id"), nullable=False, index=True),
    sa.Column("server_uuid", Uuid, nullable=False),
    sa.Column("migration_type", sa.String(16), nullable=False),
    sa.Column("status", sa.String(16), nullable=False),
    sa.Column("source_host", Name, nullable=False),
    sa.Column("source_node", Name),
    sa.Column("dest_host", Name),
    sa.Column("dest_node", Name),
    sa.Column("dest_ip", sa.String(39)),
    # ids of rows of ``flavors``, null where there is none any more
    sa.Column("old_flavor_id", sa.BigInteger),
    sa.Column("new_flavor_id", sa.BigInteger),
    # copies as servers keep them
    sa.Column("old_flavor", sa.JSON),
    sa.Column("new_flavor", sa.JSON),
    sa.Column("old_vm_state", sa.String(32), nullable=False),
    sa.Column("old_power_state", sa.Integer, nullable=False, default=0),
    # what it will use of the quotas beyond what the server's row shows meanwhile
    sa.Column("more_vcpus", sa.Integer, nullable=False, default=0),
    sa.Column("more_memory_mb", sa.Integer, nullable=False, default=0),
    sa.Column("asked", sa.String(16)),  # null, abort, finish: what a running live migration is told
    sa.Column("error", Name),
    sa.Column("memory_total_bytes", sa.BigInteger),
    sa.Column("memory_processed_bytes", sa.BigInteger),
    sa.Column("memory_remaining_bytes", sa.BigInteger),
    sa.Column("disk_total_bytes", sa.BigInteger),
    sa.Column("disk_processed_bytes", sa.BigInteger),
    sa.Column("disk_remaining_bytes", sa.BigInteger),
    sa.Column("user_id", Name),
    sa.Column("project_id", Name),
    *timestamps(),
    sa.Index("ix_migrations_created", "created_at", "id"),
    sa.Index("ix_migrations_source", "source_host", "status"),
    sa.Index("ix_migrations_dest", "dest_host", "status"),
    sa.Index("ix_migrations_project_created", "project_id", "created_at", "id"),
    sa.Index("ix_migrations_server_uuid", "server_uuid"),
)
