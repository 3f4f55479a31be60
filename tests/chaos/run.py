"""One run: clients and faults at the same time, then peace, then the verdict."""

from __future__ import annotations

import collections
import dataclasses
import pathlib
import threading
import time
from collections.abc import Callable

from tests.chaos import verdict
from tests.chaos.clients import Client
from tests.chaos.faults import Faults
from tests.chaos.place import Place
from tests.chaos.verdict import Findings, Look

#: Seconds that accepted work may take once nothing breaks any more.
CALM = 240.0


@dataclasses.dataclass(frozen=True)
class Outcome:
    """``accepted`` operations, of which ``findings`` tells what went wrong; what broke how often."""

    seed: int
    accepted: int
    cut_off: int
    findings: Findings
    faults: dict[str, int]
    operations: dict[str, int]
    refused: dict[str, int]
    seconds: float

    @property
    def lost(self) -> int:
        """Accepted operations that were lost, and anything else that is not as it should be."""
        return len(self.findings.lost) + len(self.findings.wrong)

    @property
    def last_line(self) -> str:
        return f"lost {self.lost} of {self.accepted} (seed {self.seed})"


def run(
    folder: pathlib.Path,
    *,
    operations: int,
    seed: int,
    clients: int = 8,
    pace: float = 25.0,
    database: str = "mariadb",
    say: Callable[[str], None] = print,
    limit: float | None = None,
) -> Outcome:
    """``operations`` accepted (fewer when ``limit`` seconds are over), and what became of them."""
    place = Place(folder, database=database)
    try:
        place.start()
        say(f"API on port {place.port}, {database}, state and logs in {folder}")
        return _storm(place, operations, seed, clients, pace, say, limit)
    finally:
        place.close()


def _storm(
    place: Place,
    operations: int,
    seed: int,
    count: int,
    pace: float,
    say: Callable[[str], None],
    limit: float | None,
) -> Outcome:
    began = time.monotonic()
    clients: list[Client] = []

    def accepted() -> int:
        return sum(client.accepted for client in clients)

    def enough() -> bool:
        return accepted() >= operations or (limit is not None and time.monotonic() - began > limit)

    # Those that were asked for in a request that was cut off are not used again.
    each = 4 + operations // 100
    clients += [
        Client(number, place.port, place.image, place.volumes(each), seed, enough) for number in range(count)
    ]
    faults = Faults(place, seed, pace, accepted)
    for thread in (*clients, faults):
        thread.start()
    _watch(clients, lambda: say(f"{accepted()} accepted, {time.monotonic() - began:.0f} s"))
    faults.stop.set()
    faults.join()
    for thread in (*clients, faults):
        if thread.broken is not None:
            raise thread.broken
    say(f"{accepted()} accepted after {time.monotonic() - began:.0f} s; now in peace")
    place.mend()
    _settle(place)
    tally: collections.Counter[str] = collections.Counter()
    for client in clients:
        tally.update(asked.operation for asked in client.asked if asked.accepted)
    refused: collections.Counter[str] = collections.Counter()
    for client in clients:
        refused.update(client.refused)
    return Outcome(
        seed=seed,
        accepted=accepted(),
        cut_off=sum(not asked.accepted for client in clients for asked in client.asked),
        findings=verdict.of(place, clients),
        faults=dict(faults.count),
        operations=dict(tally),
        refused=dict(refused),
        seconds=time.monotonic() - began,
    )


def _watch(clients: list[Client], tell: Callable[[], None]) -> None:
    last = time.monotonic()
    for client in clients:
        while client.is_alive():
            client.join(1.0)
            if time.monotonic() - last > 15:
                last = time.monotonic()
                tell()


def _settle(place: Place) -> None:
    """Returns when nothing is under way, or when that takes too long: the verdict then says what."""
    end = time.monotonic() + CALM
    pause = threading.Event()
    while Look.busy(place) and time.monotonic() < end:
        pause.wait(0.2)
        place.revive()
