"""A whole cloud in process, with one of everything, and its ids by the paths that lead to them."""

from __future__ import annotations

import contextlib
import pathlib
import re
import time
from collections.abc import Iterator
from typing import Any

import orjson
import webob

from nova_api import backend as nova_backend
from nova_api import conf as nova_conf
from nova_api import seed
from nova_api.compute.manager.service import ComputeService
from nova_api.db import migrate
from nova_api.scheduler.service import SchedulerService
from nova_api.wsgi.loader import Loader
from tests.functional import databases

#: An administrator's, so that replies do not end at policies.
TOKEN = "admin:admin"
PATIENCE = 60.0


class World:
    """The application that the shipped ini makes, as WSGI servers get it."""

    def __init__(self, app: Any) -> None:
        self.app = app
        self.ids: dict[str, str] = {}

    def ask(self, method: str, path: str, body: Any = None, version: str = "2.1") -> Any:
        """The reply's JSON, or None; fails the test when it is an error."""
        request = webob.Request.blank(path, method=method)
        request.headers["X-Auth-Token"] = TOKEN
        request.headers["OpenStack-API-Version"] = f"compute {version}"
        if body is not None:
            request.content_type, request.body = "application/json", orjson.dumps(body)
        reply = request.get_response(self.app)
        assert reply.status_int < 400, f"{method} {path}: {reply.status} {reply.text}"
        return reply.json if reply.body else None

    def stock(self) -> None:
        """Makes one of everything that compute's own paths name, and remembers it by its collection."""
        known = self.ids
        known["images"] = self.ask("GET", "/v2.1/images")["images"][0]["id"]
        known["flavors"] = "1"
        known["os-keypairs"] = self.ask("POST", "/v2.1/os-keypairs", {"keypair": {"name": "mine"}})[
            "keypair"
        ]["name"]
        group = {"server_group": {"name": "group", "policies": ["affinity"]}}
        known["os-server-groups"] = self.ask("POST", "/v2.1/os-server-groups", group)["server_group"]["id"]
        aggregate = {"aggregate": {"name": "racks"}}
        known["os-aggregates"] = str(self.ask("POST", "/v2.1/os-aggregates", aggregate)["aggregate"]["id"])
        hypervisor = self.ask("GET", "/v2.1/os-hypervisors", version="2.53")["hypervisors"][0]
        known["os-hypervisors"] = hypervisor["id"]
        known["os-hosts"] = "compute1"
        known["os-services"] = self.ask("GET", "/v2.1/os-services", version="2.53")["services"][0]["id"]
        known["os-quota-sets"] = known["os-simple-tenant-usage"] = "admin"
        volume = {"volume": {"size": 1}}
        known["os-volumes"] = self.ask("POST", "/v2.1/os-volumes", volume)["volume"]["id"]
        known["os-networks"] = self.ask("GET", "/v2.1/os-networks")["networks"][0]["id"]
        known["servers"] = known["os-volumes_boot"] = self.boot()

    def boot(self) -> str:
        """A server, when it is ACTIVE."""
        server = {"name": "vm", "flavorRef": "1", "imageRef": self.ids["images"], "metadata": {"k": "v"}}
        made = self.ask("POST", "/v2.1/servers", {"server": server})["server"]["id"]
        ends = time.monotonic() + PATIENCE
        while (shown := self.ask("GET", f"/v2.1/servers/{made}")["server"])["status"] != "ACTIVE":
            assert shown["status"] == "BUILD", shown
            assert time.monotonic() < ends, shown
            time.sleep(0.02)
        return str(made)

    def path_of(self, template: str) -> str | None:
        """``template`` with its first name filled in by what is there; None where nothing is known."""
        found = re.match(r"/([^/]+)/\{[^}]*\}", template)
        return self.ids.get(found[1]) if found else None


@contextlib.contextmanager
def running(folder: pathlib.Path) -> Iterator[World]:
    """The world, with a scheduler and a compute host at work."""
    conf = nova_conf.new([], [])
    for name, value, group in (
        ("state_path", str(folder / "state"), None),
        ("api_rate_limit", False, None),
        ("sweep_interval", 0.1, "work"),
        ("graceful_shutdown_timeout", 5, "work"),
    ):
        conf.set_override(name, value, group=group)
    with databases.own(conf):
        backend = nova_backend.of(conf)
        migrate.upgrade(backend.db)
        seed.first_start(backend, {"admin": "secret", "demo": "secret"})
        services = [ComputeService(backend, "compute1"), SchedulerService(backend)]
        for service in services:
            service.start()
        try:
            made = World(Loader(conf).load_app("osapi_compute"))
            made.stock()
            yield made
        finally:
            for service in services:
                service.stop()
            for service in services:
                service.wait()
            backend.db.dispose()
