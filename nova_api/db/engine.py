"""Engine and transactions.

Reads and writes are separate on purpose: a writer on SQLite begins IMMEDIATE,
so that it never fails half-way for a lock it could have waited for at its
start, and writers of one process queue on a lock that lets other green
threads run (SQLite's own waiting would stop the whole process).
"""

from __future__ import annotations

import contextlib
import contextvars
import pathlib
import threading
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

import orjson
import sqlalchemy as sa
from oslo_config import cfg
from oslo_db import api as oslo_db_api
from oslo_db import exception as db_exception
from oslo_db.sqlalchemy import exc_filters
from sqlalchemy.engine import Connection, Engine

from nova_api.db import commits, regex, server_engine

_T = TypeVar("_T")

#: Seconds that a SQLite writer waits for a writer of another process.
SQLITE_BUSY_SECONDS = 30


def connection_url(conf: cfg.ConfigOpts) -> str:
    """``[database] connection``, or the embedded SQLite file under ``state_path``."""
    if conf.database.connection:
        return _with_charset(str(conf.database.connection))
    return f"sqlite:///{pathlib.Path(conf.state_path).resolve() / 'nova-api.sqlite'}"


def _with_charset(url: str) -> str:
    """``url``; of MySQL with a character set, where it names none, that has room for every character.

    oslo.db would talk in the set of old, and a name with an emoji would be a bug.
    """
    parsed = sa.make_url(url)
    if parsed.get_backend_name() not in ("mysql", "mariadb") or "charset" in parsed.query:
        return url
    return parsed.update_query_dict({"charset": "utf8mb4"}).render_as_string(hide_password=False)


def _dumps(value: Any) -> str:
    return orjson.dumps(value).decode()


class _Snapshot:
    """The connection that the readers inside ``Database.reading`` share; ``users`` are inside it now."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.users = 0


class _Reading:
    """A block of ``Database.reading``: its snapshot, from the first reader until something ends it."""

    def __init__(self) -> None:
        self.snapshot: _Snapshot | None = None


@exc_filters.filters(  # type: ignore[untyped-decorator]
    "postgresql",
    sa.exc.OperationalError,
    r".*(connection to server .* failed|Connection refused|the database system is )",
)
def _refused(error: Exception, _match: Any, _engine: str, _is_disconnect: bool) -> None:
    """A PostgreSQL that is away, starts or stops is a lost connection, to be retried and told as such.

    oslo.db knows these by their words, and not in the form that psycopg2 gives them today.
    """
    raise db_exception.DBConnectionError(error)


class Database:
    """One engine and its transactions.

    ``reader()`` and ``writer()`` are context managers that yield a SQLAlchemy
    ``Connection``; a writer commits at the end of its block and rolls back on
    an exception.  ``retrying(fn)`` runs a function of a whole transaction
    again after a deadlock or a lost connection.
    """

    def __init__(self, conf: cfg.ConfigOpts) -> None:
        self.url = connection_url(conf)
        self.conf = conf
        self._write_lock = threading.RLock()
        self._engine: Engine | None = None
        self._statements: Engine | None = None
        self._engine_lock = threading.Lock()
        # Green threads have contexts of their own, as native ones do.
        self._reading: contextvars.ContextVar[_Reading | None] = contextvars.ContextVar(
            "reading", default=None
        )

    @property
    def engine(self) -> Engine:
        if self._engine is None:
            with self._engine_lock:
                if self._engine is None:
                    engine = self._create_engine()
                    # Now, while the database answers: oslo.db waits for one that does not.
                    self._statements = (
                        engine if self.is_sqlite else _without_transactions(self._create_engine())
                    )
                    self._engine = engine
        return self._engine

    @property
    def statement_engine(self) -> Engine:
        """Its connections begin no transactions: closing one costs no round trip. On SQLite, ``engine``."""
        _ = self.engine
        assert self._statements is not None
        return self._statements

    @property
    def is_sqlite(self) -> bool:
        return self.url.startswith("sqlite")

    def _create_engine(self) -> Engine:
        options = self.conf.database
        if self.is_sqlite:
            path = self.url.removeprefix("sqlite:///")
            if path and path != ":memory:":
                pathlib.Path(path).parent.mkdir(parents=True, exist_ok=True)
            return self._create_sqlite_engine()
        engine = server_engine.create(
            self.url, options, json_serializer=_dumps, json_deserializer=orjson.loads
        )
        commits.watch(engine)
        return engine

    def _create_sqlite_engine(self) -> Engine:
        # Not oslo.db's: its SQLite listeners leave BEGIN to the driver, which
        # starts every transaction deferred and so makes writers fail half-way.
        engine = sa.create_engine(
            self.url,
            json_serializer=_dumps,
            json_deserializer=orjson.loads,
            connect_args={
                "timeout": SQLITE_BUSY_SECONDS,
                "check_same_thread": False,
                "isolation_level": None,
            },
            pool_size=10,
            max_overflow=50,
        )

        @sa.event.listens_for(engine, "connect")
        def _configure(dbapi_connection: Any, _record: Any) -> None:
            cursor = dbapi_connection.cursor()
            for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "foreign_keys=ON", "temp_store=MEMORY"):
                cursor.execute(f"PRAGMA {pragma}")
            cursor.close()
            dbapi_connection.create_function("regexp", 2, regex.sqlite_regexp, deterministic=True)

        @sa.event.listens_for(engine, "begin")
        def _begin(connection: Connection) -> None:
            immediate = connection.get_execution_options().get("nova_writer", False)
            connection.exec_driver_sql("BEGIN IMMEDIATE" if immediate else "BEGIN")

        return engine

    @contextlib.contextmanager
    def reader(self) -> Iterator[Connection]:
        """A transaction for reading: one consistent view of the data; inside ``reading``, that block's."""
        reading = self._reading.get()
        if reading is None:
            # Not begun and committed: closing ends the transaction with one round trip, committing takes two.
            with self.engine.connect() as connection:
                yield connection
            return
        if reading.snapshot is None:
            reading.snapshot = _Snapshot(self.engine.connect())
        snapshot = reading.snapshot
        snapshot.users += 1
        try:
            yield snapshot.connection
        except BaseException:
            self.forget_snapshot()  # the connection may be what failed
            raise
        finally:
            snapshot.users -= 1
            if snapshot is not reading.snapshot and not snapshot.users:
                snapshot.connection.close()

    @contextlib.contextmanager
    def statement(self) -> Iterator[Connection]:
        """For one statement that reads, which sees one moment by itself; inside ``reading``, that block's.

        Where nobody has read in the block yet, it does not begin the moment of those who come after.
        """
        reading = self._reading.get()
        if self.is_sqlite or (reading is not None and reading.snapshot is not None):
            with self.reader() as connection:
                yield connection
            return
        with self.statement_engine.connect() as connection:
            yield connection

    @contextlib.contextmanager
    def reading(self) -> Iterator[None]:
        """All readers inside the block share one connection, and so see the same moment.

        (PostgreSQL, as it comes, shows each statement the moment of its own.)
        Not for waiting until something changes: nothing does.  A writer inside
        ends that moment, when it begins and when it is done.
        """
        if self._reading.get() is not None:
            yield
            return
        before = self._reading.set(_Reading())
        try:
            yield
        finally:
            self.forget_snapshot()
            self._reading.reset(before)

    def forget_snapshot(self) -> None:
        """Gives the connection of ``reading`` back; the next reader sees a new moment.

        Also to be called before a long wait for somebody else.
        """
        reading = self._reading.get()
        if reading is None or reading.snapshot is None:
            return
        snapshot, reading.snapshot = reading.snapshot, None
        if not snapshot.users:
            snapshot.connection.close()

    @contextlib.contextmanager
    def writer(self) -> Iterator[Connection]:
        """A transaction that commits at the end of the block."""
        self.forget_snapshot()
        try:
            with self._writing() as connection:
                yield connection
        finally:
            self.forget_snapshot()

    @contextlib.contextmanager
    def _writing(self) -> Iterator[Connection]:
        if not self.is_sqlite:
            with commits.writing(self.engine) as connection:
                yield connection
            return
        with (
            self._write_lock,
            self.engine.connect().execution_options(nova_writer=True) as connection,
            connection.begin(),
        ):
            yield connection

    def retrying(self, function: Callable[[], _T]) -> _T:
        """Runs ``function``, again (with growing pauses) after a deadlock or a lost connection.

        ``function`` must open its own transaction, with ``writer``: what that has
        committed is not repeated, also where the answer to its COMMIT was lost.
        """
        wrapped = oslo_db_api.wrap_db_retry(
            max_retries=5,
            retry_interval=0.1,
            inc_retry_interval=True,
            retry_on_deadlock=True,
            retry_on_disconnect=True,
        )(function)
        result: _T = wrapped()
        return result

    def dispose(self) -> None:
        """Closes every pooled connection, as a process must before a fork.

        The engine stays: a new one would first wait for a database that is away,
        and a worker that is forked then has to refuse requests instead.
        """
        for engine in (self._engine, self._statements):
            if engine is not None:
                engine.dispose()


def _without_transactions(engine: Engine) -> Engine:
    """``engine``, whose connections commit each statement by themselves from now on."""

    @sa.event.listens_for(engine, "connect")
    def _configure(dbapi_connection: Any, _record: Any) -> None:
        engine.dialect.set_isolation_level(dbapi_connection, "AUTOCOMMIT")

    # What create_engine() sets by an argument that oslo.db's has no room for.
    engine.dialect.skip_autocommit_rollback = True
    engine.dispose()  # the connection that oslo.db has tried it with
    return engine
