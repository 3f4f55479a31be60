"""The embedded volume service over HTTP, and its stock clients."""

from __future__ import annotations

import os
import pathlib
import subprocess
import sys
from typing import Any

import pytest

from tests.functional.neighbours.conftest import Cloud

SERVER = "0d8c3c5e-62a5-4b4e-8a43-3c1f8d3b7e11"


def _volume(cloud: Cloud, user: str = "demo", **values: Any) -> dict[str, Any]:
    answer = cloud.call("POST", "/volume/v3/volumes", user, json={"volume": {"size": 1, **values}})
    assert answer.status_code == 202, answer.text
    volume: dict[str, Any] = answer.json()["volume"]
    return volume


def _status(cloud: Cloud, volume_id: str) -> str:
    status: str = cloud.call("GET", f"/volume/v3/volumes/{volume_id}").json()["volume"]["status"]
    return status


def _act(cloud: Cloud, volume_id: str, user: str = "demo", **action: Any) -> int:
    body = {name.replace("os_", "os-", 1): value for name, value in action.items()}
    return cloud.call("POST", f"/volume/v3/volumes/{volume_id}/action", user, json=body).status_code


def test_version_documents_and_the_header(cloud: Cloud) -> None:
    root = cloud.call("GET", "/volume/", user=None)
    assert (root.status_code, root.json()["versions"][0]["version"]) == (300, "3.44")
    assert cloud.call("GET", "/volume/v3/").json()["versions"][0]["id"] == "v3.0"
    newest = {"OpenStack-API-Version": "volume 3.44"}
    answer = cloud.call("GET", "/volume/v3/volumes", headers=newest)
    assert answer.headers["OpenStack-API-Version"] == "volume 3.44"
    beyond = {"OpenStack-API-Version": "volume 3.45"}
    assert cloud.call("GET", "/volume/v3/volumes", headers=beyond).status_code == 406
    nonsense = {"OpenStack-API-Version": "volume three"}
    assert cloud.call("GET", "/volume/v3/volumes", headers=nonsense).status_code == 400


def test_a_volume_is_made_shown_changed_listed_and_deleted(cloud: Cloud) -> None:
    made = _volume(cloud, name="disk", size=2, metadata={"a": "b"})
    project = cloud.nova.identity.users("demo")[0].default_project_id or made["os-vol-tenant-attr:tenant_id"]
    assert (made["status"], made["bootable"], made["attachments"]) == ("available", "false", [])
    assert made["volume_type"] == "standard"
    path = f"/volume/v3/volumes/{made['id']}"
    changed = cloud.call("PUT", path, json={"volume": {"name": "other", "description": "mine"}}).json()
    assert (changed["volume"]["name"], changed["volume"]["description"]) == ("other", "mine")
    with_project = cloud.call("GET", f"/volume/v3/{project}/volumes/detail?name=other").json()["volumes"]
    assert [item["id"] for item in with_project] == [made["id"]]
    assert cloud.call("POST", f"{path}/metadata", json={"metadata": {"c": "d"}}).json() == {
        "metadata": {"a": "b", "c": "d"}
    }
    assert cloud.call("DELETE", f"{path}/metadata/a").status_code == 200
    assert cloud.call("DELETE", f"{path}/metadata/a").status_code == 404
    assert cloud.call("GET", path).json()["volume"]["metadata"] == {"c": "d"}
    assert cloud.call("DELETE", path).status_code == 202
    assert cloud.call("GET", path).status_code == 404


def test_strangers_see_nothing_of_it(cloud: Cloud) -> None:
    of_admin = _volume(cloud, "admin", name="secret")
    path = f"/volume/v3/volumes/{of_admin['id']}"
    assert [cloud.call(method, path).status_code for method in ("GET", "DELETE")] == [404, 404]
    assert of_admin["id"] not in cloud.call("GET", "/volume/v3/volumes?all_tenants=1").text
    mine = _volume(cloud)
    assert mine["id"] not in cloud.call("GET", "/volume/v3/volumes", "admin").text
    assert mine["id"] in cloud.call("GET", "/volume/v3/volumes?all_tenants=1", "admin").text
    cloud.call("DELETE", path, "admin")
    cloud.call("DELETE", f"/volume/v3/volumes/{mine['id']}")


def test_a_volume_of_an_image_boots_and_knows_its_image(cloud: Cloud) -> None:
    image = cloud.call("GET", "/image/v2/images?name=cirros").json()["images"][0]
    made = _volume(cloud, imageRef=image["id"])
    assert made["bootable"] == "true"
    assert made["volume_image_metadata"]["image_id"] == image["id"]
    snapshot = cloud.call(
        "POST", "/volume/v3/snapshots", json={"snapshot": {"volume_id": made["id"], "name": "s"}}
    ).json()["snapshot"]
    copy = _volume(cloud, size=None, snapshot_id=snapshot["id"])
    assert (copy["size"], copy["bootable"], copy["snapshot_id"]) == (1, "true", snapshot["id"])
    path = f"/volume/v3/volumes/{made['id']}"
    refused = cloud.call("DELETE", path)
    assert (refused.status_code, "still has snapshots" in refused.text) == (400, True)
    assert cloud.call("DELETE", f"{path}?cascade=true").status_code == 202
    assert cloud.call("GET", f"/volume/v3/snapshots/{snapshot['id']}").status_code == 404


@pytest.mark.parametrize(
    "asked",
    [
        {"size": None},
        {"size": 0},
        {"size": "many"},
        {"imageRef": "a", "snapshot_id": "b"},
    ],
)
def test_orders_that_make_no_sense(cloud: Cloud, asked: dict[str, Any]) -> None:
    body = {"volume": {"size": 1, **asked}}
    assert cloud.call("POST", "/volume/v3/volumes", json=body).status_code == 400


def test_an_attachment_goes_through_its_states(cloud: Cloud) -> None:
    volume = _volume(cloud)
    body = {"attachment": {"volume_uuid": volume["id"], "instance_uuid": SERVER}}
    made = cloud.call("POST", "/volume/v3/attachments", json=body).json()["attachment"]
    assert (made["status"], _status(cloud, volume["id"])) == ("reserved", "reserved")
    others = {"attachment": {"volume_uuid": volume["id"], "instance_uuid": SERVER.replace("0", "1")}}
    refused = cloud.call("POST", "/volume/v3/attachments", json=others)
    assert (refused.status_code, "is reserved" in refused.text) == (400, True)
    # A server that moves has it on two hosts.
    second = cloud.call("POST", "/volume/v3/attachments", json=body).json()["attachment"]
    assert cloud.call("DELETE", f"/volume/v3/attachments/{second['id']}").status_code == 200
    assert _status(cloud, volume["id"]) == "reserved"
    path = f"/volume/v3/attachments/{made['id']}"
    connector = {"attachment": {"connector": {"host": "compute1", "mountpoint": "/dev/vdb"}}}
    connected = cloud.call("PUT", path, json=connector).json()["attachment"]
    assert connected["connection_info"]["data"]["volume_id"] == volume["id"]
    assert _status(cloud, volume["id"]) == "attaching"
    assert cloud.call("POST", f"{path}/action", json={"os-complete": None}).status_code == 204
    shown = cloud.call("GET", f"/volume/v3/volumes/{volume['id']}").json()["volume"]
    assert shown["status"] == "in-use"
    assert (shown["attachments"][0]["device"], shown["attachments"][0]["server_id"]) == ("/dev/vdb", SERVER)
    assert cloud.call("DELETE", f"/volume/v3/volumes/{volume['id']}").status_code == 400
    listed = cloud.call("GET", f"/volume/v3/attachments?instance_id={SERVER}").json()["attachments"]
    assert [item["id"] for item in listed] == [made["id"]]
    assert cloud.call("GET", path, "admin").status_code == 200
    assert cloud.call("DELETE", path).json() == {"attachments": []}
    assert _status(cloud, volume["id"]) == "available"
    assert cloud.call("DELETE", path).status_code == 404


def test_only_a_multiattach_volume_has_several_servers(cloud: Cloud) -> None:
    shared = _volume(cloud, multiattach=True)
    for server in (SERVER, SERVER.replace("0", "1")):
        body = {"attachment": {"volume_uuid": shared["id"], "instance_uuid": server}}
        assert cloud.call("POST", "/volume/v3/attachments", json=body).status_code == 200
    assert (
        len(cloud.call("GET", f"/volume/v3/attachments?volume_id={shared['id']}").json()["attachments"]) == 2
    )


def test_the_classic_actions(cloud: Cloud) -> None:
    volume = _volume(cloud)["id"]
    assert _act(cloud, volume, os_reserve=None) == 202
    assert _status(cloud, volume) == "attaching"
    assert _act(cloud, volume, os_reserve=None) == 400
    assert _act(cloud, volume, os_unreserve=None) == 202
    assert _act(cloud, volume, os_attach={"instance_uuid": SERVER, "mountpoint": "/dev/vdc"}) == 202
    assert _status(cloud, volume) == "in-use"
    assert _act(cloud, volume, os_begin_detaching=None) == 202
    assert _act(cloud, volume, os_begin_detaching=None) == 400
    assert _act(cloud, volume, os_roll_detaching=None) == 202
    assert _status(cloud, volume) == "in-use"
    assert _act(cloud, volume, os_extend={"new_size": 3}) == 202
    assert _act(cloud, volume, os_extend={"new_size": 3}) == 400
    assert _act(cloud, volume, os_detach={}) == 202
    assert _act(cloud, volume, os_detach={}) == 400
    assert _act(cloud, volume, os_set_bootable={"bootable": True}) == 200
    assert _act(cloud, volume, os_set_image_metadata={"metadata": {"os_type": "linux"}}) == 200
    assert _act(cloud, volume, os_unset_image_metadata={"key": "os_type"}) == 200
    assert _act(cloud, volume, os_unset_image_metadata={"key": "os_type"}) == 404
    assert _act(cloud, volume, os_reset_status={"status": "error"}) == 403
    assert _act(cloud, volume, "admin", os_reset_status={"status": "creating"}) == 202
    assert cloud.call("DELETE", f"/volume/v3/volumes/{volume}").status_code == 400
    assert _act(cloud, volume, os_force_delete=None) == 403
    assert _act(cloud, volume, "admin", os_force_delete=None) == 202
    assert _act(cloud, volume, os_detach={}) == 404


def test_types_belong_to_administrators(cloud: Cloud) -> None:
    body = {"volume_type": {"name": "fast", "extra_specs": {"a": "1"}}}
    assert cloud.call("POST", "/volume/v3/types", json=body).status_code == 403
    made = cloud.call("POST", "/volume/v3/types", "admin", json=body).json()["volume_type"]
    assert cloud.call("POST", "/volume/v3/types", "admin", json=body).status_code == 409
    volume = _volume(cloud, volume_type="fast")
    path = f"/volume/v3/types/{made['id']}"
    assert cloud.call("DELETE", path, "admin").status_code == 400
    cloud.call("DELETE", f"/volume/v3/volumes/{volume['id']}")
    assert cloud.call("DELETE", path, "admin").status_code == 202
    assert cloud.call("GET", "/volume/v3/types/default").json()["volume_type"]["name"] == "standard"
    answer = cloud.call("POST", "/volume/v3/volumes", json={"volume": {"size": 1, "volume_type": "fast"}})
    assert answer.status_code == 404


def test_pages_and_orders(cloud: Cloud) -> None:
    made = [_volume(cloud, name=f"page{number}")["id"] for number in range(3)]
    url = "/volume/v3/volumes?limit=2&name=page0&name=page1&name=page2&sort=name:asc"
    first = cloud.call("GET", url).json()
    assert [item["id"] for item in first["volumes"]] == made[:2]
    rest = cloud.call("GET", first["volumes_links"][0]["href"].removeprefix(cloud.url)).json()
    assert [item["id"] for item in rest["volumes"]] == made[2:]
    assert "volumes_links" not in rest
    for query in ("limit=x", "sort=nothing", "sort=name:up"):
        assert cloud.call("GET", f"/volume/v3/volumes?{query}").status_code == 400


def test_limits_and_quotas_count(cloud: Cloud) -> None:
    before = cloud.call("GET", "/volume/v3/limits").json()["limits"]["absolute"]
    volume = _volume(cloud, size=5)
    after = cloud.call("GET", "/volume/v3/limits").json()["limits"]["absolute"]
    assert after["totalVolumesUsed"] == before["totalVolumesUsed"] + 1
    assert after["totalGigabytesUsed"] == before["totalGigabytesUsed"] + 5
    project = volume["os-vol-tenant-attr:tenant_id"]
    quota = cloud.call("GET", f"/volume/v3/os-quota-sets/{project}?usage=True").json()["quota_set"]
    assert quota["volumes"]["in_use"] == after["totalVolumesUsed"]
    assert cloud.call("GET", "/volume/v3/os-quota-sets/others").status_code == 403
    assert cloud.call("GET", "/volume/v3/os-availability-zone").json()["availabilityZoneInfo"][0] == {
        "zoneName": "nova",
        "zoneState": {"available": True},
    }


COMMANDS = """
volume type list -f value -c Name
volume create --size 1 --property color=blue cli-volume -f value -c status
volume create --image cirros --size 2 cli-boot -f value -c bootable
volume set --name cli-renamed --size 4 cli-volume
volume show cli-renamed -f value -c size
volume list -f value -c Name
volume snapshot create --volume cli-renamed cli-snapshot -f value -c status
volume snapshot list -f value -c Name
volume create --snapshot cli-snapshot cli-copy -f value -c size
volume snapshot delete cli-snapshot
volume delete cli-renamed cli-boot cli-copy
volume list -f value -c Name
availability zone list --volume -f value
volume type create --description tested cli-type -f value -c name
volume type show cli-type -f value -c description
volume type delete cli-type
volume show nothing
"""


@pytest.mark.filterwarnings("ignore")
def test_the_command_line(cloud: Cloud, tmp_path: pathlib.Path) -> None:
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(tmp_path),
        "OS_CLIENT_CONFIG_FILE": str(cloud.clouds_yaml(tmp_path)),
        "OS_CLOUD": "admin",
    }
    ran = subprocess.run(
        [pathlib.Path(sys.executable).with_name("openstack")],
        input=COMMANDS,
        capture_output=True,
        text=True,
        env=environment,
        timeout=120,
        check=False,
    )
    printed = [line.removeprefix("(openstack) ").strip() for line in ran.stdout.splitlines()]
    printed = [line for line in printed if line]
    told = (ran.stdout, ran.stderr)
    assert printed[:4] == ["standard", "available", "True", "4"], told
    assert sorted(printed[4:6]) == ["cli-boot", "cli-renamed"], told
    assert printed[6:9] == ["available", "cli-snapshot", "4"], told
    assert printed[9:] == ["nova available", "cli-type", "tested"], told
    assert "nothing" in ran.stderr, told
