"""shelve, shelveOffload; and what all three refuse."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from typing import Any

import pytest
from oslo_config import cfg

from nova_api.backend import Backend
from nova_api.compute import drivers
from nova_api.compute.manager import ComputeManager
from nova_api.compute.manager.service import ComputeService
from nova_api.db.schema.base import utcnow
from tests.functional.api.servers import rows
from tests.functional.api.servers.actions.guests_of import claimed, guests_on, put_guest
from tests.functional.api.servers.actions.images_of import data_of, images_of, leave
from tests.functional.api.servers.actions.settled import events, fault, settled
from tests.functional.api.servers.conftest import HOST
from tests.functional.api.servers.waiting import until
from tests.functional.client import DEMO_PROJECT, Api

pytestmark = pytest.mark.databases

SHELVE, OFFLOAD, UNSHELVE = {"shelve": None}, {"shelveOffload": None}, {"unshelve": None}
OFFLOADED = {"vm_state": "shelved_offloaded", "host": None, "node": None, "power_state": 4}


def act_on(api: Api, uuid: str, body: dict[str, Any], version: str | None = None) -> Any:
    return api.post(f"/servers/{uuid}/action", body, version=version)


# --- there -----------------------------------------------------------------------


def test_shelved_servers_leave_at_once(api: Api, running: str, stocked: Backend) -> None:
    before = api.get(f"/servers/{running}").json["server"]
    reply = act_on(api, running, SHELVE)
    assert (reply.status_int, reply.body) == (202, b"")
    settled(stocked, running)
    shown = api.admin.get(f"/servers/{running}", version="2.16").json["server"]
    gone = {
        "status": "SHELVED_OFFLOADED",
        "OS-EXT-SRV-ATTR:host": None,
        "OS-EXT-SRV-ATTR:hypervisor_hostname": None,
        "hostId": "",
        "host_status": "",
        "OS-EXT-AZ:availability_zone": "",
        "OS-EXT-STS:power_state": 4,
        "OS-EXT-STS:task_state": None,
        "addresses": before["addresses"],
    }
    assert gone.items() <= shown.items()
    assert guests_on(stocked, HOST) == set()
    assert claimed(stocked) == (0, [0])
    (image,) = images_of(stocked, running)
    assert (image.name, image.status, image.owner) == ("vm-shelved", "active", DEMO_PROJECT)
    assert running.encode() in data_of(stocked, image.id)
    assert events(stocked, running)[1:] == [("shelve", "compute_shelve_instance", "Success")]


def test_shelved_servers_may_stay(api: Api, shelved: str, stocked: Backend) -> None:
    row = rows.server(stocked, shelved)
    assert (row.power_state, row.host) == (4, HOST)
    assert claimed(stocked) == (1, [1])
    assert act_on(api.admin, shelved, OFFLOAD).status_int == 202
    row = settled(stocked, shelved)
    assert OFFLOADED.items() <= row._mapping.items()
    assert claimed(stocked) == (0, [0])
    assert events(stocked, shelved)[-1] == ("shelveOffload", "compute_shelve_offload_instance", "Success")


def test_shelved_servers_leave_in_time(
    api: Api, shelved: str, stocked: Backend, conf: cfg.ConfigOpts
) -> None:
    conf.set_override("shelved_offload_time", 60)
    manager = ComputeManager(stocked, HOST, drivers.load(conf, HOST))
    (job,) = [job for job in manager.periodic_jobs if job.__name__ == "offload_due"]
    job()
    assert settled(stocked, shelved).vm_state == "shelved"
    rows.change(stocked, shelved, shelved_at=utcnow() - datetime.timedelta(seconds=61))
    job()
    assert settled(stocked, shelved).vm_state == "shelved_offloaded"


@pytest.mark.parametrize("vm_state", ["active", "stopped", "paused", "suspended"])
def test_accepted(act: Any, stocked: Backend, vm_state: str) -> None:
    reply = act(SHELVE, vm_state=vm_state)
    assert reply.status_int == 202
    row = rows.server(stocked, reply.uuid)
    (image,) = images_of(stocked, reply.uuid)
    assert (row.vm_state, row.task_state, row.shelved_image_id) == (vm_state, "shelving", image.id)
    assert rows.work(stocked, reply.uuid)[-1] == ("compute", "shelve", "h1", {"image_id": image.id})


def test_a_server_on_a_volume_leaves_without_an_image(
    act: Any, stocked: Backend, serve: Callable[..., None]
) -> None:
    reply = act(SHELVE, image_id=None)
    assert reply.status_int == 202
    assert rows.work(stocked, reply.uuid)[-1] == ("compute", "shelve_offload", "h1", {})
    put_guest(stocked, "h1", reply.uuid)
    serve(ComputeService(stocked, "h1"))
    assert OFFLOADED.items() <= settled(stocked, reply.uuid)._mapping.items()
    assert images_of(stocked, reply.uuid) == []
    assert events(stocked, reply.uuid) == [("shelve", "compute_shelve_offload_instance", "Success")]


def test_an_administrator_shelves_for_the_owner(api: Api, running: str, stocked: Backend) -> None:
    assert act_on(api.admin, running, SHELVE).status_int == 202
    settled(stocked, running)
    (image,) = images_of(stocked, running)
    assert (image.owner, image.visibility) == (DEMO_PROJECT, "private")
    assert act_on(api, running, UNSHELVE).status_int == 202
    assert settled(stocked, running).vm_state == "active"


@pytest.fixture
def small_images(conf: cfg.ConfigOpts) -> None:
    """Images no larger than the one that is there from the start."""
    conf.set_override("image_size_max", 4096, group="neighbours")


@pytest.mark.usefixtures("small_images")
def test_what_cannot_be_saved_runs_on(api: Api, running: str, stocked: Backend, conf: cfg.ConfigOpts) -> None:
    conf.set_override("snapshot_time", 1.0, group="fake")
    assert act_on(api, running, SHELVE).status_int == 202
    row = settled(stocked, running)
    assert (row.vm_state, row.power_state, row.shelved_image_id) == ("active", 1, None)
    assert "4096 bytes" in fault(stocked, running).message
    assert images_of(stocked, running) == []
    assert events(stocked, running)[-1] == ("shelve", "compute_shelve_instance", "Error")


@pytest.mark.parametrize(
    ("vm_state", "task_state", "image", "power_state"),
    [
        ("active", "shelving", "queued", 1),
        ("active", "shelving_image_pending_upload", "queued", 4),
        ("active", "shelving_image_uploading", "saving", 4),
        ("active", "shelving_image_uploading", "active", 4),
        ("shelved", "shelving_offloading", "active", 4),
        ("shelved", "shelving_offloading", "active", None),
    ],
)
def test_shelving_after_kill_9(
    act: Any,
    stocked: Backend,
    serve: Callable[..., None],
    vm_state: str,
    task_state: str,
    image: str,
    power_state: int | None,
) -> None:
    reply = act(SHELVE)
    (made,) = images_of(stocked, reply.uuid)
    leave(stocked, made.id, image)
    rows.change(stocked, reply.uuid, vm_state=vm_state, task_state=task_state)
    put_guest(stocked, "h1", reply.uuid, power_state)
    serve(ComputeService(stocked, "h1"))
    assert OFFLOADED.items() <= settled(stocked, reply.uuid)._mapping.items()
    assert guests_on(stocked, "h1") == set()
    assert [image.status for image in images_of(stocked, reply.uuid)] == ["active"]


# --- gone --------------------------------------------------------------------------


@pytest.mark.parametrize("how", ["offloaded", "shelved"])
def test_delete_takes_the_image_along(
    api: Api, stocked: Backend, how: str, request: pytest.FixtureRequest
) -> None:
    uuid = request.getfixturevalue(how)
    assert api.delete(f"/servers/{uuid}").status_int == 204
    until(lambda: rows.server(stocked, uuid).deleted)
    assert images_of(stocked, uuid) == []
    assert stocked.networks.nics_of([uuid]) == {}
    assert claimed(stocked) == (0, [0])
    assert rows.work(stocked, uuid) == []


def test_delete_wins_over_shelving(api: Api, running: str, stocked: Backend, conf: cfg.ConfigOpts) -> None:
    conf.set_override("snapshot_time", 30.0, group="fake")
    assert act_on(api, running, SHELVE).status_int == 202
    until(lambda: rows.server(stocked, running).task_state == "shelving_image_uploading")
    assert api.delete(f"/servers/{running}").status_int == 204
    until(lambda: rows.server(stocked, running).deleted)
    assert images_of(stocked, running) == []
    assert guests_on(stocked, HOST) == set()
    assert claimed(stocked) == (0, [0])


def test_delete_wins_over_unshelving(
    api: Api, offloaded: str, stocked: Backend, conf: cfg.ConfigOpts
) -> None:
    conf.set_override("build_time", 30.0, group="fake")
    assert act_on(api, offloaded, UNSHELVE).status_int == 202
    until(lambda: rows.server(stocked, offloaded).task_state == "spawning")
    assert api.delete(f"/servers/{offloaded}").status_int == 204
    until(lambda: rows.server(stocked, offloaded).deleted)
    assert images_of(stocked, offloaded) == []
    assert guests_on(stocked, HOST) == set()
    assert stocked.networks.nics_of([offloaded]) == {}
    assert claimed(stocked) == (0, [0])


# --- refusals ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "states", "words"),
    [
        (SHELVE, {"vm_state": "error"}, ["'shelve'", "vm_state error"]),
        (SHELVE, {"vm_state": "shelved"}, ["'shelve'", "vm_state shelved"]),
        (SHELVE, {"task_state": "shelving"}, ["'shelve'", "task_state shelving"]),
        (SHELVE, {"launched_at": None}, ["'shelve'"]),
        (SHELVE, {"locked_by": "owner"}, ["is locked"]),
        (OFFLOAD, {}, ["'shelveOffload'", "vm_state active"]),
        (OFFLOAD, {"vm_state": "shelved_offloaded"}, ["'shelveOffload'", "vm_state shelved_offloaded"]),
        (UNSHELVE, {}, ["'unshelve'", "vm_state active"]),
        (UNSHELVE, {"vm_state": "shelved", "task_state": "unshelving"}, ["task_state unshelving"]),
        (UNSHELVE, {"vm_state": "shelved", "locked_by": "owner"}, ["is locked"]),
    ],
)
def test_conflicts(
    api: Api, act: Any, stocked: Backend, body: Any, states: dict[str, Any], words: list[str]
) -> None:
    reply = act(body, caller=api.as_("demo", roles="admin,member") if body is OFFLOAD else None, **states)
    assert reply.status_int == 409
    said = reply.json["conflictingRequest"]["message"]
    assert all(word in said for word in [reply.uuid, *words]), said
    assert images_of(stocked, reply.uuid) == []


@pytest.mark.parametrize(
    ("body", "name"), [(SHELVE, "shelve"), (OFFLOAD, "shelve_offload"), (UNSHELVE, "unshelve")]
)
def test_who_may(api: Api, act: Any, body: Any, name: str) -> None:
    assert act(body, caller=api.as_("eve", "0" * 32)).status_int == 404
    refused = act(body, caller=api.as_("rita", roles="reader"))
    assert refused.status_int == 403
    assert f"os_compute_api:os-shelve:{name}" in refused.json["forbidden"]["message"]


def test_offload_is_for_administrators(act: Any) -> None:
    assert act(OFFLOAD, vm_state="shelved").status_int == 403


def test_a_reset_ends_it_without_an_image(
    api: Api, running: str, stocked: Backend, conf: cfg.ConfigOpts
) -> None:
    conf.set_override("snapshot_time", 1.0, group="fake")
    assert act_on(api, running, SHELVE).status_int == 202
    until(lambda: rows.server(stocked, running).task_state == "shelving_image_uploading")
    assert act_on(api.admin, running, {"os-resetState": {"state": "active"}}).status_int == 202
    assert settled(stocked, running).vm_state == "active"
    assert images_of(stocked, running) == []
