"""The tables of work."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

revision = "0005_work"
down_revision = "0004_compute"

TIME = sa.DateTime().with_variant(mysql.DATETIME(fsp=6), "mysql", "mariadb")
TEXT = sa.Text().with_variant(mysql.MEDIUMTEXT(), "mysql", "mariadb")
BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "work_items",
        sa.Column("id", BIG, autoincrement=True, nullable=False),
        sa.Column("uuid", sa.String(length=36), nullable=False),
        sa.Column("topic", sa.String(length=16), nullable=False),
        sa.Column("host", sa.String(length=255)),
        sa.Column("method", sa.String(length=64), nullable=False),
        sa.Column("server_uuid", sa.String(length=36)),
        sa.Column("action_id", sa.BigInteger()),
        sa.Column("payload", TEXT, nullable=False),
        sa.Column("context", TEXT, nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("claimed_by", sa.String(length=255)),
        sa.Column("lease_until", TIME),
        sa.Column("run_after", TIME),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("updated_at", TIME),
        sa.PrimaryKeyConstraint("id", name="pk_work_items"),
        sa.UniqueConstraint("uuid", name="uq_work_items_uuid"),
    )
    op.create_index("ix_work_items_server_uuid", "work_items", ["server_uuid"])
    op.create_index("ix_work_items_state_lease", "work_items", ["state", "lease_until"])
    op.create_index("ix_work_items_state_topic", "work_items", ["state", "topic", "host"])


def downgrade() -> None:
    op.drop_table("work_items")
