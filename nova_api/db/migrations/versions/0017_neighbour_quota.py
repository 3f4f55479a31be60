"""Limits of what a project has in the embedded network and volume services."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0017_neighbour_quota"
down_revision = "0016_network_tag"


def upgrade() -> None:
    op.create_table(
        "neighbour_quotas",
        sa.Column("project_id", sa.String(length=255), nullable=False),
        sa.Column("service", sa.String(length=16), nullable=False),
        sa.Column("resource", sa.String(length=64), nullable=False),
        sa.Column("hard_limit", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("project_id", "service", "resource", name="pk_neighbour_quotas"),
    )


def downgrade() -> None:
    op.drop_table("neighbour_quotas")
