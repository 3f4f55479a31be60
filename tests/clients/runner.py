"""The stock command lines in one process: JSON lines in, JSON lines out.

A process for each command would spend two seconds of CPU on importing the client
before it says a word to the service. Here the clients' own shell classes are made
anew for each command and their modules are imported once; what they read from
argv, environment and ``clouds.yaml``, and what they send, is what it always is.

In: ``{"client": "openstack", "argv": ["server", "list"], "environment": {"OS_CLOUD": "demo"}}``.
Out: ``{"status": 0, "stdout": "...", "stderr": "..."}``.

A client that waits sleeps for seconds between two looks. Here a sleep is never longer
than ``LONGEST_SLEEP``: the tests wait for the service and not for the client.
"""

from __future__ import annotations

import contextlib
import getpass
import io
import json
import logging
import os
import sys
import time
import traceback
import warnings
from collections.abc import Callable
from typing import Any

from tests.conformance import recorder

LONGEST_SLEEP = 0.2


def openstack(argv: list[str]) -> int:
    from openstackclient import shell
    from osc_lib.clientmanager import ClientCache, ClientManager

    # The clients of services, with the session of whoever asked first, hang on the class.
    for kept in vars(ClientManager).values():
        if isinstance(kept, ClientCache):
            kept._handle = None
    return int(shell.OpenStackShell().run(argv) or 0)


def nova(argv: list[str]) -> int:
    from novaclient import shell

    try:
        shell.OpenStackComputeShell().main(argv)
    except Exception as error:
        # As its own main() does, which ends the process.
        print(f"ERROR ({type(error).__name__}): {error}", file=sys.stderr)
        return 1
    return 0


CLIENTS: dict[str, Callable[[list[str]], int]] = {"openstack": openstack, "nova": nova}


def _status(client: Callable[[list[str]], int], argv: list[str]) -> int:
    try:
        return client(argv)
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else int(end.code is not None)
    except BaseException:
        traceback.print_exc()
        return 1


class Stream:
    """One of the process's two output streams, caught in memory: what commands start writes there too."""

    def __init__(self, descriptor: int) -> None:
        self._file = os.memfd_create("output")
        os.dup2(self._file, descriptor)
        self.text = _text(descriptor)

    def taken(self) -> str:
        """What has come since the last time."""
        self.text.flush()
        written = os.pread(self._file, os.fstat(self._file).st_size, 0)
        os.ftruncate(self._file, 0)
        os.lseek(self._file, 0, os.SEEK_SET)
        return written.decode("utf-8", "replace")


def _text(descriptor: int) -> io.TextIOWrapper:
    return io.TextIOWrapper(io.FileIO(descriptor, "w", closefd=False), "utf-8")


def run(command: dict[str, Any], stdout: Stream, stderr: Stream) -> dict[str, Any]:
    """Does one command; what it writes and its environment are its own."""
    kept = dict(os.environ)
    os.environ.update(command["environment"])
    os.environ[recorder.CLIENT] = command["client"]
    try:
        with contextlib.redirect_stdout(stdout.text), contextlib.redirect_stderr(stderr.text):
            status = _status(CLIENTS[command["client"]], command["argv"])
    finally:
        os.environ.clear()
        os.environ.update(kept)
        # Both shells hang handlers on the loggers, with the streams of their command.
        for name in (None, *logging.root.manager.loggerDict):
            logger = logging.getLogger(name)
            for handler in list(logger.handlers):
                logger.removeHandler(handler)
    return {"status": status, "stdout": stdout.taken(), "stderr": stderr.taken()}


def main() -> None:
    real_sleep = time.sleep
    # Nobody is there to type.
    getpass.getpass = lambda *prompt, **options: "Geheim42"
    time.sleep = lambda seconds: real_sleep(min(seconds, LONGEST_SLEEP))
    warnings.simplefilter("ignore")
    requests, answers = os.fdopen(os.dup(0), encoding="utf-8"), _text(os.dup(1))
    # A command that asks its user something must not be answered with the next command.
    with open(os.devnull) as nothing:
        os.dup2(nothing.fileno(), 0)
    stdout, stderr = Stream(1), Stream(2)
    with recorder.recording_sessions():
        for line in requests:
            print(json.dumps(run(json.loads(line), stdout, stderr)), file=answers, flush=True)


if __name__ == "__main__":
    main()
