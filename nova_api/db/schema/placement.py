"""What steers the choice of hosts: server groups, and aggregates of hosts with their metadata."""

from __future__ import annotations

import sqlalchemy as sa

from nova_api.db.schema.base import BigInt, Name, Uuid, metadata, row_id, timestamps

# ``generation`` changes with every placement of a member (compare-and-swap): what a scheduler
# read of the others' hosts is true only while it is the same.
server_groups = sa.Table(
    "server_groups",
    metadata,
    row_id(),
    sa.Column("uuid", Uuid, nullable=False, unique=True),
    sa.Column("project_id", Name, nullable=False, index=True),
    sa.Column("user_id", Name, nullable=False),
    sa.Column("name", Name, nullable=False),
    sa.Column("policy", sa.String(32), nullable=False),
    sa.Column("max_server_per_host", sa.Integer),  # of anti-affinity; null is 1
    sa.Column("generation", BigInt, nullable=False, default=0),
    *timestamps(),
)

# A server is in one group at most.  Rows of deleted servers stay, and nobody looks at them.
server_group_members = sa.Table(
    "server_group_members",
    metadata,
    sa.Column("server_id", BigInt, sa.ForeignKey("servers.id"), primary_key=True, autoincrement=False),
    sa.Column("group_id", BigInt, sa.ForeignKey("server_groups.id"), nullable=False, index=True),
)

aggregates = sa.Table(
    "aggregates",
    metadata,
    row_id(),
    sa.Column("uuid", Uuid, nullable=False, unique=True),
    sa.Column("name", Name, nullable=False, unique=True),
    *timestamps(),
)

aggregate_hosts = sa.Table(
    "aggregate_hosts",
    metadata,
    sa.Column("aggregate_id", BigInt, sa.ForeignKey("aggregates.id"), primary_key=True),
    sa.Column("host", Name, primary_key=True, index=True),
)

# The key ``availability_zone`` makes its hosts a zone.
aggregate_metadata = sa.Table(
    "aggregate_metadata",
    metadata,
    sa.Column("aggregate_id", BigInt, sa.ForeignKey("aggregates.id"), primary_key=True),
    sa.Column("key", Name, primary_key=True),
    sa.Column("value", Name, nullable=False),
)
