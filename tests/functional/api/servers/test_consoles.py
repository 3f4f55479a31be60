"""Console output, consoles by action (to 2.5) and by resource (from 2.6), and their tokens."""

from __future__ import annotations

import urllib.parse
from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa

from nova_api.backend import Backend
from nova_api.compute.drivers.fake_access import CONSOLE_OUTPUT
from nova_api.db.schema.access import console_tokens
from tests.functional.api.servers import rows
from tests.functional.api.servers.conftest import HOST
from tests.functional.api.servers.waiting import until
from tests.functional.client import Api

pytestmark = pytest.mark.usefixtures("workers")


@pytest.fixture
def server(api: Api, boot: Callable[..., Any], stocked: Backend) -> str:
    uuid = str(boot(version="2.37", networks="none").json["server"]["id"])
    until(lambda: rows.server(stocked, uuid).vm_state == "active")
    return uuid


def act(api: Api, server: str, version: str | None = None, **body: Any) -> Any:
    return api.post(f"/servers/{server}/action", body, version=version)


def open_console(api: Api, server: str, protocol: str, type: str, version: str = "2.99") -> Any:
    body = {"remote_console": {"protocol": protocol, "type": type}}
    return api.post(f"/servers/{server}/remote-consoles", body, version=version)


def token_of(url: str) -> str:
    query = urllib.parse.parse_qs(urllib.parse.urlsplit(url).query)
    if "path" in query:
        query = urllib.parse.parse_qs(query["path"][0].removeprefix("?"))
    return query["token"][0]


@pytest.mark.parametrize(
    ("asked", "lines"),
    [
        ({}, 3),
        ({"length": None}, 3),
        ({"length": 50}, 3),
        ({"length": 2}, 2),
        ({"length": "1"}, 1),
        ({"length": -1}, 3),
    ],
)
def test_output(api: Api, server: str, asked: dict[str, Any], lines: int) -> None:
    reply = api.post(f"/servers/{server}/action", {"os-getConsoleOutput": asked})
    assert reply.status_int == 200
    assert reply.json == {"output": "\n".join(CONSOLE_OUTPUT.split("\n")[-lines:])}


def test_output_refusals(api: Api, server: str, stocked: Backend) -> None:
    def asked(caller: Api, value: Any) -> Any:
        return caller.post(f"/servers/{server}/action", {"os-getConsoleOutput": value})

    assert asked(api, {"length": 0}).json == {"output": ""}
    for value in ({"length": -2}, {"length": "x"}, {"lines": 1}, None):
        assert asked(api, value).status_int == 400
    assert asked(api.as_("rita", roles="reader"), {}).status_int == 403
    rows.change(stocked, server, host=None)
    assert "not ready" in asked(api, {}).json["conflictingRequest"]["message"]
    rows.change(stocked, server, host="elsewhere")
    assert asked(api, {}).status_int == 409
    rows.change(stocked, server, host=HOST)


def test_vnc_as_an_action(api: Api, server: str) -> None:
    reply = act(api, server, **{"os-getVNCConsole": {"type": "novnc"}})
    assert reply.status_int == 200
    console = reply.json["console"]
    assert console["type"] == "novnc"
    assert console["url"].startswith("http://127.0.0.1:6080/vnc_auto.html?path=%3Ftoken%3D")
    assert sorted(console) == ["type", "url"]


def test_actions_end_with_2_5(api: Api, server: str) -> None:
    for name, kind in (
        ("os-getVNCConsole", "novnc"),
        ("os-getSPICEConsole", "spice-html5"),
        ("os-getSerialConsole", "serial"),
        ("os-getRDPConsole", "rdp-html5"),
    ):
        assert act(api, server, version="2.6", **{name: {"type": kind}}).status_int == 404
        assert act(api, server, version="2.5", **{name: {"type": "else"}}).status_int == 400
    assert act(api, server, **{"os-getRDPConsole": {"type": "rdp-html5"}}).status_int == 400
    assert act(api, server, **{"os-getVNCConsole": {"type": "xvpvnc"}}).status_int == 400


@pytest.mark.parametrize(
    ("protocol", "kind", "group", "begins"),
    [
        ("vnc", "novnc", "vnc", "http://127.0.0.1:6080/vnc_auto.html?path=%3Ftoken%3D"),
        ("spice", "spice-html5", "spice", "http://127.0.0.1:6082/spice_auto.html?token="),
        ("spice", "spice-direct", "spice", "http://127.0.0.1:13002/nova?token="),
        ("serial", "serial", "serial_console", "ws://127.0.0.1:6083/?token="),
        ("mks", "webmks", "mks", "http://127.0.0.1:6090/?token="),
    ],
)
def test_every_kind(
    api: Api, stocked: Backend, server: str, protocol: str, kind: str, group: str, begins: str
) -> None:
    stocked.conf.set_override("enabled", True, group=group)
    reply = open_console(api, server, protocol, kind)
    assert reply.status_int == 200
    console = reply.json["remote_console"]
    assert (console["protocol"], console["type"]) == (protocol, kind)
    assert console["url"].startswith(begins)
    granted = api.admin.get(f"/os-console-auth-tokens/{token_of(console['url'])}", version="2.99")
    connection = granted.json["console"]
    assert connection["instance_uuid"] == server
    assert ("tls_port" in connection) == (kind == "spice-direct")
    stocked.conf.set_override("enabled", False, group=group)
    refused = open_console(api, server, protocol, kind)
    assert refused.status_int == 400
    assert f"Unavailable console type {kind}." in refused.json["badRequest"]["message"]


def test_only_vnc_is_on(api: Api, server: str) -> None:
    assert open_console(api, server, "vnc", "novnc").status_int == 200
    for protocol, kind in (
        ("spice", "spice-html5"),
        ("serial", "serial"),
        ("mks", "webmks"),
        ("rdp", "rdp-html5"),
        ("vnc", "xvpvnc"),
        ("vnc", "serial"),
    ):
        assert open_console(api, server, protocol, kind).status_int == 400


def test_windows(api: Api, server: str) -> None:
    assert open_console(api, server, "vnc", "novnc", "2.5").status_int == 404
    assert open_console(api, server, "vnc", "novnc", "2.6").status_int == 200
    for protocol, kind, since, before in (
        ("mks", "webmks", "2.8", "2.7"),
        ("spice", "spice-direct", "2.99", "2.98"),
    ):
        assert (
            "Invalid value" in open_console(api, server, protocol, kind, before).json["badRequest"]["message"]
        )
        assert "Unavailable" in open_console(api, server, protocol, kind, since).json["badRequest"]["message"]


@pytest.mark.parametrize(
    ("states", "word"),
    [
        ({"task_state": "deleting"}, "task_state deleting"),
        ({"task_state": "migrating"}, "task_state migrating"),
        ({"host": None}, "not ready"),
    ],
)
def test_409(api: Api, server: str, stocked: Backend, states: dict[str, Any], word: str) -> None:
    rows.change(stocked, server, **states)
    refused = open_console(api, server, "vnc", "novnc")
    assert refused.status_int == 409
    assert word in refused.json["conflictingRequest"]["message"]


def test_tokens(api: Api, stocked: Backend, server: str) -> None:
    token = token_of(open_console(api, server, "vnc", "novnc").json["remote_console"]["url"])
    path = f"/os-console-auth-tokens/{token}"
    shown = api.admin.get(path, version="2.31")
    assert shown.json == {
        "console": {
            "instance_uuid": server,
            "host": stocked.conf.my_ip,
            "port": 5900,
            "internal_access_path": None,
        }
    }
    assert api.admin.get(path, version="2.30").status_int == 400
    assert api.get(path, version="2.31").status_int == 403
    assert api.admin.get(path[:-1], version="2.31").status_int == 404
    assert api.admin.get(path + "?x=1", version="2.98").status_int == 200
    assert api.admin.get(path + "?x=1", version="2.99").status_int == 400
    with stocked.db.reader() as conn:
        kept = conn.execute(sa.select(console_tokens)).one()
    assert token not in str(kept)


def test_tokens_end(api: Api, stocked: Backend, server: str) -> None:
    """With their time, and with their server."""
    stocked.conf.set_override("token_ttl", 1, group="consoleauth")
    token = token_of(open_console(api, server, "vnc", "novnc").json["remote_console"]["url"])
    until(lambda: api.admin.get(f"/os-console-auth-tokens/{token}", version="2.31").status_int == 404)
    stocked.conf.set_override("token_ttl", 600, group="consoleauth")
    assert open_console(api, server, "vnc", "novnc").status_int == 200
    with stocked.db.reader() as conn:
        assert len(conn.execute(sa.select(console_tokens)).all()) == 1
    assert api.delete(f"/servers/{server}").status_int == 204
    until(lambda: rows.server(stocked, server).deleted)
    with stocked.db.reader() as conn:
        assert conn.execute(sa.select(console_tokens)).all() == []
