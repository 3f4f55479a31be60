"""Holds an application to the length that its reply declares.

On a kept connection the client reads exactly what Content-Length says.  A byte
too few and it waits until a time-out; a byte too many and the next reply begins
with it.  So a body that HTTP forbids is dropped, and a wrong length is a bug
that is told in the log and ends the connection.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any


class WrongLength(Exception):
    """The application sent more or fewer bytes than its Content-Length says."""


class _Reply:
    """What the application has said of its reply so far."""

    __slots__ = ("_start_response", "bodyless", "declared")

    def __init__(self, method: str, start_response: Callable[..., Any]) -> None:
        self.declared: int | None = None
        self.bodyless = method == "HEAD"
        self._start_response = start_response

    def start(self, status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:
        self.declared = next(
            (int(value) for name, value in headers if name.lower() == "content-length"), None
        )
        self.bodyless = self.bodyless or status.startswith(("204", "304"))
        if self.bodyless:
            self.declared = None
        return self._start_response(status, headers, exc_info)


class _Counted:
    """An iterable body, counted on its way. What was declared is asked late: a generator may say it late."""

    def __init__(self, result: Iterable[bytes], reply: _Reply) -> None:
        self._result = result
        self._reply = reply

    def __iter__(self) -> Iterator[bytes]:
        sent = 0
        for piece in self._result:
            if self._reply.bodyless:
                continue
            sent += len(piece)
            if self._reply.declared is not None and sent > self._reply.declared:
                raise WrongLength(f"a reply is longer than the {self._reply.declared} bytes it declared")
            yield piece
        if self._reply.declared is not None and sent < self._reply.declared:
            raise WrongLength(f"a reply of {sent} bytes declared {self._reply.declared}")

    def close(self) -> None:
        close = getattr(self._result, "close", None)
        if close is not None:
            close()


def hold(app: Callable[..., Iterable[bytes]]) -> Callable[..., Iterable[bytes]]:
    """``app``, whose replies raise WrongLength where they depart from what they declared."""

    def held(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        reply = _Reply(environ["REQUEST_METHOD"], start_response)
        result = app(environ, reply.start)
        if not isinstance(result, list | tuple):
            return _Counted(result, reply)
        if reply.bodyless:
            return []
        sent = sum(map(len, result))
        if reply.declared is not None and sent != reply.declared:
            raise WrongLength(f"a reply of {sent} bytes declared {reply.declared}")
        return result

    return held
