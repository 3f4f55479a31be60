"""Plain HTTP, as people with curl speak it: the classic handshake, then each of the three roots."""

from __future__ import annotations

import time

import pytest
import requests

from tests.clients.conftest import Cloud


@pytest.mark.parametrize("root", ["/v1.1", "/v2", "/v2.1"])
def test_handshake_boot_and_delete(cloud: Cloud, root: str) -> None:
    shake = requests.get(
        cloud.url + root, headers={"X-Auth-User": "admin", "X-Auth-Key": "whatever"}, timeout=10
    )
    token = {"X-Auth-Token": shake.headers["X-Auth-Token"]}
    base = shake.headers["X-Server-Management-Url"].rstrip("/")
    assert root in base
    image = requests.get(f"{base}/images", headers=token, timeout=10).json()["images"][0]["id"]
    made = requests.post(
        f"{base}/servers",
        headers=token,
        json={"server": {"name": "curl", "imageRef": image, "flavorRef": "1"}},
        timeout=10,
    )
    assert made.status_code == 202, made.text
    server = f"{base}/servers/{made.json()['server']['id']}"
    ends = time.monotonic() + 20
    while (shown := requests.get(server, headers=token, timeout=10).json()["server"])["status"] != "ACTIVE":
        assert time.monotonic() < ends, shown
        time.sleep(0.1)
    assert ("OpenStack-API-Version" in made.headers) == (root == "/v2.1")
    assert requests.delete(server, headers=token, timeout=10).status_code == 204
    ends = time.monotonic() + 20
    while requests.get(server, headers=token, timeout=10).status_code != 404:
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
    answer = requests.request(
        method,
        f"{cloud.url}/v2.1{path}",
        data=body,
        headers={"X-Auth-Token": "admin:admin", "Content-Type": "application/json"},
        timeout=10,
    )
    assert answer.status_code == status, answer.text
    (fault,) = answer.json().values()
    assert fault["code"] == status
    assert fault["message"]


def test_a_path_that_leads_nowhere(cloud: Cloud) -> None:
    """Outside the envelope, as web frameworks answer it: an object for programs, a page for people."""
    headers = {"X-Auth-Token": "admin:admin", "Accept": "application/json"}
    answer = requests.get(f"{cloud.url}/v2.1/nowhere", headers=headers, timeout=10)
    assert answer.status_code == 404
    assert answer.json().keys() == {"code", "message", "title"}
    page = requests.get(f"{cloud.url}/v2.1/nowhere", headers=headers | {"Accept": "*/*"}, timeout=10)
    assert page.status_code == 404
    assert page.headers["Content-Type"].startswith("text/")
