"""Images, rebuild and shelving with the stock clients."""

from __future__ import annotations

import time

from tests.clients.conftest import Cloud


def _create(cloud: Cloud, name: str) -> None:
    where = ("--image", "cirros", "--flavor", "m1.tiny", "--network", "private")
    cloud.openstack("server", "create", *where, "--wait", name)


def _reaches(cloud: Cloud, name: str, status: str) -> None:
    ends = time.monotonic() + 30
    while (seen := cloud.json("server", "show", name)["status"]) != status:
        assert time.monotonic() < ends, f"{name} is {seen}, not {status}"


def test_openstack(cloud: Cloud) -> None:
    _create(cloud, "imaged")
    cloud.openstack("server", "image", "create", "--name", "golden", "--wait", "imaged")
    assert cloud.json("image", "show", "golden")["status"] == "active"
    # The client looks its backup up by name, so the two must not share one.
    for name in ("night1", "night2"):
        cloud.openstack("server", "backup", "create", "--name", name, "--rotate", "1", "--wait", "imaged")
    ends = time.monotonic() + 30
    while "night1" in (names := [image["Name"] for image in cloud.json("image", "list")]):
        assert time.monotonic() < ends, names
    assert "night2" in names
    cloud.openstack("server", "rebuild", "--image", "golden", "--name", "imaged-b", "--wait", "imaged")
    assert cloud.json("server", "show", "imaged-b")["image"].split()[0] == "golden"
    cloud.openstack("server", "shelve", "--wait", "imaged-b")
    _reaches(cloud, "imaged-b", "SHELVED_OFFLOADED")
    cloud.openstack("server", "unshelve", "--wait", "imaged-b")
    cloud.openstack("server", "delete", "--wait", "imaged-b")
    cloud.openstack("image", "delete", "golden", "night2")
    assert [image["Name"] for image in cloud.json("image", "list")].count("golden") == 0


def test_nova(cloud: Cloud) -> None:
    _create(cloud, "imaged-n")
    cloud.nova("image-create", "--poll", "imaged-n", "golden-n")
    cloud.nova("backup", "imaged-n", "night-n", "nightly", "1")
    _reaches(cloud, "imaged-n", "ACTIVE")
    cloud.nova("rebuild", "--poll", "--preserve-ephemeral", "imaged-n", "golden-n")
    cloud.nova("shelve", "imaged-n")
    _reaches(cloud, "imaged-n", "SHELVED_OFFLOADED")
    cloud.nova("unshelve", "--availability-zone", "nova", "imaged-n")
    _reaches(cloud, "imaged-n", "ACTIVE")
    cloud.openstack("server", "delete", "--wait", "imaged-n")
    cloud.openstack("image", "delete", "golden-n", "night-n")
