"""Readers that share a moment, and connections that the server has ended."""

from __future__ import annotations

import contextlib

import pytest
import sqlalchemy as sa

from nova_api.db import Database
from nova_api.db.schema.compute import flavors

_COUNT = sa.select(sa.func.count()).select_from(flavors)


def _count(database: Database) -> int:
    with database.reader() as conn:
        return int(conn.scalar(_COUNT))


def _add(database: Database, name: str) -> None:
    with database.writer() as conn:
        conn.execute(flavors.insert().values(flavorid=name, name=name, memory_mb=1, vcpus=1, root_gb=1))


def _fail_half_way(database: Database) -> None:
    with database.writer() as conn:
        conn.execute(flavors.insert().values(flavorid="no", name="no", memory_mb=1, vcpus=1, root_gb=1))
        conn.exec_driver_sql("SELECT nothing FROM nowhere")


def _in_use(database: Database) -> int:
    return int(database.engine.pool.checkedout())


def test_readers_of_one_block_share_a_connection(database: Database) -> None:
    with database.reading():
        with database.reader() as first:
            pass
        with database.reading(), database.reader() as second, database.reader() as third:
            assert first is second is third
        assert _in_use(database) == 1
    assert _in_use(database) == 0


def test_a_writer_ends_the_moment(database: Database) -> None:
    with database.reading():
        before = _count(database)
        _add(database, "seen-at-once")
        assert _count(database) == before + 1
        with database.reader() as outer:
            _add(database, "written-inside-a-reader")
            assert outer.scalar(sa.select(sa.func.count()).select_from(flavors)) > before
            assert _count(database) == before + 2
    assert _in_use(database) == 0


def test_a_failed_reader_ends_it_too(database: Database) -> None:
    with database.reading():
        with pytest.raises(Exception, match="nowhere"), database.reader() as conn:
            conn.exec_driver_sql("SELECT nothing FROM nowhere")
        _count(database)
    assert _in_use(database) == 0


def test_a_statement_belongs_to_the_moment_of_its_block(database: Database) -> None:
    with database.reading():
        with database.reader() as first:
            pass
        with database.statement() as conn:
            assert conn is first


def test_a_statement_sees_what_was_written_before_it(database: Database) -> None:
    if database.is_sqlite:
        pytest.skip("statements are transactions, which cost nothing without a server")
    with database.reading(), database.statement() as conn:
        before = conn.scalar(_COUNT)
        _add(database, "between-two-statements")
        assert conn.scalar(_COUNT) == before + 1
        assert _in_use(database) == 0


@pytest.mark.parametrize("way", ["reader", "statement"])
def test_a_connection_that_the_server_has_ended_is_replaced(database: Database, way: str) -> None:
    if "mysql" not in database.url:
        pytest.skip("only PyMySQL's connections are looked at instead of pinged")
    read = getattr(database, way)
    with read() as conn:
        mine = conn.scalar(sa.text("SELECT CONNECTION_ID()"))
    killer = sa.create_engine(database.url)
    with killer.connect() as conn:
        conn.exec_driver_sql(f"KILL {mine}")
    killer.dispose()
    with read() as conn:
        assert conn.scalar(sa.text("SELECT CONNECTION_ID()")) != mine


def test_connections_without_tls_options_share_a_context(database: Database) -> None:
    if "mysql" not in database.url:
        pytest.skip("only PyMySQL makes one for each connection")
    with contextlib.ExitStack() as stack:
        several = [stack.enter_context(database.engine.connect()) for _ in range(4)]
        contexts = {id(conn.connection.dbapi_connection.ctx) for conn in several}  # type: ignore[union-attr]
    assert len(contexts) == 1


def test_a_rollback_is_sent_unless_the_transaction_was_committed(database: Database) -> None:
    if "mysql" not in database.url:
        pytest.skip("only PyMySQL sends a rollback where there is nothing to roll back")
    database.dispose()  # from here on there is one connection

    def sent() -> int:
        with database.writer() as conn:
            return int(conn.exec_driver_sql("SHOW SESSION STATUS LIKE 'Com_rollback'").one()[1])

    before = sent()
    assert sent() == before
    with database.reader() as conn:
        conn.exec_driver_sql("SELECT 1")
    assert sent() == before + 1
    count = _count(database)  # and one more
    with pytest.raises(Exception, match="nowhere"):
        _fail_half_way(database)
    assert sent() == before + 3
    assert _count(database) == count
