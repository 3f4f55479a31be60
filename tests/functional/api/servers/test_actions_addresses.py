"""addFixedIp, removeFixedIp, addFloatingIp, removeFloatingIp (to 2.43)."""

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
def floating(stocked: Backend) -> str:
    """A floating IP that leads nowhere; its address."""
    public = next(network.id for network in stocked.networks.networks.list(DEMO) if network.external)
    return stocked.networks.floating.create(DEMO, {"network_id": public}).address


def act(api: Api, server: str, name: str, version: str | None = None, **asked: Any) -> Any:
    return api.post(f"/servers/{server}/action", {name: asked}, version=version)


def fixed(stocked: Backend, server: str) -> list[str]:
    """The server's IPv4 addresses, as its row has them."""
    return [
        ip["address"]
        for nic in rows.server(stocked, server).nics
        for ip in nic["fixed_ips"]
        if ip["version"] == 4
    ]


def test_fixed_ips(api: Api, stocked: Backend, server: str, network_id: str) -> None:
    (first,) = fixed(stocked, server)
    reply = act(api, server, "addFixedIp", networkId=network_id)
    assert (reply.status_int, reply.body) == (202, b"")
    until(lambda: len(fixed(stocked, server)) == 2)
    second = fixed(stocked, server)[1]
    shown = api.get(f"/servers/{server}/ips/private").json["private"]
    assert {first, second} <= {ip["addr"] for ip in shown}
    assert act(api, server, "removeFixedIp", address=first).status_int == 202
    until(lambda: fixed(stocked, server) == [second])


def test_what_the_host_cannot_do_changes_nothing(api: Api, stocked: Backend, server: str) -> None:
    before = fixed(stocked, server)
    assert act(api, server, "removeFixedIp", address="198.51.100.1").status_int == 202
    assert act(api, server, "addFixedIp", networkId="nowhere").status_int == 202
    until(lambda: not rows.work(stocked, server))
    assert fixed(stocked, server) == before
    assert rows.server(stocked, server).vm_state == "active"


def test_floating_ips(api: Api, stocked: Backend, server: str, floating: str) -> None:
    (address,) = fixed(stocked, server)
    reply = act(api, server, "addFloatingIp", address=floating)
    assert (reply.status_int, reply.body, reply.content_type) == (202, b"", "text/html")
    shown = api.get(f"/servers/{server}").json["server"]["addresses"]["private"]
    assert floating in [ip["addr"] for ip in shown if ip["OS-EXT-IPS:type"] == "floating"]
    assert stocked.networks.floating_ip_at(DEMO, floating).fixed_address == address
    assert act(api, server, "removeFloatingIp", address=floating).status_int == 202
    assert stocked.networks.floating_ip_at(DEMO, floating).port_id is None
    refused = act(api, server, "removeFloatingIp", address=floating)
    assert refused.status_int == 409
    assert floating in refused.json["conflictingRequest"]["message"]


def test_floating_refusals(api: Api, stocked: Backend, server: str, floating: str) -> None:
    assert act(api, server, "addFloatingIp", address="198.51.100.1").status_int == 404
    assert act(api, server, "removeFloatingIp", address="198.51.100.1").status_int == 404
    wrong = act(api, server, "addFloatingIp", address=floating, fixed_address="10.255.0.1")
    assert wrong.status_int == 400
    port = stocked.networks.ports.create(
        DEMO, {"network_id": rows.server(stocked, server).nics[0]["network_id"]}
    )
    stocked.networks.lead_floating_ip(DEMO, stocked.networks.floating_ip_at(DEMO, floating).id, port.id, None)
    taken = act(api, server, "addFloatingIp", address=floating)
    assert taken.status_int == 400
    assert "already associated" in taken.json["badRequest"]["message"]


@pytest.mark.parametrize(
    ("name", "asked"),
    [
        ("addFixedIp", {"networkId": "x"}),
        ("removeFixedIp", {"address": "10.0.0.1"}),
        ("addFloatingIp", {"address": "10.0.0.1"}),
        ("removeFloatingIp", {"address": "10.0.0.1"}),
    ],
)
def test_windows_and_policies(
    api: Api, stocked: Backend, server: str, name: str, asked: dict[str, str]
) -> None:
    assert act(api, server, name, version="2.44", **asked).status_int == 404
    assert act(api, server, name).status_int == 400
    assert act(api, server, name, more=1, **asked).status_int == 400
    assert act(api.as_("rita", roles="reader"), server, name, **asked).status_int == 403
    assert act(api.as_("eve", "0" * 32), server, name, **asked).status_int == 404


def test_locked(api: Api, stocked: Backend, server: str) -> None:
    rows.change(stocked, server, locked_by="owner")
    assert act(api, server, "removeFixedIp", address="10.0.0.1").status_int == 409
