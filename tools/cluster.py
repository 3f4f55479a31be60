"""A small production cloud on one machine: two API nodes, two schedulers, three compute hosts.

    make cluster                                    # in network namespaces (as root), else on ports
    make cluster ARGS='--plain'                     # on ports of this machine, for anybody
    make cluster ARGS='--broker rabbit://… --database mysql+pymysql://…'

It needs a broker and a database server that are there already, makes the
database's tables, starts the programs, prints how to reach them, and ends them
all with Ctrl-C.  In namespaces each node has an address of its own and reaches
the broker and the database through the bridge, so that a node can be cut off:
``ip -n nova-api1 link set eth0 down``.
"""

from __future__ import annotations

import argparse
import contextlib
import http.client
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
import types
from collections.abc import Iterator

ROOT = pathlib.Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

import sqlalchemy as sa

from nova_api import conf as nova_conf
from nova_api import rpc, seed
from nova_api.backend import Backend
from nova_api.db import migrate

BRIDGE = "nova-api-br"
#: The bridge's address; the nodes have the ones after it.
NETWORK = "10.87.0"
PORT = 8774

#: Name of a node → the program that it runs.
NODES = {
    "api1": "nova-api",
    "api2": "nova-api",
    "scheduler1": "nova-scheduler",
    "scheduler2": "nova-scheduler",
    "compute1": "nova-compute",
    "compute2": "nova-compute",
    "compute3": "nova-compute",
}

OPTIONS = """\
[DEFAULT]
state_path = {state}
host = {name}
my_ip = {address}
transport_url = {broker}
osapi_compute_listen = {address}
osapi_compute_listen_port = {port}
osapi_compute_workers = {workers}
# Each node is whom its clients say they are; nobody but this machine reaches them.
allow_noauth_on_any_address = true
api_rate_limit = {rate_limit}

[database]
connection = {database}

[wsgi]
api_paste_config = {paste}

[work]
exchange = {exchange}
"""


class Refused(Exception):
    """What is missing, in one line."""


def arguments() -> argparse.Namespace:
    """What the command line says."""
    parser = argparse.ArgumentParser(prog="make cluster", description=__doc__.splitlines()[0])
    parser.add_argument("--plain", action="store_true", help="ports of this machine, no namespaces")
    parser.add_argument("--namespaces", action="store_true", help="refuse to run without namespaces")
    parser.add_argument("--broker", default="rabbit://guest:guest@127.0.0.1:5672/")
    parser.add_argument("--database", help="URL of an empty database (default: one is made on 127.0.0.1)")
    parser.add_argument("--redis", default="redis://127.0.0.1:6379/0", help="counters of the rate limits")
    parser.add_argument("--state", type=pathlib.Path, default=ROOT / "var" / "cluster")
    parser.add_argument("--workers", type=int, default=2, help="processes of each API node")
    parser.add_argument("--port", type=int, default=PORT, help="first port, with --plain")
    return parser.parse_args()


# --- network namespaces


def namespaces_refused() -> str | None:
    """Why there can be none; None when there can."""
    if os.geteuid() != 0:
        return "network namespaces need root"
    if shutil.which("ip") is None:
        return "there is no ip command (iproute2)"
    command = ["ip", "netns", "add", "nova-api-probe"]
    probe = subprocess.run(command, capture_output=True, text=True, check=False)
    if probe.returncode:
        return f"ip netns: {probe.stderr.strip()}"
    subprocess.run(["ip", "netns", "delete", "nova-api-probe"], check=False)
    return None


def ip(*words: str) -> None:
    """``ip`` with these words; raises Refused with what it said."""
    done = subprocess.run(["ip", *words], capture_output=True, text=True, check=False)
    if done.returncode:
        raise Refused(f"ip {' '.join(words)}: {done.stderr.strip()}")


def address_of(name: str) -> str:
    """The address of a node in its namespace."""
    return f"{NETWORK}.{list(NODES).index(name) + 11}"


@contextlib.contextmanager
def network() -> Iterator[None]:
    """A bridge, and a namespace with an address for each node; all gone at the end."""
    try:
        ip("link", "add", BRIDGE, "type", "bridge")
        ip("address", "add", f"{NETWORK}.1/24", "dev", BRIDGE)
        ip("link", "set", BRIDGE, "up")
        for index, name in enumerate(NODES):
            space, outside = f"nova-{name}", f"nova-veth{index}"
            ip("netns", "add", space)
            ip("link", "add", outside, "type", "veth", "peer", "name", "eth0", "netns", space)
            ip("link", "set", outside, "master", BRIDGE, "up")
            ip("-n", space, "address", "add", f"{address_of(name)}/24", "dev", "eth0")
            ip("-n", space, "link", "set", "eth0", "up")
            ip("-n", space, "link", "set", "lo", "up")
        yield
    finally:
        for name in NODES:
            subprocess.run(["ip", "netns", "delete", f"nova-{name}"], capture_output=True, check=False)
        subprocess.run(["ip", "link", "delete", BRIDGE], capture_output=True, check=False)


class Relay:
    """Broker, database and redis of this machine's 127.0.0.1, for those on the bridge."""

    def __init__(self, port: int) -> None:
        self._target = port
        self._listener = socket.create_server((f"{NETWORK}.1", 0))
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            near, _ = self._listener.accept()
            try:
                far = socket.create_connection(("127.0.0.1", self._target))
            except OSError:
                near.close()
                continue
            for one, other in ((near, far), (far, near)):
                threading.Thread(target=self._copy, args=(one, other), daemon=True).start()

    @staticmethod
    def _copy(one: socket.socket, other: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := one.recv(65536):
                other.sendall(data)
        for end in (one, other):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)


def across(url: str) -> str:
    """``url`` as the namespaces reach it: what is on 127.0.0.1 through a relay on the bridge."""
    head, at, rest = url.partition("://")
    login, has_login, place = rest.rpartition("@")
    hostport, slash, path = place.partition("/")
    host, _, port = hostport.partition(":")
    if host not in ("127.0.0.1", "localhost"):
        return url
    return f"{head}{at}{login}{has_login}{NETWORK}.1:{Relay(int(port)).port}{slash}{path}"


# --- the cloud


@contextlib.contextmanager
def database(asked: str | None) -> Iterator[str]:
    """The URL of the database; one that was made here is dropped at the end."""
    if asked:
        yield asked
        return
    for server, drop in (
        ("mysql+pymysql://root@127.0.0.1:3306/", ""),
        ("postgresql+psycopg2://postgres@127.0.0.1:5432/", " WITH (FORCE)"),
    ):
        name = f"nova_api_cluster_{os.getpid()}"
        engine = sa.create_engine(
            server + ("postgres" if drop else ""), isolation_level="AUTOCOMMIT", poolclass=sa.NullPool
        )
        try:
            with engine.connect() as conn:
                conn.exec_driver_sql(f"CREATE DATABASE {name}")
        except sa.exc.OperationalError:
            continue
        try:
            yield server + name
        finally:
            with engine.connect() as conn:
                conn.exec_driver_sql(f"DROP DATABASE {name}{drop}")
        return
    raise Refused(
        "neither MariaDB on 127.0.0.1:3306 lets root in without a password, nor PostgreSQL on 5432 postgres: "
        "name an empty database with --database mysql+pymysql://USER:PASSWORD@127.0.0.1/DATABASE"
    )


def answers(url: str, port: int) -> bool:
    """Whether something listens where ``url`` says."""
    host, _, given = url.rpartition("@")[2].removeprefix("redis://").partition("/")[0].partition(":")
    try:
        socket.create_connection((host, int(given or port)), timeout=3).close()
    except OSError:
        return False
    return True


class Cluster:
    """The nodes' options and processes."""

    def __init__(self, asked: argparse.Namespace, database_url: str, *, spaces: bool) -> None:
        self._asked = asked
        self._spaces = spaces
        self._broker = across(asked.broker) if spaces else asked.broker
        self._database = across(database_url) if spaces else database_url
        redis = asked.redis if answers(asked.redis, 6379) else None
        self._redis = across(redis) if spaces and redis else redis
        self._processes: dict[str, subprocess.Popen[bytes]] = {}
        self._exchange = f"nova-api-cluster-{os.getpid()}"
        asked.state.mkdir(parents=True, exist_ok=True)
        self._state = asked.state.resolve()

    def address(self, name: str) -> tuple[str, int]:
        """Where an API node listens."""
        if self._spaces:
            return address_of(name), PORT
        return "127.0.0.1", self._asked.port + list(NODES).index(name)

    def prepare(self, url: str) -> None:
        """Tables and what a first start puts there; ``url`` is the database as this process reaches it."""
        path = self._write("prepare", url)
        backend = Backend(nova_conf.new([], [str(path)]))
        migrate.upgrade(backend.db)
        if seed.is_first_start(backend):
            seed.first_start(backend, seed.passwords_of(backend))
        backend.db.dispose()

    def _write(self, name: str, database_url: str) -> pathlib.Path:
        paste = self._state / "api-paste.ini"
        text = (ROOT / "etc" / "api-paste.ini").read_text(encoding="utf-8")
        if self._redis:
            text = text.replace("storage_uri = memory://", f"storage_uri = {self._redis}")
        paste.write_text(text, encoding="utf-8")
        host, port = self.address(name) if name in NODES else ("127.0.0.1", PORT)
        path = self._state / f"{name}.conf"
        path.write_text(
            OPTIONS.format(
                state=self._state,
                name=name,
                address=host,
                port=port,
                broker=self._broker,
                database=database_url,
                workers=self._asked.workers,
                rate_limit=str(bool(self._redis)).lower(),
                paste=paste,
                exchange=self._exchange,
            ),
            encoding="utf-8",
        )
        return path

    def start(self) -> None:
        """Starts every node; their output goes into files beside their options."""
        for name, program in NODES.items():
            path = self._write(name, self._database)
            within = ["ip", "netns", "exec", f"nova-{name}"] if self._spaces else []
            with (self._state / f"{name}.log").open("wb") as log:
                self._processes[name] = subprocess.Popen(
                    [*within, sys.executable, str(ROOT / "bin" / program), "--config-file", str(path)],
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=subprocess.STDOUT,
                )

    def await_answers(self, patience: float = 240.0) -> None:
        """Returns when both API nodes answer; raises Refused when a node has ended."""
        end = time.monotonic() + patience
        waiting = [name for name, program in NODES.items() if program == "nova-api"]
        while waiting:
            for name, process in self._processes.items():
                if process.poll() is not None:
                    said = (self._state / f"{name}.log").read_text(errors="replace").splitlines()
                    raise Refused(f"{name} ended: {said[-1] if said else process.returncode}")
            waiting = [name for name in waiting if not self._answers(name)]
            if time.monotonic() > end:
                raise Refused(f"{waiting[0]} does not answer; see {self._state / waiting[0]}.log")
            time.sleep(0.1)

    def _answers(self, name: str) -> bool:
        # Not whether it listens: it does so before it has loaded its application.
        connection = http.client.HTTPConnection(*self.address(name), timeout=5)
        try:
            connection.request("GET", "/")
            connection.getresponse()
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()
        return True

    def greeting(self) -> str:
        """How to reach what runs."""
        urls = {name: "http://{}:{}".format(*self.address(name)) for name in ("api1", "api2")}
        lines = [
            f"Two API nodes: {urls['api1']} and {urls['api2']}; options and logs in {self._state}.",
            "Rate limits are counted together, in redis."
            if self._redis
            else "No redis answers, so there are no rate limits.",
            "",
            f"  curl -s -H 'X-Auth-Token: me:lab:admin,member' {urls['api1']}/v2.1/os-services",
            f"  curl -s -H 'X-Auth-Token: me:lab:admin,member' {urls['api2']}/v2.1/flavors",
        ]
        if self._spaces:
            lines += [
                "",
                "Each node is in a network namespace of its own. Cut one off and let it back:",
                "  ip -n nova-compute1 link set eth0 down",
                "  ip -n nova-compute1 link set eth0 up",
            ]
        pids = ", ".join(f"{name} {process.pid}" for name, process in self._processes.items())
        return "\n".join([*lines, "", f"Processes: {pids}.", "Ctrl-C ends everything."])

    def wait(self) -> None:
        """Returns when a node has ended, which none should."""
        while all(process.poll() is None for process in self._processes.values()):
            time.sleep(0.5)

    def close(self) -> None:
        """Ends every node: as told first, by force after a while; takes its queues from the broker."""
        for process in self._processes.values():
            process.terminate()
        for process in self._processes.values():
            try:
                process.wait(timeout=20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        with contextlib.suppress(Exception):
            self._delete_queues()

    def _delete_queues(self) -> None:
        import kombu

        with kombu.Connection(self._asked.broker.replace("rabbit:", "amqp:")) as connection:
            channel = connection.default_channel
            for topic in rpc.TOPICS:
                channel.queue_delete(f"{self._exchange}.{topic}")
                for name in NODES:
                    channel.queue_delete(f"{self._exchange}.{topic}.{name}")
            channel.exchange_delete(self._exchange)


def run(asked: argparse.Namespace) -> None:
    """Everything until it is told to end."""
    refused = None if asked.plain else namespaces_refused()
    if refused and asked.namespaces:
        raise Refused(refused)
    if refused:
        print(f"{refused}: ports of this machine instead (make cluster ARGS=--plain says so itself).")
    spaces = not asked.plain and refused is None
    if not answers(asked.broker, 5672):
        raise Refused(f"no broker answers at {asked.broker.rpartition('@')[2]}: name one with --broker")
    with contextlib.ExitStack() as stack:
        if spaces:
            stack.enter_context(network())
        url = stack.enter_context(database(asked.database))
        cluster = Cluster(asked, url, spaces=spaces)
        stack.callback(cluster.close)
        cluster.prepare(url)
        cluster.start()
        cluster.await_answers()
        print(cluster.greeting(), flush=True)
        cluster.wait()


def main() -> int:
    """Returns the exit status: 2 when something is missing."""

    def end(number: int, frame: types.FrameType | None) -> None:
        raise KeyboardInterrupt

    signal.signal(signal.SIGTERM, end)
    try:
        run(arguments())
    except KeyboardInterrupt:
        return 0
    except Refused as refused:
        print(f"make cluster: {refused}", file=sys.stderr)
        return 2
    return 1


if __name__ == "__main__":
    sys.exit(main())
