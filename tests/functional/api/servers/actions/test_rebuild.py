"""rebuild."""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Any

import pytest
from oslo_config import cfg

from nova_api.backend import Backend
from nova_api.compute.manager.service import ComputeService
from nova_api.context import admin
from tests.functional.api.servers import rows
from tests.functional.api.servers.actions.guests_of import guests_on, put_guest, vm_ids
from tests.functional.api.servers.actions.settled import events, fault, settled
from tests.functional.api.servers.conftest import HOST
from tests.functional.api.servers.waiting import until
from tests.functional.client import Api

TEXT = base64.b64encode(b"#!/bin/sh\n").decode()


@pytest.fixture
def other_image(stocked: Backend) -> str:
    """An image that is not the one the servers run."""
    values = {
        "name": "other",
        "visibility": "public",
        "disk_format": "raw",
        "container_format": "bare",
        "properties": {"os_distro": "plan9"},
    }
    made = stocked.images.create(admin(), values).id
    stocked.images.upload(admin(), made, [b"other"])
    return made


@pytest.fixture
def rebuild(api: Api, running: str) -> Callable[..., Any]:
    """POSTs the rebuild of a running server."""

    def post(image: str, version: str | None = None, **asked: Any) -> Any:
        body = {"rebuild": {"imageRef": image, **asked}}
        return api.post(f"/servers/{running}/action", body, version=version)

    return post


def test_another_image_the_same_addresses(
    api: Api, running: str, rebuild: Any, stocked: Backend, other_image: str
) -> None:
    before = api.get(f"/servers/{running}").json["server"]
    guests = vm_ids(stocked, HOST, running)
    reply = rebuild(other_image, version="2.98")
    assert reply.status_int == 202
    assert reply.headers["Location"] == f"http://localhost/v2.1/servers/{running}"
    shown = reply.json["server"]
    # The reply is read after the host was told: it may be done.
    assert shown["status"] in ("REBUILD", "ACTIVE")
    assert shown["progress"] == 0
    assert shown["image"]["id"] == other_image
    assert shown["image"]["properties"] == {"os_distro": "plan9"}
    row = settled(stocked, running)
    assert (row.vm_state, row.power_state, row.image_id) == ("active", 1, other_image)
    after = api.get(f"/servers/{running}").json["server"]
    assert after["addresses"] == before["addresses"]
    assert after["OS-SRV-USG:launched_at"] > before["OS-SRV-USG:launched_at"]
    assert len(vm_ids(stocked, HOST, running) | guests) == 2
    assert events(stocked, running)[1:] == [
        ("rebuild", "rebuild_server", "Success"),
        ("rebuild", "compute_rebuild_instance", "Success"),
    ]


@pytest.mark.parametrize(
    ("properties", "why"),
    [
        ({"architecture": "aarch64"}, "unable to run its image"),
        ({"trait:HW_CPU_X86_SGX": "required"}, "without a trait"),
    ],
)
def test_an_image_that_its_host_cannot_run(
    api: Api, running: str, rebuild: Any, stocked: Backend, properties: dict[str, str], why: str
) -> None:
    values = {"name": "foreign", "disk_format": "raw", "container_format": "bare", "properties": properties}
    foreign = stocked.images.create(admin(), {**values, "visibility": "public"}).id
    stocked.images.upload(admin(), foreign, [b"foreign"])
    before = api.get(f"/servers/{running}", version="2.98").json["server"]
    guests = vm_ids(stocked, HOST, running)
    assert rebuild(foreign, version="2.98").status_int == 202
    row = settled(stocked, running)
    assert (row.vm_state, row.power_state) == ("error", 1)
    shown = api.get(f"/servers/{running}", version="2.98").json["server"]
    assert shown["image"] == before["image"]
    assert why in shown["fault"]["message"]
    assert shown["fault"]["message"].startswith("No valid host was found. ")
    assert vm_ids(stocked, HOST, running) == guests
    assert events(stocked, running)[1:] == [("rebuild", "rebuild_server", "Error")]
    # It runs the old image still, and can be rebuilt with it.
    assert rebuild(before["image"]["id"], version="2.98").status_int == 202
    assert settled(stocked, running).vm_state == "active"


def test_everything_that_may_be_told(
    api: Api, running: str, rebuild: Any, stocked: Backend, image_id: str
) -> None:
    created = api.post("/os-keypairs", {"keypair": {"name": "new-key"}})
    assert created.status_int == 200
    api.post(f"/servers/{running}/metadata", {"metadata": {"old": "gone"}})
    reply = rebuild(
        image_id,
        version="2.90",
        name="new",
        description="told",
        hostname="host-name",
        adminPass="seekr3t",
        accessIPv4="1.2.3.4",
        accessIPv6="fe80::1",
        metadata={"key": "value"},
        key_name="new-key",
        user_data=TEXT,
        trusted_image_certificates=["cert"],
        preserve_ephemeral="false",
        **{"OS-DCF:diskConfig": "MANUAL"},
    )
    assert reply.status_int == 202
    shown = reply.json["server"]
    told = {
        "name": "new",
        "description": "told",
        "OS-EXT-SRV-ATTR:hostname": "host-name",
        "adminPass": "seekr3t",
        "accessIPv4": "1.2.3.4",
        "accessIPv6": "fe80::1",
        "metadata": {"key": "value"},
        "key_name": "new-key",
        "user_data": TEXT,
        "trusted_image_certificates": ["cert"],
        "OS-DCF:diskConfig": "MANUAL",
    }
    assert told.items() <= shown.items()
    row = settled(stocked, running)
    assert row.key_data == created.json["keypair"]["public_key"]
    assert rows.metadata(stocked, running) == {"key": "value"}


@pytest.mark.parametrize(("wanted", "shown"), [("True", "AUTO"), (None, "MANUAL")])
def test_without_a_word_of_the_disk_the_new_image_says_what_to_do(
    running: str, rebuild: Any, stocked: Backend, other_image: str, wanted: str | None, shown: str
) -> None:
    rows.change(stocked, running, disk_config="MANUAL" if shown == "AUTO" else "AUTO")
    if wanted is not None:
        stocked.images.update(admin(), other_image, {"properties": {"auto_disk_config": wanted}})
    reply = rebuild(other_image)
    assert reply.json["server"]["OS-DCF:diskConfig"] == shown
    assert settled(stocked, running).disk_config == shown


def test_null_takes_away(api: Api, running: str, rebuild: Any, stocked: Backend, image_id: str) -> None:
    rows.change(
        stocked, running, key_name="k", key_data="d", user_data=TEXT, description="d", trusted_certs=["c"]
    )
    nothing = {"key_name": None, "user_data": None, "description": None, "trusted_image_certificates": None}
    assert rebuild(image_id, version="2.63", **nothing).status_int == 202
    row = settled(stocked, running)
    assert [row.key_name, row.key_data, row.user_data, row.description, row.trusted_certs] == [None] * 5


def test_what_is_not_told_stays(running: str, rebuild: Any, stocked: Backend, image_id: str) -> None:
    kept = {"key_name": "k", "user_data": TEXT, "description": "d", "trusted_certs": ["c"], "name": "n"}
    rows.change(stocked, running, **kept)
    assert rebuild(image_id, version="2.63").status_int == 202
    assert kept.items() <= settled(stocked, running)._mapping.items()


@pytest.mark.parametrize(
    ("key", "value", "first", "last"),
    [
        ("description", "x", "2.19", None),
        ("key_name", None, "2.54", None),
        ("personality", [], None, "2.56"),
        ("user_data", TEXT, "2.57", None),
        ("trusted_image_certificates", ["c"], "2.63", None),
        ("hostname", "some-host", "2.90", None),
        ("hostname", "some.host", "2.94", None),
    ],
)
def test_windows(act: Any, image_id: str, key: str, value: Any, first: str | None, last: str | None) -> None:
    def status(version: str) -> int:
        return int(act({"rebuild": {"imageRef": image_id, key: value}}, version=version).status_int)

    if first is not None:
        assert (status(beside(first, -1)), status(first)) == (400, 202)
    if last is not None:
        assert (status(last), status(beside(last, 1))) == (202, 400)


def beside(version: str, step: int) -> str:
    return f"2.{int(version[2:]) + step}"


def test_a_generated_password(act: Any, image_id: str, conf: cfg.ConfigOpts) -> None:
    body = {"rebuild": {"imageRef": image_id}}
    assert len(act(body).json["server"]["adminPass"]) == 12
    conf.set_override("enable_instance_password", False)
    assert "adminPass" not in act(body).json["server"]


def test_the_work(act: Any, stocked: Backend, image_id: str) -> None:
    files = [{"path": "/etc/motd", "contents": TEXT}]
    asked = {"imageRef": image_id, "adminPass": "x", "personality": files, "preserve_ephemeral": True}
    reply = act({"rebuild": asked}, vm_state="stopped")
    assert reply.json["server"]["status"] == "REBUILD"
    payload = {
        "admin_password": "x",
        "files": files,
        "preserve_ephemeral": True,
        "stop": True,
        "reimage": None,
        "replaced": None,
    }
    assert rows.work(stocked, reply.uuid)[-1] == ("compute", "rebuild", "h1", payload)
    assert rows.actions(stocked, reply.uuid)[-1].action == "rebuild"


def test_a_stopped_server_ends_stopped(
    api: Api, running: str, rebuild: Any, stocked: Backend, image_id: str
) -> None:
    assert api.post(f"/servers/{running}/action", {"os-stop": None}).status_int == 202
    assert settled(stocked, running).vm_state == "stopped"
    assert rebuild(image_id).status_int == 202
    row = settled(stocked, running)
    assert (row.vm_state, row.power_state) == ("stopped", 4)
    assert [event for _, event, _ in events(stocked, running)[2:]] == [
        "rebuild_server",
        "compute_rebuild_instance",
        "compute_stop_instance",
    ]


def test_an_error_is_healed(running: str, rebuild: Any, stocked: Backend, image_id: str) -> None:
    rows.change(stocked, running, vm_state="error")
    assert rebuild(image_id).status_int == 202
    assert settled(stocked, running).vm_state == "active"


def test_a_failure_is_an_error(
    running: str, rebuild: Any, stocked: Backend, image_id: str, conf: cfg.ConfigOpts
) -> None:
    conf.set_override("fail_names", "^unlucky$", group="fake")
    assert rebuild(image_id, name="unlucky").status_int == 202
    row = settled(stocked, running)
    assert (row.vm_state, row.power_state, row.host) == ("error", 0, HOST)
    assert "unlucky" in fault(stocked, running).message
    assert events(stocked, running)[-1] == ("rebuild", "compute_rebuild_instance", "Error")
    assert rebuild(image_id, name="lucky").status_int == 202
    assert settled(stocked, running).vm_state == "active"


def test_a_delete_wins(
    api: Api, running: str, rebuild: Any, stocked: Backend, image_id: str, conf: cfg.ConfigOpts
) -> None:
    conf.set_override("build_time", 30.0, group="fake")
    assert rebuild(image_id).status_int == 202
    until(lambda: rows.server(stocked, running).task_state == "rebuild_spawning")
    assert api.delete(f"/servers/{running}").status_int == 204
    until(lambda: rows.server(stocked, running).deleted)
    assert guests_on(stocked, HOST) == set()
    assert stocked.networks.nics_of([running]) == {}


@pytest.mark.parametrize(
    ("vm_state", "task_state", "stop", "ends"),
    [
        ("active", "rebuilding", False, "active"),
        ("active", "rebuild_spawning", False, "active"),
        ("stopped", "rebuild_spawning", True, "stopped"),
        # Made, and not yet switched off again.
        ("active", "powering-off", True, "stopped"),
    ],
)
def test_after_kill_9(
    act: Any,
    stocked: Backend,
    serve: Callable[..., None],
    image_id: str,
    vm_state: str,
    task_state: str,
    stop: bool,
    ends: str,
) -> None:
    reply = act({"rebuild": {"imageRef": image_id}}, vm_state="stopped" if stop else "active")
    rows.change(stocked, reply.uuid, vm_state=vm_state, task_state=task_state)
    put_guest(stocked, "h1", reply.uuid)
    serve(ComputeService(stocked, "h1"))
    assert settled(stocked, reply.uuid).vm_state == ends
    assert guests_on(stocked, "h1") == {reply.uuid}


@pytest.mark.parametrize(
    ("states", "words"),
    [
        ({"vm_state": "paused"}, ["'rebuild'", "vm_state paused"]),
        ({"task_state": "rebuilding"}, ["'rebuild'", "task_state rebuilding"]),
        ({"launched_at": None}, ["'rebuild'"]),
        ({"locked_by": "owner"}, ["is locked"]),
        ({"host": None, "vm_state": "error"}, ["not ready"]),
    ],
)
def test_conflicts(
    act: Any, stocked: Backend, image_id: str, states: dict[str, Any], words: list[str]
) -> None:
    reply = act({"rebuild": {"imageRef": image_id, "name": "new", "metadata": {"a": "b"}}}, **states)
    assert reply.status_int == 409
    said = reply.json["conflictingRequest"]["message"]
    assert all(word in said for word in [reply.uuid, *words]), said
    assert rows.server(stocked, reply.uuid).name == "vm"
    assert rows.metadata(stocked, reply.uuid) == {}


@pytest.mark.parametrize(
    ("asked", "status"),
    [
        ({"imageRef": "5f7c0ffe-0000-4000-8000-000000000000"}, 400),
        ({"imageRef": "cirros"}, 400),
        ({"imageRef": ""}, 400),
        ({"key_name": "nobody's"}, 400),
        ({"key_name": ""}, 400),
        ({"user_data": "x" * 65536}, 400),
        ({"name": " padded "}, 400),
        ({"metadata": {f"key{number}": "x" for number in range(129)}}, 403),
        ({"more": 1}, 400),
    ],
)
def test_refused(act: Any, image_id: str, asked: dict[str, Any], status: int) -> None:
    body = {"rebuild": {"imageRef": image_id, **asked}}
    assert act(body, version="2.90").status_int == status


def test_personality_has_limits(act: Any, image_id: str) -> None:
    def status(files: list[dict[str, str]]) -> int:
        return int(act({"rebuild": {"imageRef": image_id, "personality": files}}).status_int)

    file = {"path": "/a", "contents": TEXT}
    assert status([file] * 6) == 403
    assert status([{**file, "path": "x" * 256}]) == 403
    assert status([{"path": "/a"}]) == 400


def test_an_image_too_large(act: Any, stocked: Backend, other_image: str) -> None:
    for least in ({"min_ram": 1024}, {"min_disk": 2, "min_ram": 0}):
        stocked.images.update(admin(), other_image, least)
        assert act({"rebuild": {"imageRef": other_image}}).status_int == 400


def test_an_image_without_data(act: Any, stocked: Backend) -> None:
    queued = stocked.images.create(admin(), {"name": "empty", "visibility": "public"}).id
    assert act({"rebuild": {"imageRef": queued}}).status_int == 400


def test_unique_names(act: Any, boot: Any, stocked: Backend, image_id: str, conf: cfg.ConfigOpts) -> None:
    boot(name="taken")
    conf.set_override("osapi_compute_unique_server_name_scope", "project")
    reply = act({"rebuild": {"imageRef": image_id, "name": "Taken"}})
    assert reply.status_int == 409
    assert rows.server(stocked, reply.uuid).task_state is None


def test_who_may(api: Api, act: Any, image_id: str) -> None:
    body = {"rebuild": {"imageRef": image_id}}
    assert act(body, caller=api.as_("eve", "0" * 32)).status_int == 404
    refused = act(body, caller=api.as_("rita", roles="reader"))
    assert refused.status_int == 403
    assert "os_compute_api:servers:rebuild" in refused.json["forbidden"]["message"]
    assert act(body, caller=api.admin, locked_by="owner").status_int == 202


def test_the_legacy_api_drops_what_it_does_not_know(act: Any, api: Api, image_id: str) -> None:
    api.root = "/v2"
    reply = act({"rebuild": {"imageRef": image_id, "name": " padded ", "description": "x"}})
    assert reply.status_int == 202
    assert reply.json["server"]["name"] == "padded"
    assert "description" not in reply.json["server"]
