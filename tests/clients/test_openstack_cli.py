"""The main job, with the stock ``openstack`` command."""

from __future__ import annotations

import pathlib

import pytest

from tests.clients.conftest import Cloud


def test_a_server_lives_its_life(cloud: Cloud) -> None:
    made = cloud.json(
        *(
            "server",
            "create",
            "--image",
            "cirros",
            "--flavor",
            "m1.tiny",
            "--network",
            "private",
            "--wait",
            "vm1",
        )
    )
    assert made["status"] == "ACTIVE"
    assert made["addresses"]["private"]
    assert "vm1" in [server["Name"] for server in cloud.json("server", "list")]
    assert cloud.json("server", "show", "vm1")["status"] == "ACTIVE"
    cloud.openstack("server", "reboot", "--wait", "vm1")
    cloud.openstack("server", "stop", "vm1")
    _wait(cloud, "vm1", "SHUTOFF")
    cloud.openstack("server", "start", "vm1")
    _wait(cloud, "vm1", "ACTIVE")
    events = [event["Action"] for event in cloud.json("server", "event", "list", "vm1")]
    assert {"create", "reboot", "stop", "start"} <= set(events)
    cloud.openstack("server", "delete", "--wait", "vm1")
    assert "vm1" not in [server["Name"] for server in cloud.json("server", "list")]
    assert not cloud.json("port", "list")


def _wait(cloud: Cloud, name: str, status: str) -> None:
    import time

    ends = time.monotonic() + 20
    while (seen := cloud.json("server", "show", name)["status"]) != status:
        assert time.monotonic() < ends, f"{name} is {seen}, not {status}"


def test_what_a_new_user_types_first(cloud: Cloud) -> None:
    assert {"m1.tiny", "m1.small", "m1.medium", "m1.large", "m1.xlarge"} <= {
        flavor["Name"] for flavor in cloud.json("flavor", "list")
    }
    assert "cirros" in [image["Name"] for image in cloud.json("image", "list")]
    assert {"private", "public"} <= {network["Name"] for network in cloud.json("network", "list")}
    assert "PRIVATE KEY" in cloud.openstack("keypair", "create", "key1")
    assert "key1" in [key["Name"] for key in cloud.json("keypair", "list")]
    cloud.openstack("keypair", "delete", "key1")
    assert cloud.json("availability", "zone", "list", "--compute")[0]["Zone Name"] == "nova"
    assert cloud.json("limits", "show", "--absolute")
    assert cloud.json("token", "issue")["id"]


def test_an_operator_adds_a_flavor(cloud: Cloud) -> None:
    cloud.openstack("flavor", "create", "--ram", "64", "--vcpus", "1", "--disk", "0", "nano", cloud="admin")
    cloud.openstack("flavor", "set", "--property", "hw:cpu_policy=shared", "nano", cloud="admin")
    shown = cloud.json("flavor", "show", "nano", cloud="admin")
    assert shown["ram"] == 64
    cloud.openstack("flavor", "delete", "nano", cloud="admin")


def test_an_image_is_uploaded_and_read_back(cloud: Cloud, tmp_path: pathlib.Path) -> None:
    content = bytes(range(256)) * 64
    source = tmp_path / "image.raw"
    source.write_bytes(content)
    cloud.openstack(
        *(
            "image",
            "create",
            "--disk-format",
            "raw",
            "--container-format",
            "bare",
            "--file",
            str(source),
            "mine",
        )
    )
    saved = tmp_path / "saved.raw"
    cloud.openstack("image", "save", "--file", str(saved), "mine")
    assert saved.read_bytes() == content
    cloud.openstack("image", "delete", "mine")


def test_without_an_identity_service(cloud: Cloud) -> None:
    cloud.without_identity(
        *("server", "create", "--image", "cirros", "--flavor", "m1.tiny", "--nic", "none", "--wait", "vm2")
    )
    assert "vm2" in cloud.without_identity("server", "list")
    cloud.without_identity("server", "delete", "--wait", "vm2")
    assert "vm2" not in cloud.without_identity("server", "list")


def test_mistakes_get_sentences(cloud: Cloud) -> None:
    with pytest.raises(AssertionError, match="(?i)no (flavor|image)|could not be found|not found"):
        cloud.openstack(
            "server", "create", "--image", "cirros", "--flavor", "nope", "--network", "private", "x"
        )
