"""The database of a run: SQLite in each test's own folder, or one of the kind that the environment names."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from nova_api import conf as nova_conf
from nova_api.db import Database, migrate
from tests.functional import databases


@pytest.fixture(scope="session", autouse=True)
def _chosen_database() -> Iterator[None]:
    """With NOVA_API_TEST_DATABASE, one database for the whole run: its tables take seconds to make."""
    if databases.CHOSEN == "sqlite":
        yield
        return
    with databases.scratch(databases.CHOSEN) as url, pytest.MonkeyPatch.context() as patch:
        assert url is not None
        # As the options spell it, character set and all.
        patch.setenv(databases.VARIABLE, url)
        db = Database(nova_conf.new([], []))
        patch.setenv(databases.VARIABLE, db.url)
        migrate.upgrade(db)
        db.dispose()
        yield
