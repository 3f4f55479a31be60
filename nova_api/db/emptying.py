"""Tables emptied for a new beginning: the test reset, and tests that share a database."""

from __future__ import annotations

from collections.abc import Iterable

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.schema import Table


def empty(conn: Connection, tables: Iterable[Table]) -> None:
    """Deletes all rows of ``tables``, which are in order of their foreign keys; ids begin at 1 again.

    On MariaDB the transaction of ``conn`` is committed with it.
    """
    by_name = {table.name: table for table in tables}
    # One question for all: most are empty already.
    asked = (
        sa.select(sa.literal(table.name)).where(sa.exists(sa.select(sa.literal(1)).select_from(table)))
        for table in by_name.values()
    )
    filled = set(conn.scalars(sa.union_all(*asked)))
    emptied = [table for name, table in reversed(by_name.items()) if name in filled]
    for table in emptied:
        conn.execute(sa.delete(table))
    for table in emptied:
        if table.autoincrement_column is not None:
            _restart(conn, table, table.autoincrement_column.name)


def _restart(conn: Connection, table: Table, column: str) -> None:
    if conn.dialect.name == "postgresql":
        sequence = sa.func.pg_get_serial_sequence(table.name, column)
        conn.execute(sa.select(sa.func.setval(sequence, 1, False)))
    elif conn.dialect.name == "mysql":
        # DDL, which commits; SQLite needs nothing: it counts on from the highest id that there is.
        conn.execute(sa.text(f"ALTER TABLE {table.name} AUTO_INCREMENT = 1"))
