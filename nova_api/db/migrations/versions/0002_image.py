"""The tables of image."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

revision = "0002_image"
down_revision = "0001_identity"

TIME = sa.DateTime().with_variant(mysql.DATETIME(fsp=6), "mysql", "mariadb")
TEXT = sa.Text().with_variant(mysql.MEDIUMTEXT(), "mysql", "mariadb")
BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "images",
        sa.Column("id", BIG, autoincrement=True, nullable=False),
        sa.Column("uuid", sa.String(length=36), nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("visibility", sa.String(length=16), nullable=False),
        sa.Column("owner", sa.String(length=255), nullable=False),
        sa.Column("size", BIG),
        sa.Column("virtual_size", BIG),
        sa.Column("checksum", sa.String(length=32)),
        sa.Column("os_hash_algo", sa.String(length=16)),
        sa.Column("os_hash_value", sa.String(length=128)),
        sa.Column("disk_format", sa.String(length=32)),
        sa.Column("container_format", sa.String(length=32)),
        sa.Column("min_disk", sa.Integer(), nullable=False),
        sa.Column("min_ram", sa.Integer(), nullable=False),
        sa.Column("protected", sa.Boolean(), nullable=False),
        sa.Column("hidden", sa.Boolean(), nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("updated_at", TIME),
        sa.PrimaryKeyConstraint("id", name="pk_images"),
        sa.UniqueConstraint("uuid", name="uq_images_uuid"),
    )
    op.create_index("ix_images_name", "images", ["name"])
    op.create_index("ix_images_owner_created", "images", ["owner", "created_at", "id"])
    op.create_index("ix_images_visibility_created", "images", ["visibility", "created_at", "id"])
    op.create_table(
        "image_members",
        sa.Column("image_id", BIG, nullable=False),
        sa.Column("project_id", sa.String(length=255), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("updated_at", TIME),
        sa.ForeignKeyConstraint(
            ["image_id"], ["images.id"], name="fk_image_members_image_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("image_id", "project_id", name="pk_image_members"),
    )
    op.create_index("ix_image_members_project_id", "image_members", ["project_id"])
    op.create_table(
        "image_properties",
        sa.Column("image_id", BIG, nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("value", TEXT),
        sa.ForeignKeyConstraint(
            ["image_id"], ["images.id"], name="fk_image_properties_image_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("image_id", "name", name="pk_image_properties"),
    )
    op.create_table(
        "image_tags",
        sa.Column("image_id", BIG, nullable=False),
        sa.Column("tag", sa.String(length=255), nullable=False),
        sa.ForeignKeyConstraint(
            ["image_id"], ["images.id"], name="fk_image_tags_image_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("image_id", "tag", name="pk_image_tags"),
    )
    op.create_index("ix_image_tags_tag", "image_tags", ["tag"])


def downgrade() -> None:
    op.drop_table("image_tags")
    op.drop_table("image_properties")
    op.drop_table("image_members")
    op.drop_table("images")
