"""Seeing a reply pass by: its status and headers, its bytes, its end."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from types import TracebackType
from typing import TypeAlias
from wsgiref.types import StartResponse

Headers: TypeAlias = list[tuple[str, str]]
ExcInfo: TypeAlias = tuple[type[BaseException], BaseException, TracebackType] | tuple[None, None, None]


class Started:
    """A ``start_response`` that passes on and remembers; ``change`` may give back other headers."""

    def __init__(
        self, start_response: StartResponse, change: Callable[[Headers], Headers] | None = None
    ) -> None:
        self._start_response = start_response
        self._change = change
        #: The status code, 0 until the reply has begun.
        self.status = 0
        self.headers: Headers = []

    def __call__(
        self, status: str, headers: Headers, exc_info: ExcInfo | None = None, /
    ) -> Callable[[bytes], object]:
        self.status = int(status[:3])
        self.headers = headers if self._change is None else self._change(headers)
        if exc_info is None:
            return self._start_response(status, self.headers)
        return self._start_response(status, self.headers, exc_info)

    def header(self, name: str) -> str | None:
        """The value of a header by its lower-case name."""
        return next((value for key, value in self.headers if key.lower() == name), None)


class Body:
    """A reply's body that counts its bytes and calls ``finished`` once, when the server closes it."""

    def __init__(self, body: Iterable[bytes], finished: Callable[[Body], None]) -> None:
        self._body = body
        self._parts: Iterator[bytes] = iter(body)
        self._finished = finished
        self.sent = 0

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        part = next(self._parts)
        self.sent += len(part)
        return part

    def close(self) -> None:
        """Closes what the application gave, then says so."""
        try:
            close = getattr(self._body, "close", None)
            if close is not None:
                close()
        finally:
            finished, self._finished = self._finished, _nothing
            finished(self)


def _nothing(body: Body) -> None:
    """What a second close does."""
