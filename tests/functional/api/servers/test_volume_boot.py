"""Servers whose disks are volumes: made from images, snapshots or nothing, or there before."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from nova_api.backend import Backend
from nova_api.compute import drivers
from nova_api.compute.manager import disks
from nova_api.compute.manager.host import Host
from nova_api.context import admin
from nova_api.db import block_devices, guests
from tests.functional.api.servers.volumes import (
    DEMO,
    everything,
    gone,
    running,
    settled,
    shown,
    status,
    volume,
)
from tests.functional.api.servers.waiting import until
from tests.functional.client import Api

ATTACHED = "os-extended-volumes:volumes_attached"
UNKNOWN = "0d8c3c5e-62a5-4b4e-8a43-3c1f8d3b7e11"


def _root(source: str, uuid: str, **more: Any) -> dict[str, Any]:
    return {"source_type": source, "destination_type": "volume", "boot_index": 0, "uuid": uuid, **more}


@pytest.fixture
def bootable(stocked: Backend, image_id: str) -> str:
    """A volume of the image."""
    return volume(stocked, image_id=image_id)


# --- what comes of it ----------------------------------------------------------------------


def test_from_a_volume_that_is_there(
    stocked: Backend, workers: None, api: Api, boot: Callable[..., Any], bootable: str
) -> None:
    server = running(api, boot, imageRef="", block_device_mapping_v2=[_root("volume", bootable)])
    shown_server = api.get(f"/servers/{server}", version="2.3").json["server"]
    assert shown_server["image"] == ""
    assert shown_server[ATTACHED] == [{"id": bootable, "delete_on_termination": False}]
    (attachment,) = shown(stocked, bootable).attachments
    assert (attachment.status, attachment.host, attachment.mountpoint) == (
        "attached",
        "compute1",
        "/dev/sda",
    )
    root = f"/servers/{server}/os-volume_attachments/{bootable}"
    refused = api.delete(root)
    assert (refused.status_int, "root device" in refused.text) == (400, True)
    gone(api, server)
    assert status(stocked, bootable) == "available"


def test_from_an_image_made_into_a_volume(
    stocked: Backend, workers: None, api: Api, boot: Callable[..., Any], image_id: str
) -> None:
    device = _root(
        "image", image_id, volume_size="2", delete_on_termination=True, tag="root", volume_type="standard"
    )
    server = running(
        api, boot, version="2.67", imageRef=..., networks="auto", block_device_mapping_v2=[device]
    )
    (made,) = everything(stocked)
    assert (made.size, made.status, made.project_id) == (2, "in-use", DEMO.project_id)
    assert (made.image_metadata["image_id"], made.volume_type) == (image_id, "standard")
    listed = api.get(f"/servers/{server}/os-volume_attachments", version="2.79").json["volumeAttachments"]
    assert [(item["volumeId"], item["tag"], item["delete_on_termination"]) for item in listed] == [
        (made.id, "root", True)
    ]
    gone(api, server)
    assert everything(stocked) == []


def test_every_source_beside_an_image(
    stocked: Backend, workers: None, api: Api, boot: Callable[..., Any], image_id: str
) -> None:
    data = volume(stocked)
    snapshot = stocked.volumes.create_snapshot(DEMO, volume(stocked, size=3), "s")
    devices = [
        {"source_type": "image", "destination_type": "local", "boot_index": 0, "uuid": image_id},
        {"source_type": "volume", "destination_type": "volume", "uuid": data},
        {"source_type": "snapshot", "destination_type": "volume", "uuid": snapshot.id},
        {"source_type": "blank", "destination_type": "volume", "volume_size": 4},
    ]
    server = running(api, boot, block_device_mapping_v2=devices)
    attached = api.get(f"/servers/{server}/os-volume_attachments").json["volumeAttachments"]
    sizes = {item["device"]: shown(stocked, item["id"]).size for item in attached}
    assert sizes == {"/dev/sdb": 1, "/dev/sdc": 3, "/dev/sdd": 4}
    assert api.get(f"/servers/{server}").json["server"]["image"]["id"] == image_id
    gone(api, server)
    assert [one.status for one in everything(stocked)] == ["available"] * 4


def test_the_older_syntax(
    stocked: Backend, workers: None, api: Api, boot: Callable[..., Any], bootable: str
) -> None:
    root = {"volume_id": bootable, "device_name": "vda", "delete_on_termination": "1"}
    server = running(api, boot, imageRef="", block_device_mapping=[root])
    assert api.get(f"/servers/{server}").json["server"]["image"] == ""
    gone(api, server)
    assert everything(stocked) == []
    data = volume(stocked)
    other = running(api, boot, block_device_mapping=[{"volume_id": data, "device_name": "/dev/vdb"}])
    assert api.get(f"/servers/{other}").json["server"]["image"] != ""
    assert status(stocked, data) == "in-use"


def test_a_volume_is_not_on_the_host(
    stocked: Backend, workers: None, api: Api, boot: Callable[..., Any], bootable: str
) -> None:
    with_volume = running(api, boot, imageRef="", block_device_mapping_v2=[_root("volume", bootable)])
    with stocked.db.reader() as conn:
        guest = guests.get(conn, with_volume)
    assert guest is not None
    assert (guest.disk_gb, guest.image_id) == (0, None)


def test_several_servers_have_a_volume_each(
    stocked: Backend, workers: None, api: Api, boot: Callable[..., Any], image_id: str
) -> None:
    device = _root("image", image_id, volume_size=1)
    answer = boot(imageRef="", block_device_mapping_v2=[device], min_count=2, return_reservation_id=True)
    assert answer.status_int == 202, answer.text
    until(lambda: [one.status for one in everything(stocked)] == ["in-use"] * 2)
    servers = api.get("/servers/detail").json["servers"]
    assert len({server[ATTACHED][0]["id"] for server in servers}) == 2


# --- what goes wrong later -------------------------------------------------------------------


def test_a_server_without_a_host_keeps_its_volumes_until_it_is_deleted(
    stocked: Backend, workers: None, api: Api, boot: Callable[..., Any], bootable: str
) -> None:
    stocked.conf.set_override("fail_hosts", ["compute1"], group="fake")
    stocked.conf.set_override("max_attempts", 1, group="scheduler")
    answer = boot(imageRef="", block_device_mapping_v2=[_root("volume", bootable)])
    server = answer.json["server"]["id"]
    settled(api, server, "ERROR")
    listed = api.get(f"/servers/{server}/os-volume_attachments").json["volumeAttachments"]
    assert [item["id"] for item in listed] == [bootable]
    (attachment,) = shown(stocked, bootable).attachments
    assert (attachment.status, attachment.host) == ("reserved", None)
    gone(api, server)
    assert status(stocked, bootable) == "available"


def test_a_build_that_is_begun_twice_makes_one_volume(
    stocked: Backend, api: Api, boot: Callable[..., Any], image_id: str
) -> None:
    """As after kill -9 between the volume and its being written down."""
    server = boot(imageRef="", block_device_mapping_v2=[_root("image", image_id, volume_size=1)])
    host = Host("compute1", stocked, drivers.load(stocked.conf, "compute1"))
    with stocked.db.reader() as conn:
        guest = guests.get(conn, server.json["server"]["id"])
    assert guest is not None
    disks.prepare(host, guest, lambda: False)
    with stocked.db.writer() as conn:
        (device,) = block_devices.of_server(conn, guest.id)
        block_devices.change(conn, device.uuid, volume_id=None, attachment_id=None)
    disks.prepare(host, guest, lambda: False)
    (made,) = everything(stocked)
    assert len(made.attachments) == 1
    with stocked.db.reader() as conn:
        (again,) = block_devices.of_server(conn, guest.id)
    assert (again.volume_id, again.attachment_id) == (made.id, made.attachments[0].id)


def test_a_delete_during_the_build_leaves_nothing(
    stocked: Backend, workers: None, api: Api, boot: Callable[..., Any], image_id: str
) -> None:
    stocked.conf.set_override("build_time", 5.0, group="fake")
    device = _root("image", image_id, volume_size=1, delete_on_termination=True)
    server = boot(imageRef="", block_device_mapping_v2=[device]).json["server"]["id"]
    until(lambda: everything(stocked))
    gone(api, server)
    assert everything(stocked) == []


# --- what is refused -----------------------------------------------------------------------------


def _refused(boot: Callable[..., Any], status_int: int, words: str, **server: Any) -> None:
    answer = boot(**server)
    assert (answer.status_int, words in answer.text) == (status_int, True), answer.text


def test_boot_orders(stocked: Backend, boot: Callable[..., Any], image_id: str, bootable: str) -> None:
    plain = {"source_type": "volume", "destination_type": "volume", "uuid": bootable}
    image = {"source_type": "image", "destination_type": "local", "boot_index": 0, "uuid": image_id}
    for devices in (
        [plain],
        [{**plain, "boot_index": 1}],
        [image, {**plain, "boot_index": 0}],
        [image, {**plain, "boot_index": 2}],
        [{**plain, "boot_index": -1}],
    ):
        _refused(boot, 400, "Boot sequence", block_device_mapping_v2=devices)
    assert boot(block_device_mapping_v2=[image, {**plain, "boot_index": 1}]).status_int == 202


def test_devices_that_make_no_sense(
    stocked: Backend, boot: Callable[..., Any], image_id: str, bootable: str
) -> None:
    image = {"source_type": "image", "destination_type": "local", "boot_index": 0, "uuid": image_id}
    blank = {"source_type": "blank", "destination_type": "volume"}
    for device, words in (
        (blank, "volume_size"),
        (blank | {"volume_size": 1, "uuid": UNKNOWN}, "no uuid"),
        ({"source_type": "volume", "destination_type": "volume"}, "needs a uuid"),
        ({"source_type": "volume", "destination_type": "local", "uuid": bootable}, "local disk"),
        ({"destination_type": "volume", "uuid": bootable}, "source_type"),
        (_root("volume", UNKNOWN, boot_index=None), "failed to get volume"),
        (_root("snapshot", UNKNOWN, boot_index=None), "failed to get snapshot"),
        (_root("image", UNKNOWN, boot_index=None, volume_size=1), "failed to get image"),
        (_root("volume", bootable, boot_index=None, disk_bus="smoke"), "disk bus"),
        (_root("volume", bootable, boot_index=None, device_name="sixth"), "device path"),
        (_root("volume", bootable, boot_index=None, device_name="vda"), "device name of the root"),
        ({"source_type": "blank", "destination_type": "local", "volume_size": 1}, "ephemeral"),
        ({"source_type": "blank", "guest_format": "swap", "volume_size": 1}, "swap"),
    ):
        _refused(boot, 400, words, block_device_mapping_v2=[image, device])
    assert status(stocked, bootable) == "available"


def test_both_syntaxes_and_nothing_to_boot_from(boot: Callable[..., Any], bootable: str) -> None:
    old, new = [{"volume_id": bootable, "device_name": "vda"}], [_root("volume", bootable)]
    _refused(boot, 400, "cannot be used in one", block_device_mapping=old, block_device_mapping_v2=new)
    _refused(boot, 400, "imageRef", imageRef="")
    _refused(boot, 400, "imageRef", imageRef="", block_device_mapping_v2=[])
    _refused(boot, 400, "Boot sequence", imageRef="", block_device_mapping=[{"volume_id": bootable}])
    _refused(boot, 400, "volume_id or a snapshot_id", block_device_mapping=[{"device_name": "vdb"}])


def test_volumes_that_cannot_be_had(
    stocked: Backend, boot: Callable[..., Any], bootable: str, image_id: str
) -> None:
    empty = volume(stocked)
    _refused(boot, 400, "not bootable", imageRef="", block_device_mapping_v2=[_root("volume", empty)])
    _refused(
        boot,
        400,
        "multiple instances",
        imageRef="",
        block_device_mapping_v2=[_root("volume", bootable)],
        max_count=2,
    )
    shared = volume(stocked, image_id=image_id, multiattach=True)
    device = [_root("volume", shared)]
    _refused(boot, 400, "2.60", version="2.59", imageRef="", networks="none", block_device_mapping_v2=device)
    certs = {"trusted_image_certificates": ["a"], "networks": "none"}
    _refused(boot, 400, "certificate", version="2.63", imageRef="", block_device_mapping_v2=device, **certs)
    typed = [_root("image", image_id, volume_size=1, volume_type="gone")]
    _refused(boot, 400, "gone", version="2.67", imageRef="", networks="none", block_device_mapping_v2=typed)
    other = stocked.volumes.reserve(DEMO, bootable, UNKNOWN)
    _refused(boot, 400, "is reserved", imageRef="", block_device_mapping_v2=[_root("volume", bootable)])
    stocked.volumes.release(admin(), other.id)
    assert {one.status for one in everything(stocked)} == {"available"}


def test_a_refusal_after_the_reservation_gives_it_up(
    stocked: Backend, boot: Callable[..., Any], bootable: str
) -> None:
    stocked.conf.set_override("instances", 0, group="quota")
    _refused(boot, 403, "Quota exceeded", imageRef="", block_device_mapping_v2=[_root("volume", bootable)])
    assert status(stocked, bootable) == "available"


def test_the_zone_of_volumes(
    stocked: Backend, workers: None, api: Api, boot: Callable[..., Any], image_id: str
) -> None:
    stocked.conf.set_override("cross_az_attach", False, group="cinder")
    away = volume(stocked, image_id=image_id, availability_zone="london")
    _refused(
        boot,
        400,
        "london",
        imageRef="",
        availability_zone="nova",
        block_device_mapping_v2=[_root("volume", away)],
    )
    near = volume(stocked, image_id=image_id)
    server = running(api, boot, imageRef="", block_device_mapping_v2=[_root("volume", near)])
    shown_server = api.get(f"/servers/{server}", version="2.96").json["server"]
    assert shown_server["pinned_availability_zone"] == "nova"
    refused = api.post(f"/servers/{server}/os-volume_attachments", {"volumeAttachment": {"volumeId": away}})
    assert (refused.status_int, "london" in refused.text) == (400, True)
