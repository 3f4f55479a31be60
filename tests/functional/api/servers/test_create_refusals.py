"""POST /servers: what is refused, with which status and which words."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa

from nova_api.backend import Backend
from nova_api.context import admin
from nova_api.db.schema.base import utcnow
from nova_api.db.schema.compute import compute_nodes, flavors, services
from tests.functional.api.servers import rows
from tests.functional.client import Api

Boot = Callable[..., Any]
NOWHERE = "11111111-2222-4333-8444-555555555555"


def message(reply: Any, status: int) -> str:
    assert reply.status_int == status, reply.text
    ((name, fault),) = reply.json.items()
    assert fault["code"] == status
    assert (
        name
        == {400: "badRequest", 403: "forbidden", 409: "conflictingRequest", 501: "notImplemented"}[status]
    )
    return str(fault["message"])


@pytest.mark.parametrize(
    ("server", "words"),
    [
        ({"imageRef": ...}, "imageRef"),
        ({"imageRef": ""}, "imageRef"),
        ({"imageRef": NOWHERE}, "image"),
        ({"imageRef": "http://glance/images/" + NOWHERE}, "imageRef"),
        ({"flavorRef": "nope"}, "Flavor nope could not be found"),
        ({"flavorRef": ...}, "flavorRef"),
        ({"flavorRef": ""}, "flavorRef"),
        ({"name": ...}, "name"),
        ({"name": ""}, "name"),
        ({"name": " edge"}, "white space"),
        ({"name": "x" * 256}, "name"),
        ({"key_name": "missing"}, "Invalid key_name"),
        ({"user_data": "a" * 65536}, "user_data"),
        ({"user_data": None}, "user_data"),
        ({"accessIPv4": "not-an-ip"}, "accessIPv4"),
        ({"availability_zone": "mars"}, "availability zone is not available"),
        ({"availability_zone": "a:b:c:d"}, "Unable to parse"),
        ({"min_count": 3, "max_count": 2}, "min_count"),
        ({"min_count": 0}, "min_count"),
        ({"max_count": "0"}, "max_count"),
        ({"min_count": "9" * 5000}, "min_count"),
        ({"security_groups": [{"name": "unknown"}]}, "unknown"),
        ({"networks": [{"uuid": NOWHERE}]}, f"{NOWHERE} could not be found"),
        ({"networks": [{"uuid": "no-uuid"}]}, "no-uuid"),
        ({"networks": [{"port": NOWHERE}]}, NOWHERE),
        ({"networks": [{"fixed_ip": "192.0.2.1"}]}, "uuid"),
        ({"networks": [{}]}, "uuid"),
        ({"networks": [{"port": NOWHERE, "fixed_ip": "192.0.2.1"}]}, "192.0.2.1"),
        ({"personality": [{"path": "/x"}]}, "contents"),
        ({"metadata": {"k": 1}}, "k"),
        ({"metadata": {"bad/key": "v"}}, "bad/key"),
        ({"OS-DCF:diskConfig": "auto"}, "diskConfig"),
        ({"flavor": "1"}, "did you mean 'flavorRef'"),
    ],
)
def test_400(boot: Boot, stocked: Backend, server: dict[str, Any], words: str) -> None:
    assert words in message(boot(**server), 400)
    assert rows.all_servers(stocked) == []


@pytest.mark.parametrize(
    ("version", "server", "words"),
    [
        ("2.37", {}, "networks"),
        ("2.37", {"networks": [{"uuid": "no-uuid"}]}, "networks"),
        ("2.36", {"networks": "auto"}, "networks"),
        ("2.37", {"networks": "any"}, "networks"),
        ("2.31", {"networks": [{"uuid": NOWHERE, "tag": "a"}]}, "2.32 to 2.36 or 2.42 or later"),
        ("2.52", {"networks": "none", "tags": ["a,b"]}, "a,b"),
        ("2.52", {"networks": "none", "tags": [str(n) for n in range(51)]}, "tags"),
        ("2.90", {"networks": "none", "hostname": "a.b"}, "hostname"),
        ("2.90", {"networks": "none", "hostname": "own", "max_count": 2}, "hostname"),
        ("2.63", {"networks": "none", "trusted_image_certificates": []}, "trusted_image_certificates"),
    ],
)
def test_400_in_some_versions(boot: Boot, version: str, server: dict[str, Any], words: str) -> None:
    assert words in message(boot(version=version, **server), 400)


def test_no_body_and_other_bodies(api: Api) -> None:
    for body in (b"", b"[]", b"{}", b"null", b'{"server": []}', b"{", b'{"server": {"name": "\xff"}}'):
        message(api.post("/servers", body=body), 400)


def test_image_that_is_no_image_yet(boot: Boot, stocked: Backend) -> None:
    queued = _image(stocked, status="queued")
    assert "not active" in message(boot(imageRef=queued), 400)


@pytest.mark.parametrize(
    ("image", "words"),
    [
        ({"min_ram": 1024}, "memory is too small"),
        ({"min_disk": 2}, "disk is too small"),
        ({"size": 2 * 1024**3}, "disk is too small"),
    ],
)
def test_flavor_too_small(boot: Boot, stocked: Backend, image: dict[str, int], words: str) -> None:
    assert words in message(boot(imageRef=_image(stocked, **image)), 400)


def test_flavor_just_large_enough(boot: Boot, stocked: Backend) -> None:
    fitting = _image(stocked, min_ram=512, min_disk=1, size=1024**3)
    assert boot(imageRef=fitting).status_int == 202


def test_disk_config_that_the_image_forbids(boot: Boot, stocked: Backend) -> None:
    image = _image(stocked, properties={"auto_disk_config": "Disabled"})
    message(boot(imageRef=image, **{"OS-DCF:diskConfig": "AUTO"}), 400)


def test_kernel_that_is_missing(boot: Boot, stocked: Backend) -> None:
    assert NOWHERE in message(boot(imageRef=_image(stocked, properties={"kernel_id": NOWHERE})), 400)


def test_flavor_without_disk_is_for_administrators(api: Api, boot: Boot, stocked: Backend) -> None:
    with stocked.db.writer() as conn:
        conn.execute(sa.update(flavors).where(flavors.c.flavorid == "1").values(root_gb=0))
    assert "zero disk" in message(boot(), 403)
    assert boot(as_=api.admin).status_int == 202


def test_private_flavor_of_others_and_disabled_one(boot: Boot, stocked: Backend) -> None:
    with stocked.db.writer() as conn:
        conn.execute(sa.update(flavors).where(flavors.c.flavorid == "1").values(is_public=False))
        conn.execute(sa.update(flavors).where(flavors.c.flavorid == "2").values(disabled=True))
    message(boot(), 400)
    message(boot(flavorRef="2"), 400)


def test_server_group_hint(boot: Boot) -> None:
    assert f"{NOWHERE} could not be found" in message(boot(hints={"group": NOWHERE}), 400)
    message(boot(hints={"group": "not-a-uuid"}), 400)


def test_host_of_a_zone_is_for_administrators(boot: Boot) -> None:
    assert "create:forced_host" in message(boot(availability_zone="nova:compute1"), 403)
    assert "create:forced_host" in message(boot(availability_zone="nova::node1"), 403)


def test_destination_is_for_administrators_and_exists(api: Api, boot: Boot, stocked: Backend) -> None:
    with stocked.db.writer() as conn:
        conn.execute(sa.insert(services).values(last_seen_at=utcnow(), **SERVICE))
        conn.execute(sa.insert(compute_nodes).values(**NODE))
    words = message(boot(version="2.74", networks="none", host="h1"), 403)
    assert "compute:servers:create:requested_destination" in words
    unknown = boot(version="2.74", networks="none", host="h2", as_=api.admin)
    assert "h2 could not be found" in message(unknown, 400)
    other = {"host": "h1", "hypervisor_hostname": "n2"}
    message(boot(version="2.74", networks="none", as_=api.admin, **other), 400)
    both = boot(version="2.74", networks="none", host="h1", availability_zone="nova:h1", as_=api.admin)
    message(both, 400)


def test_destinations_reach_the_scheduler(api: Api, boot: Boot, stocked: Backend) -> None:
    with stocked.db.writer() as conn:
        conn.execute(sa.insert(services).values(last_seen_at=utcnow(), **SERVICE))
        conn.execute(sa.insert(compute_nodes).values(**NODE))

    def asked(**server: Any) -> tuple[Any, ...]:
        uuid = boot(version="2.74", networks="none", as_=api.admin, **server).json["server"]["id"]
        payload = rows.work(stocked, uuid)[0][3]
        return payload["zone"], payload["host"], payload["node"], rows.server(stocked, uuid).availability_zone

    assert asked() == (None, None, None, None)
    assert asked(availability_zone="nova") == ("nova", None, None, "nova")
    assert asked(availability_zone="nova:h9:n9") == ("nova", "h9", "n9", "nova")
    assert asked(availability_zone="nova", host="h1") == ("nova", "h1", None, "nova")
    assert asked(hypervisor_hostname="n1") == (None, None, "n1", None)


def test_volumes_that_nobody_has(boot: Boot) -> None:
    volume = {"uuid": NOWHERE, "source_type": "volume", "destination_type": "volume", "boot_index": 0}
    assert NOWHERE in message(boot(imageRef="", block_device_mapping_v2=[volume]), 400)
    assert NOWHERE in message(boot(block_device_mapping=[{"volume_id": NOWHERE, "device_name": "vda"}]), 400)


@pytest.mark.parametrize(
    ("devices", "server"),
    [
        ([{"uuid": NOWHERE, "boot_index": 0}], {}),
        ([{"source_type": "volume", "boot_index": 1}], {}),
        ([{"source_type": "volume", "uuid": NOWHERE, "boot_index": 0}], {}),  # beside an image
        ([{"source_type": "volume", "uuid": NOWHERE, "boot_index": 2}], {}),
        ([{"source_type": "volume", "uuid": NOWHERE, "boot_index": "9" * 5000}], {}),
        ([{"source_type": "volume", "uuid": NOWHERE, "boot_index": None}], {"imageRef": ""}),
        ([{"source_type": "blank", "destination_type": "volume", "boot_index": -1}], {}),
        ([{"source_type": "image", "destination_type": "volume", "uuid": NOWHERE}], {}),
        ([{"source_type": "image", "destination_type": "local", "uuid": NOWHERE, "boot_index": -1}], {}),
        (
            [{"source_type": "image", "destination_type": "local", "uuid": NOWHERE, "boot_index": 0}],
            {"imageRef": ""},
        ),
        ([{"no_device": True, "device_name": "vdb"}], {"imageRef": ""}),
    ],
)
def test_block_devices_that_make_no_sense(boot: Boot, devices: list[Any], server: dict[str, Any]) -> None:
    assert "Block Device Mapping is Invalid" in message(boot(block_device_mapping_v2=devices, **server), 400)


def test_two_syntaxes_of_block_devices(boot: Boot) -> None:
    device = {"source_type": "volume", "uuid": NOWHERE, "boot_index": 1}
    reply = boot(block_device_mapping_v2=[device], block_device_mapping=[{"volume_id": NOWHERE}])
    message(reply, 400)


def test_readers_create_nothing(api: Api, boot: Boot) -> None:
    words = message(boot(as_=api.as_("rita", roles="reader")), 403)
    assert "os_compute_api:servers:create" in words


SERVICE = {"uuid": NOWHERE, "host": "h1", "binary": "nova-compute"}
NODE = {
    "uuid": NOWHERE,
    "host": "h1",
    "hypervisor_hostname": "n1",
    "hypervisor_type": "fake",
    "hypervisor_version": 1,
    "host_ip": "192.0.2.1",
    "cpu_info": {},
    "vcpus": 8,
    "memory_mb": 8192,
    "local_gb": 100,
    "cpu_allocation_ratio": 1.0,
    "ram_allocation_ratio": 1.0,
    "disk_allocation_ratio": 1.0,
}


def _image(backend: Backend, **values: Any) -> str:
    image = {"name": "other", "disk_format": "raw", "container_format": "bare", "visibility": "public"}
    made = backend.images.create(admin(), {**image, "owner": "x", "status": "active", **values})
    return str(made.id)
