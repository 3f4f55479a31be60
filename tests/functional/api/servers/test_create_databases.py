"""POST /servers on every kind of database: quotas under concurrency, confusable characters."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import sqlalchemy as sa
from oslo_config import cfg

from nova_api import backend as nova_backend
from nova_api.db import schema
from tests.functional.api.servers import rows
from tests.functional.client import Api

Boot = Callable[..., Any]

SERVERS = {
    "mysql": ("mysql+pymysql://root@127.0.0.1:3306/", "?charset=utf8mb4"),
    "postgresql": ("postgresql+psycopg2://root@127.0.0.1:5432/", ""),
}


@pytest.fixture(params=["sqlite", *SERVERS])
def backend(conf: cfg.ConfigOpts, request: pytest.FixtureRequest) -> Iterator[nova_backend.Backend]:
    """In place of the ordinary one: over a database of its own on each kind of server."""
    if request.param == "sqlite":
        yield from _made(conf)
        return
    url, options = SERVERS[request.param]
    administration = url + ("postgres" if request.param == "postgresql" else "")
    server = sa.create_engine(administration, isolation_level="AUTOCOMMIT")
    name = f"nova_api_test_d_{uuid.uuid4().hex[:10]}"
    try:
        with server.connect() as connection:
            connection.execute(sa.text(f"CREATE DATABASE {name}"))
    except sa.exc.OperationalError as error:
        server.dispose()
        pytest.skip(f"no {request.param} here: {str(error.orig)[:100]}")
    conf.set_override("connection", f"{url}{name}{options}", group="database")
    yield from _made(conf)
    with server.connect() as connection:
        connection.execute(sa.text(f"DROP DATABASE {name}"))
    server.dispose()


def _made(conf: cfg.ConfigOpts) -> Iterator[nova_backend.Backend]:
    made = nova_backend.of(conf)
    schema.metadata.create_all(made.db.engine)
    yield made
    made.db.dispose()


def at_once(function: Callable[[int], Any], count: int) -> list[Any]:
    """Results of ``count`` calls that begin together."""
    barrier = threading.Barrier(count)
    results: list[Any] = [None] * count

    def run(index: int) -> None:
        barrier.wait(timeout=30)
        results[index] = function(index)

    threads = [threading.Thread(target=run, args=(index,)) for index in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    return results


def test_concurrent_requests_never_exceed_a_quota(
    boot: Boot, stocked: nova_backend.Backend, api: Api
) -> None:
    stocked.conf.set_override("cores", 5, group="quota")
    # The first message of a process loads the transport's driver, which imports eventlet, whose import
    # in a thread other than the main one leaves a thread that can never be joined.
    assert boot(as_=api.as_("eve", "0" * 32)).status_int == 202
    replies = at_once(lambda index: boot(name=f"vm{index}"), 9)
    statuses = sorted(reply.status_int for reply in replies)
    assert statuses == [202] * 5 + [403] * 4, [reply.text for reply in replies]
    assert len(rows.all_servers(stocked)) == 6


def test_confusable_characters_and_concurrent_deletes(
    boot: Boot, stocked: nova_backend.Backend, api: Api
) -> None:
    metadata = {"Key": "1", "key": "2", "K": "😀"}
    reply = boot(
        version="2.52", networks="none", name="ſ😀 ß", metadata=metadata, tags=["A", "a", "😀", "ä", "ae"]
    )
    assert reply.status_int == 202, reply.text
    uuid_ = reply.json["server"]["id"]
    assert rows.server(stocked, uuid_).name == "ſ😀 ß"
    assert rows.metadata(stocked, uuid_) == metadata
    assert rows.tags(stocked, uuid_) == sorted(["A", "a", "😀", "ä", "ae"])

    # MySQL pays no heed to spaces at the end: a refusal there, and never a bug.
    assert boot(version="2.52", networks="none", tags=["a", "a "]).status_int in (202, 400)
    assert boot(metadata={"a": "1", "a ": "2"}).status_int in (202, 400)

    # On its own account: concurrent deletes of a server that has no host yet.
    replies = at_once(lambda _: api.delete(f"/servers/{uuid_}").status_int, 4)
    assert set(replies) <= {204, 404}
    assert 204 in replies
    assert rows.server(stocked, uuid_).deleted
    assert rows.work(stocked, uuid_) == []
