"""Servers and what belongs to them, flavors, key pairs, services, compute nodes."""

from __future__ import annotations

import sqlalchemy as sa

from nova_api.db.schema.base import BigInt, LongText, Name, Time, Uuid, metadata, row_id, timestamps, utcnow

servers = sa.Table(
    "servers",
    metadata,
    row_id(),
    sa.Column("uuid", Uuid, nullable=False, unique=True),
    sa.Column("project_id", Name, nullable=False),
    sa.Column("user_id", Name, nullable=False),
    sa.Column("name", Name, nullable=False),
    sa.Column("description", Name),
    sa.Column("hostname", Name, nullable=False),
    sa.Column("reservation_id", sa.String(32), nullable=False),
    sa.Column("launch_index", sa.Integer, nullable=False, default=0),
    # states: see nova_api.compute.states
    sa.Column("vm_state", sa.String(32), nullable=False),
    sa.Column("task_state", sa.String(64)),
    sa.Column("power_state", sa.Integer, nullable=False, default=0),
    sa.Column("progress", sa.Integer, nullable=False, default=0),
    sa.Column("locked_by", sa.String(16)),
    sa.Column("locked_reason", Name),
    # where it is
    sa.Column("host", Name),
    sa.Column("node", Name),
    sa.Column("availability_zone", Name),  # where it was asked to be (pinned)
    # what it is made of; flavor is a copy taken at build or resize:
    # {flavorid, name, vcpus, ram, disk, ephemeral, swap, rxtx_factor, extra_specs}
    sa.Column("flavor", sa.JSON, nullable=False),
    sa.Column("vcpus", sa.Integer, nullable=False),
    sa.Column("memory_mb", sa.Integer, nullable=False),
    sa.Column("root_gb", sa.Integer, nullable=False),
    sa.Column("ephemeral_gb", sa.Integer, nullable=False, default=0),
    sa.Column("flavorid", Name, nullable=False),
    sa.Column("image_id", Uuid),  # null when booted from a volume
    sa.Column("image_properties", sa.JSON),  # as at build
    sa.Column("kernel_id", Name, nullable=False, default=""),
    sa.Column("ramdisk_id", Name, nullable=False, default=""),
    sa.Column("root_device_name", Name),
    sa.Column("key_name", Name),
    sa.Column("key_data", LongText),
    sa.Column("user_data", LongText),
    sa.Column("config_drive", sa.Boolean, nullable=False, default=False),
    sa.Column("disk_config", sa.String(8), nullable=False, default="MANUAL"),
    sa.Column("access_ip_v4", sa.String(39)),
    sa.Column("access_ip_v6", sa.String(39)),
    sa.Column("scheduler_hints", sa.JSON),
    sa.Column("trusted_certs", sa.JSON),
    # what was asked for: [{"network_id","port_id","fixed_ip","tag"}…], or "auto", or "none"
    sa.Column("requested_networks", sa.JSON),
    sa.Column("requested_security_groups", sa.JSON),  # [id, …]
    # addresses as the network neighbour gave them, in order of the NICs:
    # [{"port_id","network_id","label","mac","fixed_ips":[{"subnet_id","address","version"}],
    #   "floating_ips":[…],"tag"}]
    sa.Column("nics", sa.JSON),
    sa.Column("launched_at", Time),
    sa.Column("terminated_at", Time),
    sa.Column("shelved_at", Time),  # when its disk went into the image below
    sa.Column("shelved_image_id", Uuid),  # from the request to shelve until it is unshelved
    sa.Column("deleted", sa.Boolean, nullable=False, default=False),
    sa.Column("deleted_at", Time),
    *timestamps(),
    sa.Index("ix_servers_project_deleted_created", "project_id", "deleted", "created_at", "id"),
    sa.Index("ix_servers_deleted_created", "deleted", "created_at", "id"),
    sa.Index("ix_servers_project_uuid", "project_id", "uuid"),  # pages of usage
    sa.Index("ix_servers_host_deleted", "host", "deleted"),
    sa.Index("ix_servers_node_deleted", "node", "deleted"),
    sa.Index("ix_servers_reservation", "reservation_id"),
    sa.Index("ix_servers_updated", "updated_at"),
)

server_metadata = sa.Table(
    "server_metadata",
    metadata,
    sa.Column("server_id", BigInt, sa.ForeignKey("servers.id"), primary_key=True),
    sa.Column("key", Name, primary_key=True),
    sa.Column("value", Name, nullable=False),
)

server_tags = sa.Table(
    "server_tags",
    metadata,
    sa.Column("server_id", BigInt, sa.ForeignKey("servers.id"), primary_key=True),
    sa.Column("tag", sa.String(60), primary_key=True, index=True),
)

server_faults = sa.Table(
    "server_faults",
    metadata,
    row_id(),
    sa.Column("server_id", BigInt, sa.ForeignKey("servers.id"), nullable=False, index=True),
    sa.Column("code", sa.Integer, nullable=False),
    sa.Column("message", Name, nullable=False),
    sa.Column("details", LongText),
    sa.Column("host", Name),
    sa.Column("created_at", Time, nullable=False, default=utcnow),
)

server_actions = sa.Table(
    "server_actions",
    metadata,
    row_id(),
    sa.Column("server_id", BigInt, sa.ForeignKey("servers.id"), nullable=False),
    sa.Column("action", Name, nullable=False),
    sa.Column("request_id", Name, nullable=False),
    sa.Column("user_id", Name),
    sa.Column("project_id", Name),
    sa.Column("start_time", Time, nullable=False, default=utcnow),
    sa.Column("finish_time", Time),
    sa.Column("message", Name),  # null, or the word Error
    *timestamps(),
    sa.Index("ix_server_actions_server_request", "server_id", "request_id"),
)

server_action_events = sa.Table(
    "server_action_events",
    metadata,
    row_id(),
    sa.Column("action_id", BigInt, sa.ForeignKey("server_actions.id"), nullable=False, index=True),
    sa.Column("event", Name, nullable=False),
    sa.Column("start_time", Time, nullable=False, default=utcnow),
    sa.Column("finish_time", Time),
    sa.Column("result", sa.String(16)),  # null, Success, Error
    sa.Column("traceback", LongText),
    sa.Column("details", LongText),
    sa.Column("host", Name),
)

flavors = sa.Table(
    "flavors",
    metadata,
    row_id(),
    sa.Column("flavorid", Name, nullable=False, unique=True),
    sa.Column("name", Name, nullable=False, unique=True),
    sa.Column("memory_mb", sa.Integer, nullable=False),
    sa.Column("vcpus", sa.Integer, nullable=False),
    sa.Column("root_gb", sa.Integer, nullable=False),
    sa.Column("ephemeral_gb", sa.Integer, nullable=False, default=0),
    sa.Column("swap", sa.Integer, nullable=False, default=0),
    sa.Column("rxtx_factor", sa.Float, nullable=False, default=1.0),
    sa.Column("is_public", sa.Boolean, nullable=False, default=True),
    sa.Column("disabled", sa.Boolean, nullable=False, default=False),
    sa.Column("description", LongText),
    *timestamps(),
)

flavor_extra_specs = sa.Table(
    "flavor_extra_specs",
    metadata,
    sa.Column("flavor_id", BigInt, sa.ForeignKey("flavors.id"), primary_key=True),
    sa.Column("key", Name, primary_key=True),
    sa.Column("value", Name, nullable=False),
)

flavor_projects = sa.Table(
    "flavor_projects",
    metadata,
    sa.Column("flavor_id", BigInt, sa.ForeignKey("flavors.id"), primary_key=True),
    sa.Column("project_id", Name, primary_key=True),
)

keypairs = sa.Table(
    "keypairs",
    metadata,
    row_id(),
    sa.Column("user_id", Name, nullable=False),
    sa.Column("name", Name, nullable=False),
    sa.Column("type", sa.String(8), nullable=False, default="ssh"),
    sa.Column("fingerprint", Name, nullable=False),
    sa.Column("public_key", LongText, nullable=False),
    *timestamps(),
    sa.UniqueConstraint("user_id", "name"),
)

services = sa.Table(
    "services",
    metadata,
    row_id(),
    sa.Column("uuid", Uuid, nullable=False, unique=True),
    sa.Column("host", Name, nullable=False),
    sa.Column("binary", sa.String(64), nullable=False),  # nova-compute, nova-scheduler
    sa.Column("disabled", sa.Boolean, nullable=False, default=False),
    sa.Column("disabled_reason", Name),
    sa.Column("forced_down", sa.Boolean, nullable=False, default=False),
    sa.Column("last_seen_at", Time),  # heartbeat
    *timestamps(),
    sa.UniqueConstraint("host", "binary"),
)

# What is claimed of a node changes only together with ``generation`` (compare-and-swap).
compute_nodes = sa.Table(
    "compute_nodes",
    metadata,
    row_id(),
    sa.Column("uuid", Uuid, nullable=False, unique=True),
    sa.Column("host", Name, nullable=False, index=True),
    sa.Column("hypervisor_hostname", Name, nullable=False, unique=True),
    sa.Column("hypervisor_type", Name, nullable=False),
    sa.Column("hypervisor_version", sa.Integer, nullable=False),
    sa.Column("host_ip", sa.String(39), nullable=False),
    sa.Column("cpu_info", sa.JSON, nullable=False),
    sa.Column("vcpus", sa.Integer, nullable=False),
    sa.Column("memory_mb", sa.Integer, nullable=False),
    sa.Column("local_gb", sa.Integer, nullable=False),
    sa.Column("disk_available_least", sa.Integer),  # GiB; null where the driver cannot tell
    sa.Column("can_rescue_volumes", sa.Boolean, nullable=False, default=False),
    sa.Column("uptime", sa.String(255)),  # as the host says it; null where the driver cannot tell
    sa.Column("reserved_memory_mb", sa.Integer, nullable=False, default=512),
    sa.Column("cpu_allocation_ratio", sa.Float, nullable=False),
    sa.Column("ram_allocation_ratio", sa.Float, nullable=False),
    sa.Column("disk_allocation_ratio", sa.Float, nullable=False),
    sa.Column("vcpus_used", sa.Integer, nullable=False, default=0),
    sa.Column("memory_mb_used", sa.Integer, nullable=False, default=0),
    sa.Column("local_gb_used", sa.Integer, nullable=False, default=0),
    sa.Column("generation", BigInt, nullable=False, default=0),
    *timestamps(),
)

allocations = sa.Table(
    "allocations",
    metadata,
    sa.Column("server_id", BigInt, sa.ForeignKey("servers.id"), primary_key=True),
    sa.Column("node_id", BigInt, sa.ForeignKey("compute_nodes.id"), primary_key=True, index=True),
    sa.Column("vcpus", sa.Integer, nullable=False),
    sa.Column("memory_mb", sa.Integer, nullable=False),
    sa.Column("disk_gb", sa.Integer, nullable=False),
    sa.Column("created_at", Time, nullable=False, default=utcnow),
)

# One row a project: taken FOR UPDATE while its quota is checked and used.
quota_locks = sa.Table(
    "quota_locks",
    metadata,
    sa.Column("project_id", Name, primary_key=True),
)
