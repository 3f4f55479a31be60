"""No ROLLBACK where a COMMIT or a ROLLBACK came last.

SQLAlchemy's pool rolls back whatever it is given back.  psycopg2 knows when there is
nothing to roll back; PyMySQL sends it all the same, a round trip after each transaction.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy.engine import Engine

_ENDED = "nova_api.transaction_ended"


def not_rolled_back(engine: Engine) -> None:
    """Has connections of ``engine`` say nothing when they are rolled back after the end of a transaction."""
    dialect: Any = engine.dialect
    begin: Callable[[Any], None] = dialect.do_begin
    commit: Callable[[Any], None] = dialect.do_commit
    rollback: Callable[[Any], None] = dialect.do_rollback

    # Every statement is preceded by a begin: where a transaction is not begun explicitly, by SQLAlchemy.
    def do_begin(connection: Any) -> None:
        _info(connection).pop(_ENDED, None)
        begin(connection)

    def do_commit(connection: Any) -> None:
        commit(connection)
        _info(connection)[_ENDED] = True

    def do_rollback(connection: Any) -> None:
        if not _info(connection).get(_ENDED, False):
            rollback(connection)
            _info(connection)[_ENDED] = True

    dialect.do_begin, dialect.do_commit, dialect.do_rollback = do_begin, do_commit, do_rollback


def _info(connection: Any) -> dict[Any, Any]:
    """What is remembered of a pooled connection; nothing of the one that asks the server for its version."""
    found: dict[Any, Any] | None = connection.record_info
    return {} if found is None else found
