"""The last transaction of each connection, by which a commit is known whose answer was lost."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

revision = "0018_commit"
down_revision = "0017_neighbour_quota"

TIME = sa.DateTime().with_variant(mysql.DATETIME(fsp=6), "mysql", "mariadb")


def upgrade() -> None:
    op.create_table(
        "commits",
        sa.Column("connection", sa.String(length=36), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("marked_at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("connection", name="pk_commits"),
    )


def downgrade() -> None:
    op.drop_table("commits")
