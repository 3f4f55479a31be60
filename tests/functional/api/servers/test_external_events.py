"""``POST /os-server-external-events``."""

from __future__ import annotations

import pathlib
import uuid as uuids
from collections.abc import Callable
from typing import Any

import pytest

from nova_api.api.network import NetworkRouter
from nova_api.backend import Backend
from nova_api.context import RequestContext
from nova_api.db import actions as db_actions
from tests.conformance.recorder import unrecorded
from tests.functional.api.servers import given, rows
from tests.functional.api.servers.conftest import HOST
from tests.functional.api.servers.waiting import until
from tests.functional.client import DEMO_PROJECT, Api

DEMO = RequestContext(user_id="demo", project_id=DEMO_PROJECT, roles=["member", "reader"])


def tell(api: Api, *events: dict[str, Any], version: str = "2.93") -> Any:
    return api.post("/os-server-external-events", {"events": list(events)}, version=version)


@pytest.fixture
def server(workers: None, boot: Callable[..., Any], stocked: Backend, network_id: str) -> str:
    del workers
    uuid = str(boot(networks=[{"uuid": network_id}]).json["server"]["id"])
    until(lambda: rows.server(stocked, uuid).vm_state == "active")
    return uuid


def test_judged_one_by_one(api: Api, backend: Backend) -> None:
    here, nowhere = given.server(backend), given.server(backend, host=None)
    unknown = str(uuids.uuid4())
    reply = tell(
        api.admin,
        {"name": "network-vif-plugged", "server_uuid": here, "tag": "t", "status": "completed"},
        {"name": "network-changed", "server_uuid": unknown},
        {"name": "network-changed", "server_uuid": nowhere},
        {"name": "power-update", "server_uuid": here, "tag": "POWER_UP"},
        {"name": "volume-extended", "server_uuid": here},
    )
    assert reply.status_int == 207
    assert [(event["code"], event["status"]) for event in reply.json["events"]] == [
        (200, "completed"),
        (404, "failed"),
        (422, "failed"),
        (400, "failed"),
        (400, "failed"),
    ]
    assert reply.json["events"][0]["tag"] == "t"
    alone = tell(api.admin, {"name": "network-changed", "server_uuid": here})
    assert alone.status_int == 200
    assert alone.json == {
        "events": [{"name": "network-changed", "server_uuid": here, "status": "completed", "code": 200}]
    }


@pytest.mark.parametrize(
    ("name", "since", "before"),
    [
        ("volume-extended", "2.51", "2.50"),
        ("power-update", "2.76", "2.75"),
        ("accelerator-request-bound", "2.82", "2.81"),
        ("volume-reimaged", "2.93", "2.92"),
    ],
)
def test_windows(api: Api, name: str, since: str, before: str) -> None:
    event = {"name": name, "server_uuid": str(uuids.uuid4()), "tag": "t"}
    assert tell(api.admin, event, version=before).status_int == 400
    assert tell(api.admin, event, version=since).status_int == 207


def test_who_may(api: Api) -> None:
    event = {"name": "network-changed", "server_uuid": str(uuids.uuid4())}
    assert tell(api, event).status_int == 403
    assert tell(api.as_("neutron", roles="service"), event).status_int == 207
    assert tell(api.admin).status_int == 400


def test_power_changes_are_followed(api: Api, stocked: Backend, server: str) -> None:
    for tag, vm_state, power_state in (("POWER_OFF", "stopped", 4), ("POWER_ON", "active", 1)):
        event = {"name": "power-update", "server_uuid": server, "tag": tag}
        for _ in range(2):  # told twice, done once
            assert tell(api.admin, event).status_int == 200
        until(
            lambda vm_state=vm_state, power_state=power_state: (
                (row := rows.server(stocked, server)).task_state is None
                and (row.vm_state, row.power_state) == (vm_state, power_state)
            )
        )
    done = rows.actions(stocked, server)
    assert [action.action for action in done] == ["create", "stop", "start"]
    until(lambda: all(action.finish_time for action in rows.actions(stocked, server)))
    with stocked.db.reader() as conn:
        _, events = db_actions.show(conn, rows.server(stocked, server).id, done[1].request_id)
    assert [(event.event, event.result) for event in events] == [("compute_power_update", "Success")]


def test_volumes_that_have_grown(api: Api, stocked: Backend, server: str) -> None:
    event = {"name": "volume-extended", "server_uuid": server, "tag": str(uuids.uuid4())}
    assert tell(api.admin, event).status_int == 200
    until(lambda: rows.actions(stocked, server)[-1].finish_time)
    assert [action.action for action in rows.actions(stocked, server)] == ["create", "extend_volume"]


def test_the_network_is_looked_at_anew(api: Api, stocked: Backend, server: str, network_id: str) -> None:
    body = {"interfaceAttachment": {"net_id": network_id}}
    port = api.post(f"/servers/{server}/os-interface", body).json["interfaceAttachment"]["port_id"]
    plug = pathlib.Path(stocked.conf.state_path) / "fake" / HOST / server / f"port.{port}"
    assert plug.exists()
    stocked.networks.ports.delete(DEMO, port)  # no word of it
    assert len(rows.server(stocked, server).nics) == 2
    event = {"name": "network-vif-deleted", "server_uuid": server, "tag": port}
    assert tell(api.admin, event).status_int == 200
    until(lambda: len(rows.server(stocked, server).nics) == 1)
    assert not plug.exists()


def test_a_port_deleted_at_the_network_service(
    app: Any, api: Api, stocked: Backend, server: str, network_id: str
) -> None:
    unrecorded(app).app["/network"] = NetworkRouter.from_ini(stocked)
    body = {"interfaceAttachment": {"net_id": network_id}}
    port = api.post(f"/servers/{server}/os-interface", body).json["interfaceAttachment"]["port_id"]
    plug = pathlib.Path(stocked.conf.state_path) / "fake" / HOST / server / f"port.{port}"
    assert plug.exists()
    assert api.delete(f"/v2.0/ports/{port}", root="/network").status_int == 204
    until(lambda: len(api.get(f"/servers/{server}").json["server"]["addresses"]["private"]) == 1)
    until(lambda: not plug.exists())
    left = api.get(f"/servers/{server}/os-interface").json["interfaceAttachments"]
    assert port not in [attachment["port_id"] for attachment in left]
