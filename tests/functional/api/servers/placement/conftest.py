"""Several compute hosts at work, and servers put on them through the front door."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from nova_api import backend as nova_backend
from nova_api.compute.manager.service import ComputeService
from nova_api.scheduler.service import SchedulerService
from tests.functional.api.servers.waiting import until
from tests.functional.client import Api

HOSTS = ("alpha", "beta", "gamma")
#: Filters of these tests that an operator has to ask for.
FILTERS = [
    "AggregateInstanceExtraSpecsFilter",
    "AggregateMultiTenancyIsolation",
    "DifferentHostFilter",
    "JsonFilter",
    "SameHostFilter",
    "SimpleCIDRAffinityFilter",
]

Build = Callable[..., dict[str, Any]]


@pytest.fixture
def hosts(stocked: nova_backend.Backend) -> Iterator[tuple[str, ...]]:
    """A scheduler and three compute hosts."""
    stocked.conf.set_override("sweep_interval", 0.1, group="work")
    usual = stocked.conf.filter_scheduler.enabled_filters
    stocked.conf.set_override("enabled_filters", [*usual, *FILTERS], group="filter_scheduler")
    services = [*(ComputeService(stocked, host) for host in HOSTS), SchedulerService(stocked)]
    for service in services:
        service.start()
    yield HOSTS
    for service in services:
        service.stop()
    for service in services:
        service.wait()


@pytest.fixture
def build(hosts: tuple[str, ...], boot: Callable[..., Any], api: Api) -> Build:
    """Boots a server as ``boot`` does and waits for it; as an administrator sees it then."""
    del hosts

    def make(**asked: Any) -> dict[str, Any]:
        reply = boot(**asked)
        assert reply.status_int == 202, reply.text
        path = f"/servers/{reply.json['server']['id']}"

        def settled() -> Any:
            server = api.admin.get(path, version="2.71").json["server"]
            return server if server["status"] in ("ACTIVE", "ERROR") else None

        server: dict[str, Any] = until(settled)
        return server

    return make


def host_of(server: dict[str, Any]) -> str | None:
    """Where an administrator sees it."""
    host: str | None = server["OS-EXT-SRV-ATTR:host"]
    return host
