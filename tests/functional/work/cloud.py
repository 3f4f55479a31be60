"""A cloud without HTTP: database, queue, scheduler, compute hosts; servers are put in as the API does."""

from __future__ import annotations

import contextlib
import pathlib
import time
import uuid
from collections.abc import Callable, Iterator
from typing import Any

import sqlalchemy as sa
from oslo_config import cfg

from nova_api import backend as nova_backend
from nova_api import conf as nova_conf
from nova_api import rpc, work
from nova_api.backend import Backend
from nova_api.compute import build_request, removal, transitions
from nova_api.compute.build_request import BuildRequest
from nova_api.compute.manager.service import ComputeService
from nova_api.context import RequestContext
from nova_api.db import actions, guests, migrate
from nova_api.db.actions import Action, Event
from nova_api.db.guests import Guest
from nova_api.db.schema.compute import allocations, compute_nodes, server_faults, servers
from nova_api.db.schema.work import work_items
from nova_api.neighbours import networks
from nova_api.scheduler.service import SchedulerService

PROJECT = "11111111-2222-3333-4444-555555555555"
#: Only failures take it; a machine may be busy.
PATIENCE = 60.0


def until(condition: Callable[[], Any], what: str, patience: float = PATIENCE) -> Any:
    """The first true value of ``condition``; fails the test when there is none in time."""
    end = time.monotonic() + patience
    while time.monotonic() < end:
        value = condition()
        if value:
            return value
        time.sleep(0.02)
    raise AssertionError(f"{what}: not within {patience} s")


def options(state: pathlib.Path, url: str | None = None, **overrides: Any) -> cfg.ConfigOpts:
    """Options with quick timers; ``group__name=value`` overrides (``DEFAULT`` without a group)."""
    conf = nova_conf.new([], [])
    values = {
        "state_path": str(state),
        "host": "host1",
        "work__sweep_interval": 0.1,
        "work__unclaimed_after": 0.3,
        "work__retry_interval": 0.05,
        "work__graceful_shutdown_timeout": 5,
        **overrides,
    }
    if url:
        values["database__connection"] = url
    for name, value in values.items():
        group, _, option = name.rpartition("__")
        conf.set_override(option, value, group=group or None)
    return conf


class Cloud:
    """One backend, the services that were started on it, and shortcuts to look at its rows."""

    def __init__(self, conf: cfg.ConfigOpts) -> None:
        self.conf = conf
        self.backend: Backend = nova_backend.of(conf)
        migrate.upgrade(self.backend.db)
        networks.seed(self.backend.networks)  # type: ignore[arg-type]
        self.services: list[Any] = []

    def context(self) -> RequestContext:
        return RequestContext(user_id="user", project_id=PROJECT, roles=["member"])

    # --- services

    def scheduler(self) -> SchedulerService:
        return self._start(SchedulerService(self.backend))

    def compute(self, host: str = "host1") -> ComputeService:
        return self._start(ComputeService(self.backend, host))

    def _start(self, service: Any) -> Any:
        service.start()
        self.services.append(service)
        return service

    def stop(self) -> None:
        """Ends the services; others may be started."""
        for service in self.services:
            service.stop()
        for service in self.services:
            service.wait()
        self.services.clear()

    def close(self) -> None:
        self.stop()
        self.backend.db.dispose()

    # --- what the API does

    def insert(self, name: str = "vm", **values: Any) -> Guest:
        """A server's row, building and scheduling."""
        row = {
            "uuid": str(uuid.uuid4()),
            "project_id": PROJECT,
            "user_id": "user",
            "name": name,
            "hostname": name,
            "reservation_id": "r-12345678",
            "vm_state": "building",
            "task_state": "scheduling",
            "flavor": {"flavorid": "1", "name": "m1.tiny", "vcpus": 1, "ram": 512, "disk": 1, "swap": 0},
            "flavorid": "1",
            "vcpus": 1,
            "memory_mb": 512,
            "root_gb": 1,
            "requested_networks": "auto",
            **values,
        }
        with self.backend.db.writer() as conn:
            conn.execute(sa.insert(servers).values(**row))
        return self.guest(row["uuid"])

    def create(self, name: str = "vm", *, cast: bool = True, zone: str | None = None, **values: Any) -> Guest:
        """A server with its work item; with ``cast`` false the message is lost."""
        server = self.insert(name, **values)
        self.submit(server, cast=cast, zone=zone)
        return server

    def submit(self, server: Guest, *, cast: bool = True, zone: str | None = None) -> None:
        """The work item that has ``server`` built."""
        context = self.context()
        asked, host, node = build_request.parse_zone(zone)
        request = BuildRequest(zone=asked, host=host, node=node, admin_password="secret")
        if cast:
            with work.accept(self.backend) as accepted:
                action = actions.start(accepted.conn, context, server.id, "create")
                build_request.submit(accepted, context, server, action, request)
        else:
            with self.backend.db.writer() as conn:
                action = actions.start(conn, context, server.id, "create")
                build_request.schedule_again(conn, context, server, action, request)

    def act(self, server: Guest, operation: str, payload: dict[str, Any] | None = None) -> str:
        """start, stop, reboot_soft, reboot_hard; the request id."""
        context = self.context()
        row = transitions.check(self.guest(server.uuid), operation, context)
        with work.accept(self.backend) as accepted:
            transitions.begin(accepted.conn, self.guest(server.uuid), operation)
            action = actions.start(accepted.conn, context, server.id, str(row.action))
            host = self.guest(server.uuid).host
            accepted.enqueue(
                context, rpc.COMPUTE, str(row.action), server, payload or {}, host=host, action_id=action
            )
        return str(context.request_id)

    def delete(self, server: Guest) -> str:
        context = self.context()
        now = self.guest(server.uuid)
        transitions.check(now, "delete", context)
        removal.delete(self.backend, context, now, down_time=self.conf.service_down_time)
        return str(context.request_id)

    # --- looking

    def guest(self, server_uuid: str) -> Guest:
        with self.backend.db.reader() as conn:
            found = guests.get(conn, server_uuid)
        assert found is not None
        return found

    def settled(self, server: Guest, patience: float = PATIENCE) -> Guest:
        """The server once nothing is being done to it and no work item of it is left."""

        def look() -> Guest | None:
            # The work first: a row that was read before its end would be the old one.
            if self.items(server):
                return None
            now = self.guest(server.uuid)
            quiet = now.deleted or (now.task_state is None and now.vm_state != "building")
            return now if quiet else None

        found: Guest = until(look, f"server {server.uuid} settles", patience)
        return found

    def items(self, server: Guest | None = None) -> list[Any]:
        query = sa.select(work_items)
        if server is not None:
            query = query.where(work_items.c.server_uuid == server.uuid)
        return self._rows(query)

    def fault(self, server: Guest) -> Any:
        """The newest fault; None when there is none."""
        query = sa.select(server_faults).where(server_faults.c.server_id == server.id)
        rows = self._rows(query.order_by(server_faults.c.id.desc()))
        return rows[0] if rows else None

    def claims(self, server: Guest) -> list[Any]:
        return self._rows(sa.select(allocations).where(allocations.c.server_id == server.id))

    def node(self, name: str = "host1") -> Any:
        return self._rows(sa.select(compute_nodes).where(compute_nodes.c.hypervisor_hostname == name))[0]

    def ports(self, server: Guest) -> list[Any]:
        from nova_api.db.schema.network import ports

        return self._rows(sa.select(ports).where(ports.c.device_id == server.uuid))

    def vms(self, server: Guest, host: str = "host1") -> list[pathlib.Path]:
        """The guests that the fake driver keeps for a server on a host."""
        folder = pathlib.Path(self.conf.state_path) / "fake" / host / server.uuid
        return sorted(folder.iterdir()) if folder.is_dir() else []

    def actions(self, server: Guest) -> list[Action]:
        with self.backend.db.reader() as conn:
            return actions.list_actions(conn, server.id)

    def events(self, server: Guest) -> dict[str, list[Event]]:
        """Action → events, oldest first."""
        found = {}
        with self.backend.db.reader() as conn:
            for action in actions.list_actions(conn, server.id):
                found[action.action] = actions.show(conn, server.id, action.request_id)[1][::-1]
        return found

    def _rows(self, query: Any) -> list[Any]:
        with self.backend.db.reader() as conn:
            return list(conn.execute(query))


@contextlib.contextmanager
def running(conf: cfg.ConfigOpts, hosts: tuple[str, ...] = ("host1",)) -> Iterator[Cloud]:
    """A cloud with a scheduler and compute hosts at work."""
    cloud = Cloud(conf)
    try:
        for host in hosts:
            cloud.compute(host)
        cloud.scheduler()
        yield cloud
    finally:
        cloud.close()
