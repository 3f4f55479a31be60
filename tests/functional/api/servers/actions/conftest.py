"""Servers to act on: one that runs, with workers; one that is merely said to, without."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from oslo_config import cfg

from nova_api.backend import Backend
from nova_api.db.schema.base import utcnow
from tests.functional.api.servers import rows
from tests.functional.api.servers.actions import moving
from tests.functional.api.servers.actions.late import Hold, Late
from tests.functional.api.servers.actions.settled import settled
from tests.functional.api.servers.actions.volumes_of import attach, holders
from tests.functional.api.servers.volumes import volume
from tests.functional.client import Api


@pytest.fixture
def running(workers: None, boot: Callable[..., Any], stocked: Backend) -> str:
    """The uuid of an ACTIVE server of the demo project, with a guest on a live host."""
    uuid = str(boot().json["server"]["id"])
    assert settled(stocked, uuid).vm_state == "active"
    return uuid


@pytest.fixture
def act(api: Api, boot: Callable[..., Any], stocked: Backend) -> Callable[..., Any]:
    """POSTs an action to a server without workers, put into the states of the keywords; ``reply.uuid``."""
    uuid = str(boot().json["server"]["id"])

    def post(
        body: dict[str, Any], caller: Api | None = None, version: str | None = None, **states: Any
    ) -> Any:
        running = {"vm_state": "active", "task_state": None, "host": "h1", "launched_at": utcnow()}
        rows.change(stocked, uuid, **running | states)
        reply = (caller or api).post(f"/servers/{uuid}/action", body, version=version)
        reply.uuid = uuid
        return reply

    return post


@pytest.fixture
def serve(stocked: Backend) -> Iterator[Callable[..., None]]:
    """Starts services as a process does that finds work left over; they stop with the test."""
    stocked.conf.set_override("sweep_interval", 0.1, group="work")
    stocked.conf.set_override("unclaimed_after", 0.0, group="work")
    started: list[Any] = []

    def start(*services: Any) -> None:
        for service in services:
            service.start()
            started.append(service)

    yield start
    for service in started:
        service.stop()
    for service in started:
        service.wait()


@pytest.fixture
def cloud(stocked: Backend, api: Api, boot: Callable[..., Any], serve: Callable[..., None]) -> moving.Cloud:
    """Hosts are started as a test needs them; moves go between them."""
    return moving.Cloud(stocked, api, boot, serve)


@pytest.fixture
def hold(cloud: moving.Cloud, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hold]:
    """Holds the first call of a method of a class, or of an object; asked once more, the second too.

    Nobody renews a lease while the test runs: it is the successor that gets the item.
    """
    cloud.backend.conf.set_override("lease", 600, group="work")
    made: list[Late] = []

    def hold_first(owner: Any, name: str) -> Late:
        made.append(Late(cloud, monkeypatch, owner, name))
        return made[-1]

    yield hold_first
    for late in made:
        late.let_go()


@pytest.fixture
def offloaded(api: Api, running: str, stocked: Backend) -> str:
    """A server that was shelved, and has left its host."""
    assert api.post(f"/servers/{running}/action", {"shelve": None}).status_int == 202
    assert settled(stocked, running).vm_state == "shelved_offloaded"
    return running


@pytest.fixture
def shelved(api: Api, running: str, stocked: Backend, conf: cfg.ConfigOpts) -> str:
    """A server that was shelved, and stays on its host."""
    conf.set_override("shelved_offload_time", -1)
    assert api.post(f"/servers/{running}/action", {"shelve": None}).status_int == 202
    assert settled(stocked, running).vm_state == "shelved"
    return running


@pytest.fixture
def disk(cloud: moving.Cloud) -> str:
    """A volume of the administrator's project, in which the servers of these tests are."""
    return volume(cloud.backend)


@pytest.fixture
def server(cloud: moving.Cloud, disk: str) -> str:
    """An ACTIVE server on host1 with the volume; host2 is there as well."""
    cloud.start("host1", "host2")
    uuid = cloud.boot()
    attach(cloud, uuid, disk)
    assert holders(cloud.backend, disk) == [("host1", "attached")]
    return uuid
