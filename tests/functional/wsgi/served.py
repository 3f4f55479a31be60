"""The small application that the server's tests serve, through a paste ini like any other."""

from __future__ import annotations

import gc
import json
import os
import time
from collections.abc import Callable, Iterable, Iterator
from typing import Any

Environ = dict[str, Any]


def factory(global_conf: dict[str, str], word: str = "hello") -> Callable[..., Iterable[bytes]]:
    def app(environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
        path = environ["PATH_INFO"]
        if path == "/big":
            start_response("200 OK", [("Content-Type", "application/octet-stream")])
            return pieces(int(environ["QUERY_STRING"]))
        if path.startswith("/says"):  # /says/LENGTH/list or /says/LENGTH/pieces, of a body of ten bytes
            start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", path.split("/")[2])])
            return [b"12345", b"67890"] if path.endswith("list") else iter([b"12345", b"67890"])
        if path == "/nothing":
            start_response("204 No Content", [])
            return [b"and yet something"]
        answer = ANSWERS.get(path.split("/")[1], lambda environ: None)(environ)
        data = (word if answer is None else answer).encode("latin-1")
        start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", str(len(data)))])
        return [data]

    return app


def pieces(count: int) -> Iterator[bytes]:
    for _ in range(count):
        yield b"x" * 65536


def crash(environ: Environ) -> str:
    raise ZeroDivisionError("a bug in the application")


def busy(environ: Environ) -> None:
    """Keeps the whole process from doing anything else for a while."""
    until = time.monotonic() + float(environ["QUERY_STRING"])
    while time.monotonic() < until:
        pass


#: By the first part of the path; None stands for the application's word.
ANSWERS: dict[str, Callable[[Environ], str | None]] = {
    "busy": busy,
    "collector": lambda environ: json.dumps([gc.get_freeze_count(), gc.get_threshold()[0]]),
    "crash": crash,
    "echo": lambda environ: environ["wsgi.input"].read().decode("latin-1"),
    "environ": lambda environ: json.dumps(
        {key: value for key, value in environ.items() if isinstance(value, str)}
    ),
    "lines": lambda environ: json.dumps([line.decode() for line in environ["wsgi.input"]]),
    "pid": lambda environ: str(os.getpid()),
    "slow": lambda environ: time.sleep(float(environ["QUERY_STRING"])),
}
