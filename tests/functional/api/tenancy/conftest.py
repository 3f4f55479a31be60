"""One world for a whole module, and a way back to it after each request that may have changed it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa

from nova_api import backend as nova_backend
from nova_api import conf as nova_conf
from nova_api.api.router import APIRouter
from nova_api.db import migrate
from nova_api.db.schema import metadata
from tests.functional import databases
from tests.functional.api.conftest import TokenNames
from tests.functional.api.tenancy import things as made
from tests.functional.client import Api


class World:
    """The API in process, ids of the demo project's things, and the database as it was with them."""

    def __init__(self, backend: nova_backend.Backend, app: Any) -> None:
        self.backend = backend
        self.api = Api(app)
        self.things = made.of_demo(backend, self.api)
        with backend.db.reader() as conn:
            rows = {
                table: conn.execute(sa.select(table)).mappings().all() for table in metadata.sorted_tables
            }
        self._kept = {table: [dict(row) for row in found] for table, found in rows.items()}

    def back(self) -> None:
        """Everything as it was at first."""
        with self.backend.db.writer() as conn:
            for table in reversed(metadata.sorted_tables):
                conn.execute(sa.delete(table))
            for table, rows in self._kept.items():
                if rows:
                    conn.execute(sa.insert(table), rows)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    conf = nova_conf.new([], [])
    conf.set_override("state_path", str(tmp_path_factory.mktemp("state")))
    with databases.own(conf), nova_conf.activate(conf):
        backend = nova_backend.of(conf)
        migrate.upgrade(backend.db)
        new = APIRouter.factory({}, microversions="true")
        old = APIRouter.factory({}, microversions="false")
        yield World(backend, TokenNames({"/v2.1": new, "/v2": old}))
        backend.db.dispose()
