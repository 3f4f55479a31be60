"""What a network service of another process does not keep about the ports of servers."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

revision = "0015_remote_port"
down_revision = "0014_server_indexes"

TIME = sa.DateTime().with_variant(mysql.DATETIME(fsp=6), "mysql", "mariadb")
BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "remote_ports",
        sa.Column("id", BIG, autoincrement=True, nullable=False),
        sa.Column("port_id", sa.String(length=36), nullable=False),
        sa.Column("server_uuid", sa.String(length=36), nullable=False),
        sa.Column("request_key", sa.String(length=255), nullable=False),
        sa.Column("tag", sa.String(length=255)),
        sa.Column("made_for_server", sa.Boolean(), nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("updated_at", TIME),
        sa.PrimaryKeyConstraint("id", name="pk_remote_ports"),
        sa.UniqueConstraint("port_id", name="uq_remote_ports_port_id"),
        sa.UniqueConstraint("server_uuid", "request_key", name="uq_remote_ports_server_uuid_request_key"),
    )


def downgrade() -> None:
    op.drop_table("remote_ports")
