"""Tables of the embedded image service; the bytes themselves are files under ``state_path``."""

from __future__ import annotations

import sqlalchemy as sa

from nova_api.db.schema.base import BigInt, LongText, Name, Uuid, metadata, row_id, timestamps

images = sa.Table(
    "images",
    metadata,
    row_id(),
    sa.Column("uuid", Uuid, nullable=False, unique=True),
    sa.Column("name", Name, nullable=False, default=""),
    sa.Column("status", sa.String(16), nullable=False),  # queued → saving → active; deactivated
    sa.Column("visibility", sa.String(16), nullable=False),  # public, private, shared, community
    sa.Column("owner", Name, nullable=False),
    sa.Column("size", BigInt),
    sa.Column("virtual_size", BigInt),
    sa.Column("checksum", sa.String(32)),
    sa.Column("os_hash_algo", sa.String(16)),
    sa.Column("os_hash_value", sa.String(128)),
    sa.Column("disk_format", sa.String(32)),
    sa.Column("container_format", sa.String(32)),
    sa.Column("min_disk", sa.Integer, nullable=False, default=0),  # GiB
    sa.Column("min_ram", sa.Integer, nullable=False, default=0),  # MiB
    sa.Column("protected", sa.Boolean, nullable=False, default=False),
    sa.Column("hidden", sa.Boolean, nullable=False, default=False),
    *timestamps(),
    sa.Index("ix_images_owner_created", "owner", "created_at", "id"),
    sa.Index("ix_images_visibility_created", "visibility", "created_at", "id"),
    sa.Index("ix_images_name", "name"),
)

image_properties = sa.Table(
    "image_properties",
    metadata,
    sa.Column("image_id", BigInt, sa.ForeignKey("images.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("name", Name, primary_key=True),
    sa.Column("value", LongText),  # null: the property is there and says nothing
)

image_tags = sa.Table(
    "image_tags",
    metadata,
    sa.Column("image_id", BigInt, sa.ForeignKey("images.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("tag", Name, primary_key=True, index=True),
)

image_members = sa.Table(
    "image_members",
    metadata,
    sa.Column("image_id", BigInt, sa.ForeignKey("images.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("project_id", Name, primary_key=True, index=True),
    sa.Column("status", sa.String(16), nullable=False, default="pending"),  # pending, accepted, rejected
    *timestamps(),
)
