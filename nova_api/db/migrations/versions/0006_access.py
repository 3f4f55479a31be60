"""The tables of access."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

revision = "0006_access"
down_revision = "0005_work"

TIME = sa.DateTime().with_variant(mysql.DATETIME(fsp=6), "mysql", "mariadb")
TEXT = sa.Text().with_variant(mysql.MEDIUMTEXT(), "mysql", "mariadb")
BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "console_tokens",
        sa.Column("id", BIG, autoincrement=True, nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("server_id", BIG, nullable=False),
        sa.Column("console_type", sa.String(length=32), nullable=False),
        sa.Column("host", sa.String(length=255), nullable=False),
        sa.Column("port", sa.Integer(), nullable=False),
        sa.Column("tls_port", sa.Integer()),
        sa.Column("internal_access_path", sa.String(length=255)),
        sa.Column("expires_at", TIME, nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.ForeignKeyConstraint(["server_id"], ["servers.id"], name="fk_console_tokens_server_id"),
        sa.PrimaryKeyConstraint("id", name="pk_console_tokens"),
        sa.UniqueConstraint("token_hash", name="uq_console_tokens_token_hash"),
    )
    op.create_index("ix_console_tokens_server_id", "console_tokens", ["server_id"])
    op.create_table(
        "server_passwords",
        sa.Column("server_id", BIG, autoincrement=False, nullable=False),
        sa.Column("encrypted", TEXT, nullable=False),
        sa.ForeignKeyConstraint(["server_id"], ["servers.id"], name="fk_server_passwords_server_id"),
        sa.PrimaryKeyConstraint("server_id", name="pk_server_passwords"),
    )


def downgrade() -> None:
    op.drop_table("server_passwords")
    op.drop_table("console_tokens")
