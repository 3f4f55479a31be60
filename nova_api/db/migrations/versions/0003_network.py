"""The tables of network."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

revision = "0003_network"
down_revision = "0002_image"

TIME = sa.DateTime().with_variant(mysql.DATETIME(fsp=6), "mysql", "mariadb")
BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "network_networks",
        sa.Column("id", BIG, autoincrement=True, nullable=False),
        sa.Column("uuid", sa.String(length=36), nullable=False),
        sa.Column("project_id", sa.String(length=255), nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("description", sa.String(length=255), nullable=False),
        sa.Column("admin_state_up", sa.Boolean(), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("shared", sa.Boolean(), nullable=False),
        sa.Column("external", sa.Boolean(), nullable=False),
        sa.Column("is_default", sa.Boolean(), nullable=False),
        sa.Column("mtu", sa.Integer(), nullable=False),
        sa.Column("port_security_enabled", sa.Boolean(), nullable=False),
        sa.Column("network_type", sa.String(length=16), nullable=False),
        sa.Column("physical_network", sa.String(length=255)),
        sa.Column("segmentation_id", sa.Integer()),
        sa.Column("dns_domain", sa.String(length=255), nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("updated_at", TIME),
        sa.PrimaryKeyConstraint("id", name="pk_network_networks"),
        sa.UniqueConstraint("uuid", name="uq_network_networks_uuid"),
    )
    op.create_index("ix_network_networks_project_id", "network_networks", ["project_id"])
    op.create_table(
        "network_routers",
        sa.Column("id", BIG, autoincrement=True, nullable=False),
        sa.Column("uuid", sa.String(length=36), nullable=False),
        sa.Column("project_id", sa.String(length=255), nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("description", sa.String(length=255), nullable=False),
        sa.Column("admin_state_up", sa.Boolean(), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("external_gateway_info", sa.JSON()),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("updated_at", TIME),
        sa.PrimaryKeyConstraint("id", name="pk_network_routers"),
        sa.UniqueConstraint("uuid", name="uq_network_routers_uuid"),
    )
    op.create_index("ix_network_routers_project_id", "network_routers", ["project_id"])
    op.create_table(
        "network_security_groups",
        sa.Column("id", BIG, autoincrement=True, nullable=False),
        sa.Column("uuid", sa.String(length=36), nullable=False),
        sa.Column("project_id", sa.String(length=255), nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("description", sa.String(length=255), nullable=False),
        sa.Column("stateful", sa.Boolean(), nullable=False),
        sa.Column("default_of", sa.String(length=255)),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("updated_at", TIME),
        sa.PrimaryKeyConstraint("id", name="pk_network_security_groups"),
        sa.UniqueConstraint("default_of", name="uq_network_security_groups_default_of"),
        sa.UniqueConstraint("uuid", name="uq_network_security_groups_uuid"),
    )
    op.create_index("ix_network_security_groups_project_id", "network_security_groups", ["project_id"])
    op.create_table(
        "network_ports",
        sa.Column("id", BIG, autoincrement=True, nullable=False),
        sa.Column("uuid", sa.String(length=36), nullable=False),
        sa.Column("project_id", sa.String(length=255), nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("description", sa.String(length=255), nullable=False),
        sa.Column("network_id", sa.String(length=36), nullable=False),
        sa.Column("mac_address", sa.String(length=17), nullable=False),
        sa.Column("admin_state_up", sa.Boolean(), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("device_id", sa.String(length=255), nullable=False),
        sa.Column("device_owner", sa.String(length=255), nullable=False),
        sa.Column("position", sa.Integer()),
        sa.Column("tag", sa.String(length=60)),
        sa.Column("made_for_server", sa.Boolean(), nullable=False),
        sa.Column("host_id", sa.String(length=255), nullable=False),
        sa.Column("vnic_type", sa.String(length=32), nullable=False),
        sa.Column("vif_type", sa.String(length=32), nullable=False),
        sa.Column("vif_details", sa.JSON(), nullable=False),
        sa.Column("profile", sa.JSON(), nullable=False),
        sa.Column("resource_request", sa.JSON()),
        sa.Column("port_security_enabled", sa.Boolean(), nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("updated_at", TIME),
        sa.ForeignKeyConstraint(
            ["network_id"], ["network_networks.uuid"], name="fk_network_ports_network_id"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_network_ports"),
        sa.UniqueConstraint("device_id", "position", name="uq_network_ports_device_id_position"),
        sa.UniqueConstraint("network_id", "mac_address", name="uq_network_ports_network_id_mac_address"),
        sa.UniqueConstraint("uuid", name="uq_network_ports_uuid"),
    )
    op.create_index("ix_network_ports_project_id", "network_ports", ["project_id"])
    op.create_table(
        "network_security_group_rules",
        sa.Column("id", BIG, autoincrement=True, nullable=False),
        sa.Column("uuid", sa.String(length=36), nullable=False),
        sa.Column("project_id", sa.String(length=255), nullable=False),
        sa.Column("description", sa.String(length=255), nullable=False),
        sa.Column("security_group_id", sa.String(length=36), nullable=False),
        sa.Column("direction", sa.String(length=8), nullable=False),
        sa.Column("ethertype", sa.String(length=4), nullable=False),
        sa.Column("protocol", sa.String(length=16)),
        sa.Column("port_range_min", sa.Integer()),
        sa.Column("port_range_max", sa.Integer()),
        sa.Column("remote_group_id", sa.String(length=36)),
        sa.Column("remote_ip_prefix", sa.String(length=64)),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("updated_at", TIME),
        sa.ForeignKeyConstraint(
            ["remote_group_id"],
            ["network_security_groups.uuid"],
            name="fk_network_security_group_rules_remote_group_id",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["security_group_id"],
            ["network_security_groups.uuid"],
            name="fk_network_security_group_rules_security_group_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_network_security_group_rules"),
        sa.UniqueConstraint("uuid", name="uq_network_security_group_rules_uuid"),
    )
    op.create_index(
        "ix_network_security_group_rules_project_id", "network_security_group_rules", ["project_id"]
    )
    op.create_index(
        "ix_network_security_group_rules_security_group_id",
        "network_security_group_rules",
        ["security_group_id"],
    )
    op.create_table(
        "network_subnets",
        sa.Column("id", BIG, autoincrement=True, nullable=False),
        sa.Column("uuid", sa.String(length=36), nullable=False),
        sa.Column("project_id", sa.String(length=255), nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("description", sa.String(length=255), nullable=False),
        sa.Column("network_id", sa.String(length=36), nullable=False),
        sa.Column("ip_version", sa.Integer(), nullable=False),
        sa.Column("cidr", sa.String(length=64), nullable=False),
        sa.Column("gateway_ip", sa.String(length=45)),
        sa.Column("allocation_pools", sa.JSON(), nullable=False),
        sa.Column("enable_dhcp", sa.Boolean(), nullable=False),
        sa.Column("dns_nameservers", sa.JSON(), nullable=False),
        sa.Column("host_routes", sa.JSON(), nullable=False),
        sa.Column("ipv6_address_mode", sa.String(length=32)),
        sa.Column("ipv6_ra_mode", sa.String(length=32)),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("updated_at", TIME),
        sa.ForeignKeyConstraint(
            ["network_id"],
            ["network_networks.uuid"],
            name="fk_network_subnets_network_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_network_subnets"),
        sa.UniqueConstraint("uuid", name="uq_network_subnets_uuid"),
    )
    op.create_index("ix_network_subnets_network_id", "network_subnets", ["network_id"])
    op.create_index("ix_network_subnets_project_id", "network_subnets", ["project_id"])
    op.create_table(
        "network_addresses",
        sa.Column("id", BIG, autoincrement=True, nullable=False),
        sa.Column("port_id", sa.String(length=36), nullable=False),
        sa.Column("subnet_id", sa.String(length=36), nullable=False),
        sa.Column("address", sa.String(length=45), nullable=False),
        sa.Column("distance", BIG),
        sa.ForeignKeyConstraint(
            ["port_id"], ["network_ports.uuid"], name="fk_network_addresses_port_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["subnet_id"], ["network_subnets.uuid"], name="fk_network_addresses_subnet_id"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_network_addresses"),
        sa.UniqueConstraint("subnet_id", "address", name="uq_network_addresses_subnet_id_address"),
    )
    op.create_index("ix_network_addresses_port_id", "network_addresses", ["port_id"])
    op.create_index("ix_network_addresses_subnet_distance", "network_addresses", ["subnet_id", "distance"])
    op.create_table(
        "network_floating_ips",
        sa.Column("id", BIG, autoincrement=True, nullable=False),
        sa.Column("uuid", sa.String(length=36), nullable=False),
        sa.Column("project_id", sa.String(length=255), nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("description", sa.String(length=255), nullable=False),
        sa.Column("network_id", sa.String(length=36), nullable=False),
        sa.Column("own_port_id", sa.String(length=36), nullable=False),
        sa.Column("address", sa.String(length=45), nullable=False),
        sa.Column("port_id", sa.String(length=36)),
        sa.Column("fixed_address", sa.String(length=45)),
        sa.Column("router_id", sa.String(length=36)),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("updated_at", TIME),
        sa.ForeignKeyConstraint(
            ["network_id"], ["network_networks.uuid"], name="fk_network_floating_ips_network_id"
        ),
        sa.ForeignKeyConstraint(
            ["own_port_id"], ["network_ports.uuid"], name="fk_network_floating_ips_own_port_id"
        ),
        sa.ForeignKeyConstraint(
            ["port_id"], ["network_ports.uuid"], name="fk_network_floating_ips_port_id", ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_network_floating_ips"),
        sa.UniqueConstraint("port_id", "fixed_address", name="uq_network_floating_ips_port_id_fixed_address"),
        sa.UniqueConstraint("uuid", name="uq_network_floating_ips_uuid"),
    )
    op.create_index("ix_network_floating_ips_address", "network_floating_ips", ["address"])
    op.create_index("ix_network_floating_ips_port_id", "network_floating_ips", ["port_id"])
    op.create_index("ix_network_floating_ips_project_id", "network_floating_ips", ["project_id"])
    op.create_table(
        "network_port_security_groups",
        sa.Column("port_id", sa.String(length=36), nullable=False),
        sa.Column("security_group_id", sa.String(length=36), nullable=False),
        sa.ForeignKeyConstraint(
            ["port_id"],
            ["network_ports.uuid"],
            name="fk_network_port_security_groups_port_id",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["security_group_id"],
            ["network_security_groups.uuid"],
            name="fk_network_port_security_groups_security_group_id",
        ),
        sa.PrimaryKeyConstraint("port_id", "security_group_id", name="pk_network_port_security_groups"),
    )
    op.create_index(
        "ix_network_port_security_groups_security_group_id",
        "network_port_security_groups",
        ["security_group_id"],
    )


def downgrade() -> None:
    op.drop_table("network_port_security_groups")
    op.drop_table("network_floating_ips")
    op.drop_table("network_addresses")
    op.drop_table("network_subnets")
    op.drop_table("network_security_group_rules")
    op.drop_table("network_ports")
    op.drop_table("network_security_groups")
    op.drop_table("network_routers")
    op.drop_table("network_networks")
