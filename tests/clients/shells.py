"""Stock clients for the tests: pointed at one cloud, run in one process (``runner.py``)."""

from __future__ import annotations

import json
import os
import pathlib
import subprocess
import sys
from typing import Any, NamedTuple

import yaml

ROOT = pathlib.Path(__file__).resolve().parents[2]
#: Stands in for ssh, so that commands that start it show what they would have started.
_SSH = '#!/bin/sh\necho "ssh $*"\n'


class Said(NamedTuple):
    """What a command left behind."""

    status: int
    stdout: str
    stderr: str


class Shells:
    """The clients of the users of one ``clouds.yaml``; ends its process with ``close()``."""

    def __init__(self, clouds: pathlib.Path, scratch: pathlib.Path) -> None:
        self.scratch = scratch
        self._clouds = clouds
        self._auth = {
            name: cloud["auth"] for name, cloud in yaml.safe_load(clouds.read_text())["clouds"].items()
        }
        programs = scratch / "bin"
        programs.mkdir()
        (programs / "ssh").write_text(_SSH)
        (programs / "ssh").chmod(0o755)
        clean = {name: value for name, value in os.environ.items() if not name.startswith(("OS_", "NOVA_"))}
        if "NOVA_API_RECORD" in os.environ:
            clean["NOVA_API_RECORD"] = os.environ["NOVA_API_RECORD"]
        self._process = subprocess.Popen(
            [sys.executable, "-W", "ignore", "-m", "tests.clients.runner"],
            env={
                **clean,
                "PATH": f"{programs}:{os.environ['PATH']}",
                "PYTHONPATH": str(ROOT),
                "HOME": str(scratch),
                "COLUMNS": "400",
            },
            cwd=scratch,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def run(self, user: str | None, client: str, *argv: str) -> Said:
        """What ``client`` says to ``argv``; ``user`` None gives it no cloud.

        openstack and nova share a process; nova-manage, which is no client, has its own.
        """
        if client == "nova-manage":
            return self._manage(argv)
        return self._ask(client, list(argv), self._environment(user, client) if user else {})

    def _manage(self, argv: tuple[str, ...]) -> Said:
        options = self._clouds.parent / "command-line.conf"
        command = [sys.executable, str(ROOT / "bin" / "nova-manage"), "--config-file", str(options), *argv]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
        return Said(done.returncode, done.stdout, done.stderr)

    def _environment(self, user: str, client: str) -> dict[str, str]:
        if client == "openstack":
            return {"OS_CLIENT_CONFIG_FILE": str(self._clouds), "OS_CLOUD": user}
        auth = {f"OS_{name.upper()}": value for name, value in self._auth[user].items()}
        return {**auth, "OS_IDENTITY_API_VERSION": "3"}

    def _ask(self, client: str, argv: list[str], environment: dict[str, str]) -> Said:
        if test := os.environ.get("PYTEST_CURRENT_TEST"):
            environment = {**environment, "PYTEST_CURRENT_TEST": test}
        request: dict[str, Any] = {"client": client, "argv": argv, "environment": environment}
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(request) + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        assert line, f"the runner ended at: {client} {' '.join(argv)}"
        answer = json.loads(line)
        return Said(answer["status"], answer["stdout"], answer["stderr"])

    def close(self) -> None:
        self._process.communicate(timeout=30)
