"""One real ``nova-all`` for the stock clients, in a state directory of its own."""

from __future__ import annotations

import contextlib
import pathlib
import signal
import sys
import time
from collections.abc import Iterator

import pytest

from tests.clients.shells import Shells
from tests.real_process import answering, free_port

ROOT = pathlib.Path(__file__).resolve().parents[2]


class Cloud:
    """A running server: its address, its clouds.yaml, and the clients pointed at it."""

    def __init__(self, url: str, state: pathlib.Path) -> None:
        self.url = url
        self.state = state
        self._shells: Shells | None = None

    @property
    def shells(self) -> Shells:
        """The stock command lines in one process, started by who first asks."""
        if self._shells is None:
            scratch = self.state.parent / "scratch"
            scratch.mkdir()
            self._shells = Shells(self.state / "clouds.yaml", scratch)
        return self._shells

    def close(self) -> None:
        """Ends what it started."""
        if self._shells is not None:
            self._shells.close()


#: Several hosts to move between, every console, and moves that last until they are told to end.
_WALKED = """
[DEFAULT]
shelved_offload_time = -1
[compute]
hosts = alpha, beta, gamma, ash, birch, cedar, dogwood, elm
[quota]
instances = 50
cores = 100
[fake]
live_migration_time = 15
[serial_console]
enabled = true
[spice]
enabled = true
[mks]
enabled = true
"""
#: Deleted servers are kept for an hour.
_KEEPING = """
[DEFAULT]
reclaim_instance_interval = 3600
"""


@contextlib.contextmanager
def running(folder: pathlib.Path, options: str) -> Iterator[Cloud]:
    """A ``nova-all`` as ``make run`` starts it, with ``options`` in a file; ends cleanly or fails."""
    port, state, log = free_port(), folder / "state", folder / "log"
    (folder / "nova.conf").write_text(options)
    command = [
        sys.executable,
        str(ROOT / "bin" / "nova-all"),
        "--state-path",
        str(state),
        "--port",
        str(port),
    ]
    if options:
        command += ["--config-file", str(folder / "nova.conf")]
    with answering(command, f"http://127.0.0.1:{port}", log=log, cwd=folder) as process:
        # It answers a moment before the first contents are in.
        ends = time.monotonic() + 30
        while not (state / "clouds.yaml").exists():
            assert time.monotonic() < ends, log.read_text()
            time.sleep(0.05)
        cloud = Cloud(f"http://127.0.0.1:{port}", state)
        try:
            yield cloud
        finally:
            cloud.close()
            process.send_signal(signal.SIGTERM)
            assert process.wait(timeout=60) == 0, f"nova-all did not stop cleanly:\n{log.read_text()[-3000:]}"
            print(log.read_text()[-5000:])


@pytest.fixture(scope="session")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cloud]:
    with running(tmp_path_factory.mktemp("cloud"), _WALKED) as cloud:
        yield cloud


@pytest.fixture(scope="module")
def keeping_cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cloud]:
    with running(tmp_path_factory.mktemp("keeping"), _KEEPING) as cloud:
        yield cloud
