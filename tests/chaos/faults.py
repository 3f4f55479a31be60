"""What breaks, when: kill -9 of workers, schedulers and hosts; broker and database stopped and started."""

from __future__ import annotations

import collections
import logging
import random
import threading
import time
from collections.abc import Callable

from tests.chaos.place import DOWN_TIME, Place, Program, kill
from tests.instances.instance import Instance

LOG = logging.getLogger(__name__)


#: Seconds after which something breaks although nothing has been accepted meanwhile.
_LONGEST = 30.0


class Faults(threading.Thread):
    """Breaks something whenever ``pace`` more operations (on average) are ``accepted``, until stopped.

    By progress and not by time: however slow the machine is, work gets done
    between two faults.  For the same reason a program is killed only once it
    has come up.
    """

    def __init__(self, place: Place, seed: int, pace: float, accepted: Callable[[], int]) -> None:
        super().__init__(name="faults", daemon=True)
        self._place = place
        self._random = random.Random(f"{seed}/faults")
        self._pace = pace
        self._accepted = accepted
        self.stop = threading.Event()
        self.count: collections.Counter[str] = collections.Counter()
        self.broken: BaseException | None = None
        self._kinds: list[tuple[int, Callable[[], None]]] = [
            (5, self._api_worker),
            (1, self._api),
            (4, self._scheduler),
            (6, self._host),
            (2, self._host_away),
            (1, self._broker),
            (2, self._database),
        ]

    def run(self) -> None:
        try:
            while self._await_progress():
                weights = [weight for weight, _ in self._kinds]
                self._random.choices([fault for _, fault in self._kinds], weights)[0]()
                self._place.revive()
        except BaseException as error:
            self.broken = error
            raise

    def _await_progress(self) -> bool:
        """Whether to go on, at the next moment to break something."""
        due = self._accepted() + self._random.uniform(0.3, 1.7) * self._pace
        end = time.monotonic() + _LONGEST
        while self._accepted() < due and time.monotonic() < end:
            if self.stop.wait(0.02):
                return False
        # Not always between two requests of the same clients.
        return not self.stop.wait(self._random.uniform(0.0, 0.1))

    def _api_worker(self) -> None:
        workers = self._place.api.workers() if self._place.api.is_up else []
        if workers:
            self.count["API worker killed"] += 1
            kill(self._random.choice(workers))

    def _api(self) -> None:
        self._program(self._place.api, "API killed")

    def _scheduler(self) -> None:
        self._program(self._random.choice(self._place.schedulers), "scheduler killed")

    def _host(self) -> None:
        self._program(self._random.choice(self._place.hosts), "compute host killed")

    def _host_away(self) -> None:
        """For so long that it counts as down, one at a time; meanwhile other things go on breaking."""
        host = self._random.choice(self._place.hosts)
        seconds = DOWN_TIME + self._random.uniform(5.0, 20.0)
        if host.is_up and not any(other.is_away for other in self._place.hosts):
            self.count["compute host away"] += 1
            host.away_until = time.monotonic() + seconds
            host.kill()

    def _program(self, program: Program, what: str) -> None:
        if program.is_up:
            self.count[what] += 1
            program.kill()
            self.stop.wait(self._random.uniform(0.0, 1.0))

    def _broker(self) -> None:
        self._server(self._place.broker, 0.0, 3.0)

    def _database(self) -> None:
        self._server(self._place.database, 0.0, 4.0)

    def _server(self, server: Instance, least: float, most: float) -> None:
        if self._random.random() < 0.5:
            self.count[f"{server.kind} killed"] += 1
            server.kill()
        else:
            self.count[f"{server.kind} stopped"] += 1
            server.stop()
        self.stop.wait(self._random.uniform(least, most))
        server.start(wait=False)
        if server is self._place.database:
            # Its start is short.  A broker's is long, and other things go on breaking meanwhile.
            server.wait()
