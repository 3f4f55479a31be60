"""A late run, whose successor has done the work, when the same is under way once more.

Its states are then those of the late run, which must not take them for its own.
"""

from __future__ import annotations

from typing import Any

import pytest

from nova_api.compute.drivers.fake import FakeDriver
from nova_api.compute.manager import evacuate
from nova_api.context import admin
from nova_api.exception import NovaError, Unavailable
from tests.functional.api.servers import rows
from tests.functional.api.servers.actions.images_of import data_of
from tests.functional.api.servers.actions.late import Hold, Late
from tests.functional.api.servers.actions.moving import Cloud
from tests.functional.api.servers.actions.settled import events
from tests.functional.api.servers.actions.volumes_of import attach, holders
from tests.functional.api.servers.volumes import status
from tests.functional.api.servers.waiting import until

pytestmark = pytest.mark.databases


def image_with(cloud: Cloud, data: bytes) -> str:
    values = {"name": "other", "visibility": "public", "disk_format": "raw", "container_format": "bare"}
    made = cloud.backend.images.create(admin(), values).id
    cloud.backend.images.upload(admin(), made, [data])
    return made


@pytest.fixture
def made_from(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The images of the guests that the driver was asked to make, in order."""
    asked: list[str] = []
    real = FakeDriver.spawn

    def spawn(driver: FakeDriver, spec: Any, cancelled: Any) -> str:
        asked.append(spec.image.id)
        return real(driver, spec, cancelled)

    monkeypatch.setattr(FakeDriver, "spawn", spawn)
    return asked


def test_a_rebuild_leaves_the_next_one_its_image(cloud: Cloud, hold: Hold, made_from: list[str]) -> None:
    cloud.start("host1")
    uuid = cloud.boot()
    one, two = image_with(cloud, b"one"), image_with(cloud, b"two")
    late = hold(cloud.backend.networks, "nics_of")
    # What is shown of older requests names no addresses, which are asked for there too.
    cloud.act(uuid, "rebuild", {"imageRef": one})
    late.succeeded("host1")
    cloud.settled(uuid)
    again = hold(FakeDriver, "rebuild")
    cloud.act(uuid, "rebuild", {"imageRef": two})
    until(again.is_held)
    late.goes_on("host1")
    again.let_go()
    assert cloud.settled(uuid).vm_state == "active"
    assert made_from[1:] == [one, two]


def test_a_rebuild_leaves_the_next_one_to_stop_its_server(cloud: Cloud, hold: Hold, image_id: str) -> None:
    cloud.start("host1")
    uuid = cloud.boot()
    cloud.act(uuid, "os-stop")
    cloud.settled(uuid)
    late = hold(FakeDriver, "rebuild")
    cloud.act(uuid, "rebuild", {"imageRef": image_id})
    late.succeeded("host1")
    assert cloud.settled(uuid).vm_state == "stopped"
    again = hold(FakeDriver, "rebuild")
    cloud.act(uuid, "rebuild", {"imageRef": image_id})
    until(again.is_held)
    late.goes_on("host1")
    again.let_go()
    assert cloud.settled(uuid).vm_state == "stopped"
    assert {result for _, _, result in events(cloud.backend, uuid)} == {"Success"}


def test_a_shelve_leaves_the_next_one_its_guest(cloud: Cloud, hold: Hold) -> None:
    cloud.start("host1")
    uuid = cloud.boot()
    late = hold(cloud.backend.images, "upload")
    cloud.act(uuid, "shelve")
    late.succeeded("host1")
    assert cloud.settled(uuid).vm_state == "shelved_offloaded"
    cloud.act(uuid, "unshelve")
    assert cloud.settled(uuid).vm_state == "active"
    again = hold(FakeDriver, "snapshot")
    cloud.act(uuid, "shelve")
    until(again.is_held)
    late.goes_on("host1")
    assert list(cloud.guests(uuid)) == ["host1"]
    again.let_go()
    assert cloud.settled(uuid).vm_state == "shelved_offloaded"
    cloud.act(uuid, "unshelve")
    assert cloud.settled(uuid).vm_state == "active"


def test_a_snapshot_leaves_the_next_one_its_states(cloud: Cloud, hold: Hold) -> None:
    cloud.start("host1")
    uuid = cloud.boot()
    late = hold(FakeDriver, "snapshot")
    first = cloud.act(uuid, "createImage", {"name": "one"}, version="2.45").json["image_id"]
    late.succeeded("host1")
    cloud.settled(uuid)
    data = data_of(cloud.backend, first)
    again = hold(FakeDriver, "snapshot")
    second = cloud.act(uuid, "createImage", {"name": "two"}, version="2.45").json["image_id"]
    until(again.is_held)
    late.goes_on("host1")
    shown = cloud.api.admin.get(f"/servers/{uuid}").json["server"]
    assert shown["OS-EXT-STS:task_state"] == "image_pending_upload"
    again.let_go()
    cloud.settled(uuid)
    assert data_of(cloud.backend, first) == data
    assert cloud.backend.images.show(admin(), second).status == "active"


def test_an_unshelve_leaves_the_next_one_its_image(cloud: Cloud, hold: Hold, made_from: list[str]) -> None:
    cloud.start("host1")
    uuid = cloud.boot()
    images = [_shelve(cloud, uuid)]
    # Else the first run that ends deletes it, and no other could make anything of it.
    cloud.backend.images.update(admin(), images[0], {"protected": True})
    late = hold(cloud.backend.networks, "move")
    cloud.act(uuid, "unshelve")
    late.succeeded("host1")
    assert cloud.settled(uuid).vm_state == "active"
    images.append(_shelve(cloud, uuid))
    again = hold(cloud.backend.networks, "move")
    cloud.act(uuid, "unshelve")
    until(again.is_held)
    late.goes_on("host1")
    again.let_go()
    assert cloud.settled(uuid).vm_state == "active"
    assert made_from[1:] == images


def test_an_evacuation_leaves_the_next_one_its_guest(cloud: Cloud, hold: Hold) -> None:
    uuid, late = _evacuated_late(cloud, hold)
    again = hold(FakeDriver, "spawn")
    cloud.act(uuid, "evacuate", {}, status=200, version="2.68")
    until(again.is_held)
    late.goes_on("host2")
    again.let_go()
    row = cloud.settled(uuid)
    assert (row.vm_state, row.host) == ("active", "host2")
    assert cloud.guests(uuid)["host2"] == ["1"]


def test_an_evacuation_leaves_no_guest_where_the_server_is_not(cloud: Cloud, hold: Hold) -> None:
    uuid, late = _evacuated_late(cloud, hold)
    late.goes_on("host2")
    until(lambda: not rows.work(cloud.backend, uuid) and "host2" not in cloud.guests(uuid))


def _evacuated_late(cloud: Cloud, hold: Hold) -> tuple[str, Late]:
    """A server whose evacuation to host2 has failed while an earlier run of it is about to make the guest."""
    cloud.start("host1", "host2")
    uuid = cloud.boot()
    cloud.stop("host1")
    cloud.down("host1")
    late = hold(evacuate, "spec_of")
    cloud.act(uuid, "evacuate", {}, status=200, version="2.68")
    until(late.is_held)
    cloud.backend.conf.set_override("fail_hosts", ["host2"], group="fake")
    late.succeeded("host2")
    assert cloud.settled(uuid).vm_state == "error"
    cloud.backend.conf.set_override("fail_hosts", [], group="fake")
    return uuid, late


def _shelve(cloud: Cloud, uuid: str) -> str:
    """Shelves the server; the image that it is in."""
    cloud.act(uuid, "shelve")
    row = cloud.settled(uuid)
    assert row.vm_state == "shelved_offloaded"
    return str(row.shelved_image_id)


def test_a_detachment_that_fails_late(cloud: Cloud, hold: Hold, server: str, disk: str) -> None:
    path = f"/servers/{server}/os-volume_attachments/{disk}"
    late = hold(FakeDriver, "detach_volume")
    assert cloud.api.admin.delete(path).status_int == 202
    late.succeeded("host1")
    until(lambda: status(cloud.backend, disk) == "available")
    cloud.settled(server)
    attach(cloud, server, disk)
    again = hold(FakeDriver, "detach_volume")
    assert cloud.api.admin.delete(path).status_int == 202
    until(again.is_held)
    late.goes_on("host1", fails=NovaError("late"))
    assert status(cloud.backend, disk) == "detaching"
    again.let_go()
    until(lambda: status(cloud.backend, disk) == "available")


def test_a_live_migration_that_is_given_up_late(cloud: Cloud, hold: Hold, server: str, disk: str) -> None:
    cloud.backend.conf.set_override("max_attempts", 1, group="work")
    body = {"block_migration": "auto", "host": None}
    late = hold(FakeDriver, "live_migrate")
    cloud.act(server, "os-migrateLive", body, version="2.34")
    # The successor does not begin what has taken its worker's life.
    late.succeeded("host1")
    assert cloud.settled(server).vm_state == "error"
    cloud.act(server, "os-resetState", {"state": "active"})
    again = hold(FakeDriver, "live_migrate")
    cloud.act(server, "os-migrateLive", body, version="2.34")
    until(again.is_held)
    late.goes_on("host1", fails=Unavailable("late"))
    assert sorted(str(host) for host, _ in holders(cloud.backend, disk)) == ["host1", "host2"]
    again.let_go()
    row = cloud.settled(server)
    assert (row.vm_state, row.host) == ("active", "host2")
