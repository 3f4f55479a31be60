"""``/servers/{id}/os-security-groups``, ``addSecurityGroup``, ``removeSecurityGroup``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from nova_api.backend import Backend
from nova_api.context import RequestContext
from tests.functional.api.servers import rows
from tests.functional.api.servers.waiting import until
from tests.functional.client import DEMO_PROJECT, Api

pytestmark = pytest.mark.usefixtures("workers")

DEMO = RequestContext(user_id="demo", project_id=DEMO_PROJECT, roles=["member", "reader"])


@pytest.fixture
def server(api: Api, boot: Callable[..., Any], stocked: Backend, network_id: str) -> str:
    uuid = str(boot(networks=[{"uuid": network_id}]).json["server"]["id"])
    until(lambda: rows.server(stocked, uuid).vm_state == "active")
    return uuid


@pytest.fixture
def web(stocked: Backend) -> str:
    """A group called web that lets HTTP in; its id."""
    group = stocked.networks.groups.create(DEMO, {"name": "web", "description": "for the web"})
    rule = {"security_group_id": group.id, "direction": "ingress", "ethertype": "IPv4"}
    http = {"protocol": "tcp", "port_range_min": 80, "port_range_max": 80, "remote_ip_prefix": "10.0.0.0/8"}
    for more in (http, {"protocol": "udp"}, {"protocol": "icmp"}):
        stocked.networks.rules.create(DEMO, stocked.networks.groups, {**rule, **more})
    return group.id


def change(api: Api, server: str, verb: str, name: str) -> Any:
    return api.post(f"/servers/{server}/action", {f"{verb}SecurityGroup": {"name": name}})


def groups(api: Api, server: str) -> list[Any]:
    found: list[Any] = api.get(f"/servers/{server}/os-security-groups").json["security_groups"]
    return found


def test_rules_are_shown(api: Api, server: str, web: str) -> None:
    assert change(api, server, "add", "web").status_int == 202
    default, shown = groups(api, server)
    assert default["name"] == "default"
    assert default["tenant_id"] == DEMO_PROJECT
    assert [rule["group"] for rule in default["rules"]] == [
        {"name": "default", "tenant_id": DEMO_PROJECT}
    ] * 2
    assert [rule["ip_range"] for rule in default["rules"]] == [{}, {}]
    assert (shown["id"], shown["name"], shown["description"]) == (web, "web", "for the web")
    keys = ("ip_protocol", "from_port", "to_port", "group", "ip_range", "parent_group_id")
    anywhere = {"cidr": "0.0.0.0/0"}
    assert [tuple(rule[key] for key in keys) for rule in shown["rules"]] == [
        ("tcp", 80, 80, {}, {"cidr": "10.0.0.0/8"}, web),
        ("udp", 1, 65535, {}, anywhere, web),
        ("icmp", -1, -1, {}, anywhere, web),
    ]


def test_on_and_off(api: Api, server: str, web: str, stocked: Backend) -> None:
    for _ in range(2):
        reply = change(api, server, "add", "web")
        assert (reply.status_int, reply.body) == (202, b"")
    assert [group["name"] for group in groups(api, server)] == ["default", "web"]
    assert rows.server(stocked, server).nics[0]["security_groups"] == ["default", "web"]
    assert api.get(f"/servers/{server}").json["server"]["security_groups"] == [
        {"name": "default"},
        {"name": "web"},
    ]
    assert change(api, server, "remove", web).status_int == 202
    assert [group["name"] for group in groups(api, server)] == ["default"]
    assert change(api, server, "remove", "web").status_int == 404
    assert change(api, server, "remove", "default").status_int == 202
    assert groups(api, server) == []


def test_refusals(api: Api, server: str, stocked: Backend, web: str) -> None:
    assert change(api, server, "add", "nothing").status_int == 404
    assert change(api, server, "add", "  ").status_int == 400
    assert change(api, server, "add", "").status_int == 400
    stocked.networks.groups.create(DEMO, {"name": "web"})
    assert change(api, server, "add", "web").status_int == 409
    assert change(api, server, "add", web).status_int == 202
    reader = api.as_("rita", roles="reader")
    assert len(groups(reader, server)) == 2
    assert change(reader, server, "add", web).status_int == 403
    assert change(api.as_("eve", "0" * 32), server, "add", web).status_int == 404


def test_ports_without_security(api: Api, server: str, stocked: Backend, web: str) -> None:
    port = stocked.networks.nics_of([server])[server][0]["port_id"]
    stocked.networks.ports.update(DEMO, port, {"port_security_enabled": False})
    assert change(api, server, "add", web).status_int == 400


def test_a_server_without_ports(api: Api, boot: Callable[..., Any], stocked: Backend, web: str) -> None:
    uuid = boot(version="2.37", networks="none").json["server"]["id"]
    until(lambda: rows.server(stocked, uuid).vm_state == "active")
    assert groups(api, uuid) == []
    assert change(api, uuid, "add", web).status_int == 404
