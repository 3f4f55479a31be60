"""A bounded set of threads that handle work items (green ones where the program has patched threading)."""

from __future__ import annotations

import logging
import queue
import threading
import time
from collections.abc import Callable

LOG = logging.getLogger(__name__)


class Pool:
    """Calls ``handle`` with each submitted id, in at most ``size`` threads, made as they are needed.

    An id that is already in hand is not taken a second time.  Not
    ``concurrent.futures``: its queue is made in C, which eventlet cannot make
    green, and its threads outlive a shutdown that has a limit.
    """

    def __init__(self, name: str, size: int, handle: Callable[[str], None]) -> None:
        self._name = name
        self._size = size
        self._handle = handle
        self._waiting: queue.Queue[str | None] = queue.Queue()  # None: end
        self._lock = threading.Lock()
        self._idle = 0
        self._threads = 0
        self._in_hand: set[str] = set()
        self._closed = False

    def submit(self, item: str) -> None:
        """Has ``item`` handled soon; nothing when it is in hand already or the pool is closed."""
        with self._lock:
            if self._closed or item in self._in_hand:
                return
            self._in_hand.add(item)
            start = self._idle < self._waiting.qsize() + 1 and self._threads < self._size
            self._threads += start
            number = self._threads
        self._waiting.put(item)
        if start:
            threading.Thread(target=self._run, name=f"{self._name}-{number}", daemon=True).start()

    def close(self) -> None:
        """Takes nothing more, drops what has not begun, and lets its threads end."""
        with self._lock:
            self._closed = True
            while not self._waiting.empty():
                self._in_hand.discard(self._waiting.get_nowait() or "")
            for _ in range(self._threads):
                self._waiting.put(None)

    def drain(self, timeout: float) -> bool:
        """Whether, after ``close``, what had begun ended within ``timeout`` seconds."""
        end = time.monotonic() + timeout
        while self._in_hand:
            if time.monotonic() >= end:
                return False
            time.sleep(0.02)
        return True

    def _run(self) -> None:
        while True:
            with self._lock:
                self._idle += 1
            item = self._waiting.get()
            with self._lock:
                self._idle -= 1
            if item is None:
                return
            try:
                self._handle(item)
            except Exception:
                LOG.exception("Work item %s: its handling ended in a bug.", item)
            finally:
                with self._lock:
                    self._in_hand.discard(item)
