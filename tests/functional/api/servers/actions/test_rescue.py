"""rescue, unrescue."""

from __future__ import annotations

import pathlib
from typing import Any

import pytest

from nova_api.backend import Backend
from nova_api.context import RequestContext, admin
from nova_api.db import block_devices, nodes
from nova_api.neighbours.volumes.interface import NewVolume
from tests.functional.api.servers import rows
from tests.functional.api.servers.actions.settled import events, fault, settled
from tests.functional.api.servers.conftest import HOST
from tests.functional.client import DEMO_PROJECT, Api

RESCUE, UNRESCUE = {"rescue": None}, {"unrescue": None}
STOP = {"os-stop": None}


def image(backend: Backend, **values: Any) -> str:
    """A new image of the demo project; with data unless its status is to be queued."""
    queued = values.pop("queued", False)
    asked = {
        "name": "tools",
        "disk_format": "raw",
        "container_format": "bare",
        "owner": DEMO_PROJECT,
        **values,
    }
    made = backend.images.create(admin(), asked)
    if not queued:
        backend.images.upload(admin(), made.id, [b"tools"])
    return made.id


def booted_from(backend: Backend, uuid: str) -> list[str]:
    """The images that the server's guests are rescued from."""
    folder = pathlib.Path(backend.conf.state_path) / "fake" / HOST / uuid
    return [file.read_text() for file in folder.glob("*.rescue")]


def test_there_and_back(api: Api, running: str, stocked: Backend, image_id: str) -> None:
    reply = api.post(f"/servers/{running}/action", RESCUE)
    assert reply.status_int == 200
    assert (list(reply.json), len(reply.json["adminPass"])) == (["adminPass"], 12)
    row = settled(stocked, running)
    assert (row.vm_state, row.power_state) == ("rescued", 4)
    assert api.get(f"/servers/{running}").json["server"]["status"] == "RESCUE"
    assert booted_from(stocked, running) == [image_id]

    reply = api.post(f"/servers/{running}/action", UNRESCUE)
    assert (reply.status_int, reply.body) == (202, b"")
    row = settled(stocked, running)
    assert (row.vm_state, row.power_state) == ("active", 1)
    assert booted_from(stocked, running) == []
    assert events(stocked, running)[1:] == [
        ("rescue", "compute_rescue_instance", "Success"),
        ("unrescue", "compute_unrescue_instance", "Success"),
    ]


def test_from_stopped_with_image_and_password(api: Api, running: str, stocked: Backend) -> None:
    tools = image(stocked)
    api.post(f"/servers/{running}/action", STOP)
    assert settled(stocked, running).vm_state == "stopped"
    body = {"rescue": {"adminPass": "MySecretPass", "rescue_image_ref": tools}}
    reply = api.post(f"/servers/{running}/action", body)
    assert reply.json == {"adminPass": "MySecretPass"}
    row = settled(stocked, running)
    assert (row.vm_state, row.power_state) == ("rescued", 4)
    assert booted_from(stocked, running) == [tools]
    # Back it always runs.
    api.post(f"/servers/{running}/action", UNRESCUE)
    assert settled(stocked, running).vm_state == "active"


def test_the_password_can_be_kept_out_of_replies(act: Any, stocked: Backend) -> None:
    stocked.conf.set_override("enable_instance_password", False)
    reply = act(RESCUE)
    assert (reply.status_int, reply.json) == (200, {})
    assert len(rows.work(stocked, reply.uuid)[-1][3]["admin_password"]) == 12


def test_a_failure_leaves_the_server_as_it_was(api: Api, running: str, stocked: Backend) -> None:
    stocked.conf.set_override("fail_operations", ["rescue"], group="fake")
    assert api.post(f"/servers/{running}/action", RESCUE).status_int == 200
    assert settled(stocked, running).vm_state == "active"
    assert "fails every rescue" in fault(stocked, running).message
    assert rows.actions(stocked, running)[-1].message == "Error"


def test_a_rescued_server_is_deleted_whole(api: Api, running: str, stocked: Backend) -> None:
    api.post(f"/servers/{running}/action", RESCUE)
    settled(stocked, running)
    api.delete(f"/servers/{running}")
    assert settled(stocked, running).deleted
    assert booted_from(stocked, running) == []


def test_images_that_cannot_be_used(act: Any, stocked: Backend) -> None:
    unknown = "3fa85f64-5717-4562-b3fc-2c963f66afa6"
    for image_id, words in ((unknown, "could not be found"), (image(stocked, queued=True), "not active")):
        reply = act({"rescue": {"rescue_image_ref": image_id}})
        assert reply.status_int == 400
        assert words in reply.json["badRequest"]["message"]
    assert rows.server(stocked, reply.uuid).task_state is None


def test_volume_backed(act: Any, stocked: Backend) -> None:
    plain, fit = image(stocked), image(stocked, properties={"hw_rescue_bus": "virtio"})

    def refused(version: str, **value: Any) -> str:
        reply = act({"rescue": value}, version=version, image_id=None, node="n1")
        assert reply.status_int == 400
        return str(reply.json["badRequest"]["message"])

    assert "Cannot rescue a volume-backed instance" in refused("2.86", rescue_image_ref=fit)
    assert "Host unable to rescue a volume-backed instance" in refused("2.87", rescue_image_ref=fit)
    inventory = {
        "hypervisor_type": "fake",
        "hypervisor_version": 1,
        "host_ip": "127.0.0.1",
        "cpu_info": {},
        "vcpus": 1,
        "memory_mb": 1,
        "local_gb": 1,
        "cpu_allocation_ratio": 1.0,
        "ram_allocation_ratio": 1.0,
        "disk_allocation_ratio": 1.0,
        "can_rescue_volumes": True,
    }
    with stocked.db.writer() as conn:
        nodes.report(conn, "h1", "n1", inventory)
    assert "an image" in refused("2.87")
    assert "hw_rescue_bus" in refused("2.87", rescue_image_ref=plain)
    reply = act({"rescue": {"rescue_image_ref": fit}}, version="2.87", image_id=None, node="n1")
    assert reply.status_int == 200


def test_a_volume_on_its_way_out(act: Any, stocked: Backend) -> None:
    volume = stocked.volumes.create(
        RequestContext(user_id="demo", project_id=DEMO_PROJECT), NewVolume(size=1)
    )
    uuid = act(UNRESCUE).uuid  # refused: it only makes the server
    disk = {"source_type": "volume", "destination_type": "volume", "volume_id": volume.id}
    with stocked.db.writer() as conn:
        block_devices.insert(conn, rows.server(stocked, uuid).id, {"uuid": "1" * 36, **disk})
    reply = act(RESCUE)
    assert reply.status_int == 409
    assert f"volume {volume.id} is available" in reply.json["conflictingRequest"]["message"]


@pytest.mark.parametrize(
    ("body", "states", "words"),
    [
        (RESCUE, {"vm_state": "rescued"}, ["'rescue'", "vm_state rescued"]),
        (RESCUE, {"vm_state": "paused"}, ["'rescue'", "vm_state paused"]),
        (RESCUE, {"task_state": "rebooting"}, ["'rescue'", "task_state rebooting"]),
        (RESCUE, {"locked_by": "owner", "vm_state": "paused"}, ["is locked"]),
        (RESCUE, {"vm_state": "error", "host": None}, ["not ready"]),
        (UNRESCUE, {}, ["'unrescue'", "vm_state active"]),
        (UNRESCUE, {"vm_state": "rescued", "locked_by": "admin"}, ["is locked"]),
    ],
)
def test_conflicts(act: Any, body: Any, states: dict[str, Any], words: list[str]) -> None:
    reply = act(body, **states)
    assert reply.status_int == 409
    said = reply.json["conflictingRequest"]["message"]
    assert all(word in said for word in [reply.uuid, *words]), said


@pytest.mark.parametrize("value", ["text", {"rescue_image_ref": "no uuid"}, {"adminPass": None}, {"more": 1}])
def test_400(act: Any, value: Any) -> None:
    assert act({"rescue": value}).status_int == 400


def test_who_may(api: Api, act: Any) -> None:
    for body, name in ((RESCUE, "os-rescue"), (UNRESCUE, "os-unrescue")):
        assert act(body, caller=api.as_("eve", "0" * 32)).status_int == 404
        refused = act(body, caller=api.as_("rita", roles="reader"))
        assert refused.status_int == 403
        assert f"os_compute_api:{name}" in refused.json["forbidden"]["message"]
