"""Random histories of separate processes over RabbitMQ, whose hosts die by kill -9."""

from __future__ import annotations

import contextlib
import itertools
import pathlib
import socket
from collections.abc import Iterator

import pytest

from tests.functional import databases
from tests.functional.machine import running
from tests.functional.machine.places import Place
from tests.functional.machine.processes import Processes


@pytest.fixture
def broker() -> None:
    try:
        socket.create_connection(("127.0.0.1", 5672), timeout=2).close()
    except OSError as error:
        pytest.skip(f"RabbitMQ does not answer on 127.0.0.1:5672: {error}")


@pytest.mark.usefixtures("broker")
def test_processes(tmp_path: pathlib.Path) -> None:
    number = itertools.count()

    @contextlib.contextmanager
    def make() -> Iterator[Place]:
        folder = tmp_path / str(next(number))
        folder.mkdir()
        with databases.scratch("mariadb") as url:
            assert url is not None
            place = Processes(folder, url)
            try:
                yield place
            finally:
                place.close()

    running.run(make, steps=60, length=20)
