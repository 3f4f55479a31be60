"""python-novaclient's ``nova`` command, with a password."""

from __future__ import annotations

from tests.clients.conftest import Cloud


def test_boot_list_delete(cloud: Cloud) -> None:
    booted = cloud.nova("boot", "--image", "cirros", "--flavor", "m1.tiny", "--nic", "auto", "--poll", "vm3")
    assert "vm3" in booted
    assert "ACTIVE" in cloud.nova("list")
    shown = cloud.nova("show", "vm3")
    assert "m1.tiny" in shown
    cloud.nova("stop", "vm3")
    cloud.nova("delete", "vm3")


def test_flavors_keys_and_limits(cloud: Cloud) -> None:
    assert "m1.tiny" in cloud.nova("flavor-list")
    assert "PRIVATE KEY" in cloud.nova("--os-compute-api-version", "2.91", "keypair-add", "novakey")
    assert "novakey" in cloud.nova("keypair-list")
    cloud.nova("keypair-delete", "novakey")
    assert "Cores" in cloud.nova("limits")
    assert "nova" in cloud.nova("availability-zone-list")
