"""Both directions of a client's connection, each with its own patience.

A plain socket time-out counts the pause between two bytes, so a client that
sends one byte a minute holds a connection for ever.  ``Inbound`` keeps a budget
of waiting instead, which bytes refill only at a decent rate.
"""

from __future__ import annotations

import io
import socket
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer, WriteableBuffer


class ClientGone(BaseException):
    """The client hung up, was too slow or broke the protocol while its request was served.

    Not an ``Exception``, like ``GeneratorExit``: it is nobody's bug, so no
    ``except Exception`` on the way may log it as one or try to answer.
    ``status`` is what the server answers if nothing has been sent, None for nothing.
    """

    def __init__(self, reason: str, status: int | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.status = status


class Inbound(io.RawIOBase):
    """What the client sends. Raises TimeoutError when it is too slow; a reset reads as the end."""

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock
        self._full = self._left = 0.0
        self._rate = 0.0

    def readable(self) -> bool:
        return True

    def allow(self, seconds: float, rate: float = 0.0) -> None:
        """Waits at most ``seconds`` in all from here on; each ``rate`` bytes that come earn one back."""
        self._full = self._left = seconds
        self._rate = rate

    def readinto(self, buffer: WriteableBuffer) -> int:
        if self._left <= 0:
            raise TimeoutError("the client is too slow")
        self._sock.settimeout(self._left)
        begun = time.monotonic()
        try:
            count = self._sock.recv_into(buffer)
        except TimeoutError:
            self._left = 0.0
            raise
        except (OSError, EOFError):  # EOFError: eventlet's word for a socket closed under the reader
            return 0
        self._left -= time.monotonic() - begun
        if self._rate:
            self._left = min(self._full, self._left + count / self._rate)
        return count


class Outbound(io.RawIOBase):
    """What the client gets. Raises ClientGone once when it cannot be delivered, then swallows the rest."""

    def __init__(self, sock: socket.socket, timeout: float) -> None:
        self._sock = sock
        self._timeout = timeout
        self._broken = False

    def writable(self) -> bool:
        return True

    def write(self, data: ReadableBuffer) -> int:
        if self._broken:
            return memoryview(data).nbytes
        self._sock.settimeout(self._timeout)
        try:
            return self._sock.send(data)
        except (OSError, EOFError, ValueError) as error:  # ValueError: TLS that has been shut down
            self._broken = True
            raise ClientGone(f"the reply could not be delivered: {error}") from None
