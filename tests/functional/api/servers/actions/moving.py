"""Several hosts with the fake driver, and what a server has on each of them."""

from __future__ import annotations

import pathlib
from collections.abc import Callable
from typing import Any

import sqlalchemy as sa

from nova_api.backend import Backend
from nova_api.compute.manager.service import ComputeService
from nova_api.db.schema.compute import allocations, compute_nodes, services
from nova_api.db.schema.migration import migrations
from nova_api.db.schema.network import ports
from nova_api.scheduler.service import SchedulerService
from tests.functional.api.servers import rows
from tests.functional.api.servers.actions.settled import settled
from tests.functional.api.servers.waiting import until
from tests.functional.client import Api

Boot = Callable[..., Any]


class Cloud:
    """A cloud of ``host1``, ``host2`` …, each with room for what it is given."""

    def __init__(self, backend: Backend, api: Api, boot: Boot, serve: Callable[..., None]) -> None:
        self.backend = backend
        self.api = api
        self._boot = boot
        self._serve = serve
        self._computes: dict[str, ComputeService] = {}

    def start(self, *hosts: str, scheduler: bool = True) -> None:
        computes = {host: ComputeService(self.backend, host) for host in hosts}
        self._computes.update(computes)
        self._serve(*computes.values(), *([SchedulerService(self.backend)] if scheduler else []))

    def stop(self, host: str) -> None:
        """The host's service ends, and nobody knows it yet."""
        self._computes[host].stop()
        self._computes[host].wait()

    def restart(self, host: str) -> None:
        """The host's service starts anew, whatever became of the one before."""
        self._serve(ComputeService(self.backend, host))

    def boot(self, host: str = "host1", **server: Any) -> str:
        """An ACTIVE server on ``host``; its uuid."""
        reply = self._boot(as_=self.api.admin, availability_zone=f"nova:{host}", **server)
        assert reply.status_int == 202, reply.body
        uuid = str(reply.json["server"]["id"])
        assert settled(self.backend, uuid).host == host
        return uuid

    def act(self, uuid: str, name: str, value: Any = None, *, status: int = 202, **options: Any) -> Any:
        caller = options.pop("caller", self.api.admin)
        reply = caller.post(f"/servers/{uuid}/action", {name: value}, **options)
        assert reply.status_int == status, reply.body
        return reply

    def settled(self, uuid: str) -> Any:
        return settled(self.backend, uuid)

    def down(self, host: str, *, forced: bool = True) -> None:
        """What an administrator says of a dead host."""
        with self.backend.db.writer() as conn:
            conn.execute(sa.update(services).where(services.c.host == host).values(forced_down=forced))

    def replace(self, host: str) -> None:
        """The host's service hears nothing more, and another starts while its work in hand goes on."""
        self._computes[host].stop()
        self.restart(host)

    # --- looking

    def guests(self, uuid: str) -> dict[str, list[str]]:
        """Host → the power states of the server's guests there; "aside" for one that was set aside."""
        found: dict[str, list[str]] = {}
        root = pathlib.Path(self.backend.conf.state_path) / "fake"
        for folder in sorted(root.glob(f"*/{uuid}")):
            found[folder.parent.name] = [
                "aside" if file.suffix else file.read_text()
                for file in sorted(folder.iterdir())
                if not file.name.startswith("volume.")
            ]
        return found

    def plugged(self, uuid: str) -> dict[str, set[str]]:
        """Host → the volumes that are plugged into the server's guest there."""
        found: dict[str, set[str]] = {}
        root = pathlib.Path(self.backend.conf.state_path) / "fake"
        for file in root.glob(f"*/{uuid}/volume.*"):
            found.setdefault(file.parents[1].name, set()).add(file.name.removeprefix("volume."))
        return found

    def claims(self, uuid: str) -> dict[str, int]:
        """Host → MiB of memory claimed there for the server."""
        query = (
            sa.select(compute_nodes.c.host, allocations.c.memory_mb)
            .join(allocations, allocations.c.node_id == compute_nodes.c.id)
            .where(allocations.c.server_id == rows.server(self.backend, uuid).id)
        )
        with self.backend.db.reader() as conn:
            return {row.host: row.memory_mb for row in conn.execute(query)}

    def used(self) -> dict[str, tuple[int, int, int]]:
        """Host → (vCPUs, MiB, GiB) in use."""
        n = compute_nodes.c
        query = sa.select(n.host, n.vcpus_used, n.memory_mb_used, n.local_gb_used)
        with self.backend.db.reader() as conn:
            return {row[0]: tuple(row[1:]) for row in conn.execute(query)}

    def migrations(self, uuid: str) -> list[tuple[str, str, str, str | None]]:
        """(type, status, source, destination), oldest first."""
        m = migrations.c
        query = sa.select(m.migration_type, m.status, m.source_host, m.dest_host)
        with self.backend.db.reader() as conn:
            found = conn.execute(query.where(m.server_uuid == uuid).order_by(m.id))
            return [tuple(row) for row in found]  # type: ignore[misc]  # four columns, four fields

    def port_hosts(self, uuid: str) -> set[str]:
        with self.backend.db.reader() as conn:
            return set(conn.scalars(sa.select(ports.c.host_id).where(ports.c.device_id == uuid)))

    def until_status(self, uuid: str, status: str) -> None:
        until(lambda: self.migrations(uuid) and self.migrations(uuid)[-1][1] == status)

    def nothing_left(self, uuid: str) -> None:
        """Deleted, and with it every guest, claim, port and work item."""
        until(lambda: rows.server(self.backend, uuid).deleted and not rows.work(self.backend, uuid))
        assert self.guests(uuid) == {}
        assert self.claims(uuid) == {}
        assert self.port_hosts(uuid) == set()
