"""openstacksdk, the library under the CLI, ansible and rally."""

from __future__ import annotations

import openstack
import pytest

from tests.clients.conftest import Cloud

# Warnings are errors elsewhere; here they are the SDK's own, of its future releases,
# and it takes the errors for a server that does not come up.
pytestmark = pytest.mark.filterwarnings("default")


@pytest.fixture
def connection(cloud: Cloud) -> openstack.connection.Connection:
    config = openstack.config.OpenStackConfig(config_files=[str(cloud.state / "clouds.yaml")])
    return openstack.connection.Connection(config=config.get_one("demo"))


def test_create_server_and_wait(connection: openstack.connection.Connection) -> None:
    server = connection.create_server(
        "vm4", image="cirros", flavor="m1.tiny", network="private", wait=True, auto_ip=False, timeout=30
    )
    assert server.status == "ACTIVE"
    assert server.addresses["private"]
    assert connection.get_server("vm4").id == server.id
    assert connection.delete_server("vm4", wait=True, timeout=30)


def test_metadata_of_the_project(connection: openstack.connection.Connection) -> None:
    assert connection.list_flavors()
    assert [image.name for image in connection.list_images()] == ["cirros"]
    assert {network.name for network in connection.list_networks()} >= {"private", "public"}
    assert connection.compute.get_endpoint().endswith("/v2.1")
