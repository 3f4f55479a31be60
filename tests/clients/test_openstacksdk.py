"""openstacksdk, the library under the CLI, ansible and rally."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import openstack
import pytest

from tests.clients.conftest import Cloud
from tests.conformance import recorder

# Warnings are errors elsewhere; here they are the SDK's own, of its future releases,
# and it takes the errors for a server that does not come up.
pytestmark = pytest.mark.filterwarnings("default")


@pytest.fixture(autouse=True)
def recorded(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv(recorder.CLIENT, "openstacksdk")
    with recorder.recording_sessions():
        yield


def _connect(cloud: Cloud, user: str) -> openstack.connection.Connection:
    config = openstack.config.OpenStackConfig(config_files=[str(cloud.state / "clouds.yaml")])
    return openstack.connection.Connection(config=config.get_one(user))


@pytest.fixture
def connection(cloud: Cloud) -> openstack.connection.Connection:
    return _connect(cloud, "demo")


@pytest.fixture
def admin(cloud: Cloud) -> openstack.connection.Connection:
    return _connect(cloud, "admin")


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


@pytest.fixture
def server(admin: openstack.connection.Connection) -> Iterator[Any]:
    """A server of the administrator, who may do all that is to be done to it."""
    compute = admin.compute
    made = compute.create_server(
        name="proxied",
        image_id=admin.image.find_image("cirros").id,
        flavor_id=compute.find_flavor("m1.tiny").id,
        networks=[{"uuid": admin.network.find_network("private").id}],
    )
    yield _reaches(compute, made, "ACTIVE")
    compute.delete_server(made, force=True)
    compute.wait_for_delete(made, interval=0.1, wait=30)


def _reaches(compute: Any, server: Any, status: str) -> Any:
    return compute.wait_for_server(server, status=status, interval=0.1, wait=30)


def test_a_server_through_every_method_of_its_life(
    admin: openstack.connection.Connection, server: Any
) -> None:
    compute = admin.compute
    assert compute.find_server("proxied").id == server.id
    assert server.id in [found.id for found in compute.servers(details=False)]
    assert compute.update_server(server, description="changed").description == "changed"
    for does, status in (
        (compute.pause_server, "PAUSED"),
        (compute.unpause_server, "ACTIVE"),
        (compute.suspend_server, "SUSPENDED"),
        (compute.resume_server, "ACTIVE"),
        (compute.stop_server, "SHUTOFF"),
        (compute.start_server, "ACTIVE"),
        (compute.rescue_server, "RESCUE"),
        (compute.unrescue_server, "ACTIVE"),
        (lambda it: compute.reboot_server(it, "HARD"), "ACTIVE"),
        (lambda it: compute.resize_server(it, compute.find_flavor("m1.small").id), "VERIFY_RESIZE"),
        (compute.revert_server_resize, "ACTIVE"),
        (compute.shelve_server, "SHELVED"),
        (compute.shelve_offload_server, "SHELVED_OFFLOADED"),
        (compute.unshelve_server, "ACTIVE"),
        (lambda it: compute.reset_server_state(it, "error"), "ERROR"),
        (lambda it: compute.reset_server_state(it, "active"), "ACTIVE"),
    ):
        does(server)
        assert _settled(compute, server, status)
    compute.lock_server(server, locked_reason="mine")
    assert compute.get_server(server.id).is_locked
    compute.unlock_server(server)
    compute.change_server_password(server, "Geheim42")
    compute.trigger_server_crash_dump(server)
    done = {found.action for found in compute.server_actions(server)}
    assert {"create", "pause", "rescue", "shelve", "lock"} <= done
    first = next(iter(compute.server_actions(server)))
    assert compute.get_server_action(first.request_id, server).request_id == first.request_id


def _settled(compute: Any, server: Any, status: str) -> bool:
    """Waits until the task has ended too, so that the next may begin."""
    ends = time.monotonic() + 30
    while (now := compute.get_server(server.id)).status != status or now.task_state:
        assert time.monotonic() < ends, (now.status, now.task_state, status)
        time.sleep(0.05)
    return True


def test_what_hangs_on_a_server(admin: openstack.connection.Connection, server: Any) -> None:
    compute = admin.compute
    assert compute.set_server_metadata(server, colour="blue").metadata == {"colour": "blue"}
    assert compute.fetch_server_metadata(server).metadata == {"colour": "blue"}
    compute.delete_server_metadata(server, ["colour"])
    compute.add_tag_to_server(server, "web")
    assert compute.get_server(server.id).tags == ["web"]
    compute.remove_tags_from_server(server)
    interface = compute.create_server_interface(server, net_id=admin.network.find_network("private").id)
    assert len(list(compute.server_interfaces(server))) == 2
    assert compute.get_server_interface(interface.port_id, server).net_id == interface.net_id
    compute.delete_server_interface(interface.port_id, server)
    assert {address.network_label for address in compute.server_ips(server)} == {"private"}
    group = admin.network.create_security_group(name="sdk")
    compute.add_security_group_to_server(server, group)
    assert "sdk" in [found["name"] for found in compute.fetch_server_security_groups(server).security_groups]
    compute.remove_security_group_from_server(server, group)
    admin.network.delete_security_group(group)
    volume = admin.block_storage.create_volume(name="sdk", size=1)
    admin.block_storage.wait_for_status(volume, "available", interval=0.1, wait=30)
    attachment = compute.create_volume_attachment(server, volume)
    admin.block_storage.wait_for_status(volume, "in-use", interval=0.1, wait=30)
    assert [found.volume_id for found in compute.volume_attachments(server)] == [volume.id]
    compute.delete_volume_attachment(server, attachment.volume_id)
    admin.block_storage.wait_for_status(volume, "available", interval=0.1, wait=30)
    admin.block_storage.delete_volume(volume)
    assert "LAST LINE" in compute.get_server_console_output(server)["output"]
    assert compute.create_console(server, "novnc")["url"].startswith("http")
    assert compute.get_server_diagnostics(server).state == "running"
    image = compute.create_server_image(server, "sdk-image", wait=True)
    admin.image.delete_image(image)


def test_what_operators_and_owners_keep(admin: openstack.connection.Connection) -> None:
    compute = admin.compute
    flavor = compute.create_flavor(name="sdk", ram=64, vcpus=1, disk=0, is_public=False)
    compute.create_flavor_extra_specs(flavor, {"hw:cpu_policy": "shared"})
    assert compute.get_flavor_extra_specs_property(flavor, "hw:cpu_policy") == "shared"
    compute.delete_flavor_extra_specs_property(flavor, "hw:cpu_policy")
    compute.flavor_add_tenant_access(flavor, admin.current_project_id)
    assert [found["tenant_id"] for found in compute.get_flavor_access(flavor)] == [admin.current_project_id]
    compute.flavor_remove_tenant_access(flavor, admin.current_project_id)
    compute.update_flavor(compute.get_flavor(flavor.id), description="changed")
    compute.delete_flavor(flavor)

    hypervisor = next(found for found in compute.hypervisors(details=True) if found.name == "beta")
    assert compute.find_hypervisor(hypervisor.name).id == hypervisor.id
    host = hypervisor.name
    aggregate = compute.create_aggregate(name="sdk", availability_zone="east")
    compute.add_host_to_aggregate(aggregate, host)
    assert compute.set_aggregate_metadata(aggregate, {"ssd": "yes"}).metadata["ssd"] == "yes"
    assert "east" in [zone.name for zone in compute.availability_zones(details=True)]
    compute.remove_host_from_aggregate(aggregate, host)
    compute.update_aggregate(aggregate, name="sdk2")
    compute.delete_aggregate(aggregate)

    (service,) = compute.services(binary="nova-compute", host=host)
    assert compute.disable_service(service, disabled_reason="broken").status == "disabled"
    assert compute.enable_service(service).status == "enabled"

    pair = compute.create_keypair(name="sdk", type="ssh", public_key=_PUBLIC)
    assert compute.find_keypair("sdk").fingerprint == pair.fingerprint
    compute.delete_keypair("sdk")
    group = compute.create_server_group(name="sdk", policy="affinity")
    assert group.id in [found.id for found in compute.server_groups()]
    compute.delete_server_group(group)

    assert compute.get_limits().absolute.instances == 50
    project = admin.current_project_id
    compute.update_quota_set(project, instances=33)
    assert compute.get_quota_set(project).instances == 33
    compute.revert_quota_set(project)
    assert compute.get_quota_set_defaults(project).instances == 50
    compute.get_usage(project)
    list(compute.usages())
    list(compute.migrations())
    assert "OS-DCF" in [found.alias for found in compute.extensions()]


_PUBLIC = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJx3h0s1Yv2r5mXg9P1Hq3mVdG3qN8xk2o1bY7c4ZqWl sdk"
