"""The databases that a test runs against: SQLite in a file, MariaDB and PostgreSQL where they answer."""

from __future__ import annotations

import contextlib
import uuid
from collections.abc import Iterator

import pytest
import sqlalchemy as sa

#: Kind → (URL of the server, URL of a database on it).
SERVERS = {
    "mariadb": ("mysql+pymysql://root@127.0.0.1:3306/", "mysql+pymysql://root@127.0.0.1:3306/{name}"),
    "postgresql": (
        "postgresql+psycopg2://root@127.0.0.1:5432/postgres",
        "postgresql+psycopg2://root@127.0.0.1:5432/{name}",
    ),
}
KINDS = ("sqlite", *SERVERS)


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
