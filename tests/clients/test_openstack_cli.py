"""The commands that README names, each as a process of its own; the others are walked (``test_walks.py``)."""

from __future__ import annotations

import os
import pathlib
import subprocess
import sys

from tests.clients.conftest import Cloud

OPENSTACK = pathlib.Path(sys.executable).parent / "openstack"


def _openstack(cloud: Cloud, *arguments: str) -> str:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("OS_")}
    done = subprocess.run(
        [OPENSTACK, *arguments],
        env={**clean, "OS_CLIENT_CONFIG_FILE": str(cloud.state / "clouds.yaml"), "OS_CLOUD": "demo"},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, f"openstack {' '.join(arguments)}\n{done.stdout}{done.stderr}"
    return done.stdout


def test_what_readme_says(cloud: Cloud) -> None:
    where = ("--image", "cirros", "--flavor", "m1.tiny", "--network", "private")
    assert "ACTIVE" in _openstack(cloud, "server", "create", *where, "vm1", "--wait")
    assert "vm1" in _openstack(cloud, "server", "list")
    said = cloud.shells.run("demo", "openstack", "server", "delete", "--wait", "vm1")
    assert said.status == 0, said


def test_without_an_identity_service(cloud: Cloud) -> None:
    here = ("--os-auth-type", "none", "--os-endpoint", f"{cloud.url}/v2.1", "--os-identity-api-version", "3")

    def openstack(*arguments: str) -> str:
        said = cloud.shells.run(None, "openstack", *here, *arguments)
        assert said.status == 0, said
        return said.stdout

    openstack(
        "server", "create", "--image", "cirros", "--flavor", "m1.tiny", "--nic", "none", "--wait", "vm2"
    )
    assert "vm2" in openstack("server", "list")
    openstack("server", "delete", "--wait", "vm2")
    assert "vm2" not in openstack("server", "list")


def test_data_of_an_image_comes_back_as_it_went(cloud: Cloud, tmp_path: pathlib.Path) -> None:
    content = bytes(range(256)) * 64
    (tmp_path / "image.raw").write_bytes(content)
    for arguments in (
        ("image", "create", "--disk-format", "raw", "--file", str(tmp_path / "image.raw"), "mine"),
        ("image", "save", "--file", str(tmp_path / "saved.raw"), "mine"),
        ("image", "delete", "mine"),
    ):
        said = cloud.shells.run("demo", "openstack", *arguments)
        assert said.status == 0, said
    assert (tmp_path / "saved.raw").read_bytes() == content
