"""The tables of share."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

revision = "0011_share"
down_revision = "0010_quota"

TIME = sa.DateTime().with_variant(mysql.DATETIME(fsp=6), "mysql", "mariadb")
BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "share_shares",
        sa.Column("id", BIG, autoincrement=True, nullable=False),
        sa.Column("uuid", sa.String(length=36), nullable=False),
        sa.Column("project_id", sa.String(length=255), nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("protocol", sa.String(length=16), nullable=False),
        sa.Column("status", sa.String(length=32), nullable=False),
        sa.Column("export_location", sa.String(length=255)),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("updated_at", TIME),
        sa.PrimaryKeyConstraint("id", name="pk_share_shares"),
        sa.UniqueConstraint("uuid", name="uq_share_shares_uuid"),
    )
    op.create_index("ix_share_shares_project_id", "share_shares", ["project_id"])
    op.create_table(
        "server_shares",
        sa.Column("id", BIG, autoincrement=True, nullable=False),
        sa.Column("uuid", sa.String(length=36), nullable=False),
        sa.Column("server_id", BIG, nullable=False),
        sa.Column("share_id", sa.String(length=36), nullable=False),
        sa.Column("tag", sa.String(length=255), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("export_location", sa.String(length=255), nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("updated_at", TIME),
        sa.ForeignKeyConstraint(["server_id"], ["servers.id"], name="fk_server_shares_server_id"),
        sa.PrimaryKeyConstraint("id", name="pk_server_shares"),
        sa.UniqueConstraint("server_id", "share_id", name="uq_server_shares_server_id_share_id"),
        sa.UniqueConstraint("server_id", "tag", name="uq_server_shares_server_tag"),
        sa.UniqueConstraint("uuid", name="uq_server_shares_uuid"),
    )
    op.create_table(
        "share_accesses",
        sa.Column("share_id", sa.String(length=36), nullable=False),
        sa.Column("server_uuid", sa.String(length=36), nullable=False),
        sa.Column("host", sa.String(length=255), nullable=False),
        sa.ForeignKeyConstraint(["share_id"], ["share_shares.uuid"], name="fk_share_accesses_share_id"),
        sa.PrimaryKeyConstraint("share_id", "server_uuid", name="pk_share_accesses"),
    )


def downgrade() -> None:
    op.drop_table("share_accesses")
    op.drop_table("server_shares")
    op.drop_table("share_shares")
