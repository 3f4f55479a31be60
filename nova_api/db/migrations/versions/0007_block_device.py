"""The tables of block_device."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

revision = "0007_block_device"
down_revision = "0006_access"

TIME = sa.DateTime().with_variant(mysql.DATETIME(fsp=6), "mysql", "mariadb")
BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "server_block_devices",
        sa.Column("id", BIG, autoincrement=True, nullable=False),
        sa.Column("uuid", sa.String(length=36), nullable=False),
        sa.Column("server_id", BIG, nullable=False),
        sa.Column("source_type", sa.String(length=16), nullable=False),
        sa.Column("destination_type", sa.String(length=16), nullable=False),
        sa.Column("boot_index", sa.Integer()),
        sa.Column("device_name", sa.String(length=255)),
        sa.Column("device_type", sa.String(length=255)),
        sa.Column("disk_bus", sa.String(length=255)),
        sa.Column("guest_format", sa.String(length=255)),
        sa.Column("image_id", sa.String(length=36)),
        sa.Column("snapshot_id", sa.String(length=36)),
        sa.Column("volume_id", sa.String(length=36)),
        sa.Column("volume_size", sa.Integer()),
        sa.Column("volume_type", sa.String(length=255)),
        sa.Column("delete_on_termination", sa.Boolean(), nullable=False),
        sa.Column("tag", sa.String(length=255)),
        sa.Column("attachment_id", sa.String(length=36)),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("updated_at", TIME),
        sa.ForeignKeyConstraint(["server_id"], ["servers.id"], name="fk_server_block_devices_server_id"),
        sa.PrimaryKeyConstraint("id", name="pk_server_block_devices"),
        sa.UniqueConstraint("uuid", name="uq_server_block_devices_uuid"),
    )
    op.create_index("ix_server_block_devices_server_id", "server_block_devices", ["server_id"])
    op.create_index("ix_server_block_devices_volume_id", "server_block_devices", ["volume_id"])


def downgrade() -> None:
    op.drop_table("server_block_devices")
