"""A database of each kind, with the tables of today."""

from __future__ import annotations

import pathlib
from collections.abc import Iterator

import pytest

from nova_api import conf as nova_conf
from nova_api.db import Database, migrate
from tests.functional import databases


@pytest.fixture(scope="module", params=databases.KINDS)
def database(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    folder: pathlib.Path = tmp_path_factory.mktemp("database")
    with databases.scratch(request.param) as url:
        conf = nova_conf.new([], [])
        conf.set_override("state_path", str(folder))
        if url is not None:
            conf.set_override("connection", url, group="database")
        made = Database(conf)
        migrate.upgrade(made)
        yield made
        made.dispose()
