"""What the tables of every aggregate share: metadata, column types, column sets."""

from __future__ import annotations

import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import mysql
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.schema import CreateTable

metadata = sa.MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

#: Autoincrement wants INTEGER on SQLite.
BigInt = sa.BigInteger().with_variant(sa.Integer, "sqlite")
#: MySQL drops fractions of a second unless told.
Time = sa.DateTime().with_variant(mysql.DATETIME(fsp=6), "mysql", "mariadb")
#: MySQL's TEXT ends at 64 KiB.
LongText = sa.Text().with_variant(mysql.MEDIUMTEXT(), "mysql", "mariadb")
Uuid = sa.String(36)
Name = sa.String(255)


@compiles(CreateTable, "mysql", "mariadb")
def _create_table(element: CreateTable, compiler: Any, **options: Any) -> str:
    """CREATE TABLE, also in migrations, whose texts are equal only when they are the same.

    The servers' own collations take ``Key`` and ``key`` for one, so that a
    second metadata item would break the uniqueness of the first.
    """
    statement: str = compiler.visit_create_table(element, **options)
    return f"{statement.rstrip()} DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin"


def utcnow() -> datetime.datetime:
    """Now, naive UTC, as stored."""
    return datetime.datetime.now(datetime.UTC).replace(tzinfo=None)


def row_id() -> sa.Column[Any]:
    """The integer key that gives rows their order."""
    return sa.Column("id", BigInt, primary_key=True, autoincrement=True)


def timestamps() -> tuple[sa.Column[Any], sa.Column[Any]]:
    """``created_at`` set on insert; ``updated_at`` null until the first update."""
    return (
        sa.Column("created_at", Time, nullable=False, default=utcnow),
        sa.Column("updated_at", Time, onupdate=utcnow),
    )
