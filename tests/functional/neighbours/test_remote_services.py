"""A server's life with images, networks and volumes of another process, over HTTP all the way."""

from __future__ import annotations

import dataclasses
import pathlib
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from tests.functional.neighbours.standing_in import PATIENCE, Place, standing_in, until, write_options
from tests.real_process import ROOT, answering, free_port


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    with standing_in(tmp_path_factory.mktemp("remote")) as made:
        yield made


@pytest.fixture(scope="module")
def image(place: Place) -> str:
    return str(place.done("GET", "/image/v2/images", at=place.around)["images"][0]["id"])


@pytest.fixture(scope="module")
def network(place: Place) -> str:
    found = place.done("GET", "/network/v2.0/networks?name=private", at=place.around)["networks"]
    return str(found[0]["id"])


def test_a_servers_life(place: Place, image: str, network: str) -> None:
    server = place.boot(imageRef=image, networks=[{"uuid": network, "tag": "front"}])
    (port,) = place.ports_of(server["id"])
    assert (port["device_owner"], port["binding:host_id"]) == ("compute:nova", "host1")
    assert port["project_id"] == place.project_id
    (addresses,) = server["addresses"].values()
    assert {one["addr"] for one in addresses} == {one["ip_address"] for one in port["fixed_ips"]}
    assert server["security_groups"] == [{"name": "default"}]

    more = {"interfaceAttachment": {"net_id": network}}
    nic = place.done("POST", f"/servers/{server['id']}/os-interface", more)["interfaceAttachment"]
    assert {one["id"] for one in place.ports_of(server["id"])} == {port["id"], nic["port_id"]}
    assert place.call("DELETE", f"/servers/{server['id']}/os-interface/{nic['port_id']}").status_code == 202
    until(lambda: len(place.ports_of(server["id"])) == 1, "the second port is gone")

    place.gone(server["id"])
    assert place.ports_of(server["id"]) == []


def test_a_users_port_comes_back_unbound(place: Place, image: str, network: str) -> None:
    made = {"port": {"network_id": network, "name": "mine"}}
    port = place.done("POST", "/network/v2.0/ports", made, at=place.around)["port"]
    server = place.boot(imageRef=image, networks=[{"port": port["id"]}])
    assert [one["id"] for one in place.ports_of(server["id"])] == [port["id"]]
    taken = {"server": {"name": "x", "flavorRef": "1", "imageRef": image, "networks": [{"port": port["id"]}]}}
    assert place.call("POST", "/servers", taken).status_code == 409
    place.gone(server["id"])
    left = place.done("GET", f"/network/v2.0/ports/{port['id']}", at=place.around)["port"]
    assert (left["device_id"], left["device_owner"]) == ("", "")
    place.done("DELETE", f"/network/v2.0/ports/{port['id']}", at=place.around)


@pytest.mark.parametrize(
    ("nic", "status"),
    [
        ({"uuid": "00000000-0000-0000-0000-000000000000"}, 400),
        ({"port": "00000000-0000-0000-0000-000000000000"}, 400),
        ({"fixed_ip": "192.0.2.77"}, 400),
    ],
)
def test_refusals_come_before_the_server(
    place: Place, image: str, network: str, nic: dict[str, str], status: int
) -> None:
    wanted = nic if "fixed_ip" not in nic else {"uuid": network, **nic}
    asked = {"server": {"name": "x", "flavorRef": "1", "imageRef": image, "networks": [wanted]}}
    reply = place.call("POST", "/servers", asked)
    assert reply.status_code == status, reply.text


def test_the_network_services_quota_comes_before_the_server(place: Place, image: str, network: str) -> None:
    path = f"/network/v2.0/quotas/{place.project_id}"
    used = place.done("GET", f"{path}/details.json", at=place.around)["quota"]["port"]["used"]
    place.done("PUT", path, {"quota": {"port": used + 1}}, at=place.around, admin=True)
    asked = {"name": "x", "flavorRef": "1", "imageRef": image, "networks": [{"uuid": network}]}
    reply = place.call("POST", "/servers", {"server": {**asked, "min_count": 2}})
    assert reply.status_code == 403, reply.text
    assert "Quota exceeded for ports" in reply.json()["forbidden"]["message"]
    place.gone(place.boot(imageRef=image, networks=[{"uuid": network}])["id"])
    place.done("DELETE", path, at=place.around, admin=True)


def test_addresses_groups_and_floating_ips_of_old(place: Place, image: str, network: str) -> None:
    server = place.boot(imageRef=image, networks=[{"uuid": network}])
    path = f"/servers/{server['id']}"
    group = place.old("POST", "/os-security-groups", {"security_group": {"name": "web", "description": "w"}})
    assert group.status_code == 200, group.text
    rule = {"parent_group_id": group.json()["security_group"]["id"], "ip_protocol": "tcp"}
    rule |= {"from_port": 80, "to_port": 80, "cidr": "0.0.0.0/0"}
    assert place.old("POST", "/os-security-group-rules", {"security_group_rule": rule}).status_code == 200
    assert place.call("POST", f"{path}/action", {"addSecurityGroup": {"name": "web"}}).ok
    listed = place.done("GET", f"{path}/os-security-groups")["security_groups"]
    assert [one["name"] for one in listed] == ["default", "web"]
    assert len(listed[1]["rules"]) == 1
    assert place.call("POST", f"{path}/action", {"removeSecurityGroup": {"name": "web"}}).ok

    made = place.old("POST", "/os-floating-ips", {})
    assert made.status_code == 200, made.text
    floating = made.json()["floating_ip"]
    led = place.old("POST", f"{path}/action", {"addFloatingIp": {"address": floating["ip"]}})
    assert led.ok, led.text
    (shown,) = place.old("GET", "/os-floating-ips").json()["floating_ips"]
    assert shown["instance_id"] == server["id"]
    addresses = place.done("GET", path)["server"]["addresses"]
    assert floating["ip"] in {one["addr"] for nic in addresses.values() for one in nic}
    unled = place.old("POST", f"{path}/action", {"removeFloatingIp": {"address": floating["ip"]}})
    assert unled.ok, unled.text
    assert place.old("DELETE", f"/os-floating-ips/{floating['id']}").ok

    assert place.old("POST", f"{path}/action", {"addFixedIp": {"networkId": network}}).ok
    until(lambda: len(place.ports_of(server["id"])[0]["fixed_ips"]) == 2, "there is a second address")
    place.gone(server["id"])


def test_snapshot_boot_and_rebuild(place: Place, image: str) -> None:
    server = place.boot(imageRef=image, networks="none")
    path = f"/servers/{server['id']}"
    made = place.done("POST", f"{path}/action", {"createImage": {"name": "snap", "metadata": {"a": "b"}}})

    def active() -> Any:
        found = place.done("GET", f"/image/v2/images/{made['image_id']}", at=place.around)
        return found if found["status"] == "active" else None

    snapshot = until(active, "the snapshot is active")
    assert (snapshot["owner"], snapshot["a"]) == (place.project_id, "b")
    assert snapshot["size"] > 0
    assert snapshot["instance_uuid"] == server["id"]
    listed = place.old("GET", "/images?name=snap").json()["images"]
    assert [one["id"] for one in listed] == [snapshot["id"]]
    place.settled(server["id"])
    place.done("POST", f"{path}/action", {"rebuild": {"imageRef": snapshot["id"]}})
    rebuilt = place.settled(server["id"])
    assert rebuilt["image"]["id"] == snapshot["id"]
    place.gone(server["id"])
    assert place.old("DELETE", f"/images/{snapshot['id']}").status_code == 204
    assert place.call("GET", f"/image/v2/images/{snapshot['id']}", at=place.around).status_code == 404


def volume(place: Place, volume_id: str) -> dict[str, Any]:
    return dict(place.done("GET", f"/volume/v3/volumes/{volume_id}", at=place.around)["volume"])


def test_volumes(place: Place, image: str) -> None:
    made = place.done("POST", "/volume/v3/volumes", {"volume": {"size": 1}}, at=place.around)["volume"]
    server = place.boot(imageRef=image, networks="none")
    path = f"/servers/{server['id']}"
    asked = {"volumeAttachment": {"volumeId": made["id"]}}
    place.done("POST", f"{path}/os-volume_attachments", asked)
    until(lambda: volume(place, made["id"])["status"] == "in-use", "the volume is in use")
    (attached,) = volume(place, made["id"])["attachments"]
    assert (attached["server_id"], attached["host_name"]) == (server["id"], "host1")
    assert place.call("POST", f"{path}/os-volume_attachments", asked).status_code in (400, 409)
    assert place.call("DELETE", f"{path}/os-volume_attachments/{made['id']}").status_code == 202
    until(lambda: volume(place, made["id"])["status"] == "available", "the volume is free")
    place.gone(server["id"])


def test_boot_from_a_volume_that_is_made(place: Place, image: str) -> None:
    disk = {"boot_index": 0, "uuid": image, "source_type": "image", "destination_type": "volume"}
    disk |= {"volume_size": 2, "delete_on_termination": True}
    server = place.boot(networks="none", block_device_mapping_v2=[disk])
    (attached,) = server["os-extended-volumes:volumes_attached"]
    found = volume(place, attached["id"])
    assert (found["size"], found["status"]) == (2, "in-use")
    assert found["os-vol-tenant-attr:tenant_id"] == place.project_id
    made = place.done("POST", f"/servers/{server['id']}/action", {"createImage": {"name": "of-volume"}})
    (snapshot,) = place.done("GET", "/volume/v3/snapshots", at=place.around)["snapshots"]
    assert snapshot["volume_id"] == found["id"]
    assert snapshot["metadata"] == {"compute_image": made["image_id"]}
    place.done("DELETE", f"/image/v2/images/{made['image_id']}", at=place.around)
    place.done("DELETE", f"/volume/v3/snapshots/{snapshot['id']}", at=place.around)
    # A property of more than the image service takes: the snapshot that was made before goes.
    refused = {"createImage": {"name": "of-volume", "metadata": {"owner": "somebody else"}}}
    reply = place.call("POST", f"/servers/{server['id']}/action", refused)
    assert reply.status_code >= 400, reply.text
    assert place.done("GET", "/volume/v3/snapshots", at=place.around)["snapshots"] == []
    place.gone(server["id"])
    assert place.call("GET", f"/volume/v3/volumes/{found['id']}", at=place.around).status_code == 404


def test_nova_manage_asks_each_of_them(place: Place, tmp_path: pathlib.Path) -> None:
    def check(conf: pathlib.Path) -> tuple[int, str]:
        command = [sys.executable, "-m", "nova_api.cmd.manage", "--config-file", conf, "neighbours", "check"]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False, cwd=ROOT)
        return done.returncode, done.stdout

    conf = write_options(tmp_path, f"{place.around}/identity/v3", 1)
    status, told = check(conf)
    assert status == 0, told
    assert [line.split()[:2] for line in told.splitlines()] == [
        ["identity", "good"],
        ["images", "good"],
        ["networks", "good"],
        ["volumes", "good"],
    ]
    assert told.splitlines()[0].endswith("with the roles admin, service")
    conf.write_text(conf.read_text().replace("service-secret", "wrong"))
    status, told = check(conf)
    assert (status, told.count("Keystone refuses the service user")) == (1, 4)


def test_no_routers_and_attachments_that_only_a_service_ends(
    place: Place, image: str, network: str, tmp_path: pathlib.Path
) -> None:
    between = f"http://127.0.0.1:{free_port()}"
    command = [sys.executable, "-m", "tests.functional.neighbours.between", between, place.around]
    with answering(command, between, log=tmp_path / "between"):
        port = free_port()
        url = f"http://127.0.0.1:{port}"
        more = f"[neutron]\nendpoint_override = {between}/network\n"
        more += f"[cinder]\nendpoint_override = {between}/volume/v3\n"
        conf = write_options(tmp_path, f"{place.around}/identity/v3", port, more=more)
        command = [sys.executable, str(ROOT / "bin" / "nova-all"), "--config-file", str(conf)]
        with answering(command, url, log=tmp_path / "log", within=PATIENCE):
            beside = dataclasses.replace(place, url=f"{url}/v2.1")
            booted = beside.boot(imageRef=image, networks=[{"uuid": network}])
            assert len(booted["addresses"]["private"]) == 1
            assert beside.old("GET", "/os-floating-ips").json() == {"floating_ips": []}

            made = place.done("POST", "/volume/v3/volumes", {"volume": {"size": 1}}, at=place.around)
            volume = made["volume"]["id"]

            def status() -> str:
                shown = place.done("GET", f"/volume/v3/volumes/{volume}", at=place.around)
                return str(shown["volume"]["status"])

            until(lambda: status() == "available", "the volume is made")
            attached = f"/servers/{booted['id']}/os-volume_attachments"
            beside.done("POST", attached, {"volumeAttachment": {"volumeId": volume}})
            until(lambda: status() == "in-use", "the volume is attached")
            beside.settled(booted["id"])
            beside.done("DELETE", f"{attached}/{volume}")
            until(lambda: status() == "available", "the volume is detached")
            beside.gone(booted["id"])


def test_neighbours_that_are_down(place: Place, image: str, network: str) -> None:
    """Comes last: what stands for the other services is ended here."""
    server = place.boot(imageRef=image, networks=[{"uuid": network}])
    place.outside.terminate()
    place.outside.wait(timeout=30)
    path = f"/servers/{server['id']}"
    # The token is known already; lists and states need nobody.
    assert place.done("GET", path)["server"]["addresses"] == server["addresses"]
    asked = {"server": {"name": "x", "flavorRef": "1", "imageRef": image, "networks": "none"}}
    for method, what, body in (
        ("POST", "/servers", asked),
        ("GET", f"{path}/os-interface", None),
        ("POST", f"{path}/os-volume_attachments", {"volumeAttachment": {"volumeId": network}}),
    ):
        reply = place.call(method, what, body)
        assert reply.status_code == 503, (what, reply.text)
        assert int(reply.headers["Retry-After"]) > 0
    assert place.call("POST", f"{path}/action", {"reboot": {"type": "SOFT"}}).status_code == 202
    place.settled(server["id"])
    # A delete is accepted, tried a few times, and ends in ERROR with a fault that names the culprit.
    assert place.call("DELETE", path).status_code == 204
    failed = place.settled(server["id"], "ERROR")
    assert "network service" in failed["fault"]["message"], failed["fault"]
