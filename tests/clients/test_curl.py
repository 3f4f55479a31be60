"""curl, as people and scripts use it: the lines of the README, the old handshake, each of the three roots."""

from __future__ import annotations

import json
import os
import pathlib
import re
import shutil
import subprocess
import time
import urllib.parse
from collections.abc import Mapping
from typing import Any, NamedTuple

import pytest

from tests.clients.conftest import ROOT, Cloud
from tests.conformance import recorder

pytestmark = pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")

#: The lines of the README that begin with curl, each with those that continue it.
_LINES = re.findall(r"^    (curl (?:.*\\\n)*.*)$", (ROOT / "README.md").read_text(), re.MULTILINE)


class Reply(NamedTuple):
    """What curl printed with ``--include``; names of headers are lower-case."""

    status: int
    headers: Mapping[str, str]
    text: str

    @property
    def json(self) -> Any:
        return json.loads(self.text)


def _curl(method: str, url: str, headers: Mapping[str, str], body: bytes | None = None) -> Reply:
    command = ["curl", "--silent", "--show-error", "--include", "--max-time", "20", "--request", method]
    for name, value in headers.items():
        command += ["--header", f"{name}: {value}"]
    if body is not None:
        command += ["--data-binary", "@-"]
    done = subprocess.run([*command, url], input=body or b"", capture_output=True, check=True)
    head, _, text = done.stdout.decode().partition("\r\n\r\n")
    status, *fields = head.split("\r\n")
    said = {name.lower(): value for name, _, value in (field.partition(": ") for field in fields)}
    reply = Reply(int(status.split()[1]), said, text)
    _record(method, url, headers, body, reply)
    return reply


def _record(method: str, url: str, headers: Mapping[str, str], body: bytes | None, reply: Reply) -> None:
    path = os.environ.get(recorder.VARIABLE)
    if not path:
        return
    target = urllib.parse.urlsplit(url)
    exchange = {
        "method": method,
        "path": target.path,
        "query": target.query,
        "request_headers": {name.lower(): value for name, value in headers.items()},
        "request_body": (body or b"").decode("utf-8", "replace"),
        "status": reply.status,
        "headers": reply.headers,
        "body": reply.text,
        "test": os.environ.get("PYTEST_CURRENT_TEST", ""),
        "filters": True,
        "client": "curl",
    }
    recorder.write(pathlib.Path(path), exchange)


def test_the_lines_of_the_readme(cloud: Cloud) -> None:
    assert len(_LINES) == 3
    said = ""
    for line in _LINES:
        if "IMAGE-ID" in line:
            line = line.replace("IMAGE-ID", json.loads(said)["images"][0]["id"])
        command = line.replace("http://127.0.0.1:8774", cloud.url)
        said = subprocess.run(["sh", "-c", command], capture_output=True, check=True, text=True).stdout
    server = json.loads(said)["server"]["id"]
    me = {"X-Auth-Token": "me:lab"}
    ends = time.monotonic() + 20
    while _curl("GET", f"{cloud.url}/v2.1/servers/{server}", me).json["server"]["status"] != "ACTIVE":
        assert time.monotonic() < ends
        time.sleep(0.1)
    assert _curl("DELETE", f"{cloud.url}/v2.1/servers/{server}", me).status == 204


@pytest.mark.parametrize("root", ["/v1.1", "/v2", "/v2.1"])
def test_handshake_boot_and_delete(cloud: Cloud, root: str) -> None:
    shake = _curl("GET", cloud.url + root, {"X-Auth-User": "admin", "X-Auth-Key": "whatever"})
    token = {"X-Auth-Token": shake.headers["x-auth-token"]}
    base = shake.headers["x-server-management-url"].rstrip("/")
    assert root in base
    image = _curl("GET", f"{base}/images", token).json["images"][0]["id"]
    asked = {"server": {"name": "curl", "imageRef": image, "flavorRef": "1"}}
    kind = {"Content-Type": "application/json"}
    made = _curl("POST", f"{base}/servers", token | kind, json.dumps(asked).encode())
    assert made.status == 202, made.text
    server = f"{base}/servers/{made.json['server']['id']}"
    ends = time.monotonic() + 20
    while (shown := _curl("GET", server, token).json["server"])["status"] != "ACTIVE":
        assert time.monotonic() < ends, shown
        time.sleep(0.1)
    assert ("openstack-api-version" in made.headers) == (root == "/v2.1")
    assert _curl("DELETE", server, token).status == 204
    ends = time.monotonic() + 20
    while _curl("GET", server, token).status != 404:
        assert time.monotonic() < ends
        time.sleep(0.1)


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("POST", "/servers", b'{"server": ', 400),
        ("POST", "/servers", b"\xff\xfe{}", 400),
        ("POST", "/servers", b"[]", 400),
        ("POST", "/servers", b"", 400),
        ("POST", "/servers", b'{"server": {"name": 1}}', 400),
        ("POST", "/servers", b'{"server": {"name": "' + b"x" * 200000 + b'"}}', 413),
        ("GET", "/servers/not-an-id", None, 404),
        ("GET", "/servers?marker=nope", None, 400),
        ("GET", "/servers?limit=-1", None, 400),
        ("GET", "/servers?limit=x", None, 400),
        ("GET", "/flavors?marker=nope", None, 400),
        ("PATCH", "/servers", None, 405),
        ("GET", "/servers/%ff", None, 400),
        ("GET", "/servers/a%00b", None, 400),
        ("POST", "/servers", b'{"server": {"name": "a\\u0000b"}}', 400),
    ],
)
def test_bad_input_gets_a_fault(
    cloud: Cloud, method: str, path: str, body: bytes | None, status: int
) -> None:
    headers = {"X-Auth-Token": "admin:admin", "Content-Type": "application/json"}
    answer = _curl(method, f"{cloud.url}/v2.1{path}", headers, body)
    assert answer.status == status, answer.text
    (fault,) = answer.json.values()
    assert fault["code"] == status
    assert fault["message"]


def test_a_path_that_leads_nowhere(cloud: Cloud) -> None:
    """Outside the envelope, as web frameworks answer it: an object for programs, a page for people."""
    headers = {"X-Auth-Token": "admin:admin", "Accept": "application/json"}
    answer = _curl("GET", f"{cloud.url}/v2.1/nowhere", headers)
    assert answer.status == 404
    assert answer.json.keys() == {"code", "message", "title"}
    page = _curl("GET", f"{cloud.url}/v2.1/nowhere", headers | {"Accept": "*/*"})
    assert page.status == 404
    assert page.headers["content-type"].startswith("text/")
