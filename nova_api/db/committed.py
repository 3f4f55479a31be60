"""No ROLLBACK after a COMMIT.

SQLAlchemy's pool rolls back whatever it is given back.  psycopg2 knows when there is
nothing to roll back; PyMySQL sends it all the same, a round trip after each transaction.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy.engine import Engine

_COMMITTED = "nova_api.committed"


def not_rolled_back(engine: Engine) -> None:
    """Has connections of ``engine`` keep quiet when they are rolled back right after a commit."""
    dialect: Any = engine.dialect
    begin: Callable[[Any], None] = dialect.do_begin
    commit: Callable[[Any], None] = dialect.do_commit
    rollback: Callable[[Any], None] = dialect.do_rollback

    # Every statement is preceded by a begin: where a transaction is not begun explicitly, by SQLAlchemy.
    def do_begin(connection: Any) -> None:
        connection.info.pop(_COMMITTED, None)
        begin(connection)

    def do_commit(connection: Any) -> None:
        commit(connection)
        connection.info[_COMMITTED] = True

    def do_rollback(connection: Any) -> None:
        if not connection.info.pop(_COMMITTED, False):
            rollback(connection)

    dialect.do_begin, dialect.do_commit, dialect.do_rollback = do_begin, do_commit, do_rollback
