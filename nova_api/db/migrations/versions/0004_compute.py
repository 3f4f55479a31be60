"""The tables of compute."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

revision = "0004_compute"
down_revision = "0003_network"

TIME = sa.DateTime().with_variant(mysql.DATETIME(fsp=6), "mysql", "mariadb")
TEXT = sa.Text().with_variant(mysql.MEDIUMTEXT(), "mysql", "mariadb")
BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "compute_nodes",
        sa.Column("id", BIG, autoincrement=True, nullable=False),
        sa.Column("uuid", sa.String(length=36), nullable=False),
        sa.Column("host", sa.String(length=255), nullable=False),
        sa.Column("hypervisor_hostname", sa.String(length=255), nullable=False),
        sa.Column("hypervisor_type", sa.String(length=255), nullable=False),
        sa.Column("hypervisor_version", sa.Integer(), nullable=False),
        sa.Column("host_ip", sa.String(length=39), nullable=False),
        sa.Column("cpu_info", sa.JSON(), nullable=False),
        sa.Column("vcpus", sa.Integer(), nullable=False),
        sa.Column("memory_mb", sa.Integer(), nullable=False),
        sa.Column("local_gb", sa.Integer(), nullable=False),
        sa.Column("disk_available_least", sa.Integer()),
        sa.Column("can_rescue_volumes", sa.Boolean(), nullable=False),
        sa.Column("uptime", sa.String(length=255)),
        sa.Column("reserved_memory_mb", sa.Integer(), nullable=False),
        sa.Column("cpu_allocation_ratio", sa.Float(), nullable=False),
        sa.Column("ram_allocation_ratio", sa.Float(), nullable=False),
        sa.Column("disk_allocation_ratio", sa.Float(), nullable=False),
        sa.Column("vcpus_used", sa.Integer(), nullable=False),
        sa.Column("memory_mb_used", sa.Integer(), nullable=False),
        sa.Column("local_gb_used", sa.Integer(), nullable=False),
        sa.Column("generation", BIG, nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("updated_at", TIME),
        sa.PrimaryKeyConstraint("id", name="pk_compute_nodes"),
        sa.UniqueConstraint("hypervisor_hostname", name="uq_compute_nodes_hypervisor_hostname"),
        sa.UniqueConstraint("uuid", name="uq_compute_nodes_uuid"),
    )
    op.create_index("ix_compute_nodes_host", "compute_nodes", ["host"])
    op.create_table(
        "flavors",
        sa.Column("id", BIG, autoincrement=True, nullable=False),
        sa.Column("flavorid", sa.String(length=255), nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("memory_mb", sa.Integer(), nullable=False),
        sa.Column("vcpus", sa.Integer(), nullable=False),
        sa.Column("root_gb", sa.Integer(), nullable=False),
        sa.Column("ephemeral_gb", sa.Integer(), nullable=False),
        sa.Column("swap", sa.Integer(), nullable=False),
        sa.Column("rxtx_factor", sa.Float(), nullable=False),
        sa.Column("is_public", sa.Boolean(), nullable=False),
        sa.Column("disabled", sa.Boolean(), nullable=False),
        sa.Column("description", TEXT),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("updated_at", TIME),
        sa.PrimaryKeyConstraint("id", name="pk_flavors"),
        sa.UniqueConstraint("flavorid", name="uq_flavors_flavorid"),
        sa.UniqueConstraint("name", name="uq_flavors_name"),
    )
    op.create_table(
        "keypairs",
        sa.Column("id", BIG, autoincrement=True, nullable=False),
        sa.Column("user_id", sa.String(length=255), nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("type", sa.String(length=8), nullable=False),
        sa.Column("fingerprint", sa.String(length=255), nullable=False),
        sa.Column("public_key", TEXT, nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("updated_at", TIME),
        sa.PrimaryKeyConstraint("id", name="pk_keypairs"),
        sa.UniqueConstraint("user_id", "name", name="uq_keypairs_user_id_name"),
    )
    op.create_table(
        "quota_locks",
        sa.Column("project_id", sa.String(length=255), nullable=False),
        sa.PrimaryKeyConstraint("project_id", name="pk_quota_locks"),
    )
    op.create_table(
        "servers",
        sa.Column("id", BIG, autoincrement=True, nullable=False),
        sa.Column("uuid", sa.String(length=36), nullable=False),
        sa.Column("project_id", sa.String(length=255), nullable=False),
        sa.Column("user_id", sa.String(length=255), nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("description", sa.String(length=255)),
        sa.Column("hostname", sa.String(length=255), nullable=False),
        sa.Column("reservation_id", sa.String(length=32), nullable=False),
        sa.Column("launch_index", sa.Integer(), nullable=False),
        sa.Column("vm_state", sa.String(length=32), nullable=False),
        sa.Column("task_state", sa.String(length=64)),
        sa.Column("power_state", sa.Integer(), nullable=False),
        sa.Column("progress", sa.Integer(), nullable=False),
        sa.Column("locked_by", sa.String(length=16)),
        sa.Column("locked_reason", sa.String(length=255)),
        sa.Column("host", sa.String(length=255)),
        sa.Column("node", sa.String(length=255)),
        sa.Column("availability_zone", sa.String(length=255)),
        sa.Column("flavor", sa.JSON(), nullable=False),
        sa.Column("vcpus", sa.Integer(), nullable=False),
        sa.Column("memory_mb", sa.Integer(), nullable=False),
        sa.Column("root_gb", sa.Integer(), nullable=False),
        sa.Column("ephemeral_gb", sa.Integer(), nullable=False),
        sa.Column("flavorid", sa.String(length=255), nullable=False),
        sa.Column("image_id", sa.String(length=36)),
        sa.Column("image_properties", sa.JSON()),
        sa.Column("kernel_id", sa.String(length=255), nullable=False),
        sa.Column("ramdisk_id", sa.String(length=255), nullable=False),
        sa.Column("root_device_name", sa.String(length=255)),
        sa.Column("key_name", sa.String(length=255)),
        sa.Column("key_data", TEXT),
        sa.Column("user_data", TEXT),
        sa.Column("config_drive", sa.Boolean(), nullable=False),
        sa.Column("disk_config", sa.String(length=8), nullable=False),
        sa.Column("access_ip_v4", sa.String(length=39)),
        sa.Column("access_ip_v6", sa.String(length=39)),
        sa.Column("scheduler_hints", sa.JSON()),
        sa.Column("trusted_certs", sa.JSON()),
        sa.Column("requested_networks", sa.JSON()),
        sa.Column("requested_security_groups", sa.JSON()),
        sa.Column("nics", sa.JSON()),
        sa.Column("launched_at", TIME),
        sa.Column("terminated_at", TIME),
        sa.Column("shelved_at", TIME),
        sa.Column("shelved_image_id", sa.String(length=36)),
        sa.Column("deleted", sa.Boolean(), nullable=False),
        sa.Column("deleted_at", TIME),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("updated_at", TIME),
        sa.PrimaryKeyConstraint("id", name="pk_servers"),
        sa.UniqueConstraint("uuid", name="uq_servers_uuid"),
    )
    op.create_index("ix_servers_deleted_created", "servers", ["deleted", "created_at", "id"])
    op.create_index("ix_servers_host_deleted", "servers", ["host", "deleted"])
    op.create_index(
        "ix_servers_project_deleted_created", "servers", ["project_id", "deleted", "created_at", "id"]
    )
    op.create_index("ix_servers_reservation", "servers", ["reservation_id"])
    op.create_index("ix_servers_updated", "servers", ["updated_at"])
    op.create_table(
        "services",
        sa.Column("id", BIG, autoincrement=True, nullable=False),
        sa.Column("uuid", sa.String(length=36), nullable=False),
        sa.Column("host", sa.String(length=255), nullable=False),
        sa.Column("binary", sa.String(length=64), nullable=False),
        sa.Column("disabled", sa.Boolean(), nullable=False),
        sa.Column("disabled_reason", sa.String(length=255)),
        sa.Column("forced_down", sa.Boolean(), nullable=False),
        sa.Column("last_seen_at", TIME),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("updated_at", TIME),
        sa.PrimaryKeyConstraint("id", name="pk_services"),
        sa.UniqueConstraint("host", "binary", name="uq_services_host_binary"),
        sa.UniqueConstraint("uuid", name="uq_services_uuid"),
    )
    op.create_table(
        "allocations",
        sa.Column("server_id", BIG, nullable=False),
        sa.Column("node_id", BIG, nullable=False),
        sa.Column("vcpus", sa.Integer(), nullable=False),
        sa.Column("memory_mb", sa.Integer(), nullable=False),
        sa.Column("disk_gb", sa.Integer(), nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.ForeignKeyConstraint(["node_id"], ["compute_nodes.id"], name="fk_allocations_node_id"),
        sa.ForeignKeyConstraint(["server_id"], ["servers.id"], name="fk_allocations_server_id"),
        sa.PrimaryKeyConstraint("server_id", "node_id", name="pk_allocations"),
    )
    op.create_index("ix_allocations_node_id", "allocations", ["node_id"])
    op.create_table(
        "flavor_extra_specs",
        sa.Column("flavor_id", BIG, nullable=False),
        sa.Column("key", sa.String(length=255), nullable=False),
        sa.Column("value", sa.String(length=255), nullable=False),
        sa.ForeignKeyConstraint(["flavor_id"], ["flavors.id"], name="fk_flavor_extra_specs_flavor_id"),
        sa.PrimaryKeyConstraint("flavor_id", "key", name="pk_flavor_extra_specs"),
    )
    op.create_table(
        "flavor_projects",
        sa.Column("flavor_id", BIG, nullable=False),
        sa.Column("project_id", sa.String(length=255), nullable=False),
        sa.ForeignKeyConstraint(["flavor_id"], ["flavors.id"], name="fk_flavor_projects_flavor_id"),
        sa.PrimaryKeyConstraint("flavor_id", "project_id", name="pk_flavor_projects"),
    )
    op.create_table(
        "server_actions",
        sa.Column("id", BIG, autoincrement=True, nullable=False),
        sa.Column("server_id", BIG, nullable=False),
        sa.Column("action", sa.String(length=255), nullable=False),
        sa.Column("request_id", sa.String(length=255), nullable=False),
        sa.Column("user_id", sa.String(length=255)),
        sa.Column("project_id", sa.String(length=255)),
        sa.Column("start_time", TIME, nullable=False),
        sa.Column("finish_time", TIME),
        sa.Column("message", sa.String(length=255)),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("updated_at", TIME),
        sa.ForeignKeyConstraint(["server_id"], ["servers.id"], name="fk_server_actions_server_id"),
        sa.PrimaryKeyConstraint("id", name="pk_server_actions"),
    )
    op.create_index("ix_server_actions_server_request", "server_actions", ["server_id", "request_id"])
    op.create_table(
        "server_faults",
        sa.Column("id", BIG, autoincrement=True, nullable=False),
        sa.Column("server_id", BIG, nullable=False),
        sa.Column("code", sa.Integer(), nullable=False),
        sa.Column("message", sa.String(length=255), nullable=False),
        sa.Column("details", TEXT),
        sa.Column("host", sa.String(length=255)),
        sa.Column("created_at", TIME, nullable=False),
        sa.ForeignKeyConstraint(["server_id"], ["servers.id"], name="fk_server_faults_server_id"),
        sa.PrimaryKeyConstraint("id", name="pk_server_faults"),
    )
    op.create_index("ix_server_faults_server_id", "server_faults", ["server_id"])
    op.create_table(
        "server_metadata",
        sa.Column("server_id", BIG, nullable=False),
        sa.Column("key", sa.String(length=255), nullable=False),
        sa.Column("value", sa.String(length=255), nullable=False),
        sa.ForeignKeyConstraint(["server_id"], ["servers.id"], name="fk_server_metadata_server_id"),
        sa.PrimaryKeyConstraint("server_id", "key", name="pk_server_metadata"),
    )
    op.create_table(
        "server_tags",
        sa.Column("server_id", BIG, nullable=False),
        sa.Column("tag", sa.String(length=60), nullable=False),
        sa.ForeignKeyConstraint(["server_id"], ["servers.id"], name="fk_server_tags_server_id"),
        sa.PrimaryKeyConstraint("server_id", "tag", name="pk_server_tags"),
    )
    op.create_index("ix_server_tags_tag", "server_tags", ["tag"])
    op.create_table(
        "server_action_events",
        sa.Column("id", BIG, autoincrement=True, nullable=False),
        sa.Column("action_id", BIG, nullable=False),
        sa.Column("event", sa.String(length=255), nullable=False),
        sa.Column("start_time", TIME, nullable=False),
        sa.Column("finish_time", TIME),
        sa.Column("result", sa.String(length=16)),
        sa.Column("traceback", TEXT),
        sa.Column("details", TEXT),
        sa.Column("host", sa.String(length=255)),
        sa.ForeignKeyConstraint(
            ["action_id"], ["server_actions.id"], name="fk_server_action_events_action_id"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_server_action_events"),
    )
    op.create_index("ix_server_action_events_action_id", "server_action_events", ["action_id"])


def downgrade() -> None:
    op.drop_table("server_action_events")
    op.drop_table("server_tags")
    op.drop_table("server_metadata")
    op.drop_table("server_faults")
    op.drop_table("server_actions")
    op.drop_table("flavor_projects")
    op.drop_table("flavor_extra_specs")
    op.drop_table("allocations")
    op.drop_table("services")
    op.drop_table("servers")
    op.drop_table("quota_locks")
    op.drop_table("keypairs")
    op.drop_table("flavors")
    op.drop_table("compute_nodes")
