"""``wsgi.input``: the body of one request, read strictly and up to a limit.

Whatever goes wrong on the client's side raises ``ClientGone`` with the status
that answers it: 408 too slow, 413 too large, 400 malformed, None when it hung up.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterator

from nova_api.wsgi.head import Framing
from nova_api.wsgi.wire import ClientGone, Inbound

#: A chunk's size line with extensions, or a trailer, is at most this long; so are all trailers together.
MOST_LINE = 4096
_CHUNK_SIZE = re.compile(rb"([0-9A-Fa-f]{1,15})[ \t]*(?:;[^\r\n]*)?\r?\n")
_PIECE = 65536


class Body:
    """The input stream of PEP 3333 over ``rfile``, which is at the first byte after the headers.

    ``send_continue`` is called once, before the first read, when the client waits
    for it.  ``position`` counts the bytes read; ``finished`` says whether the body
    has been read to its end, so that the next request can follow.
    """

    def __init__(
        self,
        rfile: io.BufferedReader[Inbound],
        framing: Framing,
        most: int,
        send_continue: Callable[[], None] | None = None,
    ) -> None:
        self._rfile = rfile
        self._most = most
        self._send_continue = send_continue
        self._left = framing.length or 0  # of the body, or of the chunk that is being read
        self._between_chunks = framing.chunked
        self._first_chunk = True
        self._gone: ClientGone | None = None
        self.position = 0
        self.finished = framing.length == 0
        # The names that eventlet's response code asks for.
        self.content_length = framing.length
        self.chunked_input = framing.chunked
        self.headers_sent: list[int] | None = None

    @property
    def should_send_hundred_continue(self) -> bool:
        return self._send_continue is not None

    def read(self, size: int | None = None) -> bytes:
        """Up to ``size`` bytes, fewer only at the end of the body; all of it for None or -1."""
        return b"".join(self._pieces(self._rfile.read, size))

    def readline(self, size: int | None = None) -> bytes:
        parts = []
        for piece in self._pieces(self._rfile.readline, size):
            parts.append(piece)
            if piece.endswith(b"\n"):
                break
        return b"".join(parts)

    def readlines(self, hint: int | None = None) -> list[bytes]:
        lines, total = [], 0
        for line in self:
            lines.append(line)
            total += len(line)
            if hint and total >= hint:
                break
        return lines

    def __iter__(self) -> Iterator[bytes]:
        return iter(self.readline, b"")

    def discard(self, most: int = 1 << 20) -> None:
        """Reads what is left, up to ``most`` bytes; ``finished`` tells whether that was all."""
        for piece in self._pieces(self._rfile.read, most):
            del piece

    def _pieces(self, reader: Callable[[int], bytes], size: int | None) -> Iterator[bytes]:
        if self._gone is not None:
            raise self._gone  # what follows on the connection has no known beginning
        wanted = size if size is not None and size >= 0 else None
        while not self.finished and wanted != 0:
            if self._send_continue is not None and not self.headers_sent:
                tell, self._send_continue = self._send_continue, None
                tell()
            try:
                if self._between_chunks and not self._next_chunk():
                    return
                piece = reader(min(self._left, _PIECE if wanted is None else min(wanted, _PIECE)))
            except TimeoutError:
                raise self._fail("the body came too slowly", 408) from None
            if not piece:
                raise self._fail("the connection ended inside the body")
            self._count(len(piece))
            if wanted is not None:
                wanted -= len(piece)
            yield piece

    def _count(self, length: int) -> None:
        self.position += length
        self._left -= length
        if self._left == 0:
            self._between_chunks = self.chunked_input
            self.finished = not self.chunked_input

    def _next_chunk(self) -> bool:
        """Reads the line before a chunk; False after the last one."""
        if not self._first_chunk and self._line() not in (b"\r\n", b"\n"):
            raise self._fail("a chunk is longer than its size says", 400)
        self._first_chunk = False
        match = _CHUNK_SIZE.fullmatch(self._line())
        if match is None:
            raise self._fail("a chunk does not begin with its size", 400)
        self._left = int(match[1], 16)
        if self._left == 0:
            self._skip_trailers()
            self.finished = True
            return False
        if self.position + self._left > self._most:
            raise self._fail(f"the body is longer than {self._most} bytes", 413)
        self._between_chunks = False
        return True

    def _skip_trailers(self) -> None:
        total = 0
        while (line := self._line()) not in (b"\r\n", b"\n"):
            total += len(line)
            if total > MOST_LINE:
                raise self._fail("the trailers are too long", 400)

    def _fail(self, reason: str, status: int | None = None) -> ClientGone:
        self._gone = ClientGone(reason, status)
        return self._gone

    def _line(self) -> bytes:
        line = self._rfile.readline(MOST_LINE)
        if line.endswith(b"\n"):
            return line
        if len(line) == MOST_LINE:
            raise self._fail("a line between chunks is too long", 400)
        raise self._fail("the connection ended inside the body")
