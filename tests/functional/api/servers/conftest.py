"""A cloud in process: the things of a first start and, where a test asks for them, workers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from nova_api import backend as nova_backend
from nova_api import seed
from nova_api.compute.manager.service import ComputeService
from nova_api.context import admin
from nova_api.scheduler.service import SchedulerService
from tests.functional.client import Api

HOST = "compute1"


@pytest.fixture
def stocked(backend: nova_backend.Backend) -> nova_backend.Backend:
    """Flavors m1.*, image cirros, networks private and public; no hosts."""
    seed.first_start(backend, {"admin": "secret", "demo": "secret"})
    return backend


@pytest.fixture
def image_id(stocked: nova_backend.Backend) -> str:
    """The image cirros."""
    return stocked.images.list(admin())[0].id


@pytest.fixture
def network_id(stocked: nova_backend.Backend) -> str:
    """The network private."""
    return next(network.id for network in stocked.networks.networks_for(admin()) if network.name == "private")


@pytest.fixture
def boot(api: Api, image_id: str) -> Callable[..., Any]:
    """POSTs a small server; keywords go into ``server``, ``version``, ``as_`` and ``hints`` beside it."""

    def post(version: str | None = None, as_: Api | None = None, hints: Any = None, **server: Any) -> Any:
        body: dict[str, Any] = {"name": "vm", "flavorRef": "1", "imageRef": image_id, **server}
        asked = {"server": {key: value for key, value in body.items() if value is not ...}}
        if hints is not None:
            asked["os:scheduler_hints"] = hints
        return (as_ or api).post("/servers", asked, version=version)

    return post


@pytest.fixture
def workers(stocked: nova_backend.Backend) -> Iterator[None]:
    """A scheduler and one compute host with the fake driver."""
    stocked.conf.set_override("sweep_interval", 0.1, group="work")
    services = [ComputeService(stocked, HOST), SchedulerService(stocked)]
    for service in services:
        service.start()
    yield
    for service in services:
        service.stop()
    for service in services:
        service.wait()
