"""Keep-alive clients in a process of their own: ``python -m bench.load`` reads what to do, prints what came.

Standard input is one JSON object (``port``, ``method``, ``path``, ``headers``,
``body``, ``expected``, ``clients``, ``seconds``, ``count``); in ``body`` the
characters ``%n`` stand for a number that no other request has.  It ends after
``seconds``, or after ``count`` requests in all.  Standard output is one JSON
object: ``milliseconds`` of the requests answered as expected, in order of their
ends; ``seconds`` that it took; ``wrong``, {what: how often}; ``last``, the body
of the last reply.
"""

from __future__ import annotations

import itertools
import json
import socket
import sys
import threading
import time
from typing import Any


class Connection:
    """One kept-open connection; plain sockets, because a client library costs more than the server."""

    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=60)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._left = b""
        #: Status line and headers of the last reply.
        self.head = b""

    def ask(self, request: bytes) -> tuple[int, bytes]:
        """Status and body of the reply; raises OSError when the connection ends."""
        self._socket.sendall(request)
        self.head = head = self._until(b"\r\n\r\n")
        length = next(
            (int(line[15:]) for line in head.split(b"\r\n") if line[:15].lower() == b"content-length:"), 0
        )
        while len(self._left) < length:
            self._more()
        body, self._left = self._left[:length], self._left[length:]
        return int(head[9:12]), body

    def _until(self, end: bytes) -> bytes:
        while end not in self._left:
            self._more()
        head, _, self._left = self._left.partition(end)
        return head

    def _more(self) -> None:
        data = self._socket.recv(1 << 20)
        if not data:
            raise ConnectionResetError("the server closed the connection")
        self._left += data

    def close(self) -> None:
        """Ends the connection."""
        self._socket.close()


def message(asked: dict[str, Any], number: int) -> bytes:
    """The request as bytes."""
    body = (asked.get("body") or "").replace("%n", str(number)).encode()
    headers = {"Host": f"127.0.0.1:{asked['port']}", **asked.get("headers", {})}
    if body:
        headers |= {"Content-Type": "application/json", "Content-Length": str(len(body))}
    lines = [f"{asked['method']} {asked['path']} HTTP/1.1", *(f"{k}: {v}" for k, v in headers.items())]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


class Clients:
    """Threads that ask until time or number is up."""

    def __init__(self, asked: dict[str, Any]) -> None:
        self._asked = asked
        self._numbers = itertools.count(asked.get("first", 0))
        self._most = asked.get("first", 0) + (asked.get("count") or sys.maxsize)
        self._lock = threading.Lock()
        self.milliseconds: list[float] = []
        self.wrong: dict[str, int] = {}
        self.last = b""

    def run(self) -> dict[str, Any]:
        """What came of it."""
        began = time.perf_counter()
        self._ends = began + (self._asked.get("seconds") or 3600)
        threads = [threading.Thread(target=self._client) for _ in range(self._asked.get("clients", 1))]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return {
            "seconds": time.perf_counter() - began,
            "milliseconds": self.milliseconds,
            "wrong": self.wrong,
            "last": self.last.decode("latin-1"),
        }

    def _client(self) -> None:
        fixed = None if "%n" in (self._asked.get("body") or "") else message(self._asked, 0)
        connection: Connection | None = None
        while time.perf_counter() < self._ends:
            number = next(self._numbers)
            if number >= self._most:
                break
            request = fixed or message(self._asked, number)
            began = time.perf_counter()
            try:
                connection = connection or Connection(self._asked["port"])
                status, self.last = connection.ask(request)
                what = "" if status == self._asked["expected"] else f"status {status}"
            except OSError as error:
                what, connection = type(error).__name__, None
            self._note((time.perf_counter() - began) * 1000, what)
        if connection is not None:
            connection.close()

    def _note(self, milliseconds: float, what: str) -> None:
        with self._lock:
            if what:
                self.wrong[what] = self.wrong.get(what, 0) + 1
            else:
                self.milliseconds.append(milliseconds)


if __name__ == "__main__":
    json.dump(Clients(json.load(sys.stdin)).run(), sys.stdout)
