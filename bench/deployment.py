"""What is measured: our processes over a database of their own, and what they cost the processor."""

from __future__ import annotations

import contextlib
import json
import os
import pathlib
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator, Mapping
from typing import Any

import sqlalchemy as sa

from tests import real_process

BENCH = pathlib.Path(__file__).resolve().parent
#: kind → where its server is, and a database there.
SERVERS = {
    "mariadb": os.environ.get("BENCH_MARIADB", "mysql+pymysql://root@127.0.0.1:3306"),
    "postgresql": os.environ.get("BENCH_POSTGRESQL", "postgresql+psycopg2://root@127.0.0.1:5432"),
}
BROKER = os.environ.get("BENCH_BROKER", "rabbit://guest:guest@127.0.0.1:5672/")
#: Seconds that a start may take: it is a figure, not a failure, on a machine that others use too.
PATIENCE = 300.0

OPTIONS = """\
[DEFAULT]
state_path = {state}
host = bench
transport_url = {transport}
api_rate_limit = false
osapi_compute_listen_port = {port}
osapi_compute_workers = {workers}

[database]
{connection}

[quota]
instances = -1
cores = -1
ram = -1

[fake]
vcpus = 1000000
memory_mb = 1000000000
local_gb = 1000000000

[work]
exchange = {exchange}
"""


def cpu_seconds(pid: int) -> float:
    """Processor time that process ``pid`` has used so far (clock_getcpuclockid(3))."""
    return time.clock_gettime_ns((~pid << 3) | 2) / 1e9


def family(pid: int) -> list[int]:
    """``pid`` and its living children: the workers of a supervisor."""
    children = pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [pid, *map(int, children)]


def resident_mib(pid: int) -> float:
    """Resident memory of process ``pid``."""
    pages = int(pathlib.Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


class Deployment:
    """A folder with options, a database, and the processes started so far, by program name."""

    def __init__(self, folder: pathlib.Path, tree: pathlib.Path, url: str | None, workers: int) -> None:
        self.folder = folder
        self.tree = tree
        self.workers = workers
        self.port = real_process.free_port()
        self.exchange = f"nova_api_bench_{uuid.uuid4().hex[:8]}"
        self.connection = f"connection = {url}" if url else ""
        self.url = url or f"sqlite:///{folder / 'state' / 'nova-api.sqlite'}"
        self.processes: dict[str, subprocess.Popen[bytes]] = {}
        self.write(BROKER)

    @property
    def options(self) -> pathlib.Path:
        """The options file."""
        return self.folder / "nova.conf"

    def write(self, transport: str) -> None:
        """Writes the options file."""
        self.options.write_text(
            OPTIONS.format(
                state=self.folder / "state",
                transport=transport,
                port=self.port,
                workers=self.workers,
                connection=self.connection,
                exchange=self.exchange,
            )
        )

    @property
    def environment(self) -> dict[str, str]:
        """That of the processes: the measured tree comes before the installed package.

        Bytecode is kept, as an installed service has it: compiling takes longer than the rest of a start.
        """
        return {**os.environ, "PYTHONPATH": str(self.tree), "PYTHONDONTWRITEBYTECODE": ""}

    def fill(self, projects: Mapping[str, int]) -> None:
        """Makes the tables and the servers of ``projects``."""
        command = [sys.executable, BENCH / "filling.py", self.options, json.dumps(dict(projects))]
        subprocess.run(command, env=self.environment, cwd=self.tree, check=True)

    @contextlib.contextmanager
    def running(self, program: str, profile: pathlib.Path | None = None) -> Iterator[float]:
        """Runs ``program``; yields the seconds that it took until it answered (0 without a port)."""
        script: list[Any] = [self.tree / "bin" / program]
        if profile is not None:
            script = [BENCH / "profiled.py", profile, *script]
        command = [sys.executable, *script, "--config-file", self.options]
        log = self.folder / f"{program}.log"
        began = time.perf_counter()
        with contextlib.ExitStack() as stack:
            if program in ("nova-api", "nova-all"):
                url = f"http://127.0.0.1:{self.port}/"
                process = stack.enter_context(
                    real_process.answering(
                        command,
                        url,
                        log=log,
                        cwd=self.tree,
                        environment=self.environment,
                        within=PATIENCE,
                    )
                )
            else:
                process = stack.enter_context(self._quietly(command, log))
            self.processes[program] = process
            stack.callback(self.processes.pop, program)
            yield time.perf_counter() - began

    @contextlib.contextmanager
    def _quietly(self, command: list[Any], log: pathlib.Path) -> Iterator[subprocess.Popen[bytes]]:
        with log.open("w") as output:
            process = subprocess.Popen(
                command, cwd=self.tree, env=self.environment, stdout=output, stderr=subprocess.STDOUT
            )
        try:
            yield process
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(timeout=30)

    def pids(self, *programs: str) -> list[int]:
        """The processes of ``programs`` (of all that run), workers included."""
        wanted = programs or tuple(self.processes)
        return [pid for name in wanted for pid in family(self.processes[name].pid)]

    def cpu(self, *programs: str) -> float:
        """Processor seconds that they have used so far."""
        return sum(map(cpu_seconds, self.pids(*programs)))

    def forget_queues(self) -> None:
        """Removes what the processes have declared on the broker."""
        import kombu

        with contextlib.suppress(OSError), kombu.Connection(BROKER.replace("rabbit:", "amqp:")) as broker:
            for topic in ("scheduler", "compute", "compute.bench", "scheduler.bench"):
                broker.default_channel.queue_delete(f"{self.exchange}.{topic}")
            broker.default_channel.exchange_delete(self.exchange)


@contextlib.contextmanager
def database(kind: str) -> Iterator[str | None]:
    """The URL of an empty database, dropped at the end; None is the embedded SQLite file."""
    if kind == "sqlite":
        yield None
        return
    name = f"nova_api_bench_{uuid.uuid4().hex[:12]}"
    postgres = kind == "postgresql"
    engine = sa.create_engine(
        f"{SERVERS[kind]}/{'postgres' if postgres else ''}", isolation_level="AUTOCOMMIT"
    )
    with engine.connect() as conn:
        conn.exec_driver_sql(f"CREATE DATABASE {name}")
    try:
        yield f"{SERVERS[kind]}/{name}"
    finally:
        with engine.connect() as conn:
            conn.exec_driver_sql(f"DROP DATABASE {name}" + (" WITH (FORCE)" if postgres else ""))
        engine.dispose()


@contextlib.contextmanager
def bare(folder: pathlib.Path) -> Iterator[tuple[int, int]]:
    """The bare server; yields its port and pid."""
    port = real_process.free_port()
    command = [sys.executable, BENCH / "bare.py", str(port)]
    url, log = f"http://127.0.0.1:{port}/", folder / "bare.log"
    with real_process.answering(command, url, log=log, within=PATIENCE) as process:
        yield port, process.pid
