"""Tags of networks and of what belongs to them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0016_network_tag"
down_revision = "0015_remote_port"


def upgrade() -> None:
    op.create_table(
        "network_tags",
        sa.Column("resource_id", sa.String(length=36), nullable=False),
        sa.Column("tag", sa.String(length=255), nullable=False),
        sa.PrimaryKeyConstraint("resource_id", "tag", name="pk_network_tags"),
    )


def downgrade() -> None:
    op.drop_table("network_tags")
