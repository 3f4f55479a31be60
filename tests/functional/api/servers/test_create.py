"""POST /servers: what is accepted, what is stored, what is said."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

from nova_api.backend import Backend
from nova_api.context import admin
from tests.functional.api.servers import rows
from tests.functional.client import DEMO_PROJECT, Api

pytestmark = pytest.mark.databases

Boot = Callable[..., Any]


def test_reply_names_the_server_and_where_it_is(boot: Boot) -> None:
    reply = boot()
    assert reply.status_int == 202
    server = reply.json["server"]
    assert set(server) == {"id", "links", "OS-DCF:diskConfig", "security_groups", "adminPass"}
    assert reply.headers["Location"] == server["links"][0]["href"]
    assert server["links"][0]["href"].endswith(f"/v2.1/servers/{server['id']}")
    assert server["OS-DCF:diskConfig"] == "MANUAL"
    assert server["security_groups"] == [{"name": "default"}]
    assert re.fullmatch("[2-9A-HJ-NP-Za-km-z]{12}", server["adminPass"])
    assert reply.headers["Content-Type"] == "application/json"


def test_what_is_stored_without_any_wish(
    boot: Boot, stocked: Backend, image_id: str, network_id: str
) -> None:
    reply = boot(name="My Server_1.x")
    row = rows.server(stocked, reply.json["server"]["id"])
    assert (row.vm_state, row.task_state, row.power_state) == ("building", "scheduling", 0)
    assert (row.name, row.hostname, row.description) == ("My Server_1.x", "my-server-1-x", "My Server_1.x")
    assert (row.user_id, row.project_id) == ("demo", DEMO_PROJECT)
    assert (row.vcpus, row.memory_mb, row.root_gb, row.flavorid) == (1, 512, 1, "1")
    assert row.flavor["name"] == "m1.tiny"
    assert row.flavor["extra_specs"] == {}
    assert row.image_id == image_id
    assert row.requested_networks == [
        {"network_id": network_id, "port_id": None, "fixed_ip": None, "tag": None}
    ]
    assert row.requested_security_groups == []
    assert re.fullmatch("r-[0-9a-z]{8}", row.reservation_id)
    assert (row.key_name, row.user_data, row.config_drive, row.availability_zone) == (None, None, False, None)


def test_one_action_and_one_work_item_with_the_request_id(api: Api, boot: Boot, stocked: Backend) -> None:
    reply = boot(adminPass="secret", personality=[{"path": "/etc/motd", "contents": "aGk="}])
    uuid = reply.json["server"]["id"]
    (action,) = rows.actions(stocked, uuid)
    assert (action.action, action.user_id, action.project_id) == ("create", "demo", DEMO_PROJECT)
    assert action.request_id.startswith("req-")
    assert action.finish_time is None
    ((topic, method, host, payload),) = rows.work(stocked, uuid)
    assert (topic, method, host) == ("scheduler", "build", None)
    assert payload["admin_password"] == "secret"
    assert payload["files"] == [{"path": "/etc/motd", "contents": "aGk="}]


def test_every_wish_is_stored(boot: Boot, stocked: Backend, api: Api) -> None:
    reply = boot(
        version="2.94",
        as_=api.admin,
        name="full",
        description="for tests",
        hostname="full.example.org",
        accessIPv4="192.0.2.7",
        accessIPv6="2001:db8::7",
        adminPass="Given1",
        metadata={"role": "db", "n": "1"},
        tags=["b", "a", "b"],
        user_data="aGVsbG8=",
        config_drive="yes",
        networks="none",
        trusted_image_certificates=["one", "two"],
        security_groups=[{"name": "default"}],
        hints={"same_host": "8c19174f-4220-44f0-824a-cd1eeef10287", "query": "[]"},
        **{"OS-DCF:diskConfig": "AUTO"},
    )
    assert reply.json["server"]["adminPass"] == "Given1"
    assert reply.json["server"]["OS-DCF:diskConfig"] == "AUTO"
    uuid = reply.json["server"]["id"]
    row = rows.server(stocked, uuid)
    assert (row.description, row.hostname) == ("for tests", "full.example.org")
    assert (row.access_ip_v4, row.access_ip_v6) == ("192.0.2.7", "2001:db8::7")
    assert (row.user_data, row.config_drive, row.disk_config) == ("aGVsbG8=", True, "AUTO")
    assert row.requested_networks == []
    assert row.trusted_certs == ["one", "two"]
    assert row.scheduler_hints == {"same_host": ["8c19174f-4220-44f0-824a-cd1eeef10287"], "query": "[]"}
    assert rows.metadata(stocked, uuid) == {"role": "db", "n": "1"}
    assert rows.tags(stocked, uuid) == ["a", "b"]


def test_description_begins_at_2_19(boot: Boot, stocked: Backend) -> None:
    def described(reply: Any) -> Any:
        return rows.server(stocked, reply.json["server"]["id"]).description

    assert described(boot(version="2.18", name="vm")) == "vm"
    assert described(boot(version="2.19", name="vm")) is None
    assert described(boot(version="2.19", description=None)) is None
    assert described(boot(version="2.19", description="")) == ""
    refused = boot(version="2.18", description="too early")
    assert refused.status_int == 400
    assert "2.19" in refused.json["badRequest"]["message"]


@pytest.mark.parametrize(
    ("key", "value", "since", "until"),
    [
        ("tags", ["x"], 52, 104),
        ("personality", [{"path": "/a", "contents": "aGk="}], 1, 56),
        ("trusted_image_certificates", ["x"], 63, 104),
        ("hostname", "two-labels", 90, 104),
        ("hostname", "x.y", 94, 104),
        ("host", "nowhere", 74, 104),
        ("hypervisor_hostname", "nowhere", 74, 104),
        ("description", "text", 19, 104),
    ],
)
def test_windows_of_parameters(boot: Boot, key: str, value: Any, since: int, until: int) -> None:
    """At both ends of each window; where the key is known, what refuses it is not the schema."""
    for minor in {since - 1, since, until, until + 1} - {0, 105}:
        extra = {"networks": "none"} if minor >= 37 else {}
        reply = boot(version=f"2.{minor}", **{key: value, **extra})
        known = since <= minor <= until
        refused = reply.status_int == 400 and "Invalid value for field" in reply.json["badRequest"]["message"]
        assert refused is not known, (minor, reply.json)


def test_legacy_drops_unknown_keys_and_trims_names(api: Api, stocked: Backend, image_id: str) -> None:
    body = {
        "server": {
            "name": "  padded  ",
            "flavorRef": "1",
            "imageRef": image_id,
            "description": "unknown here",
            "user_data": None,
            "nonsense": 1,
        },
        "more": {},
    }
    reply = api.post("/servers", body, root="/v2")
    assert reply.status_int == 202
    assert "OpenStack-API-Version" not in reply.headers
    assert "/v2/" in reply.headers["Location"]
    row = rows.server(stocked, reply.json["server"]["id"])
    assert (row.name, row.description) == ("padded", "padded")


def test_several_servers(api: Api, boot: Boot, stocked: Backend) -> None:
    reply = boot(name="web", min_count="2", max_count=3)
    made = rows.all_servers(stocked)
    assert [row.name for row in made] == ["web-1", "web-2", "web-3"]
    assert [row.hostname for row in made] == ["web-1", "web-2", "web-3"]
    assert [row.launch_index for row in made] == [0, 1, 2]
    assert {row.description for row in made} == {"web"}
    assert len({row.reservation_id for row in made}) == 1
    assert reply.json["server"]["id"] == made[0].uuid
    assert all(len(rows.work(stocked, row.uuid)) == 1 for row in made)
    assert all(len(rows.actions(stocked, row.uuid)) == 1 for row in made)


def test_reservation_id_instead_of_a_server(boot: Boot, stocked: Backend) -> None:
    reply = boot(min_count=2, return_reservation_id="True")
    assert reply.status_int == 202
    assert "Location" not in reply.headers
    assert {row.reservation_id for row in rows.all_servers(stocked)} == {reply.json["reservation_id"]}
    assert len(rows.all_servers(stocked)) == 2


def test_long_names_of_several_servers_fit(boot: Boot, stocked: Backend) -> None:
    assert boot(name="n" * 255, min_count=2).status_int == 202
    first, second = rows.all_servers(stocked)
    assert (len(first.name), first.name[-3:]) == (255, "n-1")
    assert (len(second.hostname), second.hostname[-3:]) == (63, "n-2")


@pytest.mark.parametrize(
    ("name", "hostname"),
    [
        ("Ünï.cöde", "ünï-cöde"),
        ("-.dots.-", "dots"),
        ("日本", None),
        ("a!b@c", "abc"),
        ("x" * 100, "x" * 63),
    ],
)
def test_hostnames_come_from_names(boot: Boot, stocked: Backend, name: str, hostname: str | None) -> None:
    row = rows.server(stocked, boot(name=name).json["server"]["id"])
    assert row.hostname == (hostname or f"Server-{row.uuid}")


def test_password_is_hidden_when_it_could_not_be_set(boot: Boot, stocked: Backend) -> None:
    stocked.conf.set_override("enable_instance_password", False)
    assert "adminPass" not in boot().json["server"]


def test_flavor_may_be_a_link_and_a_number(boot: Boot) -> None:
    assert boot(flavorRef=1).status_int == 202
    assert boot(flavorRef="http://cloud.example.org/flavors/1").status_int == 202


def test_image_properties_and_kernel(api: Api, boot: Boot, stocked: Backend, image_id: str) -> None:
    properties = {"architecture": "x86_64", "kernel_id": image_id, "auto_disk_config": "True"}
    made = _image(stocked, properties=properties)
    row = rows.server(stocked, boot(imageRef=made).json["server"]["id"])
    assert row.image_properties == {"architecture": "x86_64", "auto_disk_config": "True"}
    assert (row.kernel_id, row.ramdisk_id, row.disk_config) == (image_id, "", "AUTO")
    without = _image(stocked, properties={"kernel_id": "nokernel", "ramdisk_id": "nokernel"})
    row = rows.server(stocked, boot(imageRef=without).json["server"]["id"])
    assert (row.kernel_id, row.ramdisk_id, row.disk_config) == ("", "", "MANUAL")


def test_the_image_as_boot_device_beside_imageref(boot: Boot, image_id: str) -> None:
    """What the openstack command sends."""
    device = {
        "uuid": image_id,
        "boot_index": 0,
        "source_type": "image",
        "destination_type": "local",
        "delete_on_termination": True,
    }
    assert boot(block_device_mapping_v2=[device], min_count=1, max_count=1).status_int == 202
    assert boot(block_device_mapping_v2=[], block_device_mapping=[]).status_int == 202


def test_names_are_unique_where_the_option_says_so(api: Api, boot: Boot, stocked: Backend) -> None:
    stocked.conf.set_override("osapi_compute_unique_server_name_scope", "project")
    assert boot(name="one").status_int == 202
    again = boot(name="ONE")
    assert again.status_int == 409
    assert "already exists" in again.json["conflictingRequest"]["message"]
    assert boot(name="one", as_=api.admin).status_int == 202
    stocked.conf.set_override("osapi_compute_unique_server_name_scope", "global")
    assert boot(name="One", as_=api.as_("eve", "0" * 32)).status_int == 409


def _image(backend: Backend, **values: Any) -> str:
    image = {"name": "other", "disk_format": "raw", "container_format": "bare", "visibility": "public"}
    made = backend.images.create(admin(), {**image, "owner": "x", "status": "active", **values})
    return str(made.id)
