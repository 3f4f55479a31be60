"""Starts a real nova-all in a folder of its own and measures it from outside.

The client runs on the same machine and takes its share of the processor, so the
numbers compare one commit with another on one machine, and nothing else. A
request that was not answered as expected is counted apart and makes the exit
status 1.
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import pathlib
import platform
import sys
import tempfile
import time
import urllib.request

from bench import load
from tests import real_process

TOKEN = {"X-Auth-Token": "admin:bench", "Content-Type": "application/json"}
OPTIONS = """\
[DEFAULT]
state_path = {state}
api_rate_limit = false
osapi_compute_listen_port = {port}
"""


def calls(servers: int) -> list[load.Call]:
    """What is measured, cheap to dear; ``servers`` is how many the list holds."""
    number = itertools.count()

    def flavor() -> bytes:
        # Has no quota, unlike servers and key pairs.
        name = f"made-{next(number)}"
        return json.dumps({"flavor": {"name": name, "id": name, "ram": 1, "vcpus": 1, "disk": 0}}).encode()

    return [
        load.Call("version document", "GET", "/v2.1/", 200, headers=TOKEN),
        load.Call("one flavor", "GET", "/v2.1/flavors/1", 200, headers=TOKEN),
        load.Call("flavors with details", "GET", "/v2.1/flavors/detail", 200, headers=TOKEN),
        load.Call(f"{servers} servers with details", "GET", "/v2.1/servers/detail", 200, headers=TOKEN),
        load.Call("a request refused (400)", "POST", "/v2.1/servers", 400, lambda: b"{}", TOKEN),
        load.Call("no such server (404)", "GET", "/v2.1/servers/none", 404, headers=TOKEN),
        load.Call("make a flavor", "POST", "/v2.1/flavors", 200, flavor, TOKEN),
    ]


def ask(url: str, path: str, body: dict[str, object] | None = None) -> dict[str, object]:
    """The JSON that ``path`` answers."""
    request = urllib.request.Request(
        url + path, data=None if body is None else json.dumps(body).encode(), headers=TOKEN
    )
    with urllib.request.urlopen(request, timeout=30) as reply:
        answer: dict[str, object] = json.load(reply)
    return answer


def fill(url: str, servers: int) -> float:
    """Boots ``servers`` servers without networks; seconds until the last one is ACTIVE."""
    images = ask(url, "/v2.1/images")["images"]
    assert isinstance(images, list)
    flavor = {"name": "bench", "ram": 1, "vcpus": 1, "disk": 0, "id": "bench"}
    ask(url, "/v2.1/flavors", {"flavor": flavor})
    began = time.perf_counter()
    for number in range(servers):
        server = {"name": f"vm-{number}", "flavorRef": "bench", "imageRef": images[0]["id"]}
        ask(url, "/v2.1/servers", {"server": server})
    while True:
        listed = ask(url, "/v2.1/servers/detail")["servers"]
        assert isinstance(listed, list)
        states = {server["status"] for server in listed}
        if "BUILD" not in states:
            if states != {"ACTIVE"}:
                raise SystemExit(f"servers ended as {sorted(states)}")
            return time.perf_counter() - began
        time.sleep(0.05)


def main() -> int:
    """Prints the table; exit status 1 when anything was answered otherwise than expected."""
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=3.0, help="for each row")
    parser.add_argument("--clients", type=int, nargs="+", default=[1, 8])
    parser.add_argument("--servers", type=int, default=10, help="how many the listed project has")
    options = parser.parse_args()
    print(
        f"{platform.machine()}, {os.cpu_count()} cores (client included), Python {platform.python_version()}"
    )
    with tempfile.TemporaryDirectory(prefix="nova-api-bench-") as name:
        folder = pathlib.Path(name)
        port = real_process.free_port()
        (folder / "nova.conf").write_text(OPTIONS.format(state=folder / "state", port=port))
        began = time.perf_counter()
        command = [
            sys.executable,
            real_process.ROOT / "bin" / "nova-all",
            "--config-file",
            folder / "nova.conf",
        ]
        url = f"http://127.0.0.1:{port}"
        with real_process.answering(command, url + "/", log=folder / "log"):
            print(f"from start to the first answer: {time.perf_counter() - began:.2f} s")
            took = fill(url, options.servers)
            print(f"{options.servers} servers one after another, until all are ACTIVE: {took:.2f} s")
            print(load.HEADER)
            failed = False
            for call in calls(options.servers):
                for clients in options.clients:
                    result = load.run("127.0.0.1", port, call, clients, options.seconds)
                    failed = failed or bool(result.wrong) or not result.milliseconds
                    print(result.line(), flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
