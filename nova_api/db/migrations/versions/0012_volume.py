"""The tables of volume."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

revision = "0012_volume"
down_revision = "0011_share"

TIME = sa.DateTime().with_variant(mysql.DATETIME(fsp=6), "mysql", "mariadb")
TEXT = sa.Text().with_variant(mysql.MEDIUMTEXT(), "mysql", "mariadb")
BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "volume_snapshots",
        sa.Column("id", BIG, autoincrement=True, nullable=False),
        sa.Column("uuid", sa.String(length=36), nullable=False),
        sa.Column("project_id", sa.String(length=255), nullable=False),
        sa.Column("user_id", sa.String(length=255)),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("description", TEXT),
        sa.Column("volume_id", sa.String(length=36), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("status", sa.String(length=32), nullable=False),
        sa.Column("metadata", sa.JSON(), nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("updated_at", TIME),
        sa.PrimaryKeyConstraint("id", name="pk_volume_snapshots"),
        sa.UniqueConstraint("uuid", name="uq_volume_snapshots_uuid"),
    )
    op.create_index(
        "ix_volume_snapshots_project_created", "volume_snapshots", ["project_id", "created_at", "id"]
    )
    op.create_index("ix_volume_snapshots_volume_id", "volume_snapshots", ["volume_id"])
    op.create_table(
        "volume_types",
        sa.Column("id", BIG, autoincrement=True, nullable=False),
        sa.Column("uuid", sa.String(length=36), nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("description", TEXT),
        sa.Column("is_public", sa.Boolean(), nullable=False),
        sa.Column("extra_specs", sa.JSON(), nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("updated_at", TIME),
        sa.PrimaryKeyConstraint("id", name="pk_volume_types"),
        sa.UniqueConstraint("name", name="uq_volume_types_name"),
        sa.UniqueConstraint("uuid", name="uq_volume_types_uuid"),
    )
    op.create_table(
        "volumes",
        sa.Column("id", BIG, autoincrement=True, nullable=False),
        sa.Column("uuid", sa.String(length=36), nullable=False),
        sa.Column("order_key", sa.String(length=64)),
        sa.Column("project_id", sa.String(length=255), nullable=False),
        sa.Column("user_id", sa.String(length=255)),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("description", TEXT),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("status", sa.String(length=32), nullable=False),
        sa.Column("migration_status", sa.String(length=32)),
        sa.Column("availability_zone", sa.String(length=255), nullable=False),
        sa.Column("volume_type", sa.String(length=255)),
        sa.Column("bootable", sa.Boolean(), nullable=False),
        sa.Column("multiattach", sa.Boolean(), nullable=False),
        sa.Column("readonly", sa.Boolean(), nullable=False),
        sa.Column("snapshot_id", sa.String(length=36)),
        sa.Column("source_volume_id", sa.String(length=36)),
        sa.Column("metadata", sa.JSON(), nullable=False),
        sa.Column("image_metadata", sa.JSON(), nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("updated_at", TIME),
        sa.PrimaryKeyConstraint("id", name="pk_volumes"),
        sa.UniqueConstraint("order_key", name="uq_volumes_order_key"),
        sa.UniqueConstraint("uuid", name="uq_volumes_uuid"),
    )
    op.create_index("ix_volumes_created", "volumes", ["created_at", "id"])
    op.create_index("ix_volumes_project_created", "volumes", ["project_id", "created_at", "id"])
    op.create_table(
        "volume_attachments",
        sa.Column("id", BIG, autoincrement=True, nullable=False),
        sa.Column("uuid", sa.String(length=36), nullable=False),
        sa.Column("volume_id", BIG, nullable=False),
        sa.Column("server_id", sa.String(length=36), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("mode", sa.String(length=2), nullable=False),
        sa.Column("host", sa.String(length=255)),
        sa.Column("mountpoint", sa.String(length=255)),
        sa.Column("connection_info", sa.JSON(), nullable=False),
        sa.Column("attached_at", TIME),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("updated_at", TIME),
        sa.ForeignKeyConstraint(
            ["volume_id"], ["volumes.id"], name="fk_volume_attachments_volume_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_volume_attachments"),
        sa.UniqueConstraint("uuid", name="uq_volume_attachments_uuid"),
    )
    op.create_index("ix_volume_attachments_server_id", "volume_attachments", ["server_id"])
    op.create_index("ix_volume_attachments_volume_id", "volume_attachments", ["volume_id"])


def downgrade() -> None:
    op.drop_table("volume_attachments")
    op.drop_table("volumes")
    op.drop_table("volume_types")
    op.drop_table("volume_snapshots")
