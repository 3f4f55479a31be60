"""The stock clients against the embedded neighbours: openstacksdk and the openstack command."""

from __future__ import annotations

import os
import pathlib
import subprocess
import sys

import pytest

from tests.functional.neighbours.conftest import Cloud

openstack = pytest.importorskip("openstack")

#: The SDK warns about itself; what we promise is our own warnings.
pytestmark = pytest.mark.filterwarnings("ignore")

COMMANDS = """
token issue -f value -c user_id
project show demo -f value -c name
user list -f value -c Name
role assignment list --names -f value -c User -c Role
catalog list -f value -c Type
image create --file {file} --disk-format qcow2 --container-format bare cli-image -f value -c status
image set --name cli-renamed --property color=red cli-image
image save --file {file}.copy cli-renamed
image show cli-renamed -f value -c properties
image delete cli-renamed
network create cli-net -f value -c status
subnet create --network cli-net --subnet-range 10.60.0.0/24 cli-subnet -f value -c gateway_ip
port create --network cli-net cli-port -f value -c status
security group create cli-group -f value -c name
security group rule create --protocol tcp --dst-port 22 cli-group -f value -c port_range_min
port set --security-group cli-group cli-port
floating ip create --port cli-port public -f value -c status
port delete cli-port
network delete cli-net
network list -f value -c Name
network show nothing
"""


@pytest.fixture
def sdk(cloud: Cloud, tmp_path: pathlib.Path) -> object:
    config = openstack.config.OpenStackConfig(config_files=[str(cloud.clouds_yaml(tmp_path))])
    with openstack.connection.Connection(config=config.get_one("demo")) as connection:
        yield connection


def test_the_sdk_uploads_and_downloads_an_image(sdk: object, tmp_path: pathlib.Path) -> None:
    file = tmp_path / "disk"
    file.write_bytes(os.urandom(300_000))
    made = sdk.create_image(
        "sdk-image", filename=str(file), disk_format="raw", container_format="bare", wait=True
    )
    assert made.status == "active"
    sdk.download_image("sdk-image", output_path=str(tmp_path / "copy"))
    assert (tmp_path / "copy").read_bytes() == file.read_bytes()
    assert sdk.image.find_image("cirros").visibility == "public"
    assert sdk.delete_image("sdk-image", wait=True)
    assert sdk.image.find_image("sdk-image") is None


def test_the_sdk_networks(sdk: object) -> None:
    network = sdk.create_network("sdk-net")
    sdk.create_subnet(network.id, cidr="10.61.0.0/24", subnet_name="sdk-subnet")
    port = sdk.create_port(network.id, name="sdk-port")
    assert sdk.get_port("sdk-port").fixed_ips[0]["ip_address"] == "10.61.0.2"
    group = sdk.create_security_group("sdk-group", "of a test")
    sdk.create_security_group_rule(group.id, 443, 443, "tcp", "0.0.0.0/0")
    assert any(
        rule["port_range_min"] == 443 for rule in sdk.get_security_group("sdk-group").security_group_rules
    )
    address = sdk.create_floating_ip(network="public", fixed_address=None, port=port.id, wait=True)
    assert address.status == "ACTIVE"
    assert [item.id for item in sdk.list_floating_ips()] == [address.id]
    assert sdk.delete_floating_ip(address.id)
    assert sdk.delete_port(port.id)
    assert sdk.delete_network("sdk-net")
    assert {item.name for item in sdk.list_networks()} == {"private", "public"}


def test_the_command_line(cloud: Cloud, tmp_path: pathlib.Path) -> None:
    """All commands in one process: starting it is what costs."""
    file = tmp_path / "disk"
    file.write_bytes(os.urandom(100_000))
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(tmp_path),
        "OS_CLIENT_CONFIG_FILE": str(cloud.clouds_yaml(tmp_path)),
        "OS_CLOUD": "admin",
    }
    ran = subprocess.run(
        [pathlib.Path(sys.executable).with_name("openstack")],
        input=COMMANDS.format(file=file),
        capture_output=True,
        text=True,
        env=environment,
        timeout=120,
        check=False,
    )
    printed = [line.removeprefix("(openstack) ").strip() for line in ran.stdout.splitlines()]
    printed = [line for line in printed if line]
    admin = cloud.nova.identity.users("admin")[0].id
    assert printed[:2] == [admin, "demo"], ran.stderr
    for expected in (
        "active",
        "ACTIVE",
        "10.60.0.1",
        "DOWN",
        "cli-group",
        "22",
        "private",
        "public",
        "compute",
    ):
        assert expected in printed, (expected, ran.stdout, ran.stderr)
    assert "'color': 'red'" in ran.stdout
    assert "cli-net" not in printed
    assert pathlib.Path(f"{file}.copy").read_bytes() == file.read_bytes()
    assert "No Network found for nothing" in ran.stderr
    assert "Exception" not in ran.stderr
