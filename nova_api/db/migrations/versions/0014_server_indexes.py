"""Indexes for pages of usage, and for what is on the nodes of a page."""

from __future__ import annotations

from alembic import op

revision = "0014_server_indexes"
down_revision = "0013_fault_rule"


def upgrade() -> None:
    op.create_index("ix_servers_project_uuid", "servers", ["project_id", "uuid"])
    op.create_index("ix_servers_node_deleted", "servers", ["node", "deleted"])


def downgrade() -> None:
    op.drop_index("ix_servers_node_deleted", "servers")
    op.drop_index("ix_servers_project_uuid", "servers")
