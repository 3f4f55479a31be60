"""createBackup."""

from __future__ import annotations

from typing import Any

import pytest

from nova_api.backend import Backend
from nova_api.context import admin
from tests.functional.api.servers import rows
from tests.functional.api.servers.actions.images_of import images_of
from tests.functional.api.servers.actions.settled import events, settled
from tests.functional.client import Api


def body(name: str = "backup", kind: str = "daily", rotation: Any = 1, **more: Any) -> dict[str, Any]:
    return {"createBackup": {"name": name, "backup_type": kind, "rotation": rotation, **more}}


def backup(api: Api, server: str, stocked: Backend, **asked: Any) -> str:
    reply = api.post(f"/servers/{server}/action", body(**asked), version="2.45")
    assert reply.status_int == 202, reply.body
    assert settled(stocked, server).vm_state == "active"
    return str(reply.json["image_id"])


def names(backend: Backend, server: str) -> list[str]:
    return [image.name for image in images_of(backend, server)]


def test_a_backup(api: Api, running: str, stocked: Backend) -> None:
    made = backup(api, running, stocked, metadata={"purpose": "golden"})
    found = stocked.images.show(admin(), made)
    assert found.status == "active"
    wanted = {"image_type": "backup", "backup_type": "daily", "purpose": "golden", "instance_uuid": running}
    assert wanted.items() <= found.properties.items()
    assert events(stocked, running)[1:] == [("createBackup", "compute_backup_instance", "Success")]


def test_the_newest_of_each_type_are_kept(api: Api, running: str, stocked: Backend) -> None:
    backup(api, running, stocked, name="w1", kind="weekly", rotation=5)
    for number in range(4):
        backup(api, running, stocked, name=f"d{number}", rotation="2")
    image = api.post(f"/servers/{running}/action", {"createImage": {"name": "snap"}})
    assert image.status_int == 202
    settled(stocked, running)
    assert names(stocked, running) == ["snap", "d3", "d2", "w1"]


def test_rotation_drops_nobody_elses(api: Api, running: str, stocked: Backend) -> None:
    """Properties can be claimed by anybody, also on an image that everybody sees."""
    same = {"instance_uuid": running, "image_type": "backup", "backup_type": "daily"}
    mine = {"name": "decoy", "visibility": "public", "owner": "0" * 32, "properties": same}
    stocked.images.create(admin(), mine)
    backup(api, running, stocked, rotation=1)
    assert names(stocked, running) == ["backup", "decoy"]


def test_rotation_0_keeps_none(api: Api, running: str, stocked: Backend) -> None:
    backup(api, running, stocked, rotation=0)
    assert names(stocked, running) == []
    assert events(stocked, running)[-1][2] == "Success"


@pytest.mark.parametrize(("rotation", "told"), [(1, True), (0, False), ("0", False)])
def test_the_location_until_2_44(act: Any, rotation: Any, told: bool) -> None:
    reply = act(body(rotation=rotation), version="2.44")
    assert (reply.status_int, reply.body) == (202, b"")
    assert reply.headers["Content-Type"] == "text/html; charset=UTF-8"
    assert ("Location" in reply.headers) is told
    if told:
        assert reply.headers["Location"].startswith("http://localhost/v2.1/images/")


def test_the_id_from_2_45(act: Any, stocked: Backend) -> None:
    reply = act(body(rotation=0), version="2.45")
    assert "Location" not in reply.headers
    (made,) = images_of(stocked, reply.uuid)
    assert reply.json == {"image_id": made.id}


def test_accepted(act: Any, stocked: Backend) -> None:
    reply = act(body(kind="", rotation="3"), locked_by="owner", vm_state="paused")
    assert reply.status_int == 202
    row = rows.server(stocked, reply.uuid)
    assert (row.vm_state, row.task_state) == ("paused", "image_backup")
    (made,) = images_of(stocked, reply.uuid)
    payload = {"image_id": made.id, "backup_type": "", "rotation": 3}
    assert rows.work(stocked, reply.uuid)[-1] == ("compute", "backup", "h1", payload)


@pytest.mark.parametrize(
    ("states", "words"),
    [
        ({"vm_state": "rescued"}, ["'createBackup'", "vm_state rescued"]),
        ({"task_state": "image_backup"}, ["'createBackup'", "task_state image_backup"]),
        ({"launched_at": None}, ["'createBackup'"]),
        ({"host": None}, ["not ready"]),
    ],
)
def test_conflicts(act: Any, stocked: Backend, states: dict[str, Any], words: list[str]) -> None:
    reply = act(body(), **states)
    assert reply.status_int == 409
    said = reply.json["conflictingRequest"]["message"]
    assert all(word in said for word in [reply.uuid, *words]), said
    assert images_of(stocked, reply.uuid) == []


def test_a_server_on_a_volume_has_no_backups(act: Any, stocked: Backend) -> None:
    reply = act(body(), image_id=None)
    assert reply.status_int == 400
    assert images_of(stocked, reply.uuid) == []


@pytest.mark.parametrize(
    "asked",
    [
        {"rotation": -1},
        {"rotation": "-1"},
        {"rotation": ""},
        {"rotation": 1.5},
        {"kind": 1},
        {"name": " padded "},
        {"more": 1},
    ],
)
def test_400(act: Any, asked: dict[str, Any]) -> None:
    assert act(body(**asked)).status_int == 400


def test_metadata_is_counted_until_2_38(act: Any) -> None:
    many = {f"key{number}": "x" for number in range(129)}
    assert act(body(metadata=many), version="2.38").status_int == 403
    assert act(body(metadata=many), version="2.39").status_int == 202


def test_who_may(api: Api, act: Any) -> None:
    assert act(body(), caller=api.as_("eve", "0" * 32)).status_int == 404
    refused = act(body(), caller=api.as_("rita", roles="reader"))
    assert refused.status_int == 403
    assert "os_compute_api:os-create-backup" in refused.json["forbidden"]["message"]
