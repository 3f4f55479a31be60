"""One real ``nova-all`` for the stock clients, in a state directory of its own."""

from __future__ import annotations

import json
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from typing import Any

import pytest
import requests

ROOT = pathlib.Path(__file__).resolve().parents[2]
STARTS_WITHIN = 30.0


class Cloud:
    """A running server: its address, its clouds.yaml, and the clients pointed at it."""

    def __init__(self, url: str, state: pathlib.Path) -> None:
        self.url = url
        self.state = state

    def _run(
        self, program: str, *arguments: str, environment: dict[str, str]
    ) -> subprocess.CompletedProcess[str]:
        beside_python = pathlib.Path(sys.executable).parent / program
        path = str(beside_python) if beside_python.exists() else shutil.which(program)
        if path is None:
            pytest.skip(f"the client {program} is not installed")
        clean = {k: v for k, v in os.environ.items() if not k.startswith("OS_")}
        return subprocess.run(
            [path, *arguments],
            env={**clean, **environment},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    def openstack(self, *arguments: str, cloud: str = "demo") -> str:
        """What ``openstack --os-cloud <cloud> …`` prints; fails the test when it fails."""
        done = self._run(
            "openstack",
            "--os-cloud",
            cloud,
            *arguments,
            environment={"OS_CLIENT_CONFIG_FILE": str(self.state / "clouds.yaml")},
        )
        assert done.returncode == 0, f"openstack {' '.join(arguments)}\n{done.stdout}{done.stderr}"
        return done.stdout

    def json(self, *arguments: str, cloud: str = "demo") -> Any:
        return json.loads(self.openstack(*arguments, "-f", "json", cloud=cloud))

    def without_identity(self, *arguments: str) -> str:
        """The CLI with no authentication, against the compute endpoint alone."""
        done = self._run(
            "openstack",
            *(
                "--os-auth-type",
                "none",
                "--os-endpoint",
                f"{self.url}/v2.1",
                "--os-identity-api-version",
                "3",
            ),
            *arguments,
            environment={},
        )
        assert done.returncode == 0, f"openstack {' '.join(arguments)}\n{done.stdout}{done.stderr}"
        return done.stdout

    def nova(self, *arguments: str) -> str:
        """What python-novaclient's ``nova …`` prints, with the demo user's password."""
        import yaml

        auth = yaml.safe_load((self.state / "clouds.yaml").read_text())["clouds"]["demo"]["auth"]
        done = self._run(
            "nova",
            *arguments,
            environment={
                "OS_AUTH_URL": auth["auth_url"],
                "OS_USERNAME": auth["username"],
                "OS_PASSWORD": auth["password"],
                "OS_PROJECT_NAME": auth["project_name"],
                "OS_USER_DOMAIN_NAME": "Default",
                "OS_PROJECT_DOMAIN_NAME": "Default",
                "OS_IDENTITY_API_VERSION": "3",
            },
        )
        assert done.returncode == 0, f"nova {' '.join(arguments)}\n{done.stdout}{done.stderr}"
        return done.stdout


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="session")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cloud]:
    folder = tmp_path_factory.mktemp("cloud")
    port, state, log = free_port(), folder / "state", folder / "log"
    with log.open("w") as output:
        process = subprocess.Popen(
            [sys.executable, str(ROOT / "bin" / "nova-all"), "--state-path", str(state), "--port", str(port)],
            cwd=folder,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    url = f"http://127.0.0.1:{port}"
    try:
        ends = time.monotonic() + STARTS_WITHIN
        while True:
            assert process.poll() is None, f"nova-all ended:\n{log.read_text()}"
            try:
                if requests.get(url, timeout=2).status_code == 200 and (state / "clouds.yaml").exists():
                    break
            except requests.RequestException:
                pass
            assert time.monotonic() < ends, f"no answer:\n{log.read_text()}"
            time.sleep(0.1)
        yield Cloud(url, state)
    finally:
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=30) == 0, f"nova-all did not stop cleanly:\n{log.read_text()[-3000:]}"
        print(log.read_text()[-5000:])
