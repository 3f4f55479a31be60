"""Jobs that are done again and again, by nobody's request."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence

LOG = logging.getLogger(__name__)

#: How long a stopping service waits for a job that is under way.
_JOIN_SECONDS = 5.0


class Periodic:
    """Calls each of ``jobs`` every ``interval`` seconds, one after the other; a failed one is tried again."""

    def __init__(self, name: str, interval: float, jobs: Sequence[Callable[[], None]]) -> None:
        self._name = name
        self._interval = interval
        self._jobs = jobs
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Returns at once; the first turn comes after one interval."""
        if self._jobs:
            self._thread = threading.Thread(target=self._run_on, name=f"periodic-{self._name}", daemon=True)
            self._thread.start()

    def stop(self) -> None:
        self._stop.set()
        if self._thread is not None:
            self._thread.join(_JOIN_SECONDS)

    def _run_on(self) -> None:
        while not self._stop.wait(self._interval):
            for job in self._jobs:
                if self._stop.is_set():
                    return
                try:
                    job()
                except Exception:
                    LOG.exception("%s: a periodic job failed; the next turn tries again.", self._name)
