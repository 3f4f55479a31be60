"""Faults that tests have asked for."""

from __future__ import annotations

import sqlalchemy as sa

from nova_api.db.schema.base import metadata, row_id

fault_rules = sa.Table(
    "fault_rules",
    metadata,
    row_id(),
    # Of a rule that stands in an ini: which text of which ini, and where in it. Null for one put at run time.
    sa.Column("ini_key", sa.String(64), unique=True),
    sa.Column("on_build", sa.Boolean, nullable=False),
    sa.Column("rule", sa.JSON, nullable=False),
    sa.Column("matched", sa.Integer, nullable=False, default=0),
    sa.Column("fired", sa.Integer, nullable=False, default=0),
)
