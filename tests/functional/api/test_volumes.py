"""The volume service through the compute API (to 2.35), and the snapshots that it asks hypervisors for."""

from __future__ import annotations

import json
import pathlib
from collections.abc import Callable
from typing import Any

import pytest

from nova_api import seed
from nova_api.backend import Backend
from nova_api.compute.manager.service import ComputeService
from nova_api.scheduler.service import SchedulerService
from tests.functional.api.servers.volumes import DEMO, status, volume
from tests.functional.api.servers.waiting import until
from tests.functional.client import Api

UNKNOWN = "0d8c3c5e-62a5-4b4e-8a43-3c1f8d3b7e11"


def test_volumes_of_old(backend: Backend, api: Api) -> None:
    body = {"volume": {"size": "2", "display_name": "disk", "metadata": {"a": 1}}}
    made = api.post("/os-volumes", body)
    shown = made.json["volume"]
    assert made.status_int == 200
    assert (shown["size"], shown["displayName"], shown["status"]) == (2, "disk", "available")
    assert (shown["attachments"], shown["metadata"], shown["displayDescription"]) == ([{}], {"a": "1"}, None)
    path = f"/os-volumes/{shown['id']}"
    assert api.get(path).json["volume"] == shown
    other = api.post("/os-volumes", {"volume": {"size": 1}}).json["volume"]
    for listing in ("/os-volumes", "/os-volumes/detail"):
        assert [item["id"] for item in api.get(listing).json["volumes"]] == [other["id"], shown["id"]]
        assert api.get(listing + "?limit=1&offset=1").json["volumes"] == [shown]
    assert api.admin.get("/os-volumes").json["volumes"] == []
    assert api.delete(path).status_int == 202
    assert [api.get(path).status_int, api.delete(path).status_int] == [404, 404]
    assert api.get("/os-volumes", version="2.36").status_int == 404
    assert api.as_("reader", roles="reader").delete(f"/os-volumes/{other['id']}").status_int == 403


def test_a_volume_in_use_shows_its_server_and_stays(backend: Backend, api: Api) -> None:
    disk = volume(backend)
    made = backend.volumes.reserve(DEMO, disk, UNKNOWN)
    backend.volumes.connect(DEMO, made.id, "compute1", "/dev/vdb")
    backend.volumes.complete(DEMO, made.id)
    assert api.get(f"/os-volumes/{disk}").json["volume"]["attachments"] == [
        {"id": disk, "volumeId": disk, "serverId": UNKNOWN, "device": "/dev/vdb"}
    ]
    refused = api.delete(f"/os-volumes/{disk}")
    assert (refused.status_int, "in-use" in refused.text) == (400, True)


def test_snapshots_of_old(backend: Backend, api: Api) -> None:
    disk = volume(backend, size=3)
    made = api.post("/os-snapshots", {"snapshot": {"volume_id": disk, "display_name": "s"}})
    shown = made.json["snapshot"]
    assert made.status_int == 200
    assert (shown["volumeId"], shown["size"], shown["displayName"]) == (disk, 3, "s")
    for listing in ("/os-snapshots", "/os-snapshots/detail"):
        assert api.get(listing).json["snapshots"] == [shown]
    path = f"/os-snapshots/{shown['id']}"
    assert api.get(path).json["snapshot"] == shown
    copy = api.post("/os-volumes", {"volume": {"size": 4, "snapshot_id": shown["id"]}}).json["volume"]
    assert (copy["snapshotId"], copy["size"]) == (shown["id"], 4)
    assert api.delete(path).status_int == 202
    assert [api.get(path).status_int, api.delete(path).status_int] == [404, 404]
    assert api.post("/os-snapshots", {"snapshot": {"volume_id": UNKNOWN}}).status_int == 400
    assert api.get("/os-snapshots", version="2.36").status_int == 404


# --- what the volume service asks of hypervisors ---------------------------------------------


@pytest.fixture
def attached(backend: Backend, api: Api) -> Any:
    """(server, volume), on a host that works."""
    seed.first_start(backend, {"admin": "secret", "demo": "secret"})
    backend.conf.set_override("sweep_interval", 0.1, group="work")
    services = [ComputeService(backend, "compute1"), SchedulerService(backend)]
    for service in services:
        service.start()
    image = api.get("/images").json["images"][0]["id"]
    body = {"server": {"name": "vm", "flavorRef": "1", "imageRef": image}}
    server = api.post("/servers", body).json["server"]["id"]
    until(lambda: api.get(f"/servers/{server}").json["server"]["status"] == "ACTIVE")
    disk = volume(backend)
    api.post(f"/servers/{server}/os-volume_attachments", {"volumeAttachment": {"volumeId": disk}})
    until(lambda: status(backend, disk) == "in-use")
    yield server, disk
    for service in services:
        service.stop()
    for service in services:
        service.wait()


def _files(backend: Backend, server: str) -> Callable[[], list[str]]:
    folder = pathlib.Path(backend.conf.state_path) / "fake" / "compute1" / server

    def read() -> list[str]:
        try:
            return [file.read_text() for file in folder.glob("snapshot.*")]
        except FileNotFoundError:  # taken away between the look and the reading
            return []

    return read


#: What the volume service calls a snapshot that it has a hypervisor take.
_TAKEN = "421752a6-acf6-4b2d-bc7a-119f9148cd8c"


def test_a_snapshot_that_the_hypervisor_takes(backend: Backend, api: Api, attached: Any) -> None:
    server, disk = attached
    info = {
        "snapshot_id": "s1",
        "type": "qcow2",
        "new_file": "new",
        "id": _TAKEN,
    }
    body = {"snapshot": {"volume_id": disk, "create_info": info}}
    assert api.post("/os-assisted-volume-snapshots", body).status_int == 403
    made = api.admin.post("/os-assisted-volume-snapshots", body)
    assert (made.status_int, made.json) == (
        200,
        {"snapshot": {"id": _TAKEN, "volumeId": disk}},
    )
    files = _files(backend, server)
    until(lambda: files() == ["new"])
    path = "/os-assisted-volume-snapshots/s1?delete_info="
    assert api.as_("cinder", roles="service").delete(path + json.dumps({"volume_id": disk})).status_int == 204
    until(lambda: files() == [])


def test_snapshots_that_it_cannot_take(backend: Backend, api: Api, attached: Any) -> None:
    server, disk = attached
    info = {"snapshot_id": "s1", "type": "qcow2", "new_file": "new"}
    body = {"snapshot": {"volume_id": UNKNOWN, "create_info": info}}
    assert api.admin.post("/os-assisted-volume-snapshots", body).status_int == 400
    path = "/os-assisted-volume-snapshots/s1"
    for query in ("", "?delete_info=x", "?delete_info={}", f'?delete_info={{"volume_id":"{UNKNOWN}"}}'):
        assert api.admin.delete(path + query).status_int == 400
    api.post(f"/servers/{server}/action", {"suspend": None})
    until(lambda: api.get(f"/servers/{server}").json["server"]["status"] == "SUSPENDED")
    body = {"snapshot": {"volume_id": disk, "create_info": info}}
    refused = api.admin.post("/os-assisted-volume-snapshots", body)
    assert (refused.status_int, "suspended" in refused.text) == (400, True)
