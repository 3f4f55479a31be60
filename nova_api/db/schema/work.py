"""Work items: the transactional outbox between an accepted request and its worker."""

from __future__ import annotations

import sqlalchemy as sa

from nova_api.db.schema.base import LongText, Name, Time, Uuid, metadata, row_id, timestamps

# state: ready ⇄ claimed; the row is deleted when its work is done or given up.  ``payload`` may
# hold an administrator password, which is one more reason to keep no row longer.
work_items = sa.Table(
    "work_items",
    metadata,
    row_id(),
    sa.Column("uuid", Uuid, nullable=False, unique=True),
    sa.Column("topic", sa.String(16), nullable=False),  # scheduler, compute
    sa.Column("host", Name),  # the compute host it must run on; null for any
    sa.Column("method", sa.String(64), nullable=False),
    sa.Column("server_uuid", Uuid, index=True),
    sa.Column("action_id", sa.BigInteger),
    sa.Column("payload", LongText, nullable=False),  # JSON
    sa.Column("context", LongText, nullable=False),  # JSON of the RequestContext
    sa.Column("state", sa.String(16), nullable=False, default="ready"),
    sa.Column("attempts", sa.Integer, nullable=False, default=0),
    sa.Column("claimed_by", Name),
    sa.Column("lease_until", Time),
    sa.Column("run_after", Time),
    *timestamps(),
    sa.Index("ix_work_items_state_topic", "state", "topic", "host"),
    sa.Index("ix_work_items_state_lease", "state", "lease_until"),
)
