"""Lists of servers on every kind of database: filters and orders that are spelt differently there."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import sqlalchemy as sa
from oslo_config import cfg

from nova_api import backend as nova_backend
from nova_api.api.compute.servers.query import SORT_KEYS
from nova_api.backend import Backend
from nova_api.db import regex, schema
from tests.functional import databases
from tests.functional.api.servers import given
from tests.functional.api.servers.test_list import pages
from tests.functional.client import DEMO_PROJECT, Api


@pytest.fixture(scope="module", params=databases.KINDS)
def database(request: pytest.FixtureRequest) -> Iterator[str | None]:
    """The URL of a database with tables; None for SQLite, where making them costs nothing."""
    with databases.scratch(request.param) as url:
        if url is not None:
            engine = sa.create_engine(url)
            schema.metadata.create_all(engine)
            engine.dispose()
        yield url


@pytest.fixture
def backend(conf: cfg.ConfigOpts, database: str | None) -> Iterator[Backend]:
    """In place of the ordinary one: over a database of each kind, emptied for each test."""
    if database is not None:
        conf.set_override("connection", database, group="database")
    made = nova_backend.of(conf)
    if database is None:
        schema.metadata.create_all(made.db.engine)
    yield made
    with made.db.writer() as conn:
        for table in reversed(schema.metadata.sorted_tables):
            conn.execute(table.delete())
    made.db.dispose()


@pytest.fixture
def four(backend: Backend) -> list[str]:
    """Four servers with and without everything that may be missing; oldest first."""
    bare = {
        "host": None,
        "node": None,
        "launched_at": None,
        "key_name": None,
        "description": None,
        "nics": None,
    }
    given.zone(backend, "az1", "compute2")
    return [
        given.server(backend, 1, tags=("x",), host="compute2", task_state="rebooting"),
        given.server(backend, 2, **bare),
        given.server(backend, 3, config_drive=True, disk_config="AUTO", locked_by="owner"),
        given.server(backend, 4, **bare, created_at=given.BIRTH),
    ]


def test_every_sort_key_pages(api: Api, four: list[str]) -> None:
    admin = api.as_("admin", DEMO_PROJECT)
    admin.version = "2.104"
    for number, key in enumerate(SORT_KEYS):
        query = f"?limit=2&sort_key={key}&sort_dir={('asc', 'desc')[number % 2]}"
        assert sorted(uuid for page in pages(admin, query) for uuid in page) == sorted(four), key


_FILTERS = {
    "name=^vm[12]$": [1, 0],
    "availability_zone=^nova$": [2],
    "availability_zone=^$": [1, 3],
    "created_at=^2026-01-31 12:00:0[23]": [2, 1],
    "launched_at=.": [2, 0],
    "power_state=^1$&progress=0&launch_index=0": [2, 1, 0, 3],
    "config_drive=true": [2],
    "auto_disk_config=no": [1, 0, 3],
    "locked=true": [2],
    "description=.": [],
    "tags=x&not-tags=y": [0],
    "not-tags-any=x": [2, 1, 3],
    "status=REBOOT": [0],
    "ip=192.168": [2, 0],
    "changes-since=2026-01-31T12:00:03Z": [2],
    "deleted=true": [],
    "soft_deleted=true": [2, 1, 0, 3],
}
_ODD_PATTERNS = ("(", "[z-a]", "a{2,1}", r"\x{110000000}", "(?=a)", "[[:nonsense:]]", "*a", "a**", "a{9999}")


def test_filters(api: Api, four: list[str]) -> None:
    admin = api.as_("admin", DEMO_PROJECT)
    for query, found in _FILTERS.items():
        reply = admin.get(f"/servers/detail?{query}", version="2.104")
        assert reply.status_int == 200, (query, reply.text)
        assert [server["id"] for server in reply.json["servers"]] == [four[n] for n in found], query


@pytest.mark.usefixtures("four")
def test_no_pattern_is_an_internal_error(api: Api) -> None:
    for pattern in _ODD_PATTERNS:
        assert api.get(f"/servers?name={pattern}").status_int in (200, 400), pattern


def test_refusals_of_the_database_are_recognised(backend: Backend) -> None:
    if backend.db.is_sqlite:
        pytest.skip("SQLite leaves regular expressions to this service")
    operator = "REGEXP" if backend.db.engine.dialect.name in ("mysql", "mariadb") else "~"
    for pattern in ("(", "a{2,1}"):
        with pytest.raises(Exception) as caught, backend.db.reader() as conn:
            conn.exec_driver_sql(f"SELECT 'aa' {operator} '{pattern}'")
        assert regex.is_refusal(caught.value), pattern
    with pytest.raises(Exception) as caught, backend.db.reader() as conn:
        conn.exec_driver_sql("SELECT nonsense")
    assert not regex.is_refusal(caught.value)
