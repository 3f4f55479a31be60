"""The database of a run: SQLite in each test's own folder, or one of the kind that the environment names."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from oslo_config import cfg

from nova_api import conf as nova_conf
from nova_api.conf import database
from nova_api.db import Database, migrate
from tests.functional import databases


@pytest.fixture(scope="session")
def _shared_database() -> Iterator[Database | None]:
    """With NOVA_API_TEST_DATABASE, one database for the whole run: its tables take seconds to make."""
    if databases.CHOSEN == "sqlite":
        yield None
        return
    with databases.scratch(databases.CHOSEN) as url:
        # A default: what a test's options say of the database comes before it.
        cfg.set_defaults(database.OPTS, connection=url)
        db = Database(nova_conf.new([], []))
        migrate.upgrade(db)
        yield db
        db.dispose()
        cfg.set_defaults(database.OPTS, connection=None)


@pytest.fixture(autouse=True)
def _empty_database(_shared_database: Database | None) -> None:
    """No test finds what another has left."""
    if _shared_database is not None:
        databases.empty(_shared_database)
        _shared_database.dispose()  # some tests end every connection of the server
