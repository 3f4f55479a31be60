"""nova-scheduler and nova-compute as processes of their own, over RabbitMQ."""

from __future__ import annotations

import contextlib
import os
import pathlib
import signal
import socket
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator

import kombu
import pytest

from nova_api import conf as nova_conf
from tests.functional import databases
from tests.functional.work.cloud import Cloud, until
from tests.real_process import ROOT

BROKER = "rabbit://guest:guest@127.0.0.1:5672/"
STARTS_WITHIN = 120.0

OPTIONS = """\
[DEFAULT]
state_path = {state}
host = host1
transport_url = {broker}
report_interval = 1

[database]
{connection}

[work]
exchange = {exchange}
sweep_interval = 0.5
unclaimed_after = {unclaimed_after}
lease = 3

[fake]
build_time = {build_time}
"""


class Place:
    """Options, database and queues that one test's processes share."""

    def __init__(self, folder: pathlib.Path, url: str | None) -> None:
        self.folder = folder
        self.exchange = f"nova_api_test_{uuid.uuid4().hex[:8]}"
        # Said also of SQLite: the programs know nothing of the database that other tests share.
        self.connection = f"connection = {url or f'sqlite:///{folder}/nova-api.sqlite'}"
        self.cloud = Cloud(nova_conf.new([], [str(self.write())]))
        self.processes: list[subprocess.Popen[bytes]] = []

    def write(self, build_time: float = 0.0, unclaimed_after: float = 30.0) -> pathlib.Path:
        path = self.folder / "nova.conf"
        path.write_text(
            OPTIONS.format(
                state=self.folder / "state",
                broker=BROKER,
                connection=self.connection,
                exchange=self.exchange,
                build_time=build_time,
                unclaimed_after=unclaimed_after,
            )
        )
        return path

    def start(self, program: str) -> subprocess.Popen[bytes]:
        """The process, once its service is up."""
        with (self.folder / f"{program}.log").open("a") as log:
            began = time.time()
            process = subprocess.Popen(
                [sys.executable, ROOT / "bin" / program, "--config-file", self.folder / "nova.conf"],
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        self.processes.append(process)
        until(
            lambda: process.poll() is not None or self._up(program, began), f"{program} is up", STARTS_WITHIN
        )
        assert process.poll() is None, (self.folder / f"{program}.log").read_text()
        return process

    def _up(self, program: str, since: float) -> bool:
        from nova_api.db import services

        with self.cloud.backend.db.reader() as conn:
            found = services.list_services(conn, binary=program)
        return any(
            row.last_seen_at is not None and row.last_seen_at.timestamp() - time.timezone >= since - 0.5
            for row in found
        )

    def close(self) -> None:
        for process in self.processes:
            if process.poll() is None:
                process.kill()
            process.wait()
        self.cloud.backend.db.dispose()
        with contextlib.suppress(OSError), kombu.Connection(BROKER.replace("rabbit:", "amqp:")) as broker:
            for topic in ("scheduler", "compute", "compute.host1", "scheduler.host1"):
                broker.default_channel.queue_delete(f"{self.exchange}.{topic}")
            broker.default_channel.exchange_delete(self.exchange)


@pytest.fixture(params=["sqlite", "mariadb"])
def place(request: pytest.FixtureRequest, tmp_path: pathlib.Path) -> Iterator[Place]:
    try:
        socket.create_connection(("127.0.0.1", 5672), timeout=2).close()
    except OSError as error:
        pytest.skip(f"RabbitMQ does not answer on 127.0.0.1:5672: {error}")
    with databases.scratch(request.param) as url:
        made = Place(tmp_path, url)
        try:
            yield made
        finally:
            made.close()


def test_a_server_is_built_through_a_killed_worker(place: Place) -> None:
    """kill -9 of nova-compute in the middle of a build; started again, it ends ACTIVE, once."""
    place.write(build_time=30)
    scheduler = place.start("nova-scheduler")
    compute = place.start("nova-compute")
    # Messages carry it: the sweep would look after 30 s only.
    server = place.cloud.create()
    until(lambda: place.cloud.vms(server), "the guest is being made")
    assert place.cloud.guest(server.uuid).task_state == "spawning"
    os.kill(compute.pid, signal.SIGKILL)
    compute.wait()
    place.write(build_time=0)
    compute = place.start("nova-compute")
    built = place.cloud.settled(server)
    assert (built.vm_state, built.host) == ("active", "host1")
    assert (
        len(place.cloud.vms(server)) == len(place.cloud.ports(server)) == len(place.cloud.claims(server)) == 1
    )
    assert [(e.event, e.result) for e in place.cloud.events(server)["create"]] == [
        ("compute__do_build_and_run_instance", "Success")
    ]
    place.cloud.act(server, "stop")
    assert place.cloud.settled(server).vm_state == "stopped"
    place.cloud.delete(server)
    assert place.cloud.settled(server).deleted
    for process in (compute, scheduler):
        process.terminate()
    assert [process.wait(timeout=60) for process in (compute, scheduler)] == [0, 0]


def refused(program: str, options: pathlib.Path) -> str:
    done = subprocess.run(
        [sys.executable, ROOT / "bin" / program, "--config-file", options],
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    return done.stderr


@pytest.mark.parametrize("program", ["nova-scheduler", "nova-compute"])
def test_an_in_process_transport_is_refused(tmp_path: pathlib.Path, program: str) -> None:
    options = tmp_path / "nova.conf"
    options.write_text(f"[DEFAULT]\nstate_path = {tmp_path}\n")
    assert f"{program} is a process of its own" in refused(program, options)
    assert "set [DEFAULT] transport_url = rabbit://" in refused(program, options)


def test_an_old_schema_is_refused(tmp_path: pathlib.Path) -> None:
    options = tmp_path / "nova.conf"
    options.write_text(f"[DEFAULT]\nstate_path = {tmp_path}\ntransport_url = {BROKER}\n")
    assert "run nova-manage db sync" in refused("nova-compute", options)


def test_a_filter_that_does_not_exist_is_told_at_the_start(tmp_path: pathlib.Path) -> None:
    options = tmp_path / "nova.conf"
    url = f"sqlite:///{tmp_path}/nova.sqlite"
    text = f"[DEFAULT]\nstate_path = {tmp_path}\ntransport_url = {BROKER}\n[database]\nconnection = {url}\n"
    options.write_text(text + "[filter_scheduler]\nenabled_filters = ComputeFilter,RamFilter\n")
    manage = [sys.executable, ROOT / "bin" / "nova-manage", "--config-file", options, "db", "sync"]
    assert subprocess.run(manage, capture_output=True, timeout=60, check=False).returncode == 0
    assert "RamFilter" in refused("nova-scheduler", options)
