"""A host takes a work item up again while an earlier run of it, believed dead, is still at work.

So it is where a service is started beside one that has not ended yet, or where
leases ran out.  What the successor has made stays, whatever the late run finds.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from typing import Any

import pytest

from nova_api.compute.drivers.fake import FakeDriver
from nova_api.compute.drivers.moves import LiveMigrationAborted
from nova_api.compute.manager import build_faults, disks, unshelve
from nova_api.context import admin
from nova_api.exception import NovaError
from tests.functional.api.servers import rows
from tests.functional.api.servers.actions.images_of import data_of
from tests.functional.api.servers.actions.late import Hold
from tests.functional.api.servers.actions.moving import Cloud
from tests.functional.api.servers.actions.settled import events
from tests.functional.api.servers.actions.volumes_of import holders, is_at
from tests.functional.api.servers.volumes import volume
from tests.functional.api.servers.waiting import until

pytestmark = pytest.mark.databases


@pytest.mark.parametrize(("owner", "method"), [(FakeDriver, "migrate_disk_and_power_off"), (disks, "let_go")])
def test_a_resize_leaves_the_guest_where_it_went(cloud: Cloud, hold: Hold, owner: Any, method: str) -> None:
    cloud.start("host1", "host2")
    uuid = cloud.boot()
    late = hold(owner, method)
    cloud.act(uuid, "resize", {"flavorRef": "2"})
    late.succeeded("host1")
    assert cloud.settled(uuid).vm_state == "resized"
    late.goes_on("host1")
    assert cloud.guests(uuid) == {"host1": ["aside"], "host2": ["1"]}
    assert {result for _, _, result in events(cloud.backend, uuid)} == {"Success"}
    row = cloud.settled(uuid)
    assert (row.vm_state, row.host) == ("resized", "host2")
    cloud.act(uuid, "confirmResize", status=204)
    cloud.settled(uuid)
    assert cloud.guests(uuid) == {"host2": ["1"]}


def test_an_evacuation_leaves_the_guest_that_was_made(cloud: Cloud, hold: Hold) -> None:
    cloud.start("host1", "host2")
    uuid = cloud.boot()
    cloud.down("host1")
    late = hold(FakeDriver, "spawn")
    cloud.act(uuid, "evacuate", {}, status=200, version="2.68")
    late.succeeded("host2")
    assert cloud.settled(uuid).host == "host2"
    late.goes_on("host2")
    assert cloud.guests(uuid)["host2"] == ["1"]
    row = cloud.settled(uuid)
    assert (row.vm_state, row.host) == ("active", "host2")
    assert {result for _, _, result in events(cloud.backend, uuid)} == {"Success"}


def test_a_resize_leaves_the_steps_after_it_alone(cloud: Cloud, hold: Hold) -> None:
    cloud.start("host1", "host2")
    uuid = cloud.boot()
    late, next_step = hold(FakeDriver, "migrate_disk_and_power_off"), hold(FakeDriver, "finish_migration")
    cloud.act(uuid, "resize", {"flavorRef": "2"})
    late.succeeded("host1")
    until(next_step.is_held)
    late.goes_on("host1")
    assert events(cloud.backend, uuid)[-1] == ("resize", "compute_finish_resize", None)
    next_step.let_go()
    assert cloud.settled(uuid).vm_state == "resized"
    assert events(cloud.backend, uuid)[-1] == ("resize", "compute_finish_resize", "Success")


def test_a_resize_leaves_the_volumes_where_they_went(
    cloud: Cloud, hold: Hold, server: str, disk: str
) -> None:
    late = hold(FakeDriver, "migrate_disk_and_power_off")
    cloud.act(server, "migrate")
    late.succeeded("host1")
    assert cloud.settled(server).vm_state == "resized"
    late.goes_on("host1")
    is_at(cloud, server, disk, "host2")


def test_a_revert_leaves_the_volumes_where_they_are_back(
    cloud: Cloud, hold: Hold, server: str, disk: str
) -> None:
    cloud.act(server, "migrate")
    assert cloud.settled(server).vm_state == "resized"
    late = hold(FakeDriver, "undo_migration")
    cloud.act(server, "revertResize")
    late.succeeded("host2")
    assert cloud.settled(server).vm_state == "active"
    late.goes_on("host2")
    is_at(cloud, server, disk, "host1")


def test_a_resize_where_it_is_makes_no_second_guest(cloud: Cloud, hold: Hold) -> None:
    cloud.backend.conf.set_override("allow_resize_to_same_host", True)
    cloud.start("host1")
    uuid = cloud.boot()
    late = hold(FakeDriver, "migrate_disk_and_power_off")
    cloud.act(uuid, "resize", {"flavorRef": "2"})
    late.succeeded("host1")
    assert cloud.settled(uuid).vm_state == "resized"
    late.goes_on("host1")
    assert sorted(cloud.guests(uuid)["host1"]) == ["1", "aside"]


def test_a_live_migration_leaves_the_volumes_open_where_it_goes(
    cloud: Cloud, hold: Hold, server: str, disk: str
) -> None:
    late, takes_over = hold(FakeDriver, "live_migrate"), hold(cloud.backend.networks, "rebind")
    cloud.act(server, "os-migrateLive", {"block_migration": "auto", "host": None}, version="2.34")
    late.succeeded("host1")
    until(takes_over.is_held)
    late.goes_on("host1", fails=LiveMigrationAborted())
    assert sorted(str(host) for host, _ in holders(cloud.backend, disk)) == ["host1", "host2"]
    takes_over.let_go()
    is_at(cloud, server, disk, "host2")


def test_a_live_migration_leaves_the_way_back_alone(cloud: Cloud, hold: Hold, server: str, disk: str) -> None:
    body = {"block_migration": "auto", "host": None}
    late = hold(FakeDriver, "live_migrate")
    cloud.act(server, "os-migrateLive", body, version="2.34")
    late.succeeded("host1")
    is_at(cloud, server, disk, "host2")
    cloud.backend.conf.set_override("live_migration_time", 600.0, group="fake")
    cloud.act(server, "os-migrateLive", body, version="2.34")
    cloud.until_status(server, "running")
    late.goes_on("host1")
    assert sorted(str(host) for host, _ in holders(cloud.backend, disk)) == ["host1", "host2"]
    path = f"/servers/{server}/migrations"
    (record,) = cloud.api.admin.get(path, version="2.23").json["migrations"]
    complete = {"force_complete": None}
    assert cloud.api.admin.post(f"{path}/{record['id']}/action", complete, version="2.22").status_int == 202
    is_at(cloud, server, disk, "host1")


def test_an_evacuation_that_fails_late(cloud: Cloud, hold: Hold) -> None:
    cloud.start("host1", "host2")
    uuid = cloud.boot()
    cloud.down("host1")
    late = hold(FakeDriver, "spawn")
    cloud.act(uuid, "evacuate", {}, status=200, version="2.68")
    late.succeeded("host2")
    cloud.settled(uuid)
    late.goes_on("host2", fails=NovaError("late"))
    assert cloud.guests(uuid)["host2"] == ["1"]
    assert cloud.port_hosts(uuid) == {"host2"}


def test_a_stopped_evacuation_does_not_stop_a_server_that_was_started(cloud: Cloud, hold: Hold) -> None:
    cloud.start("host1", "host2")
    uuid = cloud.boot()
    cloud.down("host1")
    late = hold(FakeDriver, "spawn")
    cloud.act(uuid, "evacuate", {}, status=200, version="2.95")
    late.succeeded("host2")
    assert cloud.settled(uuid).vm_state == "stopped"
    cloud.act(uuid, "os-start")
    assert cloud.settled(uuid).vm_state == "active"
    late.goes_on("host2")
    assert cloud.guests(uuid)["host2"] == ["1"]


def test_a_build_leaves_an_active_server_idle(cloud: Cloud, hold: Hold, boot: Callable[..., Any]) -> None:
    cloud.start("host1")
    late = hold(cloud.backend.networks, "allocate")
    uuid = boot().json["server"]["id"]
    late.succeeded("host1")
    assert cloud.settled(uuid).vm_state == "active"
    late.goes_on("host1")
    row = cloud.settled(uuid)
    assert (row.vm_state, row.task_state) == ("active", None)
    assert cloud.guests(uuid) == {"host1": ["1"]}


def test_a_build_that_fails_late(cloud: Cloud, hold: Hold, boot: Callable[..., Any]) -> None:
    cloud.start("host1")
    late = hold(FakeDriver, "spawn")
    uuid = boot().json["server"]["id"]
    late.succeeded("host1")
    assert cloud.settled(uuid).vm_state == "active"
    late.goes_on("host1", fails=NovaError("late"))
    assert cloud.guests(uuid) == {"host1": ["1"]}
    assert cloud.port_hosts(uuid) == {"host1"}


def test_a_build_leaves_no_guest_where_the_server_is_not(
    cloud: Cloud, hold: Hold, boot: Callable[..., Any]
) -> None:
    cloud.start("host1")
    late = hold(build_faults, "meet")
    uuid = boot().json["server"]["id"]
    until(late.is_held)
    cloud.start("host2", scheduler=False)
    cloud.backend.conf.set_override("fail_hosts", ["host1"], group="fake")
    late.succeeded("host1")
    assert cloud.settled(uuid).host == "host2"
    # What ailed the host is over.
    cloud.backend.conf.set_override("fail_hosts", [], group="fake")
    late.goes_on("host1")
    until(lambda: cloud.guests(uuid) == {"host2": ["1"]})
    assert cloud.settled(uuid).vm_state == "active"


def test_an_unshelve_leaves_no_guest_where_the_server_is_not(
    cloud: Cloud, hold: Hold, server: str, disk: str
) -> None:
    cloud.stop("host2")
    cloud.down("host2")
    cloud.act(server, "shelve")
    assert cloud.settled(server).vm_state == "shelved_offloaded"
    late = hold(unshelve, "spec_of")
    cloud.act(server, "unshelve")
    until(late.is_held)
    cloud.backend.conf.set_override("fail_hosts", ["host1"], group="fake")
    late.succeeded("host1")
    assert cloud.settled(server).vm_state == "shelved_offloaded"
    cloud.backend.conf.set_override("fail_hosts", [], group="fake")
    late.goes_on("host1")
    until(lambda: cloud.guests(server) == {} and not rows.work(cloud.backend, server))
    assert [status for _, status in holders(cloud.backend, disk)] == ["reserved"]


def test_an_image_in_the_making_is_left_to_whoever_makes_it(cloud: Cloud, hold: Hold) -> None:
    cloud.start("host1")
    uuid = cloud.boot()
    late, successor = hold(FakeDriver, "snapshot"), hold(FakeDriver, "snapshot")
    image = cloud.act(uuid, "createImage", {"name": "image"}, version="2.45").json["image_id"]
    late.succeeded("host1")
    until(successor.is_held)
    late.goes_on("host1", fails=NovaError("late"))
    successor.let_go()
    cloud.settled(uuid)
    assert cloud.backend.images.show(admin(), image).status == "active"


def test_an_image_keeps_the_data_that_the_other_gave_it(cloud: Cloud, hold: Hold) -> None:
    cloud.start("host1")
    uuid = cloud.boot()
    late = hold(os, "fsync")
    image = cloud.act(uuid, "createImage", {"name": "image"}, version="2.45").json["image_id"]
    late.succeeded("host1")
    cloud.settled(uuid)
    late.goes_on("host1")
    assert cloud.backend.images.show(admin(), image).status == "active"
    assert uuid.encode() in data_of(cloud.backend, image)


@pytest.mark.parametrize("fails", [None, OSError("late")])
def test_an_image_is_given_data_by_both(cloud: Cloud, hold: Hold, fails: Exception | None) -> None:
    cloud.start("host1")
    uuid = cloud.boot()
    late, successor = hold(os, "fsync"), hold(os, "fsync")
    image = cloud.act(uuid, "createImage", {"name": "image"}, version="2.45").json["image_id"]
    late.succeeded("host1")
    until(successor.is_held)
    late.goes_on("host1", fails=fails)
    successor.let_go()
    cloud.settled(uuid)
    assert cloud.backend.images.show(admin(), image).status == "active"
    assert uuid.encode() in data_of(cloud.backend, image)
    assert events(cloud.backend, uuid)[-1] == ("createImage", "compute_snapshot_instance", "Success")


@pytest.mark.parametrize("fails", [None, NovaError("late")])
@pytest.mark.parametrize("method", ["power_off", "snapshot"])
def test_a_shelved_server_keeps_its_image(
    cloud: Cloud, hold: Hold, method: str, fails: Exception | None
) -> None:
    cloud.start("host1")
    uuid = cloud.boot()
    late = hold(FakeDriver, method)
    cloud.act(uuid, "shelve")
    late.succeeded("host1")
    assert cloud.settled(uuid).vm_state == "shelved_offloaded"
    late.goes_on("host1", fails=fails)
    cloud.act(uuid, "unshelve")
    assert cloud.settled(uuid).vm_state == "active"


def test_a_shelved_server_has_its_volumes_where_it_went(
    cloud: Cloud, hold: Hold, server: str, disk: str
) -> None:
    late = hold(FakeDriver, "destroy")
    cloud.act(server, "shelve")
    late.succeeded("host1")
    assert cloud.settled(server).vm_state == "shelved_offloaded"
    # On its way back it leaves the old host alone.
    cloud.act(server, "unshelve", {"host": "host2"}, version="2.91")
    assert cloud.settled(server).host == "host2"
    late.goes_on("host1")
    is_at(cloud, server, disk, "host2")
    assert cloud.port_hosts(server) == {"host2"}


def test_an_unshelve_that_fails_late(cloud: Cloud, hold: Hold) -> None:
    cloud.start("host1")
    uuid = cloud.boot()
    cloud.act(uuid, "shelve")
    assert cloud.settled(uuid).vm_state == "shelved_offloaded"
    late = hold(FakeDriver, "spawn")
    cloud.act(uuid, "unshelve")
    late.succeeded("host1")
    assert cloud.settled(uuid).vm_state == "active"
    late.goes_on("host1", fails=NovaError("late"))
    assert cloud.guests(uuid) == {"host1": ["1"]}
    assert cloud.port_hosts(uuid) == {"host1"}


def test_an_unshelve_that_failed_keeps_the_image(
    cloud: Cloud, hold: Hold, monkeypatch: pytest.MonkeyPatch
) -> None:
    cloud.start("host1")
    uuid = cloud.boot()
    cloud.act(uuid, "shelve")
    assert cloud.settled(uuid).vm_state == "shelved_offloaded"
    late = hold(FakeDriver, "spawn")
    cloud.act(uuid, "unshelve")
    until(late.is_held)
    with monkeypatch.context() as patch:
        patch.setattr(FakeDriver, "spawn", _refuse)
        late.succeeded("host1")
        assert cloud.settled(uuid).vm_state == "shelved_offloaded"
    late.goes_on("host1")
    cloud.act(uuid, "unshelve")
    assert cloud.settled(uuid).vm_state == "active"


def _refuse(*_: object) -> str:
    raise NovaError("Not here.")


@pytest.mark.parametrize("method", ["attach_volume", "swap_volume"])
def test_a_volume_whose_run_fails_late(cloud: Cloud, hold: Hold, server: str, disk: str, method: str) -> None:
    other = volume(cloud.backend)
    late = hold(FakeDriver, method)
    path = f"/servers/{server}/os-volume_attachments"
    if method == "attach_volume":
        assert cloud.api.admin.post(path, {"volumeAttachment": {"volumeId": other}}).status_int == 200
    else:
        migrating = {"migration_status": "migrating"}
        cloud.backend.volumes.volumes.update(admin(), disk, migrating)
        reply = cloud.api.admin.put(f"{path}/{disk}", {"volumeAttachment": {"volumeId": other}})
        assert reply.status_int == 202, reply.body
    late.succeeded("host1")
    cloud.settled(server)
    late.goes_on("host1", fails=NovaError("late"))
    assert other in cloud.plugged(server)["host1"]
    assert holders(cloud.backend, other) == [("host1", "attached")]


def test_a_nic_whose_run_fails_late(cloud: Cloud, hold: Hold) -> None:
    cloud.start("host1")
    uuid = cloud.boot()
    late = hold(FakeDriver, "attach_interface")
    path = f"/servers/{uuid}/os-interface"
    answers: list[Any] = []
    asking = threading.Thread(
        target=lambda: answers.append(cloud.api.admin.post(path, {"interfaceAttachment": {}}))
    )
    asking.start()
    late.succeeded("host1")
    cloud.settled(uuid)
    late.goes_on("host1", fails=NovaError("late"))
    asking.join()
    assert len(cloud.api.admin.get(path).json["interfaceAttachments"]) == 2
