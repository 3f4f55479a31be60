"""Fixtures of the server's and the service's tests."""

from __future__ import annotations

import pathlib
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.functional.wsgi.serving import Process


@pytest.fixture
def start(tmp_path: pathlib.Path) -> Iterator[Callable[..., Process]]:
    """Starts a nova-api process with ``[wsgi]`` options as a dictionary and ``[DEFAULT]`` ones by keyword."""
    started: list[Process] = []

    def begin(wsgi: dict[str, Any] | None = None, **default: Any) -> Process:
        started.append(Process(tmp_path, wsgi, **default))
        return started[-1]

    yield begin
    for process in started:
        process.end()
