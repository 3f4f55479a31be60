"""Clouds on every kind of database."""

from __future__ import annotations

import pathlib
from collections.abc import Iterator

import pytest

from tests.functional import databases
from tests.functional.work.cloud import Cloud, options, running


@pytest.fixture
def cloud(tmp_path: pathlib.Path) -> Iterator[Cloud]:
    """One host, SQLite."""
    with running(options(tmp_path)) as made:
        yield made


@pytest.fixture(params=databases.KINDS)
def database(request: pytest.FixtureRequest) -> Iterator[str | None]:
    """The URL of an empty database of each kind in turn."""
    with databases.scratch(request.param) as url:
        yield url
