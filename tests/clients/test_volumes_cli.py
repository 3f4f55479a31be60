"""Servers and volumes, by the stock command line."""

from __future__ import annotations

import time

from tests.clients.conftest import Cloud


def _until(cloud: Cloud, volume: str, wanted: str) -> None:
    end = time.monotonic() + 20
    while cloud.json("volume", "show", volume)["status"] != wanted:
        assert time.monotonic() < end, f"{volume} is not {wanted}"


def test_a_server_boots_from_a_volume_and_is_given_another(cloud: Cloud) -> None:
    cloud.openstack("volume", "create", "--size", "1", "data")
    create = ("server", "create", "--flavor", "m1.tiny", "--image", "cirros", "--nic", "none", "--wait")
    cloud.openstack(*create, "--boot-from-volume", "2", "from-volume")
    shown = cloud.json("server", "show", "from-volume")
    assert shown["status"] == "ACTIVE"
    assert len(shown["volumes_attached"]) == 1
    cloud.openstack("server", "add", "volume", "--enable-delete-on-termination", "from-volume", "data")
    _until(cloud, "data", "in-use")
    listed = cloud.json("server", "volume", "list", "from-volume")
    assert sorted(item["Device"] for item in listed) == ["/dev/sda", "/dev/sdb"]
    cloud.openstack(
        "--os-compute-api-version",
        "2.85",
        "server",
        "volume",
        "set",
        "--preserve-on-termination",
        "from-volume",
        "data",
    )
    cloud.openstack("server", "remove", "volume", "from-volume", "data")
    _until(cloud, "data", "available")
    cloud.openstack("server", "delete", "--wait", "from-volume")
    cloud.openstack("volume", "delete", "data")
