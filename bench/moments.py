"""What is not a request in a loop: start, memory, fairness, a page's neighbours, the way to ACTIVE."""

from __future__ import annotations

import json
import statistics
import threading
import time
from collections.abc import Iterator
from typing import Any

from bench.cases import BY_NAME, SERVER
from bench.deployment import Deployment, resident_mib
from bench.load import Connection, message
from bench.measure import load, percentiles

#: (what, figure, unit, budget)
Line = tuple[str, float, str, float | None]


def fairness(deployed: Deployment, seconds: float) -> Iterator[Line]:
    """How much longer than the median the slowest of a hundred requests takes, with 16 clients."""
    asked = {**BY_NAME["show"].asked(deployed.port, {}), "clients": 16}
    load({**asked, "count": 100})
    p50, _, p99 = percentiles(load({**asked, "seconds": seconds})["milliseconds"])
    yield "p99 of p50, GET /servers/{id}, 16 clients", p99 / p50, "times", 5


def beside_a_page(deployed: Deployment, seconds: float) -> Iterator[Line]:
    """How long GET / waits while pages of 1,000 servers are made."""
    root = {**BY_NAME["root"].asked(deployed.port, {}), "clients": 1}
    page = {**BY_NAME["detail-1000-2.96"].asked(deployed.port, {}), "clients": 1}
    alone = percentiles(load({**root, "seconds": seconds})["milliseconds"])
    pages = threading.Thread(target=load, args=({**page, "seconds": seconds + 1},))
    pages.start()
    time.sleep(0.5)
    came = load({**root, "seconds": seconds})["milliseconds"]
    pages.join()
    yield "delay of GET / beside pages of 1,000, p99", percentiles(came)[2] - alone[2], "ms", 20
    yield "  the same, p50", percentiles(came)[0] - alone[0], "ms", 20


def memory(deployed: Deployment) -> Iterator[Line]:
    """Resident memory of the largest process."""
    yield "resident memory of a worker", max(map(resident_mib, deployed.pids("nova-api"))), "MiB", 80


def start(deployed: Deployment, program: str) -> Iterator[Line]:
    """Seconds from the start of ``program`` to its first 200, the middle of three, and processor seconds."""
    took, used = [], []
    for _ in range(3):
        with deployed.running(program) as seconds:
            took.append(seconds)
            used.append(deployed.cpu())
    yield f"start of {program} to its first 200", statistics.median(took), "s", 1.5
    yield "  processor time of it", statistics.median(used), "s", 1.5


def to_active(deployed: Deployment, image: str, clients: int = 16, each: int = 8) -> Iterator[Line]:
    """Seconds from POST to ACTIVE as a client sees it that asks every 20 ms."""
    took: list[float] = []

    def client(number: int) -> None:
        connection = Connection(deployed.port)
        for turn in range(each):
            took.append(_boot(connection, deployed.port, image, f"{number}-{turn}"))
        connection.close()

    threads = [threading.Thread(target=client, args=(number,)) for number in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    yield f"POST to ACTIVE, {clients} clients, p50", statistics.median(took), "s", 0.5


def _boot(connection: Connection, port: int, image: str, name: str) -> float:
    base: dict[str, Any] = {"port": port, "headers": {"X-Auth-Token": "admin:small"}}
    body = json.dumps(SERVER).replace("{image}", image).replace("%n", name)
    began = time.perf_counter()
    status, reply = connection.ask(
        message({**base, "method": "POST", "path": "/v2.1/servers", "body": body}, 0)
    )
    if status != 202:
        raise SystemExit(f"POST /servers answered {status}: {reply!r}")
    path = f"/v2.1/servers/{json.loads(reply)['server']['id']}"
    show = message({**base, "method": "GET", "path": path}, 0)
    while json.loads(connection.ask(show)[1])["server"]["status"] == "BUILD":
        time.sleep(0.02)
    return time.perf_counter() - began
