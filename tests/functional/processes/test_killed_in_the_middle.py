"""kill -9 of nova-scheduler and two nova-compute in the middle of everything that servers are put through.

host1 is quick, host2 takes a minute for every step, so that each server is
known to be in the middle of its operation there.  host3 is dead from the start.
"""

from __future__ import annotations

import contextlib
import dataclasses
import datetime
import os
import pathlib
import signal
import socket
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator

import kombu
import pytest
import sqlalchemy as sa

from nova_api import conf as nova_conf
from nova_api.compute.servers import evacuate, live_migration, migrate, rebuild, resize, shelve, snapshot
from nova_api.compute.servers.update import Change
from nova_api.compute.volumes import attach
from nova_api.context import admin
from nova_api.db import server_migrations, server_queries, services, work
from nova_api.db.guests import Guest
from nova_api.db.schema.compute import allocations, compute_nodes, flavors, server_actions
from nova_api.db.schema.compute import services as services_table
from nova_api.db.schema.network import ports
from nova_api.db.schema.work import work_items
from nova_api.db.server_queries import Server
from nova_api.neighbours.volumes.interface import NewVolume
from tests.functional.processes.test_over_rabbitmq import BROKER
from tests.functional.work.cloud import Cloud, until
from tests.real_process import ROOT

PATIENCE = 60.0
HOSTS = ("host1", "host2")
SLOW = ("build_time", "snapshot_time", "move_time", "live_migration_time", "plug_time")

OPTIONS = """\
[DEFAULT]
state_path = {state}
host = {host}
transport_url = {broker}
report_interval = 1

[work]
exchange = {exchange}
sweep_interval = 0.3
unclaimed_after = 1
lease = 3
retry_interval = 0.2

[fake]
{fake}

[database]
connection = sqlite:///{state}/nova-api.sqlite
"""


class Hosts:
    """A cloud whose workers are first threads of the test, then processes."""

    def __init__(self, folder: pathlib.Path) -> None:
        self.folder = folder
        self.exchange = f"nova_api_test_{uuid.uuid4().hex[:8]}"
        self.cloud = Cloud(nova_conf.new([], [str(self.options("test"))]))
        self.processes: dict[str, subprocess.Popen[bytes]] = {}

    def options(self, host: str, seconds: float = 0.0) -> pathlib.Path:
        """The options of ``host``, on which everything takes ``seconds``."""
        path = self.folder / f"{host}.conf"
        path.write_text(
            OPTIONS.format(
                state=self.folder / "state",
                host=host,
                broker=BROKER,
                exchange=self.exchange,
                fake="\n".join(f"{name} = {seconds}" for name in SLOW),
            )
        )
        return path

    def start(self) -> None:
        """A scheduler and the hosts, with the options last written; returns when all have reported."""
        began = time.time()
        for host in ("control", *HOSTS):
            program = "nova-scheduler" if host == "control" else "nova-compute"
            with (self.folder / f"{host}.log").open("a") as log:
                self.processes[host] = subprocess.Popen(
                    [sys.executable, ROOT / "bin" / program, "--config-file", self.folder / f"{host}.conf"],
                    stdout=log,
                    stderr=subprocess.STDOUT,
                )
        for host in self.processes:
            until(lambda host=host: self._up(host, began), f"{host} is up", PATIENCE)

    def _up(self, host: str, since: float) -> bool:
        assert self.processes[host].poll() is None, (self.folder / f"{host}.log").read_text()
        with self.cloud.backend.db.reader() as conn:
            seen = [service.last_seen_at for service in services.list_services(conn, host=host)]
        return any(one is not None and one.timestamp() - time.timezone >= since for one in seen)

    def kill(self) -> None:
        """kill -9 of all of them."""
        for process in self.processes.values():
            process.kill()
        for process in self.processes.values():
            process.wait()

    def close(self) -> None:
        self.kill()
        self.cloud.close()
        with contextlib.suppress(OSError), kombu.Connection(BROKER.replace("rabbit:", "amqp:")) as broker:
            channel = broker.default_channel
            for topic in ("scheduler", "compute"):
                for host in ("", ".control", ".host1", ".host2", ".host3"):
                    channel.queue_delete(f"{self.exchange}.{topic}{host}")
            channel.exchange_delete(self.exchange)


Begin = Callable[[Cloud, Server], object]


@dataclasses.dataclass(frozen=True)
class Case:
    """One server: where it is first, what is begun, what it is in the middle of, and how it ends.

    ``middle`` is a task_state, or the status of its migration.  With ``chosen``
    false it is the scheduler that dies, with the work in its hands.
    """

    host: str
    begin: Begin
    middle: str
    ends: tuple[str, str | None]
    before: Begin | None = None
    chosen: bool = True
    with_volume: bool = True


def _server(cloud: Cloud, server: Guest) -> Server:
    with cloud.backend.db.reader() as conn:
        found = server_queries.find(conn, server.uuid)
    assert found is not None
    return found


def _volume(cloud: Cloud) -> str:
    return cloud.backend.volumes.create(cloud.context(), NewVolume(size=1)).id


def _resize(cloud: Cloud, server: Server) -> None:
    resize.resize(cloud.backend, cloud.context(), server, "2")


def _migrate(cloud: Cloud, server: Server) -> None:
    migrate.migrate(cloud.backend, cloud.context(), server)


def _migrate_to_host1(cloud: Cloud, server: Server) -> None:
    migrate.migrate(cloud.backend, cloud.context(), server, host="host1")


def _revert(cloud: Cloud, server: Server) -> None:
    resize.revert(cloud.backend, cloud.context(), server)


def _live_migrate(cloud: Cloud, server: Server) -> None:
    live_migration.live_migrate(cloud.backend, cloud.context(), server)


def _rebuild(cloud: Cloud, server: Server) -> None:
    asked = rebuild.Rebuild(image_id=str(server.image_id), change=Change())
    rebuild.rebuild(cloud.backend, cloud.context(), server, asked)


def _shelve(cloud: Cloud, server: Server) -> None:
    shelve.shelve(cloud.backend, cloud.context(), server)


def _unshelve(cloud: Cloud, server: Server) -> None:
    shelve.unshelve(cloud.backend, cloud.context(), server, host="host2")


def _snapshot(cloud: Cloud, server: Server) -> None:
    snapshot.create_image(cloud.backend, cloud.context(), server, "snap", {}, counted=True)


def _attach(cloud: Cloud, server: Server) -> None:
    attach.attach(cloud.backend, cloud.context(), server, attach.Wish(_volume(cloud)))


def _evacuate(cloud: Cloud, server: Server) -> None:
    evacuate.evacuate(cloud.backend, cloud.context(), server, host="host2")


CASES = {
    "resize, at the source": Case("host2", _resize, "resize_migrating", ("resized", "host1")),
    "resize, at the destination": Case("host1", _resize, "resize_finish", ("resized", "host2")),
    "revert": Case("host2", _revert, "resize_reverting", ("active", "host2"), before=_migrate_to_host1),
    "cold migration, at the source": Case("host2", _migrate, "resize_migrating", ("resized", "host1")),
    "cold migration, at the destination": Case("host1", _migrate, "resize_finish", ("resized", "host2")),
    "live migration": Case("host2", _live_migrate, "running", ("active", "host1")),
    "rebuild": Case("host2", _rebuild, "rebuild_spawning", ("active", "host2")),
    "shelve": Case("host2", _shelve, "shelving_image_uploading", ("shelved_offloaded", None)),
    "unshelve": Case("host1", _unshelve, "spawning", ("active", "host2"), before=_shelve),
    "evacuate": Case("host3", _evacuate, "rebuild_spawning", ("active", "host2")),
    "snapshot": Case("host2", _snapshot, "image_uploading", ("active", "host2")),
    "attach volume": Case("host2", _attach, "claimed", ("active", "host2"), with_volume=False),
    "resize, while it is scheduled": Case(
        "host1", _resize, "resize_prep", ("resized", "host2"), chosen=False
    ),
    "live migration, while it is scheduled": Case(
        "host1", _live_migrate, "migrating", ("active", "host2"), chosen=False
    ),
    "unshelve, while it is scheduled": Case(
        "host1", _unshelve, "unshelving", ("active", "host2"), before=_shelve, chosen=False
    ),
    "evacuate, while it is scheduled": Case(
        "host3", _evacuate, "rebuilding", ("active", "host2"), chosen=False
    ),
}


class Aftermath:
    """The servers of ``CASES``, by name, after their workers were killed and others started."""

    def __init__(self, hosts: Hosts) -> None:
        self.hosts = hosts
        self.cloud = hosts.cloud
        self.servers: dict[str, Guest] = {}
        self._prepare()
        hosts.options("control")
        hosts.options("host1")
        hosts.options("host2", seconds=60)
        hosts.start()
        self._begin()
        hosts.kill()
        hosts.options("host2")
        hosts.start()

    def _prepare(self) -> None:
        """Builds them, with a volume each, and does what comes before; nothing is slow yet."""
        cloud, image_id = self.cloud, self._image()
        workers = [cloud.compute(host) for host in (*HOSTS, "host3")]
        workers.append(cloud.scheduler())
        for name, case in CASES.items():
            self.servers[name] = cloud.create(name, zone=f"nova:{case.host}", image_id=image_id)
        for name, case in CASES.items():
            if case.with_volume:
                _attach(cloud, self._settled(name))
        for name, case in CASES.items():
            if case.before is not None:
                case.before(cloud, self._settled(name))
        for name in CASES:
            self._settled(name)
        cloud.stop()
        with cloud.backend.db.writer() as conn:
            dead = services_table.c.host == "host3"
            conn.execute(sa.update(services_table).where(dead).values(forced_down=True))

    def _image(self) -> str:
        images, owner = self.cloud.backend.images, self.cloud.context()
        asked = {"name": "cirros", "disk_format": "raw", "container_format": "bare"}
        image_id = images.create(owner, asked).id
        images.upload(owner, image_id, [b"cirros"])
        with self.cloud.backend.db.writer() as conn:
            for flavorid, name, memory in (("1", "m1.tiny", 512), ("2", "m1.small", 1024)):
                values = {"flavorid": flavorid, "name": name, "memory_mb": memory, "vcpus": 1, "root_gb": 1}
                conn.execute(sa.insert(flavors).values(**values))
        return str(image_id)

    def _settled(self, name: str) -> Server:
        self.cloud.settled(self.servers[name], PATIENCE)
        return _server(self.cloud, self.servers[name])

    def _begin(self) -> None:
        """Puts every server into the middle of its operation."""
        for name, case in CASES.items():
            if case.chosen:
                case.begin(self.cloud, _server(self.cloud, self.servers[name]))
        for name, case in CASES.items():
            if case.chosen:
                until(lambda name=name: self._is_in_the_middle(name), f"{name} is at work", PATIENCE)
        # What follows is claimed by the scheduler that dies, and by no other.
        scheduler = self.hosts.processes["control"]
        os.kill(scheduler.pid, signal.SIGSTOP)
        for name, case in CASES.items():
            if not case.chosen:
                case.begin(self.cloud, _server(self.cloud, self.servers[name]))
                self._claim(name)
                assert self._is_in_the_middle(name)

    def _claim(self, name: str) -> None:
        (item,) = self.cloud.items(self.servers[name])
        with self.cloud.backend.db.writer() as conn:
            assert work.claim(
                conn, item.uuid, item.topic, "scheduler@control/0.dead", datetime.timedelta(seconds=3)
            )

    def _is_in_the_middle(self, name: str) -> bool:
        server, middle = self.servers[name], CASES[name].middle
        if self.cloud.guest(server.uuid).task_state == middle:
            return True
        if any(item.state == middle for item in self.cloud.items(server)):
            return True
        with self.cloud.backend.db.reader() as conn:
            return server_migrations.with_status(conn, server.id, middle) is not None

    # --- looking

    def plugged(self, server: Guest) -> dict[str, int]:
        """Host → how many volumes its guest has there."""
        return {
            host: sum(file.name.startswith("volume.") for file in self.cloud.vms(server, host))
            for host in (*HOSTS, "host3")
            if self.cloud.vms(server, host)
        }

    def guests(self, server: Guest) -> dict[str, list[str]]:
        """Host → what is there of the server, but for volumes: guests, and those that were set aside."""
        return {
            host: [
                file.suffix or "guest"
                for file in self.cloud.vms(server, host)
                if not file.name.startswith("volume.")
            ]
            for host in (*HOSTS, "host3")
            if self.cloud.vms(server, host)
        }

    def unfinished(self, server: Guest) -> list[str]:
        with self.cloud.backend.db.reader() as conn:
            a = server_actions.c
            query = sa.select(a.action).where(
                a.server_id == server.id, sa.or_(a.finish_time.is_(None), a.message.is_not(None))
            )
            return list(conn.scalars(query))


@pytest.fixture(scope="module")
def aftermath(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Aftermath]:
    try:
        socket.create_connection(("127.0.0.1", 5672), timeout=2).close()
    except OSError as error:
        pytest.skip(f"RabbitMQ does not answer on 127.0.0.1:5672: {error}")
    hosts = Hosts(tmp_path_factory.mktemp("killed"))
    try:
        yield Aftermath(hosts)
    finally:
        hosts.close()


@pytest.mark.parametrize("name", CASES)
def test_it_ends_as_if_nothing_had_happened(aftermath: Aftermath, name: str) -> None:
    cloud, server, case = aftermath.cloud, aftermath.servers[name], CASES[name]
    now = cloud.settled(server, PATIENCE)
    assert (now.vm_state, now.host) == case.ends, cloud.fault(server)
    assert aftermath.unfinished(server) == []
    host = now.host or ""
    # One guest, where the server is; beside it at most what a resize may have to go back to.
    left = {"host1": "host2", "host2": "host1"}[host] if now.vm_state == "resized" else None
    expected = {host: ["guest"]} if host else {}
    if left is not None:
        expected[left] = [".aside"]
    if case.host == "host3":
        expected["host3"] = ["guest"]  # until it comes back
    assert aftermath.guests(server) == expected
    assert aftermath.plugged(server).get(host, 0) == (1 if host else 0)
    if left is not None:
        assert aftermath.plugged(server)[left] == 0
    (port,) = cloud.ports(server)
    assert port.host_id == host
    (attachment,) = cloud.backend.volumes.attachments_of(admin(), server.uuid)
    assert (attachment.host, attachment.status) == ((host, "attached") if host else (None, "reserved"))


def test_the_books_balance(aftermath: Aftermath) -> None:
    cloud, servers = aftermath.cloud, list(aftermath.servers.values())
    for server in servers:
        cloud.settled(server, PATIENCE)
    with cloud.backend.db.reader() as conn:
        nodes = conn.execute(sa.select(compute_nodes)).all()
        claims = conn.execute(sa.select(allocations)).all()
        assert conn.execute(sa.select(work_items)).all() == []
        assert conn.scalar(sa.select(sa.func.count()).select_from(ports)) == len(CASES)
        records = {server.uuid: server_migrations.of_server(conn, server.id) for server in servers}
    for server, name in zip(servers, CASES, strict=True):
        waits = CASES[name].ends[0] == "resized"
        done = {"finished"} if waits else {"completed", "done", "reverted"}
        assert {record.status for record in records[server.uuid]} <= done, name
    # The snapshot, and what it is of, and the disk of the one that is shelved: all of them whole.
    images = cloud.backend.images.list(admin())
    assert sorted(image.name for image in images if image.status == "active") == [
        "cirros",
        "shelve-shelved",
        "snap",
    ]
    assert len(images) == 3
    for node in nodes:
        held = [claim for claim in claims if claim.node_id == node.id]
        assert node.memory_mb_used == sum(claim.memory_mb for claim in held)
        assert node.vcpus_used == sum(claim.vcpus for claim in held)
    for name, server in aftermath.servers.items():
        state, host = CASES[name].ends
        held = [claim for claim in claims if claim.server_id == server.id]
        assert len(held) == (2 if state == "resized" else 1 if host else 0), name


def test_deleted_they_leave_nothing(aftermath: Aftermath) -> None:
    cloud = aftermath.cloud
    for server in aftermath.servers.values():
        cloud.settled(server, PATIENCE)
        cloud.delete(server)
    for server in aftermath.servers.values():
        assert cloud.settled(server, PATIENCE).deleted
    until(lambda: not cloud.items(), "every host has cleared up", PATIENCE)
    cloud.compute("host3")
    for server in aftermath.servers.values():
        assert aftermath.guests(server) == {}
        assert cloud.ports(server) == cloud.claims(server) == []
        assert cloud.backend.volumes.attachments_of(admin(), server.uuid) == []
    assert {volume.status for volume in cloud.backend.volumes.list(cloud.context())} == {"available"}
    assert {node.memory_mb_used for node in (cloud.node(host) for host in HOSTS)} == {0}
