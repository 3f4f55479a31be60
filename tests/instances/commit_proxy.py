"""A proxy in front of a database that breaks connections at their COMMIT."""

from __future__ import annotations

import contextlib
import enum
import socket
import threading
from collections.abc import Callable

#: How both MariaDB's and PostgreSQL's protocol carry it when our drivers commit.
_COMMIT = b"COMMIT"
#: Seconds that a late COMMIT takes to its server.
LATE = 0.7


class Cut(enum.Enum):
    """What becomes of the COMMIT over which a connection breaks."""

    ANSWER_LOST = "its server has done it, and the answer is lost"
    NEVER_SENT = "its server never sees it"
    LATE = "its server sees it when the client has given up already"


class CommitProxy:
    """Listens on ``port`` for the server on ``target``; breaks what ``choose`` returns a ``Cut`` for.

    ``choose`` is asked at each COMMIT.  ``cuts`` counts the broken ones.
    """

    def __init__(self, target: tuple[str, int]) -> None:
        self._target = target
        self.choose: Callable[[], Cut | None] = lambda: None
        self.cuts = 0
        #: When set, nobody gets through any more.
        self.is_away = False
        self._open: list[socket.socket] = []
        self._last: bytes | None = None
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, name="commit proxy", daemon=True).start()

    def cut_next(self, how: Cut, after: int = 0) -> None:
        """Breaks one COMMIT, when ``after`` others have passed."""
        passes = iter([None] * after + [how])
        self.choose = lambda: next(passes, None)

    def go_away(self) -> None:
        """Breaks every connection, and lets none in any more."""
        self.is_away = True
        for one in self._open:
            _end(one)
        self._open.clear()

    def go_away_at(self, statement: bytes) -> None:
        """Goes away over the next statement that contains ``statement``, which does not get through."""
        self._last = statement

    def come_back(self) -> None:
        self._last, self.is_away = None, False

    def close(self) -> None:
        self.go_away()
        self._listener.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                if self.is_away:
                    _end(client)
                    continue
                server = socket.create_connection(self._target)
                for one in (client, server):
                    one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                self._open += (client, server)
                threading.Thread(target=self._forth, args=(client, server), daemon=True).start()

    def _forth(self, client: socket.socket, server: socket.socket) -> None:
        #: Set when nothing may go back any more.
        mute = threading.Event()
        threading.Thread(target=self._back, args=(client, server, mute), daemon=True).start()
        with contextlib.suppress(OSError):
            while data := client.recv(65536):
                if self._last is not None and self._last in data:
                    self.go_away()
                    break
                how = self.choose() if _COMMIT in data and len(data) < 20 else None
                if how is None:
                    server.sendall(data)
                    continue
                self.cuts += 1
                mute.set()
                self._break(how, data, client, server)
                break
        _end(client)
        _end(server)

    @staticmethod
    def _break(how: Cut, data: bytes, client: socket.socket, server: socket.socket) -> None:
        if how is Cut.NEVER_SENT:
            return
        if how is Cut.LATE:
            _end(client)
            threading.Event().wait(LATE)
        server.sendall(data)
        # Its answer comes when it is done; ``_back`` reads it, and ends.
        threading.Event().wait(0.1)

    @staticmethod
    def _back(client: socket.socket, server: socket.socket, mute: threading.Event) -> None:
        with contextlib.suppress(OSError):
            while (data := server.recv(65536)) and not mute.is_set():
                client.sendall(data)
        _end(client)


def _end(one: socket.socket) -> None:
    with contextlib.suppress(OSError):
        one.shutdown(socket.SHUT_RDWR)
    one.close()
