"""Tables of the embedded volume service: what volumes there are and who uses them; it keeps no data."""

from __future__ import annotations

import sqlalchemy as sa

from nova_api.db.schema.base import BigInt, LongText, Name, Time, Uuid, metadata, row_id, timestamps

volume_types = sa.Table(
    "volume_types",
    metadata,
    row_id(),
    sa.Column("uuid", Uuid, nullable=False, unique=True),
    sa.Column("name", Name, nullable=False, unique=True),
    sa.Column("description", LongText),
    sa.Column("is_public", sa.Boolean, nullable=False, default=True),
    sa.Column("extra_specs", sa.JSON, nullable=False, default=dict),
    *timestamps(),
)

volumes = sa.Table(
    "volumes",
    metadata,
    row_id(),
    sa.Column("uuid", Uuid, nullable=False, unique=True),
    # What its creator called the order: a second order of one name makes no second volume.
    sa.Column("order_key", sa.String(64), unique=True),
    sa.Column("project_id", Name, nullable=False),
    sa.Column("user_id", Name),
    sa.Column("name", Name, nullable=False, default=""),
    sa.Column("description", LongText),
    sa.Column("size", sa.Integer, nullable=False),  # GiB
    # available → reserved → attaching → in-use → detaching → available; error
    sa.Column("status", sa.String(32), nullable=False),
    sa.Column("migration_status", sa.String(32)),
    sa.Column("availability_zone", Name, nullable=False),
    sa.Column("volume_type", Name),
    sa.Column("bootable", sa.Boolean, nullable=False, default=False),
    sa.Column("multiattach", sa.Boolean, nullable=False, default=False),
    sa.Column("readonly", sa.Boolean, nullable=False, default=False),
    sa.Column("snapshot_id", Uuid),
    sa.Column("source_volume_id", Uuid),
    sa.Column("metadata", sa.JSON, nullable=False, default=dict),
    # {image_id, image_name, size, min_disk, min_ram, …} of the image it was made from, or {}
    sa.Column("image_metadata", sa.JSON, nullable=False, default=dict),
    *timestamps(),
    sa.Index("ix_volumes_project_created", "project_id", "created_at", "id"),
    sa.Index("ix_volumes_created", "created_at", "id"),
)

volume_attachments = sa.Table(
    "volume_attachments",
    metadata,
    row_id(),
    sa.Column("uuid", Uuid, nullable=False, unique=True),
    sa.Column(
        "volume_id", BigInt, sa.ForeignKey("volumes.id", ondelete="CASCADE"), nullable=False, index=True
    ),
    sa.Column("server_id", Uuid, nullable=False, index=True),
    sa.Column("status", sa.String(16), nullable=False),  # reserved → attaching → attached → detaching
    sa.Column("mode", sa.String(2), nullable=False, default="rw"),
    sa.Column("host", Name),
    sa.Column("mountpoint", Name),
    sa.Column("connection_info", sa.JSON, nullable=False, default=dict),
    sa.Column("attached_at", Time),
    *timestamps(),
)

volume_snapshots = sa.Table(
    "volume_snapshots",
    metadata,
    row_id(),
    sa.Column("uuid", Uuid, nullable=False, unique=True),
    sa.Column("project_id", Name, nullable=False),
    sa.Column("user_id", Name),
    sa.Column("name", Name, nullable=False, default=""),
    sa.Column("description", LongText),
    sa.Column("volume_id", Uuid, nullable=False, index=True),
    sa.Column("size", sa.Integer, nullable=False),  # GiB
    sa.Column("status", sa.String(32), nullable=False),  # available, error
    sa.Column("metadata", sa.JSON, nullable=False, default=dict),
    *timestamps(),
    sa.Index("ix_volume_snapshots_project_created", "project_id", "created_at", "id"),
)
