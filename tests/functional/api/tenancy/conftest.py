"""One world for a whole module, and a way back to it after each request that may have changed it."""

from __future__ import annotations

import pathlib
import shutil
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from nova_api import backend as nova_backend
from nova_api import conf as nova_conf
from nova_api.api.router import APIRouter
from nova_api.db import migrate
from tests.functional.api.conftest import TokenNames
from tests.functional.api.tenancy import things as made
from tests.functional.client import Api


class World:
    """The API in process, ids of the demo project's things, and the database as it was with them."""

    def __init__(self, backend: nova_backend.Backend, app: Any) -> None:
        self.backend = backend
        self.api = Api(app)
        self.things = made.of_demo(backend, self.api)
        self._file = pathlib.Path(backend.conf.state_path) / "nova-api.sqlite"
        self._kept = self._file.with_suffix(".kept")
        self._rest(lambda: shutil.copy(self._file, self._kept))

    def back(self) -> None:
        """Everything as it was at first."""
        self._rest(lambda: shutil.copy(self._kept, self._file))

    def _rest(self, copy: Callable[[], Any]) -> None:
        # The last connection that closes writes SQLite's log into the file.
        self.backend.db.dispose()
        copy()


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    conf = nova_conf.new([], [])
    conf.set_override("state_path", str(tmp_path_factory.mktemp("state")))
    with nova_conf.activate(conf):
        backend = nova_backend.of(conf)
        migrate.upgrade(backend.db)
        new = APIRouter.factory({}, microversions="true")
        old = APIRouter.factory({}, microversions="false")
        yield World(backend, TokenNames({"/v2.1": new, "/v2": old}))
        backend.db.dispose()
