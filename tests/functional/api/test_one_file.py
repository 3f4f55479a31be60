"""Adding a resource is one file and one line with its import: all else follows, in the running programs."""

from __future__ import annotations

import json
import pathlib
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from typing import Any

import pytest
import requests

from tests.real_process import ROOT, answering, free_port

FILE = '''
"""``/os-zone-names`` (from 2.50): names of availability zones."""

from __future__ import annotations

from nova_api import exception
from nova_api.api import policy
from nova_api.api.controller import Controller
from nova_api.api.declare import Field, Many, Object, One, Param, Query, QueryParam, View
from nova_api.api.declare import operation, types, wrap
from nova_api.api.request import Request
from nova_api.compute import availability_zones
from nova_api.compute.availability_zones import Zone

INDEX = policy.rule("os_compute_api:os-zone-names:index", policy.ANYONE, "List the names of zones.")
FIND = policy.rule("os_compute_api:os-zone-names:find", policy.ADMIN, "Find a zone by its name.")

VIEW = View(
    "zone name",
    Field("name", "name", types.STRING),
    Field("usable", "available", {"type": "boolean"}, since="2.60"),
)
NAME = Param("name", types.NAME, required=True)
BODY = wrap("find", Object(NAME, Param("loudly", types.BOOLEAN, since="2.60")))


class ZoneNamesController(Controller):
    """``/os-zone-names``."""

    @operation(
        "GET",
        "/os-zone-names",
        since="2.50",
        policy=INDEX,
        query=Query(QueryParam("prefix", types.STRING)),
        response=Many("zone_names", VIEW),
    )
    def index(self, request: Request) -> list[Zone]:
        prefix = request.arg("prefix") or ""
        return [zone for zone in availability_zones.zones(self.backend) if zone.name.startswith(prefix)]

    @operation(
        "POST",
        "/os-zone-names/find",
        since="2.50",
        policy=FIND,
        body=BODY,
        response=One("zone_name", VIEW),
        errors=(400, 404),
    )
    def find(self, request: Request) -> Zone:
        name = request.data["find"]["name"]
        for zone in availability_zones.zones(self.backend):
            if zone.name == name:
                return zone
        raise exception.NotFound(f"Zone {name} could not be found.")
'''
IMPORT = "from nova_api.api.compute.zone_names import ZoneNamesController\n"
LINE = "    ZoneNamesController,\n"


@pytest.fixture(scope="module")
def sources(tmp_path_factory: pytest.TempPathFactory) -> pathlib.Path:
    """A copy of the sources with one more file, and one more line where the resources are listed."""
    folder = tmp_path_factory.mktemp("sources")
    for name in ("bin", "etc", "nova_api"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    package = folder / "nova_api" / "api" / "compute"
    (package / "zone_names.py").write_text(FILE)
    listing = package / "__init__.py"
    text = listing.read_text()
    first, last = "from nova_api.api.controller import Controller\n", "    RemovedController,\n)"
    assert text.count(first) == text.count(last) == 1
    listing.write_text(text.replace(first, IMPORT + first).replace(last, LINE + last))
    return folder


def _manage(sources: pathlib.Path, *args: str) -> str:
    command = [sys.executable, str(sources / "bin" / "nova-manage"), *args]
    environment = {"PYTHONPATH": str(sources), "PATH": "/usr/bin:/bin", "HOME": str(sources)}
    done = subprocess.run(command, cwd=sources, env=environment, capture_output=True, text=True, check=True)
    return done.stdout


@pytest.fixture(scope="module")
def url(sources: pathlib.Path) -> Iterator[str]:
    port = free_port()
    command = [sys.executable, str(sources / "bin" / "nova-all"), "--port", str(port)]
    command += ["--state-path", str(sources / "var")]
    at, environment = f"http://127.0.0.1:{port}", {"PYTHONPATH": str(sources), "HOME": str(sources)}
    with answering(command, at, log=sources / "log", cwd=sources, environment=environment):
        # A zone is there as soon as a service of it has registered itself.
        ends = time.monotonic() + 60
        while len(_ask(f"{at}/v2.1", "GET", "/os-zone-names").json()["zone_names"]) < 2:
            assert time.monotonic() < ends, (sources / "log").read_text()
            time.sleep(0.1)
        yield f"{at}/v2.1"


def _ask(url: str, method: str, path: str, body: Any = None, version: str = "2.50", user: str = "me") -> Any:
    headers = {"X-Auth-Token": f"{user}:lab", "OpenStack-API-Version": f"compute {version}"}
    return requests.request(method, url + path, json=body, headers=headers, timeout=20)


def test_it_is_served(url: str) -> None:
    assert _ask(url, "GET", "/os-zone-names").json() == {
        "zone_names": [{"name": "nova"}, {"name": "internal"}]
    }
    later = _ask(url, "GET", "/os-zone-names?prefix=n", version="2.60")
    assert later.json() == {"zone_names": [{"name": "nova", "usable": True}]}
    assert _ask(url, "GET", "/os-zone-names", version="2.49").status_code == 404
    assert _ask(url, "PUT", "/os-zone-names").status_code == 405
    asked = {"find": {"name": "nova"}}
    found = _ask(url, "POST", "/os-zone-names/find", asked, user="admin")
    assert (found.status_code, found.json()) == (200, {"zone_name": {"name": "nova"}})
    assert _ask(url, "POST", "/os-zone-names/find", {"find": {"name": "x"}}, user="admin").status_code == 404


def test_its_policy_and_its_schemas_are_kept(url: str) -> None:
    refused = _ask(url, "POST", "/os-zone-names/find", {"find": {"name": "nova"}})
    assert refused.status_code == 403
    assert "os_compute_api:os-zone-names:find" in refused.json()["forbidden"]["message"]
    for body in (None, {}, {"find": {}}, {"find": {"name": 1}}, {"find": {"name": "nova", "x": 1}}):
        assert _ask(url, "POST", "/os-zone-names/find", body, user="admin").status_code == 400
    early = _ask(url, "POST", "/os-zone-names/find", {"find": {"name": "nova", "loudly": True}}, user="admin")
    assert early.status_code == 400
    assert "2.60" in early.json()["badRequest"]["message"]


def test_every_listing_has_it(url: str, sources: pathlib.Path) -> None:
    document = requests.get(f"{url}/openapi.json?microversion=2.60", timeout=20).json()["paths"]
    assert set(document["/os-zone-names"]) >= {"get"}
    body = document["/os-zone-names/find"]["post"]["requestBody"]["content"]["application/json"]["schema"]
    assert set(body["properties"]["find"]["properties"]) == {"name", "loudly"}
    assert "/os-zone-names" not in json.loads(_manage(sources, "openapi", "--microversion", "2.49"))["paths"]
    assert '#"os_compute_api:os-zone-names:find": "' in _manage(sources, "policy", "list")
    routes = _manage(sources, "routes", "list", "os-zone-names").splitlines()
    assert [line.split()[:2] for line in routes if line.startswith(("GET", "POST"))] == [
        ["GET", "/os-zone-names"],
        ["POST", "/os-zone-names/find"],
    ]
    assert "| [os-zone-names](#os-zone-names) | 2 | 0 | 0 |" in _manage(sources, "coverage")
