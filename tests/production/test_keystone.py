"""The keystone pipelines behind a real Keystone: who may do what, with which token, and when it is down."""

from __future__ import annotations

import base64
import contextlib
import json
import pathlib
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from typing import Any

import msgpack
import pytest
import requests
from cryptography.fernet import Fernet

from tests.functional.neighbours.standing_in import until
from tests.production.conftest import Keystone, Nova, nova_beside
from tests.real_process import free_port

SERVER = {"server": {"name": "vm", "flavorRef": "1", "networks": "none"}}
#: For those who wait for a Keystone that is silent: seconds, and what a reply may take then.
IMPATIENT = "[keystone_authtoken]\nhttp_connect_timeout = 4\n"
QUICK = 25.0


def test_a_server_by_the_stock_client(nova: Nova) -> None:
    made = nova.openstack(
        *("server", "create", "--image", "cirros", "--flavor", "m1.tiny", "--nic", "none", "--wait"),
        *("vm1", "-f", "json"),
    )
    assert json.loads(made)["status"] == "ACTIVE"
    listed = json.loads(nova.openstack("server", "list", "-f", "json", user="visitor"))
    assert [one["Name"] for one in listed] == ["vm1"]
    assert json.loads(nova.openstack("server", "list", "-f", "json", user="stranger")) == []
    nova.openstack("server", "delete", "--wait", "vm1")


def test_roles(nova: Nova, keystone: Keystone, cirros: str) -> None:
    tokens = {name: keystone.token(name) for name in ("boss", "worker", "visitor", "stranger")}
    body = {"server": {**SERVER["server"], "imageRef": cirros}}
    assert nova.call("POST", "/servers", tokens["visitor"], body).status_code == 403
    made = nova.call("POST", "/servers", tokens["worker"], body)
    assert made.status_code == 202, made.text
    path = f"/servers/{made.json()['server']['id']}"
    statuses = {name: nova.call("GET", path, token).status_code for name, token in tokens.items()}
    assert statuses == {"boss": 200, "worker": 200, "visitor": 200, "stranger": 404}
    assert nova.call("DELETE", path, tokens["visitor"]).status_code == 403
    everybodys = "/servers/detail?all_tenants=1"
    assert nova.call("GET", everybodys, tokens["boss"]).status_code == 200
    assert nova.call("GET", everybodys, tokens["worker"]).status_code == 403
    assert nova.call("GET", "/os-services", tokens["boss"]).status_code == 200
    assert nova.call("GET", "/os-services", tokens["worker"]).status_code == 403
    assert nova.call("DELETE", path, tokens["worker"]).status_code == 204


def test_scopes(nova: Nova, keystone: Keystone) -> None:
    """A token of the whole system or of nothing has no project to have servers in."""
    system = keystone.token("boss", system={"all": True})
    for path in ("/servers", "/os-services"):
        assert nova.call("GET", path, system).status_code in (200, 403)
    body = {"server": {**SERVER["server"], "imageRef": "x"}}
    assert 400 <= nova.call("POST", "/servers", system, body).status_code < 500
    unscoped = keystone.token("worker", unscoped={})
    assert nova.call("GET", "/servers", unscoped).status_code in (401, 403)


def test_tokens_that_are_not_good(nova: Nova, keystone: Keystone) -> None:
    for token in ("me:lab", "admin:admin", "x" * 200, ""):
        reply = nova.call("GET", "/servers", token)
        assert reply.status_code == 401
        assert reply.headers["WWW-Authenticate"] == f'Keystone uri="{keystone.url}"'
    assert requests.get(nova.url, timeout=120).status_code == 200
    assert requests.get(f"{nova.url}/servers", timeout=120).status_code == 401
    # What authtoken tells the filters inside is not for clients to say.
    forged = {"X-Identity-Status": "Confirmed", "X-User-Id": "u", "X-Project-Id": "p", "X-Roles": "admin"}
    assert requests.get(f"{nova.url}/servers", headers=forged, timeout=120).status_code == 401
    revoked = keystone.token("worker")
    keystone.call("DELETE", "/auth/tokens", **{"X-Subject-Token": revoked})
    assert nova.call("GET", "/servers", revoked).status_code == 401


def expired(keystone: Keystone, token: str) -> str:
    """The same token, had it ended an hour ago: signed with Keystone's own key."""
    newest = max((keystone.folder / "fernet").iterdir(), key=lambda path: int(path.name))
    key = Fernet(newest.read_bytes())
    content = key.decrypt((token + "=" * (-len(token) % 4)).encode())
    parts: list[Any] = msgpack.unpackb(content)
    (place,) = [place for place, part in enumerate(parts) if isinstance(part, float)]
    parts[place] = time.time() - 1800
    signed = key.encrypt_at_time(msgpack.packb(parts), int(time.time()) - 3600)
    assert base64.urlsafe_b64decode(signed)
    return signed.rstrip(b"=").decode()


def test_expired_tokens_need_a_service_beside_them(nova: Nova, keystone: Keystone) -> None:
    old = expired(keystone, keystone.token("worker"))
    assert nova.call("GET", "/servers", old).status_code == 401
    service, nobody = keystone.token("glance"), keystone.token("stranger")
    assert nova.call("GET", "/servers", old, **{"X-Service-Token": nobody}).status_code == 401
    assert nova.call("GET", "/servers", old, **{"X-Service-Token": service}).status_code == 200
    # It grants nothing of its own: the user is no administrator for that.
    fresh = keystone.token("worker")
    reply = nova.call("GET", "/os-services", fresh, **{"X-Service-Token": service})
    assert reply.status_code == 403


@pytest.fixture(scope="module")
def memcached() -> Iterator[str]:
    program = shutil.which("memcached")
    if program is None:
        pytest.skip("there is no memcached on this machine (apt-get install memcached)")
    port = free_port()
    process = subprocess.Popen([program, "-u", "root", "-l", "127.0.0.1", "-p", str(port), "-m", "16"])
    yield f"127.0.0.1:{port}"
    process.terminate()
    process.wait(timeout=10)


@contextlib.contextmanager
def silent(keystone: Keystone) -> Iterator[None]:
    """Keystone takes connections, and answers nobody."""
    keystone.process.send_signal(signal.SIGSTOP)
    try:
        yield
    finally:
        keystone.process.send_signal(signal.SIGCONT)


def refused(nova: Nova, token: str) -> None:
    """503 with Retry-After, soon."""
    began = time.monotonic()
    reply = nova.call("GET", "/servers", token)
    assert reply.status_code == 503, reply.text
    assert time.monotonic() - began < QUICK
    assert int(reply.headers["Retry-After"]) > 0
    assert "identity service" in reply.json()["serviceUnavailable"]["message"]


def test_tokens_are_cached_in_memcached(keystone: Keystone, memcached: str, tmp_path: pathlib.Path) -> None:
    known, unknown = keystone.token("worker"), keystone.token("worker")
    cached = f"[keystone_authtoken]\nmemcached_servers = {memcached}\n"
    impatient = cached + IMPATIENT
    with nova_beside(keystone, tmp_path, free_port(), more=cached) as first:
        assert first.call("GET", "/servers", known).status_code == 200
    with silent(keystone), nova_beside(keystone, tmp_path, free_port(), more=impatient) as second:
        # A new process, which has never asked Keystone anything: it knows the token from the cache alone.
        assert second.call("GET", "/servers", known).status_code == 200
        refused(second, unknown)


@pytest.mark.parametrize("limited", ["true", "false"])
def test_keystone_that_does_not_answer(keystone: Keystone, tmp_path: pathlib.Path, limited: str) -> None:
    """In both pipelines, with Keystone silent from the start, and back again."""
    token = keystone.token("worker")
    with silent(keystone):
        more = f"[DEFAULT]\napi_rate_limit = {limited}\n{IMPATIENT}"
        with nova_beside(keystone, tmp_path, free_port(), more=more) as nova:
            refused(nova, token)
            refused(nova, "me:lab")
            assert requests.get(nova.url, timeout=120).status_code == 200
            assert requests.get(f"{nova.url}/servers", timeout=120).status_code == 401
            keystone.process.send_signal(signal.SIGCONT)
            until(lambda: nova.call("GET", "/servers", token).status_code == 200, "it is believed again")
            until(lambda: nova.call("GET", "/servers", "me:lab").status_code == 401, "it is not")


def test_no_keystone_at_all(keystone: Keystone, tmp_path: pathlib.Path) -> None:
    token = keystone.token("worker")
    nowhere = Keystone(f"http://127.0.0.1:{free_port()}/v3", tmp_path, keystone.process, keystone.password)
    with nova_beside(nowhere, tmp_path, free_port()) as nova:
        refused(nova, token)
        refused(nova, "admin:admin")
