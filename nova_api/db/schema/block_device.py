"""The disks of servers, as asked for and as they became."""

from __future__ import annotations

import sqlalchemy as sa

from nova_api.db.schema.base import BigInt, Name, Uuid, metadata, row_id, timestamps

server_block_devices = sa.Table(
    "server_block_devices",
    metadata,
    row_id(),
    sa.Column("uuid", Uuid, nullable=False, unique=True),
    sa.Column("server_id", BigInt, sa.ForeignKey("servers.id"), nullable=False, index=True),
    sa.Column("source_type", sa.String(16), nullable=False),  # image, volume, snapshot, blank
    sa.Column("destination_type", sa.String(16), nullable=False),  # local, volume
    sa.Column("boot_index", sa.Integer),  # 0 is the root disk; null or negative: not booted from
    sa.Column("device_name", Name),  # /dev/vdb; null until it is known
    sa.Column("device_type", Name),
    sa.Column("disk_bus", Name),
    sa.Column("guest_format", Name),
    sa.Column("image_id", Uuid),
    sa.Column("snapshot_id", Uuid),
    sa.Column("volume_id", Uuid, index=True),  # null until it has been made
    sa.Column("volume_size", sa.Integer),  # GiB
    sa.Column("volume_type", Name),
    sa.Column("delete_on_termination", sa.Boolean, nullable=False, default=False),
    sa.Column("tag", Name),
    sa.Column("attachment_id", Uuid),  # of the volume service; null until it has been reserved
    *timestamps(),
)
