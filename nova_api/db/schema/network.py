"""Tables of the embedded network service.

Rows refer to one another by UUID, as users do.  Two uniqueness rules carry
the guarantees: one address is handed out once in a subnet, and one server has
one port at a position, whatever races with whatever.
"""

from __future__ import annotations

import sqlalchemy as sa

from nova_api.db.schema.base import BigInt, Name, Uuid, metadata, row_id, timestamps

_DELETE = "CASCADE"


def _named() -> tuple[sa.Column[object], ...]:
    """The columns that every networking resource has."""
    return (
        row_id(),
        sa.Column("uuid", Uuid, nullable=False, unique=True),
        sa.Column("project_id", Name, nullable=False, index=True),
        sa.Column("name", Name, nullable=False, default=""),
        sa.Column("description", Name, nullable=False, default=""),
    )


networks = sa.Table(
    "network_networks",
    metadata,
    *_named(),
    sa.Column("admin_state_up", sa.Boolean, nullable=False, default=True),
    sa.Column("status", sa.String(16), nullable=False, default="ACTIVE"),
    sa.Column("shared", sa.Boolean, nullable=False, default=False),
    sa.Column("external", sa.Boolean, nullable=False, default=False),
    sa.Column("is_default", sa.Boolean, nullable=False, default=False),
    sa.Column("mtu", sa.Integer, nullable=False, default=1500),
    sa.Column("port_security_enabled", sa.Boolean, nullable=False, default=True),
    sa.Column("network_type", sa.String(16), nullable=False, default="local"),
    sa.Column("physical_network", Name),
    sa.Column("segmentation_id", sa.Integer),
    sa.Column("dns_domain", Name, nullable=False, default=""),
    *timestamps(),
)

subnets = sa.Table(
    "network_subnets",
    metadata,
    *_named(),
    sa.Column(
        "network_id",
        Uuid,
        sa.ForeignKey("network_networks.uuid", ondelete=_DELETE),
        nullable=False,
        index=True,
    ),
    sa.Column("ip_version", sa.Integer, nullable=False),
    sa.Column("cidr", sa.String(64), nullable=False),
    sa.Column("gateway_ip", sa.String(45)),
    sa.Column("allocation_pools", sa.JSON, nullable=False),  # [{"start", "end"}]
    sa.Column("enable_dhcp", sa.Boolean, nullable=False, default=True),
    sa.Column("dns_nameservers", sa.JSON, nullable=False),
    sa.Column("host_routes", sa.JSON, nullable=False),
    sa.Column("ipv6_address_mode", sa.String(32)),
    sa.Column("ipv6_ra_mode", sa.String(32)),
    *timestamps(),
)

ports = sa.Table(
    "network_ports",
    metadata,
    *_named(),
    sa.Column("network_id", Uuid, sa.ForeignKey("network_networks.uuid"), nullable=False),
    sa.Column("mac_address", sa.String(17), nullable=False),
    sa.Column("admin_state_up", sa.Boolean, nullable=False, default=True),
    sa.Column("status", sa.String(16), nullable=False, default="DOWN"),
    # The server (or router, floating IP) that uses it; position among a server's NICs.
    sa.Column("device_id", Name, nullable=False, default=""),
    sa.Column("device_owner", Name, nullable=False, default=""),
    sa.Column("position", sa.Integer),
    sa.Column("tag", sa.String(60)),
    sa.Column("made_for_server", sa.Boolean, nullable=False, default=False),  # goes when the server goes
    sa.Column("host_id", Name, nullable=False, default=""),
    sa.Column("vnic_type", sa.String(32), nullable=False, default="normal"),
    sa.Column("vif_type", sa.String(32), nullable=False, default="unbound"),
    sa.Column("vif_details", sa.JSON, nullable=False),
    sa.Column("profile", sa.JSON, nullable=False),
    sa.Column("resource_request", sa.JSON),
    sa.Column("port_security_enabled", sa.Boolean, nullable=False, default=True),
    *timestamps(),
    sa.UniqueConstraint("network_id", "mac_address"),
    sa.UniqueConstraint("device_id", "position"),
)

addresses = sa.Table(
    "network_addresses",
    metadata,
    row_id(),
    sa.Column(
        "port_id", Uuid, sa.ForeignKey("network_ports.uuid", ondelete=_DELETE), nullable=False, index=True
    ),
    sa.Column("subnet_id", Uuid, sa.ForeignKey("network_subnets.uuid"), nullable=False),
    sa.Column("address", sa.String(45), nullable=False),
    # Distance from the subnet's base, for finding a free one by index; null beyond 2^62.
    sa.Column("distance", BigInt),
    sa.UniqueConstraint("subnet_id", "address"),
    sa.Index("ix_network_addresses_subnet_distance", "subnet_id", "distance"),
)

security_groups = sa.Table(
    "network_security_groups",
    metadata,
    *_named(),
    sa.Column("stateful", sa.Boolean, nullable=False, default=True),
    # The project whose own default group it is: two first requests make one group.
    sa.Column("default_of", Name, unique=True),
    *timestamps(),
)

security_group_rules = sa.Table(
    "network_security_group_rules",
    metadata,
    row_id(),
    sa.Column("uuid", Uuid, nullable=False, unique=True),
    sa.Column("project_id", Name, nullable=False, index=True),
    sa.Column("description", Name, nullable=False, default=""),
    sa.Column(
        "security_group_id",
        Uuid,
        sa.ForeignKey("network_security_groups.uuid", ondelete=_DELETE),
        nullable=False,
        index=True,
    ),
    sa.Column("direction", sa.String(8), nullable=False),
    sa.Column("ethertype", sa.String(4), nullable=False),
    sa.Column("protocol", sa.String(16)),
    sa.Column("port_range_min", sa.Integer),
    sa.Column("port_range_max", sa.Integer),
    sa.Column("remote_group_id", Uuid, sa.ForeignKey("network_security_groups.uuid", ondelete=_DELETE)),
    sa.Column("remote_ip_prefix", sa.String(64)),
    *timestamps(),
)

port_security_groups = sa.Table(
    "network_port_security_groups",
    metadata,
    sa.Column("port_id", Uuid, sa.ForeignKey("network_ports.uuid", ondelete=_DELETE), primary_key=True),
    sa.Column(
        "security_group_id", Uuid, sa.ForeignKey("network_security_groups.uuid"), primary_key=True, index=True
    ),
)

# Its address belongs to a port of its own on the external network, so that one rule guards all addresses.
floating_ips = sa.Table(
    "network_floating_ips",
    metadata,
    *_named(),
    sa.Column("network_id", Uuid, sa.ForeignKey("network_networks.uuid"), nullable=False),
    sa.Column("own_port_id", Uuid, sa.ForeignKey("network_ports.uuid"), nullable=False),
    sa.Column("address", sa.String(45), nullable=False, index=True),
    sa.Column("port_id", Uuid, sa.ForeignKey("network_ports.uuid", ondelete="SET NULL"), index=True),
    sa.Column("fixed_address", sa.String(45)),
    sa.Column("router_id", Uuid),
    sa.Column("status", sa.String(16), nullable=False, default="DOWN"),
    sa.UniqueConstraint("port_id", "fixed_address"),
    *timestamps(),
)

routers = sa.Table(
    "network_routers",
    metadata,
    *_named(),
    sa.Column("admin_state_up", sa.Boolean, nullable=False, default=True),
    sa.Column("status", sa.String(16), nullable=False, default="ACTIVE"),
    sa.Column("external_gateway_info", sa.JSON),
    *timestamps(),
)

# Of any of the above that have a UUID; without a reference, because one column cannot name seven tables.
tags = sa.Table(
    "network_tags",
    metadata,
    sa.Column("resource_id", Uuid, primary_key=True),
    sa.Column("tag", Name, primary_key=True),
)
