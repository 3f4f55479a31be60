"""Limits that administrators have set, apart from the options' defaults."""

from __future__ import annotations

import sqlalchemy as sa

from nova_api.db.schema.base import Name, metadata

# ``user_id`` is empty for the limit of the project as a whole.
quota_limits = sa.Table(
    "quota_limits",
    metadata,
    sa.Column("project_id", Name, primary_key=True),
    sa.Column("user_id", Name, primary_key=True),
    sa.Column("resource", sa.String(64), primary_key=True),
    sa.Column("hard_limit", sa.Integer, nullable=False),
)

quota_class_limits = sa.Table(
    "quota_class_limits",
    metadata,
    sa.Column("class_name", Name, primary_key=True),
    sa.Column("resource", sa.String(64), primary_key=True),
    sa.Column("hard_limit", sa.Integer, nullable=False),
)

# ``service``: network or volume.  Where no row stands, nothing is limited.
neighbour_quotas = sa.Table(
    "neighbour_quotas",
    metadata,
    sa.Column("project_id", Name, primary_key=True),
    sa.Column("service", sa.String(16), primary_key=True),
    sa.Column("resource", sa.String(64), primary_key=True),
    sa.Column("hard_limit", sa.Integer, nullable=False),
)
