"""The cloud that is broken: private broker and database, an API with workers, schedulers, compute hosts."""

from __future__ import annotations

import datetime
import os
import pathlib
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Sequence

import oslo_db.exception
import sqlalchemy.exc
from oslo_config import cfg

from nova_api import backend as nova_backend
from nova_api import conf as nova_conf
from nova_api import seed as nova_seed
from nova_api.backend import Backend
from nova_api.context import RequestContext, admin
from nova_api.db import migrate, services
from nova_api.neighbours.networks import LocalNetworks
from nova_api.neighbours.volumes.interface import NewVolume
from tests.instances.broker import brokers, transport_url
from tests.instances.instance import Instance
from tests.instances.mariadb import MariaDB
from tests.instances.postgresql import PostgreSQL
from tests.real_process import ROOT, free_port

DATABASES: dict[str, type[MariaDB] | type[PostgreSQL]] = {"mariadb": MariaDB, "postgresql": PostgreSQL}
SCHEDULERS = ("scheduler1", "scheduler2")
HOSTS = ("host1", "host2", "host3")
#: Seconds of silence after which a host counts as down: longer than a start, or an outage of the database,
#: on a machine that has other things to do as well.
DOWN_TIME = 45

OPTIONS = """\
[DEFAULT]
state_path = {state}
host = {host}
transport_url = {broker}
osapi_compute_listen_port = {port}
osapi_compute_workers = {workers}
api_rate_limit = false
report_interval = 2
service_down_time = {down_time}

[database]
connection = {database}
retry_interval = 1

[work]
sweep_interval = 1
unclaimed_after = 3
lease = 30
retry_interval = 0.2
periodic_interval = 2
call_timeout = {call_timeout}

[quota]
instances = -1
cores = -1
ram = -1

[compute]
reserved_host_memory_mb = 0

[fake]
build_time = 0.1
power_time = 0.05
move_time = 0.05
live_migration_time = 0.1
"""


class Program:
    """One of our programs, under one name, started again and again."""

    def __init__(self, place: Place, program: str, name: str) -> None:
        self.place = place
        self.program = program
        self.name = name
        self.options = place.write_options(name)
        self.log = place.folder / f"{program}-{name}.log"
        self.began = 0.0
        #: On ``time.monotonic``: nobody starts it before.
        self.away_until = 0.0
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self.began = time.time()
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, ROOT / "bin" / self.program, "--config-file", self.options],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd=self.place.folder,
            )

    @property
    def is_away(self) -> bool:
        return not self.runs and time.monotonic() < self.away_until

    @property
    def runs(self) -> bool:
        return self.process is not None and self.process.poll() is None

    @property
    def is_up(self) -> bool:
        """Whether it has reported since its start (the API: answers)."""
        return self.runs and (self._answers() if self.program == "nova-api" else self._has_reported())

    def _answers(self) -> bool:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.place.port}/", timeout=5):
                return True
        except OSError:
            return False

    def _has_reported(self) -> bool:
        try:
            with self.place.backend.db.reader() as conn:
                (service,) = services.list_services(conn, binary=self.program, host=self.name) or [None]
        except (sqlalchemy.exc.SQLAlchemyError, oslo_db.exception.DBError):
            return False
        seen = service.last_seen_at if service else None
        return seen is not None and seen.replace(tzinfo=datetime.UTC).timestamp() > self.began

    def kill(self) -> None:
        """kill -9, of the process and of its workers."""
        workers = self.workers()
        assert self.process is not None
        self.process.kill()
        self.process.wait()
        for pid in workers:  # they would notice by themselves, a little later
            kill(pid)

    def workers(self) -> list[int]:
        """The ids of its forked processes."""
        assert self.process is not None
        pid = self.process.pid
        try:
            text = pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text()
        except OSError:
            return []
        return [int(word) for word in text.split()]


def kill(pid: int) -> None:
    """kill -9 of a worker of ours, which may just have ended."""
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return


class Place:
    """Everything of one run; ``close`` ends and removes it."""

    def __init__(
        self,
        folder: pathlib.Path,
        *,
        database: str = "mariadb",
        workers: int = 2,
        schedulers: Sequence[str] = SCHEDULERS,
        hosts: Sequence[str] = HOSTS,
        call_timeout: int = 10,
        broker_nodes: int = 1,
    ) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self.port = free_port()
        self.workers = workers
        self.call_timeout = call_timeout
        self.brokers = brokers(broker_nodes)
        self.broker = self.brokers[0]
        self.database = DATABASES[database]()
        self.api = Program(self, "nova-api", "api")
        self.schedulers = [Program(self, "nova-scheduler", name) for name in schedulers]
        self.hosts = [Program(self, "nova-compute", name) for name in hosts]
        self.programs = [self.api, *self.schedulers, *self.hosts]
        self.conf: cfg.ConfigOpts = nova_conf.new([], [str(self.api.options)])
        self.backend: Backend = nova_backend.of(self.conf)
        self.image = ""

    @property
    def state(self) -> pathlib.Path:
        return self.folder / "state"

    @property
    def servers(self) -> tuple[Instance, ...]:
        return *self.brokers, self.database

    def write_options(self, host: str) -> pathlib.Path:
        path = self.folder / f"{host}.conf"
        path.write_text(
            OPTIONS.format(
                state=self.state,
                host=host,
                port=self.port,
                workers=self.workers,
                call_timeout=self.call_timeout,
                down_time=DOWN_TIME,
                broker=transport_url(self.brokers),
                database=self.database.url,
            )
        )
        return path

    def start(self) -> None:
        """Everything is up when this returns."""
        for server in self.servers:
            server.start(wait=False)
        self.database.wait()
        migrate.upgrade(self.backend.db)
        nova_seed.first_start(self.backend, {"admin": "secret", "demo": "secret"})
        self.image = self.backend.images.list(admin())[0].id
        self._widen()
        for broker in self.brokers:
            broker.wait()
        self.await_programs()

    def _widen(self) -> None:
        """Room for a long run: servers whose creation was cut off are there, and nobody deletes them."""
        networks = self.backend.networks
        assert isinstance(networks, LocalNetworks)
        private = next(network for network in networks.networks_for(admin()) if network.name == "private")
        wide = {"network_id": private.id, "cidr": "10.64.0.0/16", "ip_version": 4}
        networks.subnets.create(
            admin(), networks.networks, {**wide, "dns_nameservers": [], "host_routes": []}
        )

    def volumes(self, number: int) -> list[str]:
        """So many new ones for a client."""
        owner = RequestContext(user_id="chaos", project_id="chaos", roles=["member"])
        return [self.backend.volumes.create(owner, NewVolume(size=1)).id for _ in range(number)]

    def await_programs(self, patience: float = 180.0) -> None:
        """Returns when every program is up."""
        end = time.monotonic() + patience
        while not all(program.is_up for program in self.programs):
            assert time.monotonic() < end, [program.name for program in self.programs if not program.is_up]
            self.revive()
            time.sleep(0.1)

    def revive(self) -> None:
        """Starts what has ended, as a machine's supervisor does."""
        for program in self.programs:
            if not program.runs and not program.is_away:
                program.start()

    def mend(self) -> None:
        """Broker, database and programs run when this returns."""
        for program in self.programs:
            program.away_until = 0.0
        for server in self.servers:
            if server.process is None or server.process.poll() is not None:
                server.start(wait=False)
        for server in self.servers:
            server.wait()
        self.await_programs()

    def close(self) -> None:
        self.backend.db.dispose()
        for program in self.programs:
            if program.runs:
                program.kill()
        for server in self.servers:
            server.close()
