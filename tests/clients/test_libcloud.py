"""Apache libcloud's OpenStack drivers: 1.1, which lives on the compute API's proxies, and 2.2."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import yaml
from libcloud.compute.base import Node, NodeDriver
from libcloud.compute.providers import get_driver
from libcloud.compute.types import NodeState, Provider

from tests.clients.conftest import Cloud
from tests.conformance import recorder

# What libcloud warns of is its own.
pytestmark = pytest.mark.filterwarnings("default")


def _driver(cloud: Cloud, version: str) -> Any:
    auth = yaml.safe_load((cloud.state / "clouds.yaml").read_text())["clouds"]["demo"]["auth"]
    return get_driver(Provider.OPENSTACK)(
        auth["username"],
        auth["password"],
        api_version=version,
        # It adds the version itself.
        ex_force_auth_url=auth["auth_url"].removesuffix("/v3"),
        ex_force_auth_version="3.x_password",
        ex_tenant_name=auth["project_name"],
        ex_domain_name=auth["user_domain_name"],
        ex_force_service_region="RegionOne",
    )


@pytest.fixture(params=["1.1", "2.2"])
def driver(cloud: Cloud, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    monkeypatch.setenv(recorder.CLIENT, "libcloud")
    with recorder.recording_sessions():
        yield _driver(cloud, request.param)


def _until(condition: Callable[[], Any]) -> None:
    ends = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < ends
        time.sleep(0.1)


def _node(driver: NodeDriver, name: str) -> Node:
    node = driver.create_node(
        name=name,
        image=next(image for image in driver.list_images() if image.name == "cirros"),
        size=next(size for size in driver.list_sizes() if size.name == "m1.tiny"),
        networks=[network for network in driver.ex_list_networks() if network.name == "private"],
    )
    ((running, _),) = driver.wait_until_running(
        [node], wait_period=0.1, timeout=30, ssh_interface="private_ips"
    )
    return running


def test_what_there_is(driver: Any) -> None:
    assert "cirros" in [image.name for image in driver.list_images()]
    sizes = {size.name: size for size in driver.list_sizes()}
    assert (sizes["m1.tiny"].ram, sizes["m1.tiny"].disk) == (512, 1)
    assert driver.list_locations()
    assert "private" in [network.name for network in driver.ex_list_networks()]
    image = driver.get_image(driver.list_images()[0].id)
    assert image.name == "cirros"


def test_a_node_lives_its_life(driver: Any) -> None:
    node = _node(driver, "node")
    try:
        assert node.private_ips
        assert node.id in [found.id for found in driver.list_nodes()]
        assert driver.reboot_node(node)
        _until(lambda: driver.ex_get_node_details(node.id).state is NodeState.RUNNING)
        assert "LAST LINE" in driver.ex_get_console_output(node)["output"]
        driver.ex_set_metadata(node, {"colour": "blue"})
        assert driver.ex_get_metadata(node) == {"colour": "blue"}
        driver.ex_set_server_name(node, "renamed")
        assert driver.ex_stop_node(node)
        _until(lambda: driver.ex_get_node_details(node.id).state is NodeState.STOPPED)
        assert driver.ex_start_node(node)
        _until(lambda: driver.ex_get_node_details(node.id).state is NodeState.RUNNING)
        assert "default" in [group.name for group in driver.ex_get_node_security_groups(node)]
    finally:
        assert driver.destroy_node(node)
    _until(lambda: node.id not in [found.id for found in driver.list_nodes()])


def test_volumes(driver: Any) -> None:
    node = _node(driver, "holder")
    volume = driver.create_volume(1, "disk")
    try:
        _until(lambda: driver.ex_get_volume(volume.id).state == "available")
        assert driver.attach_volume(node, volume, "/dev/vdb")
        _until(lambda: driver.ex_get_volume(volume.id).state == "inuse")
        assert driver.detach_volume(driver.ex_get_volume(volume.id))
        _until(lambda: driver.ex_get_volume(volume.id).state == "available")
        snapshot = driver.create_volume_snapshot(volume, "photo")
        _until(lambda: [found.name for found in driver.list_volume_snapshots(volume)] == ["photo"])
        # What it returns is no proof: driver 1.1 wants a 204 where the API answers 202.
        driver.destroy_volume_snapshot(snapshot)
        _until(lambda: not driver.list_volume_snapshots(volume))
        assert volume.id in [found.id for found in driver.list_volumes()]
    finally:
        assert driver.destroy_node(node)
        assert driver.destroy_volume(volume)
    _until(lambda: volume.id not in [found.id for found in driver.list_volumes()])


def test_security_groups_and_key_pairs(driver: Any) -> None:
    group = driver.ex_create_security_group("lib", "doors")
    rule = driver.ex_create_security_group_rule(group, "tcp", 22, 22, cidr="10.0.0.0/8")
    (found,) = [found for found in driver.ex_list_security_groups() if found.name == "lib"]
    assert rule.id in [found_rule.id for found_rule in found.rules]
    # No proof either.
    driver.ex_delete_security_group_rule(rule)
    (found,) = [found for found in driver.ex_list_security_groups() if found.name == "lib"]
    assert rule.id not in [found_rule.id for found_rule in found.rules]
    assert driver.ex_delete_security_group(group)
    pair = driver.create_key_pair("libkey")
    assert "PRIVATE KEY" in pair.private_key
    assert "libkey" in [found.name for found in driver.list_key_pairs()]
    assert driver.get_key_pair("libkey").fingerprint == pair.fingerprint
    assert driver.delete_key_pair(pair)


def test_floating_ips(driver: Any) -> None:
    node = _node(driver, "floating")
    pool = driver.ex_list_floating_ip_pools()[0]
    address = driver.ex_create_floating_ip(pool.name)
    try:
        assert driver.ex_attach_floating_ip_to_node(node, address)
        assert address.ip_address in driver.ex_get_node_details(node.id).public_ips
        assert driver.ex_detach_floating_ip_from_node(node, address)
        assert address.ip_address not in driver.ex_get_node_details(node.id).public_ips
    finally:
        assert driver.ex_delete_floating_ip(address)
        assert driver.destroy_node(node)
