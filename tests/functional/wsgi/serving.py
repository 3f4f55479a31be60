"""Real nova-api processes, and sockets to talk to them byte by byte."""

from __future__ import annotations

import atexit
import functools
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from typing import Any

from nova_api import conf as nova_conf
from nova_api.db import Database, migrate

ROOT = pathlib.Path(__file__).resolve().parents[3]


@functools.cache
def _migrated() -> str:
    """The URL of an empty database with the present schema, which nova-api asks for; made once."""
    folder = tempfile.mkdtemp(prefix="nova-api-test-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    conf = nova_conf.new([], [])
    # Whatever database the run is on: nothing that these tests look at is in it.
    url = f"sqlite:///{folder}/nova-api.sqlite"
    conf.set_override("connection", url, group="database")
    database = Database(conf)
    migrate.upgrade(database)
    database.dispose()
    return url


class Process:
    """``bin/nova-api`` with options of ``[DEFAULT]`` and ``[wsgi]`` and the app of ``served``."""

    def __init__(self, folder: pathlib.Path, wsgi: Mapping[str, Any] | None = None, **default: Any) -> None:
        self.workers = default.get("osapi_compute_workers", 1)
        self.ini = folder / "api-paste.ini"
        self.conf = folder / "nova.conf"
        self.log = folder / "log"
        self.word("one")
        # A broker that nobody asks: the app of these tests casts nothing.
        own = {"osapi_compute_listen_port": 0, "transport_url": "rabbit://guest:guest@127.0.0.1:1/"}
        self.options({**own, **default}, wsgi or {})
        with self.log.open("wb") as log:
            self.popen = subprocess.Popen(
                [sys.executable, str(ROOT / "bin/nova-api"), "--config-file", str(self.conf)],
                cwd=ROOT,
                stderr=log,
                stdout=log,
            )

    def word(self, word: str) -> None:
        self.ini.write_text(
            f"[app:osapi_compute]\npaste.app_factory = tests.functional.wsgi.served:factory\nword = {word}\n"
        )

    def options(self, default: Mapping[str, Any], wsgi: Mapping[str, Any]) -> None:
        lines = ["[DEFAULT]", *(f"{key} = {value}" for key, value in default.items())]
        lines += [
            "[database]",
            f"connection = {_migrated()}",
            "[wsgi]",
            f"api_paste_config = {self.ini}",
            *(f"{key} = {value}" for key, value in wsgi.items()),
        ]
        self.conf.write_text("\n".join(lines) + "\n")

    def ready(self) -> Process:
        """Waits until each of its workers says where it listens."""
        pattern = r"listens on \[?([0-9a-f:.]+?)\]?:(\d+)\n(.|\n)*" * self.workers
        self.address = self.said(pattern)
        self.port = int(self.address[2])
        return self

    def said(self, pattern: str, seconds: float = 15.0) -> re.Match[str]:
        """Waits until the log matches."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            if match := re.search(pattern, self.log.read_text()):
                return match
            if self.popen.poll() is not None:
                break
            time.sleep(0.02)
        match = re.search(pattern, self.log.read_text())
        assert match, f"{pattern!r} is not in the log:\n{self.log.read_text()}"
        return match

    def children(self) -> set[int]:
        """The process ids of the workers that live."""
        started = re.findall(r"worker (\d+) started", self.log.read_text())
        return {int(pid) for pid in started if alive(int(pid))}

    def connect_raw(self) -> socket.socket:
        return socket.create_connection((self.address[1], self.port), timeout=10)

    def connect(self) -> Talk:
        return Talk(self.connect_raw())

    def get(self, path: str = "/") -> str:
        """The body of one request on a connection of its own."""
        talk = self.connect()
        try:
            talk.send(f"GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
            return talk.reply().body.decode()
        finally:
            talk.close()

    def signal(self, number: signal.Signals) -> None:
        self.popen.send_signal(number)

    def end(self) -> None:
        """For clean-up: ends the process however it fares."""
        if self.popen.poll() is None:
            self.popen.terminate()
            try:
                self.popen.wait(5)
            except subprocess.TimeoutExpired:
                self.popen.kill()
        self.popen.wait()


def alive(pid: int) -> bool:
    """Whether the process runs; one that has ended and is not waited for does not."""
    try:
        return pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


class Reply:
    """Status line, headers (lower-case names) and body of a response."""

    def __init__(self, status: int, headers: dict[str, str], body: bytes) -> None:
        self.status = status
        self.headers = headers
        self.body = body


class Talk:
    """One connection; ``send`` and ``reply`` as often as it holds."""

    def __init__(self, sock: socket.socket) -> None:
        self.sock = sock
        self.file = sock.makefile("rb")

    def send(self, data: str | bytes) -> None:
        self.sock.sendall(data.encode("latin-1") if isinstance(data, str) else data)

    def get(self, path: str = "/") -> Reply:
        self.send(f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n")
        return self.reply()

    def reply(self) -> Reply:
        line = self.file.readline()
        assert line, "the connection ended without a reply"
        headers = {}
        while (header := self.file.readline()) not in (b"\r\n", b""):
            name, _, value = header.decode().partition(":")
            headers[name.lower()] = value.strip()
        status = int(line.split()[1])
        if "content-length" in headers:
            body = self.file.read(int(headers["content-length"]))
        elif headers.get("transfer-encoding") == "chunked":
            body = self._chunks()
        else:
            body = b""
        return Reply(status, headers, body)

    def _chunks(self) -> bytes:
        parts = []
        while size := int(self.file.readline(), 16):
            parts.append(self.file.read(size))
            self.file.readline()
        self.file.readline()
        return b"".join(parts)

    def ended(self) -> bool:
        """Whether the server has closed the connection; waits as long as the socket's time-out."""
        try:
            return self.file.read(1) == b""
        except ConnectionResetError:
            return True

    def close(self) -> None:
        self.file.close()
        self.sock.close()
