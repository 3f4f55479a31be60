"""What became of a COMMIT whose answer was lost.

A connection that breaks before COMMIT was sent has changed nothing, and its
transaction can be repeated.  One that breaks after may have changed everything:
repeated, the transaction would meet its own work.  So each writing transaction
on a database server numbers itself, as its last statement, in a row of
``commits`` that belongs to its connection.  Where COMMIT gets no answer, that
row is asked: with the number it is there or not.

The row of a connection is locked by its transaction until that has ended, and
asking waits for the lock: a COMMIT that is still on its way is waited for.
"""

from __future__ import annotations

import contextlib
import datetime
import functools
import logging
import time
import uuid
from collections.abc import Iterator
from typing import Any, NamedTuple

import sqlalchemy as sa
from oslo_db import exception as db_exception
from sqlalchemy.dialects import mysql
from sqlalchemy.engine import Connection, Engine

from nova_api import exception
from nova_api.db.prepared import Prepared
from nova_api.db.schema.base import utcnow
from nova_api.db.schema.commit import commits

LOG = logging.getLogger(__name__)

#: Execution option of a connection that changes the schema, where ``commits`` may not be yet.
CHANGES_SCHEMA = "nova_changes_schema"
#: Pauses, in seconds, between the attempts to ask a database that does not answer.
_PAUSES = (0.1, 0.2, 0.4, 0.8)
#: What ``Connection.info`` has of this module: it lives as long as the connection to the server.
_ROW, _NUMBER, _WROTE = "commits row", "commits number", "commits wrote"
#: A connection that has said nothing for so long has ended; its row can go.
_KEPT = datetime.timedelta(days=1)
_MOST_FORGOTTEN = 100

_NUMBER_OF = Prepared(sa.select(commits.c.number).where(commits.c.connection == sa.bindparam("row")))


class _Row(NamedTuple):
    """The statements on the row of a connection: one writes its number, one locks it as it is."""

    write: Prepared
    touch: Prepared


@functools.cache
def _row(dialect: str) -> _Row:
    if dialect == "postgresql":
        from sqlalchemy.dialects import postgresql  # two MiB that other databases do without

        put = postgresql.insert(commits).inline()
        given, key = put.excluded, [commits.c.connection]
        values = {"number": given.number, "marked_at": given.marked_at}
        return _Row(
            Prepared(put.on_conflict_do_update(index_elements=key, set_=values)),
            Prepared(put.on_conflict_do_update(index_elements=key, set_={"number": commits.c.number})),
        )
    row = mysql.insert(commits).inline()
    return _Row(
        Prepared(row.on_duplicate_key_update(number=row.inserted.number, marked_at=row.inserted.marked_at)),
        Prepared(row.on_duplicate_key_update(number=commits.c.number)),
    )


class _Mark(NamedTuple):
    """The row of a connection and the number that its transaction has written there."""

    row: str
    number: int


def watch(engine: Engine) -> None:
    """Has the connections of ``engine`` remember whether they have written."""

    @sa.event.listens_for(engine, "after_cursor_execute")
    def _executed(
        conn: Connection, _cursor: Any, _text: str, _values: Any, context: Any, _many: bool
    ) -> None:
        if context is not None and (context.isinsert or context.isupdate or context.isdelete):
            conn.info[_WROTE] = True


@contextlib.contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """A transaction that commits at the end of the block, and where the answer is lost, finds out.

    Raises ``DBConnectionError`` when it was not done (it can be repeated),
    ``OutcomeUnknown`` when the database does not tell.
    """
    with engine.connect() as connection, connection.begin() as transaction:
        connection.info.pop(_WROTE, None)  # of one that was rolled back
        yield connection
        mark = _mark(connection)
        try:
            transaction.commit()
        except Exception as error:
            if mark is None or not connection.invalidated or not _is_there(engine, mark):
                raise
            LOG.info("A transaction is committed, though the connection broke: %s", _in_a_line(error))
            return
    if mark is not None and mark.number == 1:
        _forget_old(engine)


def _mark(connection: Connection) -> _Mark | None:
    """Numbers the transaction; None where it has changed nothing that could be done twice."""
    info = connection.info
    if not info.pop(_WROTE, False) or connection.get_execution_options().get(CHANGES_SCHEMA):
        return None
    mark = _Mark(info.setdefault(_ROW, str(uuid.uuid4())), info.get(_NUMBER, 0) + 1)
    info[_NUMBER] = mark.number
    write = _row(connection.dialect.name).write
    write.run(connection, connection=mark.row, number=mark.number, marked_at=utcnow())
    return mark


def _is_there(engine: Engine, mark: _Mark) -> bool:
    for pause in (*_PAUSES, None):
        try:
            # Rolled back at its end: only the lock matters, and what is read under it.
            with engine.connect() as connection:
                touch = _row(connection.dialect.name).touch
                touch.run(connection, connection=mark.row, number=0, marked_at=utcnow())
                found = _NUMBER_OF.first(connection, row=mark.row)
        except (db_exception.DBError, sa.exc.SQLAlchemyError) as error:
            LOG.warning("What became of a transaction cannot be asked: %s", _in_a_line(error))
            if pause is not None:
                time.sleep(pause)
        else:
            return bool(found == mark.number)
    raise exception.OutcomeUnknown()


def _in_a_line(error: Exception) -> str:
    return str(error).splitlines()[0]


def _forget_old(engine: Engine) -> None:
    """Removes rows of connections that have long ended; a new connection is when there is one more row.

    Found first, then removed by key in order: a DELETE over a range would lock, on MySQL, everybody's.
    """
    before = utcnow() - _KEPT
    old = sa.select(commits.c.connection).where(commits.c.marked_at < before).limit(_MOST_FORGOTTEN)
    with contextlib.suppress(db_exception.DBError, sa.exc.SQLAlchemyError), engine.connect() as connection:
        rows = sorted(connection.scalars(old))
        for row in rows:
            connection.execute(
                sa.delete(commits).where(commits.c.connection == row, commits.c.marked_at < before)
            )
        connection.commit()
