"""Volumes follow their server wherever it goes: opened to its host, closed to the one that it left."""

from __future__ import annotations

import pytest

from tests.functional.api.servers import volumes
from tests.functional.api.servers.actions.moving import Cloud
from tests.functional.api.servers.actions.volumes_of import attach, holders, is_at
from tests.functional.api.servers.volumes import status, volume

LIVE = {"block_migration": "auto", "host": None}


def test_live_migration(cloud: Cloud, server: str, disk: str) -> None:
    cloud.act(server, "os-migrateLive", LIVE, version="2.34")
    is_at(cloud, server, disk, "host2")


def test_live_migration_broken_off(cloud: Cloud, server: str, disk: str) -> None:
    cloud.backend.conf.set_override("live_migration_time", 30.0, group="fake")
    cloud.act(server, "os-migrateLive", LIVE, version="2.34")
    cloud.until_status(server, "running")
    # Both hosts need it while memory goes over; nobody else gets it.
    assert sorted(str(host) for host, _ in holders(cloud.backend, disk)) == ["host1", "host2"]
    admin = cloud.api.admin
    (record,) = admin.get(f"/servers/{server}/migrations", version="2.23").json["migrations"]
    gone = admin.delete(f"/servers/{server}/migrations/{record['id']}", version="2.24")
    assert gone.status_int == 202
    is_at(cloud, server, disk, "host1")


def test_a_destination_that_refuses_keeps_nothing(cloud: Cloud, server: str, disk: str) -> None:
    cloud.backend.conf.set_override("fail_hosts", ["host2"], group="fake")
    cloud.act(server, "os-migrateLive", LIVE, version="2.34")
    is_at(cloud, server, disk, "host1")
    cloud.act(server, "migrate")
    is_at(cloud, server, disk, "host1")


@pytest.mark.parametrize("action", ["migrate", "resize"])
def test_there_and_back_and_there_for_good(cloud: Cloud, server: str, disk: str, action: str) -> None:
    value = {"flavorRef": "2"} if action == "resize" else None
    cloud.act(server, action, value)
    is_at(cloud, server, disk, cloud.settled(server).host)
    # While it waits for the decision it gets one more.
    second = volume(cloud.backend)
    attach(cloud, server, second)
    cloud.act(server, "revertResize")
    assert cloud.settled(server).host == "host1"
    assert cloud.plugged(server) == {"host1": {disk, second}}
    assert [holders(cloud.backend, one) for one in (disk, second)] == [[("host1", "attached")]] * 2
    cloud.act(server, action, value)
    there = cloud.settled(server).host
    cloud.act(server, "confirmResize", status=204)
    assert cloud.settled(server).vm_state == "active"
    assert cloud.plugged(server) == {there: {disk, second}}


def test_resized_where_it_is(cloud: Cloud, disk: str) -> None:
    cloud.backend.conf.set_override("allow_resize_to_same_host", True)
    cloud.start("host1")
    uuid = cloud.boot()
    attach(cloud, uuid, disk)
    cloud.act(uuid, "resize", {"flavorRef": "2"})
    is_at(cloud, uuid, disk, "host1")
    cloud.act(uuid, "revertResize")
    is_at(cloud, uuid, disk, "host1")
    cloud.act(uuid, "resize", {"flavorRef": "2"})
    cloud.settled(uuid)
    cloud.act(uuid, "confirmResize", status=204)
    is_at(cloud, uuid, disk, "host1")


def test_evacuation(cloud: Cloud, server: str, disk: str) -> None:
    cloud.down("host1")
    cloud.act(server, "evacuate", {"onSharedStorage": False}, status=200)
    assert cloud.settled(server).host == "host2"
    assert holders(cloud.backend, disk) == [("host2", "attached")]
    assert cloud.plugged(server)["host2"] == {disk}
    cloud.restart("host1")
    assert cloud.plugged(server) == {"host2": {disk}}


def test_an_evacuation_that_fails_leaves_the_volume_reserved(cloud: Cloud, server: str, disk: str) -> None:
    cloud.down("host1")
    cloud.backend.conf.set_override("fail_hosts", ["host2"], group="fake")
    cloud.act(server, "evacuate", {"onSharedStorage": False}, status=200)
    row = cloud.settled(server)
    assert (row.vm_state, row.host) == ("error", "host1")
    assert holders(cloud.backend, disk) == [(None, "reserved")]
    assert cloud.port_hosts(server) == {"host1"}
    cloud.backend.conf.set_override("fail_hosts", [], group="fake")
    cloud.act(server, "evacuate", {"onSharedStorage": False}, status=200)
    assert cloud.settled(server).host == "host2"
    assert holders(cloud.backend, disk) == [("host2", "attached")]


def test_shelved_away_it_is_nobodys_but_the_servers(cloud: Cloud, server: str, disk: str) -> None:
    cloud.act(server, "shelve")
    assert cloud.settled(server).vm_state == "shelved_offloaded"
    assert holders(cloud.backend, disk) == [(None, "reserved")]
    assert status(cloud.backend, disk) == "reserved"
    assert cloud.plugged(server) == {}
    other = cloud.boot()
    body = {"volumeAttachment": {"volumeId": disk}}
    assert cloud.api.admin.post(f"/servers/{other}/os-volume_attachments", body).status_int == 400
    # Nowhere to go: it stays reserved.
    cloud.backend.conf.set_override("fail_hosts", ["host1", "host2"], group="fake")
    cloud.act(server, "unshelve")
    assert cloud.settled(server).vm_state == "shelved_offloaded"
    assert holders(cloud.backend, disk) == [(None, "reserved")]
    cloud.backend.conf.set_override("fail_hosts", [], group="fake")
    cloud.act(server, "unshelve")
    is_at(cloud, server, disk, cloud.settled(server).host)


@pytest.mark.parametrize("how", ["migrate", "shelve"])
def test_deleted_on_the_way_it_gives_the_volume_back(cloud: Cloud, server: str, disk: str, how: str) -> None:
    cloud.act(server, how)
    cloud.settled(server)
    assert cloud.api.admin.delete(f"/servers/{server}").status_int == 204
    cloud.nothing_left(server)
    assert holders(cloud.backend, disk) == []
    assert volumes.status(cloud.backend, disk) == "available"
