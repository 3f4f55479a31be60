"""What belongs to servers, on every kind of database: writers that meet, and keys that databases confuse."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from oslo_config import cfg

from nova_api import backend as nova_backend
from nova_api.db import console_tokens, schema, server_passwords
from nova_api.neighbours.shares import LocalShares
from tests.functional import databases
from tests.functional.api.servers import given, rows
from tests.functional.api.servers.conftest import HOST
from tests.functional.api.servers.waiting import until
from tests.functional.client import DEMO_PROJECT, Api


@pytest.fixture(params=databases.KINDS)
def backend(conf: cfg.ConfigOpts, request: pytest.FixtureRequest) -> Iterator[nova_backend.Backend]:
    """In place of the ordinary one: over a database of its own on each kind of server."""
    with databases.scratch(request.param) as url:
        if url is not None:
            conf.set_override("connection", url, group="database")
        made = nova_backend.of(conf)
        schema.metadata.create_all(made.db.engine)
        yield made
        made.db.dispose()


def at_once(function: Callable[[int], Any], count: int) -> list[Any]:
    """Results of ``count`` calls that begin together."""
    barrier = threading.Barrier(count)
    results: list[Any] = [None] * count

    def run(number: int) -> None:
        barrier.wait()
        results[number] = function(number)

    threads = [threading.Thread(target=run, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def test_metadata_and_tags(api: Api, backend: nova_backend.Backend) -> None:
    backend.conf.set_override("metadata_items", 5, group="quota")
    uuid = given.server(backend)
    path = f"/servers/{uuid}"
    statuses = at_once(
        lambda number: api.post(f"{path}/metadata", {"metadata": {f"k{number}": "v"}}).status_int, 8
    )
    assert sorted(statuses) == [200] * 5 + [403] * 3
    assert len(rows.metadata(backend, uuid)) == 5
    added = at_once(lambda _number: api.put(f"{path}/tags/blue", version="2.26").status_int, 6)
    assert sorted(added) == [201] + [204] * 5
    # Case and spaces at the end: two keys, or a refusal where the database cannot tell them apart.
    assert api.put(f"{path}/metadata", {"metadata": {"k": "1", "K": "2"}}).status_int == 200
    both = api.put(f"{path}/metadata", {"metadata": {"k": "1", "k ": "2"}})
    assert both.status_int in (200, 400)
    assert rows.metadata(backend, uuid) == (
        {"k": "1", "k ": "2"} if both.status_int == 200 else {"k": "1", "K": "2"}
    )


def test_tokens_and_passwords(backend: nova_backend.Backend) -> None:
    row_id = given.row_id(backend, given.server(backend))
    access = console_tokens.Access("novnc", "127.0.0.1", 5900, None, None)
    with backend.db.writer() as conn:
        token = console_tokens.grant(conn, row_id, access, 600)
        server_passwords.store(conn, row_id, "x" * 70000)
    with backend.db.reader() as conn:
        granted = console_tokens.find(conn, token)
        assert granted is not None
        assert (granted.host, granted.port) == ("127.0.0.1", 5900)
        assert console_tokens.find(conn, token.upper()) is None
        assert len(server_passwords.find(conn, row_id) or "") == 70000


@pytest.mark.usefixtures("workers")
def test_nics_that_come_at_once(
    api: Api, boot: Callable[..., Any], stocked: nova_backend.Backend, network_id: str
) -> None:
    uuid = boot(networks=[{"uuid": network_id}]).json["server"]["id"]
    until(lambda: rows.server(stocked, uuid).vm_state == "active")
    body = {"interfaceAttachment": {"net_id": network_id}}
    statuses = at_once(lambda _number: api.post(f"/servers/{uuid}/os-interface", body).status_int, 3)
    assert statuses == [200] * 3
    nics = rows.server(stocked, uuid).nics
    assert len({nic["port_id"] for nic in nics}) == 4
    assert api.delete(f"/servers/{uuid}").status_int == 204
    until(lambda: rows.server(stocked, uuid).deleted)
    assert stocked.networks.nics_of([uuid]) == {}


@pytest.mark.usefixtures("workers")
def test_one_share_once(api: Api, boot: Callable[..., Any], stocked: nova_backend.Backend) -> None:
    uuid = boot(version="2.37", networks="none").json["server"]["id"]
    until(lambda: rows.server(stocked, uuid).vm_state == "active")
    until(lambda: not rows.work(stocked, uuid))
    rows.change(stocked, uuid, vm_state="stopped", host=HOST)
    assert isinstance(stocked.shares, LocalShares)
    share_id = stocked.shares.create({"project_id": DEMO_PROJECT, "export_location": "nfs:/x"})
    body = {"share": {"share_id": share_id}}
    path = f"/servers/{uuid}/shares"
    statuses = at_once(lambda _number: api.post(path, body, version="2.97").status_int, 4)
    assert sorted(statuses) == [201, 409, 409, 409]
    until(lambda: api.get(f"{path}/{share_id}", version="2.97").json["share"]["status"] == "inactive")
