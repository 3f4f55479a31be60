"""Images, rebuild and shelving of servers that run from a volume, or have one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import orjson
import pytest

from nova_api.backend import Backend
from nova_api.context import admin
from nova_api.neighbours.volumes.interface import NewVolume
from tests.functional.api.servers import rows, volumes
from tests.functional.api.servers.actions.images_of import images_of
from tests.functional.api.servers.actions.settled import events, settled
from tests.functional.client import Api

IMAGE = {"createImage": {"name": "snap"}}


@pytest.fixture
def disk(stocked: Backend, image_id: str) -> str:
    """A bootable volume of the demo project."""
    return stocked.volumes.create(volumes.DEMO, NewVolume(size=1, image_id=image_id)).id


@pytest.fixture
def server(workers: None, boot: Callable[..., Any], stocked: Backend, disk: str) -> str:
    """A server that runs from it."""
    root = {"uuid": disk, "source_type": "volume", "destination_type": "volume", "boot_index": 0}
    uuid = str(boot(imageRef="", block_device_mapping_v2=[root]).json["server"]["id"])
    assert settled(stocked, uuid).vm_state == "active"
    return uuid


def act(api: Api, uuid: str, body: dict[str, Any], version: str | None = None) -> Any:
    return api.post(f"/servers/{uuid}/action", body, version=version)


def snapshots(backend: Backend, volume_id: str) -> list[Any]:
    found: list[Any] = backend.volumes.snapshots_of(admin(), volume_id)  # type: ignore[attr-defined]
    return found


def test_an_image_of_it_is_a_list_of_snapshots(api: Api, server: str, stocked: Backend, disk: str) -> None:
    reply = act(api, server, IMAGE, "2.45")
    assert reply.status_int == 202, reply.body
    row = rows.server(stocked, server)
    assert (row.vm_state, row.task_state) == ("active", None)
    image = stocked.images.show(admin(), reply.json["image_id"])
    assert (image.status, image.size) == ("active", 0)
    (snapshot,) = snapshots(stocked, disk)
    (listed,) = orjson.loads(image.properties["block_device_mapping"])
    assert (listed["snapshot_id"], listed["boot_index"], listed["volume_size"]) == (snapshot.id, 0, 1)
    assert snapshot.name == "snapshot for snap"
    assert events(stocked, server)[1:] == [("createImage", "api_snapshot_instance", "Success")]


@pytest.mark.parametrize("spelled", [False, True])
def test_the_image_boots(
    api: Api, server: str, stocked: Backend, boot: Callable[..., Any], disk: str, spelled: bool
) -> None:
    """``spelled``: the image also stands as block device in the request, as the command line sends it."""
    image = act(api, server, IMAGE, "2.45").json["image_id"]
    itself = {"uuid": image, "source_type": "image", "destination_type": "local", "boot_index": 0}
    twin = boot(imageRef=image, **({"block_device_mapping_v2": [itself]} if spelled else {}))
    assert twin.status_int == 202, twin.body
    row = settled(stocked, twin.json["server"]["id"])
    assert (row.vm_state, row.image_id) == ("active", None)
    others = [volume for volume in volumes.everything(stocked) if volume.id != disk]
    assert [volume.snapshot_id for volume in others] == [snapshots(stocked, disk)[0].id]


@pytest.mark.parametrize(
    "listed", ["{", "1", "[1]", '[{"source_type": 5}]', '[{"volume_size": "x"}]', '[{"boot_index": true}]']
)
def test_a_list_that_makes_no_sense(
    boot: Callable[..., Any], stocked: Backend, image_id: str, listed: str
) -> None:
    stocked.images.update(admin(), image_id, {"properties": {"block_device_mapping": listed}})
    assert boot().status_int == 400


def test_without_one_snapshot_there_is_none(api: Api, server: str, stocked: Backend, disk: str) -> None:
    second = volumes.volume(stocked)
    attached = api.post(
        f"/servers/{server}/os-volume_attachments", {"volumeAttachment": {"volumeId": second}}
    )
    assert attached.status_int == 200
    settled(stocked, server)
    stocked.volumes.begin_detaching(admin(), second)
    assert act(api, server, IMAGE).status_int in (400, 409)
    assert snapshots(stocked, disk) == []
    assert images_of(stocked, server) == []
    assert events(stocked, server)[-1] == ("createImage", "api_snapshot_instance", "Error")


def test_rebuild_with_its_image(api: Api, server: str, stocked: Backend, disk: str, image_id: str) -> None:
    reply = act(api, server, {"rebuild": {"imageRef": image_id}})
    assert reply.status_int == 202, reply.body
    assert reply.json["server"]["image"] == ""
    row = settled(stocked, server)
    assert (row.vm_state, row.image_id) == ("active", None)
    assert volumes.status(stocked, disk) == "in-use"


def test_rebuild_with_another_image(api: Api, server: str, stocked: Backend, disk: str) -> None:
    formats = {"disk_format": "raw", "container_format": "bare", "visibility": "public"}
    other = stocked.images.create(admin(), {"name": "other", **formats}).id
    stocked.images.upload(admin(), other, [b"other"])
    body = {"rebuild": {"imageRef": other}}
    assert act(api, server, body, "2.92").status_int == 400
    assert act(api, server, body, "2.93").status_int == 202
    assert settled(stocked, server).vm_state == "active"
    assert volumes.shown(stocked, disk).image_metadata["image_id"] == other
    certified = {"rebuild": {"imageRef": other, "trusted_image_certificates": ["c"]}}
    assert act(api, server, certified, "2.93").status_int == 400


def test_shelved_and_back(api: Api, server: str, stocked: Backend, disk: str) -> None:
    assert act(api, server, {"shelve": None}).status_int == 202
    row = settled(stocked, server)
    assert (row.vm_state, row.host, row.shelved_image_id) == ("shelved_offloaded", None, None)
    assert images_of(stocked, server) == []
    assert act(api, server, {"unshelve": None}).status_int == 202
    assert settled(stocked, server).vm_state == "active"
    (attachment,) = volumes.shown(stocked, disk).attachments
    assert (attachment.server_id, attachment.host) == (server, "compute1")
    assert volumes.status(stocked, disk) == "in-use"


def test_a_volume_attached_while_it_was_away(api: Api, running: str, stocked: Backend) -> None:
    assert act(api, running, {"shelve": None}).status_int == 202
    settled(stocked, running)
    second = volumes.volume(stocked)
    body = {"volumeAttachment": {"volumeId": second}}
    assert api.post(f"/servers/{running}/os-volume_attachments", body, version="2.20").status_int == 200
    assert act(api, running, {"unshelve": None}).status_int == 202
    assert settled(stocked, running).vm_state == "active"
    (attachment,) = volumes.shown(stocked, second).attachments
    assert (attachment.status, attachment.mountpoint) == ("attached", "/dev/sdb")


def test_delete_while_it_is_away(api: Api, server: str, stocked: Backend, disk: str) -> None:
    assert act(api, server, {"shelve": None}).status_int == 202
    settled(stocked, server)
    assert api.delete(f"/servers/{server}").status_int == 204
    settled(stocked, server)
    assert volumes.status(stocked, disk) == "available"
