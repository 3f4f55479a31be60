"""Writes what a WSGI application was asked and what it answered, one JSON object a line.

``validate.py`` reads these lines.  The line of an exchange::

    {"method": "GET", "path": "/v2.1/servers", "query": "limit=1", "request_headers": {...},
     "request_body": "...", "status": 200, "headers": {...}, "body": "...",
     "test": "tests/...", "filters": true, "client": "openstack"}

Header names are lower-case.  A body longer than ``LARGEST`` bytes is null (images;
nothing that a schema describes is that long).
"""

from __future__ import annotations

import contextlib
import json
import os
import pathlib
from collections.abc import Iterable, Iterator
from typing import Any
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

VARIABLE = "NOVA_API_RECORD"
#: Names the client that asks, for replies recorded where it asks.
CLIENT = "NOVA_API_CLIENT"
LARGEST = 4 * 1024 * 1024


def recording(app: WSGIApplication, *, filters: bool = True) -> WSGIApplication:
    """``app`` itself, or inside a ``Recorder`` when the environment names a file to record into.

    ``filters`` says whether the filters of the pipeline are part of ``app``; false for a
    bare router, of whose replies nobody may expect the headers that filters add.
    """
    path = os.environ.get(VARIABLE)
    return Recorder(app, pathlib.Path(path), filters=filters) if path else app


def unrecorded(app: WSGIApplication) -> WSGIApplication:
    """What ``recording`` was given: for a test that makes the service answer what no contract knows."""
    return app.app if isinstance(app, Recorder) else app


def write(path: pathlib.Path, exchange: dict[str, Any]) -> None:
    """Appends one line; a single write to a file opened for appending, so that processes don't mix lines."""
    line = json.dumps(exchange, ensure_ascii=False).encode("utf-8", "replace") + b"\n"
    handle = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
    try:
        os.write(handle, line)
    finally:
        os.close(handle)


def record_response(response: Any, *args: Any, **kwargs: Any) -> None:
    """Hook of a ``requests`` session that talks to a real process: ``session.hooks["response"]``."""
    del args, kwargs
    path = os.environ.get(VARIABLE)
    if not path:
        return
    request = response.request
    target, _, query = request.path_url.partition("?")
    body = request.body.encode() if isinstance(request.body, str) else request.body
    write(
        pathlib.Path(path),
        {
            "method": request.method,
            "path": target,
            "query": query,
            "request_headers": {name.lower(): value for name, value in request.headers.items()},
            # Files and generators are read once, by whoever sends them.
            "request_body": _text(body or b"") if isinstance(body, bytes | None) else None,
            "status": response.status_code,
            "headers": {name.lower(): value for name, value in response.headers.items()},
            "body": _text(response.content),
            "test": _test(),
            "filters": True,
            "client": os.environ.get(CLIENT, ""),
        },
    )


@contextlib.contextmanager
def recording_sessions() -> Iterator[None]:
    """While it lasts, whatever this process asks through ``requests`` is recorded."""
    import requests

    send = requests.Session.send

    def recorded(session: requests.Session, request: Any, **options: Any) -> requests.Response:
        response = send(session, request, **options)
        # Data of images is as long as it is, and no schema describes it.
        if "octet-stream" not in response.headers.get("Content-Type", ""):
            record_response(response)
        return response

    if os.environ.get(VARIABLE):
        requests.Session.send = recorded  # type: ignore[method-assign]
    try:
        yield
    finally:
        requests.Session.send = send  # type: ignore[method-assign]


def _text(body: bytes) -> str | None:
    return None if len(body) > LARGEST else body.decode("utf-8", "replace")


def _test() -> str:
    return os.environ.get("PYTEST_CURRENT_TEST", "").partition(" ")[0]


class _Heard:
    """The request's body as the application reads it, kept; everything else is the server's object."""

    def __init__(self, source: Any) -> None:
        self._source = source
        self.heard = bytearray()

    def _keep(self, data: bytes) -> bytes:
        self.heard += data
        return data

    def read(self, *args: Any) -> bytes:
        return self._keep(self._source.read(*args))

    def readline(self, *args: Any) -> bytes:
        return self._keep(self._source.readline(*args))

    def readlines(self, *args: Any) -> list[bytes]:
        return [self._keep(line) for line in self._source.readlines(*args)]

    def __iter__(self) -> Iterator[bytes]:
        return (self._keep(line) for line in self._source)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._source, name)


class Recorder:
    """Records every exchange with ``app`` into ``path``; passes everything on unchanged.

    :param app: the application below
    :param path: file of JSON lines, made when missing, appended to when not
    :param filters: whether the pipeline's filters are part of ``app``
    """

    def __init__(self, app: WSGIApplication, path: pathlib.Path, *, filters: bool = True) -> None:
        self.app = app
        self.path = path
        self.filters = filters

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        heard = environ["wsgi.input"] = _Heard(environ["wsgi.input"])
        exchange = {
            "method": environ["REQUEST_METHOD"],
            "path": _path(environ),
            "query": environ.get("QUERY_STRING", ""),
            "request_headers": _request_headers(environ),
        }
        answer: dict[str, Any] = {}

        def note(status: str, headers: list[tuple[str, str]], *rest: Any) -> Any:
            answer["status"] = int(status.split(" ", 1)[0])
            answer["headers"] = {name.lower(): value for name, value in headers}
            return start_response(status, headers, *rest)

        return self._pass_on(self.app(environ, note), exchange, answer, heard)

    def _pass_on(
        self, body: Iterable[bytes], exchange: dict[str, Any], answer: dict[str, Any], heard: _Heard
    ) -> Iterator[bytes]:
        sent = bytearray()
        try:
            for piece in body:
                if len(sent) <= LARGEST:
                    sent += piece
                yield piece
        finally:
            if hasattr(body, "close"):
                body.close()
            write(
                self.path,
                {
                    **exchange,
                    "request_body": _text(bytes(heard.heard)),
                    **answer,
                    "body": _text(bytes(sent)),
                    "test": _test(),
                    "filters": self.filters,
                },
            )


def _path(environ: WSGIEnvironment) -> str:
    raw = environ.get("SCRIPT_NAME", "") + environ.get("PATH_INFO", "")
    return raw.encode("latin-1").decode("utf-8", "replace")


def _request_headers(environ: WSGIEnvironment) -> dict[str, str]:
    headers = {
        name[5:].replace("_", "-").lower(): value
        for name, value in environ.items()
        if name.startswith("HTTP_") and isinstance(value, str)
    }
    if environ.get("CONTENT_TYPE"):
        headers["content-type"] = environ["CONTENT_TYPE"]
    return headers
