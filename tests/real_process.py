"""Real programs on real ports: started, waited for, ended by SIGTERM."""

from __future__ import annotations

import contextlib
import os
import pathlib
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence

ROOT = pathlib.Path(__file__).resolve().parents[1]
#: Long: a start takes two seconds on a machine of its own, and half a minute on a busy one.
STARTS_WITHIN = 120.0
STOPS_WITHIN = 15.0


class NotStarted(Exception):
    """The program ended, or did not answer in time; the message carries the end of its log."""


def free_port() -> int:
    """A port of 127.0.0.1 that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextlib.contextmanager
def answering(
    command: Sequence[str | os.PathLike[str]],
    url: str,
    *,
    log: pathlib.Path,
    cwd: pathlib.Path = ROOT,
    environment: Mapping[str, str] | None = None,
    within: float = STARTS_WITHIN,
) -> Iterator[subprocess.Popen[bytes]]:
    """The process of ``command``, as soon as ``url`` gives any HTTP answer; raises NotStarted.

    That may take ``within`` seconds.  ``environment`` is added to this process's
    own; both output streams go to ``log``.
    """
    with log.open("w") as output:
        process = subprocess.Popen(
            command,
            cwd=cwd,
            env={**os.environ, **(environment or {})},
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        _await(url, process, log, within)
        yield process
    finally:
        if process.poll() is None:
            process.terminate()
        try:
            process.wait(timeout=STOPS_WITHIN)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _await(url: str, process: subprocess.Popen[bytes], log: pathlib.Path, within: float) -> None:
    ends = time.monotonic() + within
    while time.monotonic() < ends:
        if process.poll() is not None:
            raise NotStarted(f"ended with status {process.returncode}:\n{_end(log)}")
        try:
            with urllib.request.urlopen(url, timeout=5):
                return
        except urllib.error.HTTPError as answer:
            answer.close()
            return
        except OSError:
            time.sleep(0.05)
    raise NotStarted(f"no answer at {url} within {within:.0f} s:\n{_end(log)}")


def _end(log: pathlib.Path, lines: int = 15) -> str:
    text = log.read_text(encoding="utf-8", errors="replace")
    return "\n".join("    " + line for line in text.splitlines()[-lines:])
