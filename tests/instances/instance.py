"""What the private servers have in common: a folder, a port, and how they are started, stopped and killed."""

from __future__ import annotations

import contextlib
import os
import pathlib
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Mapping

import pytest

from tests.real_process import free_port

STARTS_WITHIN = 90.0
STOPS_WITHIN = 30.0


class Instance:
    """One server of ``kind``; the same data and the same port at every start.

    Where this is root, it runs as the first of ``users`` that the machine has:
    some servers refuse root.
    """

    kind = ""
    users: tuple[str, ...] = ()
    #: What SIGTERM means to most, and what a PostgreSQL with clients needs instead.
    stop_signal = signal.SIGTERM

    def __init__(self) -> None:
        self.user = self._user()
        self.port = free_port()
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix=f"nova-api-{self.kind}-"))
        self.folder.chmod(0o755)
        self.process: subprocess.Popen[bytes] | None = None
        self._make()

    def _user(self) -> str | None:
        if os.geteuid() != 0:
            return None
        for name in self.users:
            with contextlib.suppress(KeyError):
                return pwd.getpwnam(name).pw_name
        return None

    # --- what each kind says of itself

    def _make(self) -> None:
        """Fills the folder, before the first start."""

    def command(self) -> list[str]:
        raise NotImplementedError

    def environment(self) -> Mapping[str, str]:
        return {}

    def answers(self) -> bool:
        raise NotImplementedError

    # --- life

    def own(self, path: pathlib.Path) -> pathlib.Path:
        """``path``, made, and given to the user that the server runs as."""
        path.mkdir(parents=True, exist_ok=True)
        if self.user is not None:
            shutil.chown(path, self.user)
        return path

    def run(self, *command: str | pathlib.Path) -> None:
        """Runs a preparation as that user; raises with its output."""
        done = subprocess.run(
            command, capture_output=True, text=True, user=self.user, cwd="/", check=False, timeout=120
        )
        assert done.returncode == 0, f"{command[0]}: {done.stdout[-1000:]}{done.stderr[-1000:]}"

    def start(self, *, wait: bool = True) -> None:
        """Starts it; with ``wait`` it answers when this returns."""
        assert self.process is None or self.process.poll() is not None
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                self.command(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env={**os.environ, **self.environment()},
                cwd="/",
                user=self.user,
                start_new_session=True,
            )
        if wait:
            self.wait()

    def wait(self, patience: float = STARTS_WITHIN) -> None:
        """Returns when it answers."""
        end = time.monotonic() + patience
        while not (self._listens() and self.answers()):
            assert self.process is not None
            assert self.process.poll() is None, f"{self.kind} ended:\n{self.said()}"
            assert time.monotonic() < end, f"{self.kind} does not answer:\n{self.said()}"
            time.sleep(0.1)

    def stop(self) -> None:
        """As an administrator stops it."""
        self._end(self.stop_signal)

    def kill(self) -> None:
        """As a power cut does, except that what the operating system holds gets to the disk."""
        self._end(signal.SIGKILL)

    def freeze(self) -> None:
        """It keeps its connections and answers nothing, until ``thaw``."""
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        self._signal(signal.SIGCONT)

    def close(self) -> None:
        """Ends it and removes its folder."""
        if self.process is not None and self.process.poll() is None:
            self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)

    @property
    def log(self) -> pathlib.Path:
        return self.folder / "output"

    def said(self) -> str:
        return self.log.read_text(errors="replace")[-2000:]

    def _listens(self) -> bool:
        try:
            socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
        except OSError:
            return False
        return True

    def _signal(self, number: int) -> None:
        assert self.process is not None
        if number in (signal.SIGKILL, signal.SIGSTOP, signal.SIGCONT):
            # Its session: a server may have processes of its own.
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, number)
        else:
            self.process.send_signal(number)

    def _end(self, number: int) -> None:
        assert self.process is not None
        self._signal(number)
        try:
            self.process.wait(timeout=STOPS_WITHIN)
        except subprocess.TimeoutExpired:
            self._signal(signal.SIGKILL)
            self.process.wait()
        # A killed server's children still hold its port or its files for a moment.
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)


def program(*names: str, folders: tuple[str, ...] = ()) -> str:
    """The path of the first of ``names`` that is installed; skips the test when none is."""
    path = os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", *folders])
    for name in names:
        found = shutil.which(name, path=path)
        if found is not None:
            return found
    pytest.skip(f"{names[0]} is not installed")
