"""One case measured: requests from another process, and what our processes spent on them."""

from __future__ import annotations

import dataclasses
import json
import statistics
import subprocess
import sys
import time
from typing import Any

import sqlalchemy as sa

from bench.cases import Case
from bench.deployment import BENCH, PATIENCE, Deployment, cpu_seconds

#: Requests that are answered before anything is counted: first uses compile and connect.
WARM_UP = {"GET": 30, "POST": 10}
#: Servers that a case of boots boots in each of its seconds.
BOOTS = 30


@dataclasses.dataclass
class Figures:
    """What came of a case; milliseconds, and ``ratio`` to the bare server in the same minute."""

    case: str
    database: str
    workers: int
    rps: float
    p50: float
    p95: float
    p99: float
    cpu_ms: float
    bare_ms: float
    wrong: dict[str, int]

    @property
    def ratio(self) -> float:
        """CPU of a request in those of the bare server."""
        return self.cpu_ms / self.bare_ms

    @property
    def key(self) -> str:
        """Name of the case among those of other databases and numbers of workers."""
        return f"{self.case}/{self.database}/{self.workers}"

    def as_json(self) -> dict[str, Any]:
        """For ``bench/latest.json``."""
        return {**dataclasses.asdict(self), "ratio": self.ratio}


def load(asked: dict[str, Any]) -> dict[str, Any]:
    """Sends what ``asked`` says from a process of its own (see ``bench.load``)."""
    done = subprocess.run(
        [sys.executable, BENCH / "load.py"],
        input=json.dumps(asked),
        capture_output=True,
        text=True,
        check=True,
    )
    result: dict[str, Any] = json.loads(done.stdout)
    return result


def percentiles(milliseconds: list[float]) -> tuple[float, float, float]:
    """The 50th, 95th and 99th."""
    if len(milliseconds) < 2:
        return (*(milliseconds * 3)[:3],) if milliseconds else (0.0, 0.0, 0.0)  # type: ignore[return-value]
    cuts = statistics.quantiles(milliseconds, n=100, method="inclusive")
    return cuts[49], cuts[94], cuts[98]


class Bare:
    """The bare server, measured again beside each case: the machine is not the same from one to the next."""

    def __init__(self, port: int, pid: int) -> None:
        self._asked = {"port": port, "method": "GET", "path": "/", "expected": 200}
        self._pid = pid

    def cpu_ms(self, clients: int, seconds: float = 0.5) -> float:
        """CPU-milliseconds a request."""
        before = cpu_seconds(self._pid)
        came = load({**self._asked, "clients": clients, "seconds": seconds})
        return (cpu_seconds(self._pid) - before) * 1000 / len(came["milliseconds"])


def measure(
    deployed: Deployment, bare: Bare, case: Case, values: dict[str, str], seconds: float, clients: int
) -> tuple[dict[str, Any], float, float]:
    """What ``load`` gave, CPU-milliseconds a request of our processes, and of the bare server."""
    asked = {**case.asked(deployed.port, values), "clients": clients}
    warm = WARM_UP[case.method] * deployed.workers
    load({**asked, "count": warm})
    settle(deployed, case)
    bare_before = bare.cpu_ms(clients)
    programs = ("nova-api",) if case.name == "create" else ()
    before = deployed.cpu(*programs)
    if case.needs == "api":
        came = load({**asked, "seconds": seconds})
    else:
        came = load({**asked, "first": warm, "count": int(BOOTS * seconds)})
    settle(deployed, case)
    used = deployed.cpu(*programs) - before
    bare_ms = (bare_before + bare.cpu_ms(clients)) / 2
    return came, used * 1000 / max(1, len(came["milliseconds"])), bare_ms


def await_host(deployed: Deployment) -> None:
    """Waits until a compute host has said what it has: before that nothing can be placed."""
    engine = sa.create_engine(deployed.url)
    ends = time.monotonic() + PATIENCE
    while time.monotonic() < ends:
        with engine.connect() as conn:
            if conn.exec_driver_sql("SELECT COUNT(*) FROM compute_nodes").scalar():
                engine.dispose()
                return
        time.sleep(0.05)
    raise SystemExit("no compute host came up")


def settle(deployed: Deployment, case: Case) -> None:
    """Waits until no server is being built."""
    if case.needs == "api":
        return
    engine = sa.create_engine(deployed.url)
    try:
        ends = time.monotonic() + 120
        while time.monotonic() < ends:
            with engine.connect() as conn:
                if not conn.exec_driver_sql("SELECT COUNT(*) FROM work_items").scalar():
                    broken = conn.exec_driver_sql("SELECT COUNT(*) FROM servers WHERE vm_state != 'active'")
                    if broken.scalar():
                        raise SystemExit("a server did not become ACTIVE")
                    return
            time.sleep(0.05)
    finally:
        engine.dispose()
    raise SystemExit("servers were still being built after two minutes")
