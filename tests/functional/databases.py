"""The databases that a test runs against: SQLite in a file, MariaDB and PostgreSQL where they answer.

``NOVA_API_TEST_DATABASE=mysql`` (or ``postgresql``) in the environment has every
test under ``tests/functional`` that would take SQLite run on that one instead:
tests share a database that each finds empty (``conftest.py``), and what several
tests look at together has one of its ``own``.  Programs that a test starts are
told of their database by its options, and take SQLite where these do not speak of it.
"""

from __future__ import annotations

import contextlib
import os
import uuid
from collections.abc import Iterator

import pytest
import sqlalchemy as sa
from oslo_config import cfg

from nova_api.db import Database, emptying
from nova_api.db.schema import metadata

#: Kind → (URL of the server, URL of a database on it).
SERVERS = {
    "mariadb": ("mysql+pymysql://root@127.0.0.1:3306/", "mysql+pymysql://root@127.0.0.1:3306/{name}"),
    "postgresql": (
        "postgresql+psycopg2://root@127.0.0.1:5432/postgres",
        "postgresql+psycopg2://root@127.0.0.1:5432/{name}",
    ),
}
_asked = os.environ.get("NOVA_API_TEST_DATABASE") or "sqlite"
#: What ordinary tests run on, and what tests of several databases run on.
CHOSEN = "mariadb" if _asked == "mysql" else _asked
if CHOSEN not in ("sqlite", *SERVERS):
    raise ValueError(f"NOVA_API_TEST_DATABASE={_asked}: sqlite, mysql or postgresql")
KINDS = ("sqlite", *SERVERS) if CHOSEN == "sqlite" else (CHOSEN,)


@contextlib.contextmanager
def scratch(kind: str) -> Iterator[str | None]:
    """The URL of an empty database of ``kind``, dropped at the end; None means the embedded SQLite file.

    Skips the test when the server does not answer.
    """
    if kind == "sqlite":
        yield None
        return
    server, database = SERVERS[kind]
    name = f"nova_api_test_{uuid.uuid4().hex[:12]}"
    engine = sa.create_engine(server, isolation_level="AUTOCOMMIT")
    try:
        try:
            with engine.connect() as conn:
                conn.exec_driver_sql(f"CREATE DATABASE {name}")
        except sa.exc.OperationalError as error:
            pytest.skip(f"{kind} does not answer: {error.orig}")
        yield database.format(name=name)
        with engine.connect() as conn:
            conn.exec_driver_sql(f"DROP DATABASE {name}" + (" WITH (FORCE)" if kind == "postgresql" else ""))
    finally:
        engine.dispose()


@contextlib.contextmanager
def own(conf: cfg.ConfigOpts) -> Iterator[None]:
    """While it lasts, ``conf`` has an empty database to itself; with SQLite that of its ``state_path``."""
    with scratch(CHOSEN) as url:
        if url is not None:
            conf.set_override("connection", url, group="database")
        yield


def empty(db: Database) -> None:
    """Deletes every row."""
    with db.writer() as conn:
        emptying.empty(conn, metadata.sorted_tables)


def make_tables(db: Database) -> None:
    """The tables of a test's own SQLite file; the database that tests share has them."""
    if CHOSEN == "sqlite":
        metadata.create_all(db.engine)
