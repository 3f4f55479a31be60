"""Requests in a loop over kept-open connections, and what came of them."""

from __future__ import annotations

import dataclasses
import http.client
import statistics
import threading
import time
from collections.abc import Callable, Mapping


@dataclasses.dataclass(frozen=True)
class Call:
    """One kind of request. ``body`` is made anew for each, so that names can differ."""

    title: str
    method: str
    path: str
    expected: int
    body: Callable[[], bytes] | None = None
    headers: Mapping[str, str] = dataclasses.field(default_factory=dict)


@dataclasses.dataclass(frozen=True)
class Result:
    """Latencies in milliseconds of the requests that were answered as expected, and what went wrong."""

    call: Call
    clients: int
    seconds: float
    milliseconds: list[float]
    wrong: dict[str, int]

    def line(self) -> str:
        """One row of the table."""
        if not self.milliseconds:
            return f"{self.call.title:42} {self.clients:>7}   nothing answered as expected: {self.wrong}"
        cuts = statistics.quantiles(self.milliseconds, n=100) if len(self.milliseconds) > 1 else []
        p50, p95, p99 = (cuts[49], cuts[94], cuts[98]) if cuts else (self.milliseconds[0],) * 3
        rate = len(self.milliseconds) / self.seconds
        rest = f"   wrong: {self.wrong}" if self.wrong else ""
        return (
            f"{self.call.title:42} {self.clients:>7} {rate:>9.0f} {p50:>8.2f} {p95:>8.2f} {p99:>8.2f}{rest}"
        )


HEADER = f"{'request':42} {'clients':>7} {'per s':>9} {'p50 ms':>8} {'p95 ms':>8} {'p99 ms':>8}"


def run(host: str, port: int, call: Call, clients: int, seconds: float) -> Result:
    """Sends ``call`` from ``clients`` threads for ``seconds``, each with a connection of its own."""
    took: list[float] = []
    wrong: dict[str, int] = {}
    lock = threading.Lock()
    ends = time.perf_counter() + seconds

    def client() -> None:
        connection = http.client.HTTPConnection(host, port, timeout=30)
        mine: list[float] = []
        trouble: dict[str, int] = {}
        while time.perf_counter() < ends:
            began = time.perf_counter()
            try:
                body = call.body() if call.body else None
                connection.request(call.method, call.path, body, dict(call.headers))
                reply = connection.getresponse()
                reply.read()
                what = "" if reply.status == call.expected else f"status {reply.status}"
            except (OSError, http.client.HTTPException) as error:
                connection.close()
                what = type(error).__name__
            if what:
                trouble[what] = trouble.get(what, 0) + 1
            else:
                mine.append((time.perf_counter() - began) * 1000)
        connection.close()
        with lock:
            took.extend(mine)
            for name, count in trouble.items():
                wrong[name] = wrong.get(name, 0) + count

    began = time.perf_counter()
    threads = [threading.Thread(target=client) for _ in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return Result(call, clients, time.perf_counter() - began, took, wrong)
