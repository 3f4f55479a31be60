"""``GET /servers/{id}``: who sees which server, and which of its fields."""

from __future__ import annotations

from typing import Any

import pytest

from nova_api.backend import Backend
from tests.functional.api.servers import given
from tests.functional.client import ADMIN_PROJECT, DEMO_PROJECT, Api


def show(api: Api, uuid: str, version: str = "2.96") -> dict[str, Any]:
    reply = api.get(f"/servers/{uuid}", version=version)
    assert reply.status_int == 200, reply.text
    server: dict[str, Any] = reply.json["server"]
    return server


def test_a_server(api: Api, backend: Backend) -> None:
    uuid = given.server(backend, tags=("b", "a"), metadata={"role": "web"})
    server = show(api, uuid)
    assert server["id"] == uuid
    assert server["status"] == "ACTIVE"
    assert server["created"] == server["updated"] == "2026-01-31T12:00:00Z"
    assert server["OS-SRV-USG:launched_at"] == "2026-01-31T12:00:00.654321"
    assert server["OS-SRV-USG:terminated_at"] is None
    assert server["tags"] == ["a", "b"]
    assert server["metadata"] == {"role": "web"}
    assert server["config_drive"] == ""
    assert server["accessIPv4"] == ""
    assert server["security_groups"] == [{"name": "default"}]
    assert server["OS-EXT-AZ:availability_zone"] == "nova"
    assert server["pinned_availability_zone"] is None
    assert server["locked"] is False
    assert server["locked_reason"] is None
    assert server["flavor"] == {
        "vcpus": 1,
        "ram": 512,
        "disk": 1,
        "ephemeral": 0,
        "swap": 0,
        "original_name": "m1.tiny",
        "extra_specs": {"hw:numa_nodes": "1"},
    }
    assert [link["rel"] for link in server["links"]] == ["self", "bookmark"]
    assert server["links"][0]["href"].endswith(f"/v2.1/servers/{uuid}")
    assert server["links"][1]["href"] == server["links"][0]["href"].replace("/v2.1", "")


def test_links_bear_the_project_when_the_url_does(api: Api, backend: Backend) -> None:
    uuid = given.server(backend)
    server = api.get(f"/{DEMO_PROJECT}/servers/{uuid}").json["server"]
    assert server["links"][0]["href"].endswith(f"/v2.1/{DEMO_PROJECT}/servers/{uuid}")
    assert server["flavor"]["links"][0]["href"].endswith(f"/{DEMO_PROJECT}/flavors/1")
    assert server["image"]["links"] == [
        {
            "rel": "bookmark",
            "href": server["links"][1]["href"].replace(f"servers/{uuid}", f"images/{given.IMAGE}"),
        }
    ]


def test_unknown_deleted_and_foreign_servers_are_not_found(api: Api, backend: Backend) -> None:
    gone = given.server(backend, deleted=True, vm_state="deleted")
    foreign = given.server(backend, project_id="other")
    for uuid in ("nonsense", gone, foreign):
        reply = api.get(f"/servers/{uuid}")
        assert reply.status_int == 404
        assert f"{uuid} could not be found" in reply.json["itemNotFound"]["message"]
    assert api.admin.get(f"/servers/{gone}").status_int == 404
    assert api.admin.get(f"/servers/{foreign}").json["server"]["tenant_id"] == "other"


def test_a_reader_may_and_a_stranger_to_roles_may_not(api: Api, backend: Backend) -> None:
    uuid = given.server(backend)
    assert api.as_("eve", roles="reader").get(f"/servers/{uuid}").status_int == 200
    refused = api.as_("eve", roles="other").get(f"/servers/{uuid}")
    assert refused.status_int == 403
    assert "os_compute_api:servers:show" in refused.json["forbidden"]["message"]


def test_soft_deleted_servers_can_be_shown(api: Api, backend: Backend) -> None:
    uuid = given.server(backend, vm_state="soft-delete")
    assert show(api, uuid)["status"] == "SOFT_DELETED"


@pytest.mark.parametrize(
    ("vm_state", "task_state", "status", "has_progress"),
    [
        ("building", "spawning", "BUILD", True),
        ("active", "rebooting_hard", "HARD_REBOOT", False),
        ("active", "migrating", "MIGRATING", True),
        ("stopped", None, "SHUTOFF", False),
        ("resized", None, "VERIFY_RESIZE", True),
        ("error", None, "ERROR", False),
        ("error", "rebuilding", "REBUILD", True),
        ("shelved_offloaded", None, "SHELVED_OFFLOADED", False),
        ("something new", None, "UNKNOWN", False),
    ],
)
def test_status_and_progress(
    api: Api, backend: Backend, vm_state: str, task_state: str | None, status: str, has_progress: bool
) -> None:
    server = show(api, given.server(backend, vm_state=vm_state, task_state=task_state))
    assert server["status"] == status
    assert server["OS-EXT-STS:vm_state"] == vm_state
    assert server["OS-EXT-STS:task_state"] == task_state
    assert ("progress" in server) is has_progress


def test_addresses_by_label_fixed_before_floating(api: Api, backend: Backend) -> None:
    floating = {"address": "172.24.4.9", "version": 4, "fixed_address": "192.168.1.30"}
    nics = [given.nic(floating_ips=[floating]), given.nic("192.168.1.31"), given.nic("fd00::1", "six")]
    addresses = show(api, given.server(backend, nics=nics))["addresses"]
    assert [a["addr"] for a in addresses["private"]] == ["192.168.1.30", "192.168.1.31", "172.24.4.9"]
    assert [a["OS-EXT-IPS:type"] for a in addresses["private"]] == ["fixed", "fixed", "floating"]
    assert addresses["six"] == [
        {
            "version": 6,
            "addr": "fd00::1",
            "OS-EXT-IPS:type": "fixed",
            "OS-EXT-IPS-MAC:mac_addr": "fa:16:3e:4c:2c:30",
        }
    ]


def test_nothing_of_the_network_while_building(api: Api, backend: Backend) -> None:
    server = show(api, given.server(backend, vm_state="building", host=None, nics=None))
    assert server["addresses"] == {}
    assert "security_groups" not in server
    assert server["hostId"] == ""
    assert server["OS-EXT-AZ:availability_zone"] == ""


def test_zone_and_host_when_offloaded(api: Api, backend: Backend) -> None:
    uuid = given.server(
        backend, vm_state="shelved_offloaded", host=None, node=None, availability_zone="zone1"
    )
    server = show(api, uuid)
    assert server["OS-EXT-AZ:availability_zone"] == ""
    assert server["pinned_availability_zone"] == "zone1"


def test_host_id_is_known_from_the_reference(api: Api, backend: Backend) -> None:
    """The value is that of a recorded reply: SHA-224 of project and host."""
    uuid = given.server(backend, project_id=ADMIN_PROJECT, host="compute")
    assert show(api.admin, uuid)["hostId"] == "2091634baaccdc4c5a1d57069c833e402921df696b7f970791b12ec6"


def test_a_server_on_a_volume_has_no_image(api: Api, backend: Backend) -> None:
    assert show(api, given.server(backend, image_id=None), "2.98")["image"] == ""


def test_image_properties_are_text(api: Api, backend: Backend) -> None:
    uuid = given.server(backend, image_properties={"hw_cpu_cores": 2, "os_type": None})
    assert show(api, uuid, "2.98")["image"]["properties"] == {"hw_cpu_cores": "2", "os_type": None}


def test_image_properties_are_those_that_mean_something_to_a_server(api: Api, backend: Backend) -> None:
    known = {"architecture": "x86_64", "auto_disk_config": "True", "img_config_drive": "mandatory"}
    users = {"Label": "mine", "trait:HW_CPU_X86_SGX": "required", "kernel_id": "nokernel"}
    uuid = given.server(backend, image_properties={**known, **users})
    assert show(api, uuid, "2.98")["image"]["properties"] == known


def test_details_of_a_fault_are_for_administrators_unless_the_user_is_to_blame(
    api: Api, backend: Backend
) -> None:
    ours = given.server(backend, vm_state="error")
    given.fault(backend, ours, 400, "an older one")
    given.fault(backend, ours, 500, "No valid host was found.")
    users = given.server(backend, vm_state="error")
    given.fault(backend, users, 400, "Image is broken.")
    healthy = given.server(backend)
    given.fault(backend, healthy)
    assert show(api, ours)["fault"] == {
        "code": 500,
        "created": "2026-01-31T12:00:00Z",
        "message": "No valid host was found.",
    }
    assert show(api.admin, ours)["fault"]["details"] == "Traceback …"
    assert show(api, users)["fault"]["details"] == "Traceback …"
    assert "fault" not in show(api, healthy)
    assert "fault" not in show(api, given.server(backend, vm_state="error"))


@pytest.mark.parametrize(
    ("service", "status"),
    [
        ({}, "UP"),
        ({"disabled": True}, "MAINTENANCE"),
        ({"disabled": True, "forced_down": True}, "DOWN"),
        ({"last_seen_at": given.BIRTH}, "UNKNOWN"),
        ({"last_seen_at": None}, "UNKNOWN"),
    ],
)
def test_host_status(api: Api, backend: Backend, service: dict[str, Any], status: str) -> None:
    given.service(backend, **service)
    uuid = given.server(backend)
    assert show(api.admin, uuid)["host_status"] == status
    assert "host_status" not in show(api, uuid)
    assert show(api.admin, given.server(backend, host=None))["host_status"] == ""


def test_where_and_what_is_for_administrators(api: Api, backend: Backend) -> None:
    uuid = given.server(backend)
    seen = show(api.admin, uuid, "2.3")
    assert seen["OS-EXT-SRV-ATTR:host"] == "compute1"
    assert seen["OS-EXT-SRV-ATTR:instance_name"] == f"instance-{given.row_id(backend, uuid):08x}"
    assert seen["OS-EXT-SRV-ATTR:user_data"] == "IyEvYmluL3NoCg=="
    assert not any(key.startswith("OS-EXT-SRV-ATTR") for key in show(api, uuid, "2.89"))
    assert show(api, uuid, "2.90")["OS-EXT-SRV-ATTR:hostname"] == "vm0"


def test_query_keys_are_refused_from_2_102(api: Api, backend: Backend) -> None:
    uuid = given.server(backend)
    assert api.get(f"/servers/{uuid}?x=1", version="2.101").status_int == 200
    assert api.get(f"/servers/{uuid}?x=1", version="2.102").status_int == 400
