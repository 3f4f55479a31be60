"""make cluster: seven nodes that work together, and what it says when something is missing."""

from __future__ import annotations

import json
import pathlib
import re
import signal
import subprocess
import sys
import urllib.request
from typing import Any

import pytest

from tests.functional.work.cloud import until
from tests.real_process import ROOT, free_port

CLUSTER = [sys.executable, str(ROOT / "tools" / "cluster.py")]
#: Seven programs start at the same time.
PATIENCE = 240.0


def test_what_is_missing_is_said_in_a_sentence(tmp_path: pathlib.Path) -> None:
    broker = f"rabbit://guest:guest@127.0.0.1:{free_port()}/"
    done = subprocess.run(
        [*CLUSTER, "--plain", "--broker", broker, "--state", tmp_path],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 2
    assert re.fullmatch(r"make cluster: no broker answers at .*: name one with --broker\n", done.stderr)


def test_seven_nodes_are_one_cloud(tmp_path: pathlib.Path) -> None:
    said = tmp_path / "said"
    # Room for a port of each node.
    command = [*CLUSTER, "--plain", "--state", tmp_path / "state", "--port", "21774", "--workers", "1"]
    with said.open("wb") as output:
        process = subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT)
    try:
        until(
            lambda: process.poll() is not None or "Ctrl-C" in said.read_text(), "the cluster is up", PATIENCE
        )
        if process.poll() is not None:
            pytest.skip(said.read_text())
        first, second = re.findall(r"(http://\S+) and (http://\S+);", said.read_text())[0]
        until(lambda: len(up(first)) == 5, "all services report", PATIENCE)
        assert up(first) == up(second) == {"scheduler1", "scheduler2", "compute1", "compute2", "compute3"}
        image = ask("GET", f"{first}/image/v2/images")["images"][0]["id"]
        server = {"name": "vm", "flavorRef": "1", "imageRef": image}
        uuid = ask("POST", f"{first}/v2.1/servers", {"server": server})["server"]["id"]
        # Accepted by the one node, seen through the other.
        until(lambda: status(second, uuid) == "ACTIVE", "the server is ACTIVE", 60)
    finally:
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=120) == 0 or "make cluster:" in said.read_text()


def up(url: str) -> set[str]:
    services = ask("GET", f"{url}/v2.1/os-services")["services"]
    return {service["host"] for service in services if service["state"] == "up"}


def status(url: str, uuid: str) -> str:
    return str(ask("GET", f"{url}/v2.1/servers/{uuid}")["server"]["status"])


def ask(method: str, url: str, body: Any = None) -> Any:
    headers = {"X-Auth-Token": "me:lab:admin,member,reader", "Content-Type": "application/json"}
    data = None if body is None else json.dumps(body).encode()
    with urllib.request.urlopen(
        urllib.request.Request(url, data, headers, method=method), timeout=60
    ) as reply:
        return json.loads(reply.read())
