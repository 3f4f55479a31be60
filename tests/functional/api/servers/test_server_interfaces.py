"""``/servers/{id}/os-interface``: NICs plugged in and out by the server's host."""

from __future__ import annotations

import pathlib
import uuid as uuids
from collections.abc import Callable
from typing import Any

import pytest

from nova_api.backend import Backend
from nova_api.context import RequestContext
from nova_api.db import actions as db_actions
from tests.functional.api.servers import rows
from tests.functional.api.servers.conftest import HOST
from tests.functional.api.servers.waiting import until
from tests.functional.client import DEMO_PROJECT, Api

pytestmark = pytest.mark.usefixtures("workers")

DEMO = RequestContext(user_id="demo", project_id=DEMO_PROJECT, roles=["member", "reader"])


@pytest.fixture
def server(api: Api, boot: Callable[..., Any], stocked: Backend, network_id: str) -> str:
    """An ACTIVE server with one NIC."""
    uuid = str(boot(networks=[{"uuid": network_id}]).json["server"]["id"])
    until(lambda: rows.server(stocked, uuid).vm_state == "active")
    return uuid


@pytest.fixture
def plugged(stocked: Backend, server: str) -> Callable[[], set[str]]:
    """Ports that the hypervisor has been told of since the build."""
    folder = pathlib.Path(stocked.conf.state_path) / "fake" / HOST / server

    return lambda: {file.name.removeprefix("port.") for file in folder.glob("port.*")}


def attach(api: Api, server: str, version: str | None = None, **asked: Any) -> Any:
    return api.post(f"/servers/{server}/os-interface", {"interfaceAttachment": asked}, version=version)


def made_port(stocked: Backend, network_id: str) -> str:
    return stocked.networks.ports.create(DEMO, {"network_id": network_id}).id


def test_a_new_port_comes_and_goes(
    api: Api, stocked: Backend, server: str, network_id: str, plugged: Callable[[], set[str]]
) -> None:
    reply = attach(api, server, net_id=network_id)
    assert reply.status_int == 200
    nic = reply.json["interfaceAttachment"]
    assert nic["net_id"] == network_id
    assert nic["port_state"] == "ACTIVE"
    assert [sorted(ip) for ip in nic["fixed_ips"]] == [["ip_address", "subnet_id"]] * len(nic["fixed_ips"])
    assert "tag" not in nic
    assert plugged() == {nic["port_id"]}
    path = f"/servers/{server}/os-interface"
    listed = api.get(path).json["interfaceAttachments"]
    assert len(listed) == 2
    assert listed[1] == nic
    assert api.get(f"{path}/{nic['port_id']}").json == {"interfaceAttachment": nic}
    assert len(rows.server(stocked, server).nics) == 2
    gone = api.delete(f"{path}/{nic['port_id']}")
    assert (gone.status_int, gone.body) == (202, b"")
    until(lambda: len(api.get(path).json["interfaceAttachments"]) == 1)
    until(lambda: len(rows.server(stocked, server).nics) == 1)
    assert plugged() == set()
    done = rows.actions(stocked, server)
    assert [action.action for action in done] == ["create", "attach_interface", "detach_interface"]
    until(lambda: all(action.finish_time for action in rows.actions(stocked, server)))
    with stocked.db.reader() as conn:
        _, events = db_actions.show(conn, rows.server(stocked, server).id, done[1].request_id)
    assert [(event.event, event.result) for event in events] == [("compute_attach_interface", "Success")]


def test_a_users_port_is_given_back(api: Api, stocked: Backend, server: str, network_id: str) -> None:
    port = made_port(stocked, network_id)
    reply = attach(api, server, version="2.70", port_id=port, tag="public")
    assert reply.json["interfaceAttachment"]["port_id"] == port
    assert reply.json["interfaceAttachment"]["tag"] == "public"
    assert attach(api, server, port_id=port).status_int == 409
    assert api.delete(f"/servers/{server}/os-interface/{port}").status_int == 202
    until(lambda: stocked.networks.show_port(DEMO, port).device_id == "")


def test_an_address_of_ones_own_choice(api: Api, stocked: Backend, server: str, network_id: str) -> None:
    taken = rows.server(stocked, server).nics[0]["fixed_ips"][0]["address"]
    wanted = taken.rpartition(".")[0] + ".77"
    reply = attach(api, server, net_id=network_id, fixed_ips=[{"ip_address": wanted}])
    assert wanted in [ip["ip_address"] for ip in reply.json["interfaceAttachment"]["fixed_ips"]]
    again = attach(api, server, net_id=network_id, fixed_ips=[{"ip_address": wanted}])
    assert again.status_int == 409


def test_nothing_said_is_the_only_network(api: Api, server: str, network_id: str) -> None:
    reply = api.post(f"/servers/{server}/os-interface", {})
    assert reply.status_int == 200
    assert reply.json["interfaceAttachment"]["net_id"] == network_id


@pytest.mark.parametrize(
    ("asked", "status"),
    [
        ({"net_id": str(uuids.uuid4())}, 404),
        ({"port_id": str(uuids.uuid4())}, 404),
        ({"net_id": str(uuids.uuid4()), "port_id": str(uuids.uuid4())}, 400),
        ({"fixed_ips": [{"ip_address": "10.0.0.9"}]}, 400),
        ({"net_id": "private"}, 400),
        ({"tag": "t"}, 400),
    ],
)
def test_refused(api: Api, stocked: Backend, server: str, asked: dict[str, Any], status: int) -> None:
    before = len(api.get(f"/servers/{server}/os-interface").json["interfaceAttachments"])
    assert attach(api, server, **asked).status_int == status
    assert len(api.get(f"/servers/{server}/os-interface").json["interfaceAttachments"]) == before
    assert rows.server(stocked, server).vm_state == "active"
    assert rows.work(stocked, server) == []


def test_a_refusal_of_the_network_is_recorded(api: Api, stocked: Backend, server: str) -> None:
    assert attach(api, server, net_id=str(uuids.uuid4())).status_int == 404
    last = rows.actions(stocked, server)[-1]
    assert (last.action, last.message) == ("attach_interface", "Error")


def test_a_driver_that_fails_leaves_no_port(api: Api, stocked: Backend, server: str, network_id: str) -> None:
    folder = pathlib.Path(stocked.conf.state_path) / "fake" / HOST / server
    for file in folder.iterdir():
        file.unlink()
    assert attach(api, server, net_id=network_id).status_int == 404
    assert len(stocked.networks.nics_of([server])[server]) == 1


@pytest.mark.parametrize(
    ("states", "word"),
    [
        ({"vm_state": "rescued"}, "vm_state rescued"),
        ({"task_state": "rebooting"}, "task_state rebooting"),
        ({"locked_by": "owner"}, "is locked"),
        ({"host": None}, "not ready"),
    ],
)
def test_409(
    api: Api, stocked: Backend, server: str, network_id: str, states: dict[str, Any], word: str
) -> None:
    port = api.get(f"/servers/{server}/os-interface").json["interfaceAttachments"][0]["port_id"]
    rows.change(stocked, server, **states)
    for reply in (
        attach(api, server, net_id=network_id),
        api.delete(f"/servers/{server}/os-interface/{port}"),
    ):
        assert reply.status_int == 409
        assert word in reply.json["conflictingRequest"]["message"]
    rows.change(stocked, server, vm_state="active", task_state=None, locked_by=None, host=HOST)


def test_lookups_and_policies(api: Api, stocked: Backend, server: str, network_id: str) -> None:
    path = f"/servers/{server}/os-interface"
    free = made_port(stocked, network_id)
    for port in (free, str(uuids.uuid4())):
        assert api.get(f"{path}/{port}").status_int == 404
        assert api.delete(f"{path}/{port}").status_int == 404
    assert api.as_("eve", "0" * 32).get(path).status_int == 404
    reader = api.as_("rita", roles="reader")
    assert reader.get(path).status_int == 200
    assert attach(reader, server).status_int == 403
    assert reader.delete(f"{path}/{free}").status_int == 403


def test_delete_takes_attached_ports_too(api: Api, stocked: Backend, server: str, network_id: str) -> None:
    port = attach(api, server, net_id=network_id).json["interfaceAttachment"]["port_id"]
    assert api.delete(f"/servers/{server}").status_int == 204
    until(lambda: rows.server(stocked, server).deleted)
    assert stocked.networks.nics_of([server]) == {}
    assert port not in [found.id for found in stocked.networks.ports.list(DEMO)]
