"""Ways into a server: console tokens, and the password that the guest has published."""

from __future__ import annotations

import sqlalchemy as sa

from nova_api.db.schema.base import BigInt, LongText, Name, Time, metadata, row_id, utcnow

# A token is kept as its SHA-256: who reads the table cannot open a console.
console_tokens = sa.Table(
    "console_tokens",
    metadata,
    row_id(),
    sa.Column("token_hash", sa.String(64), nullable=False, unique=True),
    sa.Column("server_id", BigInt, sa.ForeignKey("servers.id"), nullable=False, index=True),
    sa.Column("console_type", sa.String(32), nullable=False),
    sa.Column("host", Name, nullable=False),
    sa.Column("port", sa.Integer, nullable=False),
    sa.Column("tls_port", sa.Integer),
    sa.Column("internal_access_path", Name),
    sa.Column("expires_at", Time, nullable=False),
    sa.Column("created_at", Time, nullable=False, default=utcnow),
)

# Encrypted by the guest with the public key of its key pair; nobody here can read it.
server_passwords = sa.Table(
    "server_passwords",
    metadata,
    sa.Column("server_id", BigInt, sa.ForeignKey("servers.id"), primary_key=True, autoincrement=False),
    sa.Column("encrypted", LongText, nullable=False),
)
