"""A cloud of separate processes over RabbitMQ: two API workers, a scheduler, three compute hosts."""

from __future__ import annotations

import contextlib
import http.client
import json
import pathlib
import subprocess
import sys
import uuid
from typing import Any

import kombu

from nova_api import backend as nova_backend
from nova_api import conf as nova_conf
from nova_api import seed
from nova_api.db import migrate, services
from tests.functional.machine.operations import Ask
from tests.functional.machine.places import HOSTS, TIMES, Place, token
from tests.functional.work.cloud import until
from tests.real_process import ROOT, free_port

BROKER = "rabbit://guest:guest@127.0.0.1:5672/"
STARTS_WITHIN = 90.0

OPTIONS = """\
[DEFAULT]
state_path = {state}
host = {host}
transport_url = {broker}
report_interval = 2
api_rate_limit = false
osapi_compute_workers = 2
osapi_compute_listen_port = {port}

[database]
connection = {url}

[work]
exchange = {exchange}
sweep_interval = 0.5
unclaimed_after = 2
lease = 4
retry_interval = 0.1
call_timeout = 15

[fake]
{fake}
"""


class Processes(Place):
    """Its hosts die by kill -9, and leave their work to whoever starts in their place."""

    def __init__(self, folder: pathlib.Path, url: str) -> None:
        super().__init__()
        self._folder = folder
        self._port = free_port()
        self._exchange = f"nova_api_machine_{uuid.uuid4().hex[:8]}"
        self._url = url
        self._running: dict[str, subprocess.Popen[bytes]] = {}
        #: Host → its last heartbeat when it was lost.
        self._before: dict[str, Any] = {}
        self.backend = nova_backend.of(nova_conf.new([], [str(self._options("api"))]))
        migrate.upgrade(self.backend.db)
        seed.first_start(self.backend, {"admin": "a", "demo": "b"})
        try:
            for host in HOSTS:
                self._launch(host, "nova-compute")
            self._launch("scheduler", "nova-scheduler")
            self._launch("api", "nova-api")
            for host in HOSTS:
                self._await_host(host)
            until(self._answers, "the API answers", STARTS_WITHIN)
        except BaseException:
            self.close()
            raise

    def _options(self, name: str) -> pathlib.Path:
        fake = "\n".join(
            f"{key.removeprefix('fake__')} = {value}" for key, value in TIMES.items() if "fake" in key
        )
        path = self._folder / f"{name}.conf"
        path.write_text(
            OPTIONS.format(
                state=self._folder / "state",
                host=name,
                broker=BROKER,
                port=self._port,
                url=self._url,
                exchange=self._exchange,
                fake=fake,
            )
        )
        return path

    def _launch(self, name: str, program: str) -> None:
        options = self._options(name)
        with (self._folder / f"{name}.log").open("a") as log:
            self._running[name] = subprocess.Popen(
                [sys.executable, ROOT / "bin" / program, "--config-file", options],
                stdout=log,
                stderr=subprocess.STDOUT,
            )

    def _await_host(self, host: str) -> None:
        process = self._running[host]

        def up() -> bool:
            assert process.poll() is None, (self._folder / f"{host}.log").read_text()[-2000:]
            with self.backend.db.reader() as conn:
                found = services.list_services(conn, binary="nova-compute")
            since = self._before.get(host)
            return any(row.host == host and row.last_seen_at and row.last_seen_at != since for row in found)

        until(up, f"{host} is up", STARTS_WITHIN)

    def _answers(self) -> bool:
        process = self._running["api"]
        assert process.poll() is None, (self._folder / "api.log").read_text()[-2000:]
        try:
            return self.ask(Ask(0, "GET", "/v2.1/flavors"))[0] == 200
        except OSError:
            return False

    def ask(self, ask: Ask) -> tuple[int, str]:
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=60)
        headers = {"X-Auth-Token": token(ask.who), "Content-Type": "application/json"}
        if ask.version is not None:
            headers["OpenStack-API-Version"] = f"compute {ask.version}"
        try:
            body = None if ask.body is None else json.dumps(ask.body)
            connection.request(ask.method, ask.path, body, headers)
            reply = connection.getresponse()
            return reply.status, reply.read().decode()
        finally:
            connection.close()

    def _end_host(self, host: str) -> None:
        process = self._running.pop(host)
        process.kill()
        process.wait()
        with self.backend.db.reader() as conn:
            found = services.list_services(conn, binary="nova-compute")
        self._before[host] = next(row.last_seen_at for row in found if row.host == host)

    def _begin_host(self, host: str) -> None:
        self._launch(host, "nova-compute")
        self._await_host(host)

    def close(self) -> None:
        for process in self._running.values():
            process.terminate()
        for process in self._running.values():
            try:
                process.wait(timeout=10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        self.backend.db.dispose()
        with contextlib.suppress(OSError), kombu.Connection(BROKER.replace("rabbit:", "amqp:")) as broker:
            for topic in (
                "scheduler",
                "compute",
                *(f"compute.{host}" for host in HOSTS),
                "scheduler.scheduler",
            ):
                broker.default_channel.queue_delete(f"{self._exchange}.{topic}")
            broker.default_channel.exchange_delete(self._exchange)
