"""The last transaction of each connection: what became of one whose COMMIT got no answer."""

from __future__ import annotations

import sqlalchemy as sa

from nova_api.db.schema.base import Time, Uuid, metadata

commits = sa.Table(
    "commits",
    metadata,
    sa.Column("connection", Uuid, primary_key=True),
    sa.Column("number", sa.BigInteger, nullable=False),
    sa.Column("marked_at", Time, nullable=False),
)
