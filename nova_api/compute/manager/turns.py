"""One server, one job at a time; and a way to tell the job at work that it is no longer wanted."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator


class _Seat:
    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.unwanted = threading.Event()
        self.users = 0


class Turns:
    """Locks by server uuid, kept only while somebody holds or awaits them."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._seats: dict[str, _Seat] = {}

    @contextlib.contextmanager
    def take(self, server_uuid: str, *, interrupting: bool = False) -> Iterator[threading.Event]:
        """Waits for the server's turn; yields an event that is set when it should be cut short.

        ``interrupting`` asks for that of whoever is at work now.
        """
        with self._guard:
            seat = self._seats.setdefault(server_uuid, _Seat())
            seat.users += 1
            if interrupting:
                seat.unwanted.set()
        try:
            with seat.lock:
                if interrupting:
                    seat.unwanted.clear()
                yield seat.unwanted
        finally:
            with self._guard:
                seat.users -= 1
                if not seat.users:
                    del self._seats[server_uuid]
