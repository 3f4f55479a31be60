"""Database servers that restart, deadlock, are slow, or have no connection left."""

from __future__ import annotations

import http.client
import json
import os
import pathlib
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from typing import Any

import oslo_db.exception
import pytest
import sqlalchemy as sa
from oslo_config import cfg

from nova_api import exception
from nova_api.api import faults
from nova_api.db import Database, migrate
from nova_api.db.schema.compute import flavors
from tests.chaos.place import DATABASES
from tests.functional import databases
from tests.functional.work.cloud import options, until
from tests.instances.mariadb import MariaDB
from tests.instances.postgresql import PostgreSQL
from tests.real_process import ROOT, answering, free_port

SECOND = max(1.0, os.getloadavg()[0] / (os.cpu_count() or 1))
#: Database servers, of those that this run is for.
KINDS = [kind for kind in databases.KINDS if kind != "sqlite"]


@pytest.fixture(params=[kind for kind in KINDS if kind in DATABASES])
def server(request: pytest.FixtureRequest) -> Iterator[MariaDB | PostgreSQL]:
    """A private server of each kind."""
    made = DATABASES[request.param]()
    try:
        made.start()
        yield made
    finally:
        made.close()


@pytest.fixture(params=KINDS)
def url(request: pytest.FixtureRequest) -> Iterator[str]:
    """The URL of a migrated database with two flavors on each kind of server."""
    with databases.scratch(request.param) as made:
        assert made is not None
        yield made


def stock(db: Database) -> None:
    migrate.upgrade(db)
    with db.writer() as conn:
        for name in ("one", "two"):
            conn.execute(sa.insert(flavors).values(flavorid=name, name=name, memory_mb=1, vcpus=1, root_gb=1))


def test_a_restart_is_not_noticed(server: MariaDB | PostgreSQL, tmp_path: pathlib.Path) -> None:
    """Pooled connections that died are replaced: in a transaction that begins, and in one that is retried."""
    db = Database(options(tmp_path, server.url))
    count = sa.select(sa.func.count()).select_from(flavors)
    try:
        stock(db)
        for end in (server.stop, server.kill):
            with db.reader() as first, db.reader() as second:  # two connections in the pool
                assert first.scalar(count) == second.scalar(count) == 2
            end()
            # By this name it is retried, and told as a 503.
            with pytest.raises(oslo_db.exception.DBConnectionError), db.reader() as conn:
                conn.scalar(count)
            server.start()
            with db.reader() as conn:
                assert conn.scalar(count) == 2

        attempts = []

        def attempt() -> int:
            with db.writer() as conn:
                found = conn.scalar(count)
                if not attempts:
                    attempts.append("restart")
                    server.kill()
                    server.start()
                return int(conn.scalar(count) or found or 0)

        assert db.retrying(attempt) == 2
    finally:
        db.dispose()


def test_a_deadlock_is_retried(url: str, tmp_path: pathlib.Path) -> None:
    db = Database(options(tmp_path, url))
    stock(db)
    met = threading.Barrier(2, timeout=30)
    attempts = {"one": 0, "two": 0}

    def write(mine: str, other: str) -> None:
        def attempt() -> None:
            attempts[mine] += 1
            with db.writer() as conn:
                change(conn, mine, mine)
                if attempts[mine] == 1:
                    met.wait()  # each holds its own row and now wants the other's
                change(conn, other, mine)

        db.retrying(attempt)

    def change(conn: sa.Connection, flavor: str, word: str) -> None:
        conn.execute(sa.update(flavors).where(flavors.c.flavorid == flavor).values(description=word))

    threads = [threading.Thread(target=write, args=pair) for pair in (("one", "two"), ("two", "one"))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    try:
        assert sorted(attempts.values()) == [1, 2]
        with db.reader() as conn:
            assert len(set(conn.scalars(sa.select(flavors.c.description)))) == 1
    finally:
        db.dispose()


def test_no_connection_left_is_a_503(url: str, tmp_path: pathlib.Path) -> None:
    conf: cfg.ConfigOpts = options(
        tmp_path, url, database__max_pool_size=1, database__max_overflow=0, database__pool_timeout=1
    )
    db = Database(conf)
    try:
        with db.reader(), pytest.raises(sa.exc.TimeoutError) as caught, db.reader():
            pass
        fault = faults.response_of(caught.value)
        assert fault is not None
        assert fault.status_int == 503
        assert str(exception.DatabaseSilent()) in fault.text
    finally:
        db.dispose()


OPTIONS = """\
[DEFAULT]
state_path = {state}
osapi_compute_listen_port = {port}
transport_url = rabbit://guest:guest@127.0.0.1:1/
[database]
connection = {url}
"""


def ask(port: int, method: str, path: str, body: Any = None) -> tuple[int, float]:
    """Status, and seconds that it took."""
    began = time.monotonic()
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    headers = {"X-Auth-Token": "me:lab:admin", "Content-Type": "application/json"}
    headers["OpenStack-API-Version"] = "compute 2.90"
    connection.request(method, "/v2.1" + path, None if body is None else json.dumps(body), headers)
    reply = connection.getresponse()
    reply.read()
    connection.close()
    return reply.status, time.monotonic() - began


def test_a_slow_query_delays_no_other_request(url: str, tmp_path: pathlib.Path) -> None:
    """One process, one event loop: while one request waits for a row's lock, the others are answered."""
    db = Database(options(tmp_path, url))
    stock(db)
    port = free_port()
    conf = tmp_path / "nova.conf"
    conf.write_text(OPTIONS.format(state=tmp_path / "state", port=port, url=url))
    command = [sys.executable, ROOT / "bin" / "nova-api", "--config-file", conf]
    slow: list[tuple[int, float]] = []
    body = {"flavor": {"description": "new"}}
    waiting = threading.Thread(target=lambda: slow.append(ask(port, "PUT", "/flavors/one", body)))
    try:
        with answering(command, f"http://127.0.0.1:{port}/", log=tmp_path / "log"):
            ask(port, "GET", "/flavors/two")
            with db.writer() as conn:
                held = sa.update(flavors).where(flavors.c.flavorid == "one").values(description="held")
                conn.execute(held)
                waiting.start()
                until(lambda: _waits_for_a_lock(db), "the request waits", 15 * SECOND)
                others = [ask(port, "GET", "/flavors/two") for _ in range(10)]
                assert not slow
            waiting.join()
        assert {status for status, _ in others} == {200}
        assert max(seconds for _, seconds in others) < 1.0 * SECOND
        assert [status for status, _ in slow] == [200]
    finally:
        db.dispose()


def _waits_for_a_lock(db: Database) -> bool:
    if db.engine.dialect.name == "postgresql":
        query = "SELECT count(*) FROM pg_locks WHERE NOT granted"
    else:
        query = "SELECT count(*) FROM information_schema.innodb_trx WHERE trx_state = 'LOCK WAIT'"
        time.sleep(0.15)  # InnoDB shows the same again to whoever asks before a tenth of a second is over
    with db.reader() as conn:
        return bool(conn.execute(sa.text(query)).scalar())


def test_postgresql_without_its_green_wait_would_fail_that(tmp_path: pathlib.Path) -> None:
    """What the programs apply before anything else: psycopg2 waits in C, and would stop all requests."""
    pytest.importorskip("psycopg2")
    script = (
        "from nova_api.cmd import patch\n"
        "patch.apply()\n"
        "from psycopg2 import extensions\n"
        "print(extensions.get_wait_callback().__module__)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout.strip() == "eventlet.support.psycopg2_patcher"
