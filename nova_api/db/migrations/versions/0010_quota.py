"""The tables of quota."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010_quota"
down_revision = "0009_placement"


def upgrade() -> None:
    op.create_table(
        "quota_class_limits",
        sa.Column("class_name", sa.String(length=255), nullable=False),
        sa.Column("resource", sa.String(length=64), nullable=False),
        sa.Column("hard_limit", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("class_name", "resource", name="pk_quota_class_limits"),
    )
    op.create_table(
        "quota_limits",
        sa.Column("project_id", sa.String(length=255), nullable=False),
        sa.Column("user_id", sa.String(length=255), nullable=False),
        sa.Column("resource", sa.String(length=64), nullable=False),
        sa.Column("hard_limit", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("project_id", "user_id", "resource", name="pk_quota_limits"),
    )


def downgrade() -> None:
    op.drop_table("quota_limits")
    op.drop_table("quota_class_limits")
