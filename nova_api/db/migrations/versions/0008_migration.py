"""The tables of migration."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

revision = "0008_migration"
down_revision = "0007_block_device"

TIME = sa.DateTime().with_variant(mysql.DATETIME(fsp=6), "mysql", "mariadb")
BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "migrations",
        sa.Column("id", BIG, autoincrement=True, nullable=False),
        sa.Column("uuid", sa.String(length=36), nullable=False),
        sa.Column("server_id", BIG, nullable=False),
        sa.Column("server_uuid", sa.String(length=36), nullable=False),
        sa.Column("migration_type", sa.String(length=16), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("source_host", sa.String(length=255), nullable=False),
        sa.Column("source_node", sa.String(length=255)),
        sa.Column("dest_host", sa.String(length=255)),
        sa.Column("dest_node", sa.String(length=255)),
        sa.Column("dest_ip", sa.String(length=39)),
        sa.Column("old_flavor_id", sa.BigInteger()),
        sa.Column("new_flavor_id", sa.BigInteger()),
        sa.Column("old_flavor", sa.JSON()),
        sa.Column("new_flavor", sa.JSON()),
        sa.Column("old_vm_state", sa.String(length=32), nullable=False),
        sa.Column("old_power_state", sa.Integer(), nullable=False),
        sa.Column("more_vcpus", sa.Integer(), nullable=False),
        sa.Column("more_memory_mb", sa.Integer(), nullable=False),
        sa.Column("asked", sa.String(length=16)),
        sa.Column("error", sa.String(length=255)),
        sa.Column("memory_total_bytes", sa.BigInteger()),
        sa.Column("memory_processed_bytes", sa.BigInteger()),
        sa.Column("memory_remaining_bytes", sa.BigInteger()),
        sa.Column("disk_total_bytes", sa.BigInteger()),
        sa.Column("disk_processed_bytes", sa.BigInteger()),
        sa.Column("disk_remaining_bytes", sa.BigInteger()),
        sa.Column("user_id", sa.String(length=255)),
        sa.Column("project_id", sa.String(length=255)),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("updated_at", TIME),
        sa.ForeignKeyConstraint(["server_id"], ["servers.id"], name="fk_migrations_server_id"),
        sa.PrimaryKeyConstraint("id", name="pk_migrations"),
        sa.UniqueConstraint("uuid", name="uq_migrations_uuid"),
    )
    op.create_index("ix_migrations_created", "migrations", ["created_at", "id"])
    op.create_index("ix_migrations_dest", "migrations", ["dest_host", "status"])
    op.create_index("ix_migrations_project_created", "migrations", ["project_id", "created_at", "id"])
    op.create_index("ix_migrations_server_id", "migrations", ["server_id"])
    op.create_index("ix_migrations_server_uuid", "migrations", ["server_uuid"])
    op.create_index("ix_migrations_source", "migrations", ["source_host", "status"])


def downgrade() -> None:
    op.drop_table("migrations")
