"""Engines over a database server: MariaDB, MySQL, PostgreSQL.

Made with SQLAlchemy alone, from oslo.db's options and with its translation of
errors: its own ``create_engine`` brings SQLAlchemy's object mapper along, which
nothing here uses and every process would carry.
"""

from __future__ import annotations

import itertools
import logging
import time
from typing import Any

import sqlalchemy as sa
from oslo_db import exception as db_exception
from oslo_db.sqlalchemy import exc_filters
from sqlalchemy.engine import Engine

from nova_api.db import committed, liveness

LOG = logging.getLogger(__name__)


def create(url: str, options: Any, **more: Any) -> Engine:
    """The engine for ``url``, as ``options`` ([database]) say; ``more`` goes to SQLAlchemy.

    The server is tried at once, as often as ``max_retries`` says (-1: for ever,
    0: never); raises DBConnectionError when it did not answer, and ArgumentError,
    an operator's mistake, where the library that ``url`` needs is not installed.
    A process that forks disposes of its engine first.
    """
    try:
        engine = sa.create_engine(
            url,
            pool_size=options.max_pool_size,
            max_overflow=options.max_overflow,
            pool_timeout=options.pool_timeout,
            pool_recycle=options.connection_recycle_time,
            pool_pre_ping=True,
            **more,
        )
    except ModuleNotFoundError as error:
        raise sa.exc.ArgumentError(
            f"[database] connection = {sa.make_url(url).drivername}://… needs the library {error.name}, "
            "which is not installed: nova-api[mysql] brings that of mysql+pymysql://, and "
            "nova-api[postgresql] that of postgresql+psycopg2://"
        ) from error
    exc_filters.register_engine(engine)
    if engine.name in ("mysql", "mariadb") and options.mysql_sql_mode is not None:
        _set_sql_mode(engine, options.mysql_sql_mode)
    if engine.driver == "pymysql":
        from nova_api.db import tls  # needs the driver, which other databases do without

        liveness.instead_of_ping(engine)
        committed.not_rolled_back(engine)
        tls.share_context(engine)
    else:
        _pause_between_transactions(engine)
    _try(engine, options.max_retries, options.retry_interval)
    return engine


def _set_sql_mode(engine: Engine, mode: str) -> None:
    @sa.event.listens_for(engine, "connect")
    def _set(dbapi_connection: Any, _record: Any) -> None:
        with dbapi_connection.cursor() as cursor:
            cursor.execute("SET SESSION sql_mode = %s", [mode])


def _pause_between_transactions(engine: Engine) -> None:
    """Gives the other green threads a turn: a driver written in C may not, when it waits."""

    @sa.event.listens_for(engine, "checkin")
    def _pause(_dbapi_connection: Any, _record: Any) -> None:
        time.sleep(0)


def _try(engine: Engine, attempts: int, pause: float) -> None:
    for attempt in itertools.count(1) if attempts < 0 else range(1, attempts + 1):
        try:
            engine.connect().close()
            return
        except db_exception.DBConnectionError:
            if attempt == attempts:
                raise
            LOG.warning("the database server does not answer (attempt %d)", attempt)
            time.sleep(pause)
