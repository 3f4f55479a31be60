"""The table of fault_rule."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0013_fault_rule"
down_revision = "0012_volume"

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "fault_rules",
        sa.Column("id", BIG, autoincrement=True, nullable=False),
        sa.Column("ini_key", sa.String(length=64)),
        sa.Column("on_build", sa.Boolean(), nullable=False),
        sa.Column("rule", sa.JSON(), nullable=False),
        sa.Column("matched", sa.Integer(), nullable=False),
        sa.Column("fired", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_fault_rules"),
        sa.UniqueConstraint("ini_key", name="uq_fault_rules_ini_key"),
    )


def downgrade() -> None:
    op.drop_table("fault_rules")
