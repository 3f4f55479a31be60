"""Attaching, showing, changing, swapping and detaching volumes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from nova_api.backend import Backend
from nova_api.context import RequestContext, admin
from nova_api.db import actions, block_devices, guests
from nova_api.db.schema.base import utcnow
from nova_api.neighbours.volumes.interface import NewVolume
from nova_api.scheduler.service import SchedulerService
from tests.functional.api.servers import given
from tests.functional.api.servers.volumes import DEMO, everything, gone, running, shown, status, volume
from tests.functional.api.servers.waiting import until
from tests.functional.client import Api

pytestmark = pytest.mark.databases

UNKNOWN = "0d8c3c5e-62a5-4b4e-8a43-3c1f8d3b7e11"


@pytest.fixture
def server(workers: None, api: Api, boot: Callable[..., Any]) -> str:
    return running(api, boot)


def _path(server: str, volume_id: str = "") -> str:
    return f"/servers/{server}/os-volume_attachments" + (f"/{volume_id}" if volume_id else "")


def _attach(api: Api, server: str, volume_id: str, version: str | None = None, **more: Any) -> Any:
    body = {"volumeAttachment": {"volumeId": volume_id, **more}}
    return api.post(_path(server), body, version=version)


def _attached(api: Api, stocked: Backend, server: str, volume_id: str, **more: Any) -> None:
    assert _attach(api, server, volume_id, **more).status_int in (200, 202)
    until(lambda: status(stocked, volume_id) == "in-use")


def _events(api: Api, server: str, action: str) -> list[tuple[str, str]]:
    found = api.get(f"/servers/{server}/os-instance-actions").json["instanceActions"]
    request_id = next(item["request_id"] for item in found if item["action"] == action)
    path = f"/servers/{server}/os-instance-actions/{request_id}"
    shown_action = api.get(path, version="2.51").json["instanceAction"]
    return [(event["event"], event["result"]) for event in shown_action["events"]]


# --- attach ------------------------------------------------------------------------------


def test_a_volume_is_attached_and_shown_everywhere(stocked: Backend, api: Api, server: str) -> None:
    disk = volume(stocked)
    made = _attach(api, server, disk)
    assert made.status_int == 200
    assert made.json["volumeAttachment"] == {
        "id": disk,
        "volumeId": disk,
        "serverId": server,
        "device": "/dev/sdb",
    }
    until(lambda: status(stocked, disk) == "in-use")
    (attachment,) = shown(stocked, disk).attachments
    assert (attachment.server_id, attachment.host, attachment.mountpoint) == (server, "compute1", "/dev/sdb")
    assert api.get(_path(server)).json["volumeAttachments"] == [made.json["volumeAttachment"]]
    assert api.get(_path(server, disk)).json == made.json
    of_server = "os-extended-volumes:volumes_attached"
    assert api.get(f"/servers/{server}", version="2.2").json["server"][of_server] == [{"id": disk}]
    detail = api.get("/servers/detail", version="2.3").json["servers"][0]
    assert detail[of_server] == [{"id": disk, "delete_on_termination": False}]
    until(lambda: _events(api, server, "attach_volume") == [("compute_attach_volume", "Success")])


def test_what_each_version_shows(stocked: Backend, api: Api, server: str) -> None:
    first, second, third = (volume(stocked) for _ in range(3))
    tagged = _attach(api, server, first, "2.70", tag="logs").json["volumeAttachment"]
    assert tagged["tag"] == "logs"
    going = _attach(api, server, second, "2.79", delete_on_termination=True).json["volumeAttachment"]
    assert (going["tag"], going["delete_on_termination"]) == (None, True)
    late = _attach(api, server, third, "2.101")
    assert (late.status_int, late.body) == (202, b"")
    assert late.headers["Content-Type"] == "text/html; charset=UTF-8"
    keys = {
        "2.69": {"id", "device", "serverId", "volumeId"},
        "2.70": {"id", "device", "serverId", "volumeId", "tag"},
        "2.79": {"id", "device", "serverId", "volumeId", "tag", "delete_on_termination"},
        "2.89": {
            "device",
            "serverId",
            "volumeId",
            "tag",
            "delete_on_termination",
            "attachment_id",
            "bdm_uuid",
        },
    }
    for version, expected in keys.items():
        listed = api.get(_path(server), version=version).json["volumeAttachments"]
        one = api.get(_path(server, third), version=version).json["volumeAttachment"]
        assert [set(item) for item in (*listed, one)] == [expected] * 4
    assert one["attachment_id"] == shown(stocked, third).attachments[0].id


def test_pages(stocked: Backend, api: Api, server: str) -> None:
    disks = [volume(stocked) for _ in range(3)]
    for disk in disks:
        _attach(api, server, disk)

    def ids(query: str) -> list[str]:
        return [item["id"] for item in api.get(_path(server) + query).json["volumeAttachments"]]

    assert ids("?limit=2") == disks[:2]
    assert ids("?limit=2&offset=2") == disks[2:]
    assert ids("?limit=0") == disks
    assert api.get(_path(server) + "?limit=-1").status_int == 400
    assert api.get(_path(server) + "?other=1", version="2.74").status_int == 200
    assert api.get(_path(server) + "?other=1", version="2.75").status_int == 400


def test_what_cannot_be_attached(stocked: Backend, api: Api, server: str) -> None:
    disk = volume(stocked)
    assert _attach(api, server, UNKNOWN).status_int == 404
    assert UNKNOWN in _attach(api, server, UNKNOWN).text
    assert _attach(api, UNKNOWN, disk).status_int == 404
    assert _attach(api, server, "nonsense").status_int == 400
    assert _attach(api, server, disk, device="/sd").status_int == 400
    assert _attach(api, server, disk, "2.48", tag="a").status_int == 400
    taken = _attach(api, server, disk, device="/dev/vda")
    assert (taken.status_int, status(stocked, disk)) == (409, "available")
    assert _attach(api.as_("reader", roles="reader"), server, disk).status_int == 403
    _attached(api, stocked, server, disk)
    again = _attach(api, server, disk)
    assert (again.status_int, "already attached" in again.text) == (400, True)
    stranger = RequestContext(user_id="other", project_id="other", roles=["member", "reader"])
    others = stocked.volumes.create(stranger, NewVolume(size=1))
    assert _attach(api, server, others.id).status_int == 404


def test_a_device_name_is_taken_over(stocked: Backend, api: Api, server: str) -> None:
    made = _attach(api, server, volume(stocked), device="/dev/vdh")
    assert made.json["volumeAttachment"]["device"] == "/dev/vdh"
    clash = _attach(api, server, volume(stocked), device="/dev/sdh")
    assert (clash.status_int, "/dev/sdh" in clash.text) == (409, True)
    assert _attach(api, server, volume(stocked)).json["volumeAttachment"]["device"] == "/dev/sdb"


def test_the_limit_of_disks(stocked: Backend, api: Api, server: str) -> None:
    stocked.conf.set_override("max_disk_devices_to_attach", 2, group="compute")
    assert _attach(api, server, volume(stocked)).status_int == 200
    over = volume(stocked)
    refused = _attach(api, server, over)
    assert (refused.status_int, "(2)" in refused.text) == (403, True)
    assert status(stocked, over) == "available"


def test_volumes_for_several_servers(
    stocked: Backend, api: Api, server: str, boot: Callable[..., Any]
) -> None:
    shared, other = volume(stocked, multiattach=True), running(api, boot)
    old = _attach(api, server, shared, "2.59")
    assert (old.status_int, "2.60" in old.text) == (400, True)
    for one in (server, other):
        assert _attach(api, one, shared, "2.60").status_int == 200
    assert _attach(api, server, shared, "2.60").status_int == 400
    until(lambda: [item.status for item in shown(stocked, shared).attachments] == ["attached"] * 2)
    assert api.delete(_path(server, shared)).status_int == 202
    until(lambda: len(shown(stocked, shared).attachments) == 1)
    assert status(stocked, shared) == "in-use"


@pytest.mark.parametrize("state", ["rescued", "suspended", "error", "building"])
def test_states_that_refuse(stocked: Backend, api: Api, state: str) -> None:
    server, disk = given.server(stocked, vm_state=state, launched_at=given.BIRTH), volume(stocked)
    for answer in (_attach(api, server, disk), api.delete(_path(server, disk))):
        assert (answer.status_int, f"vm_state {state}" in answer.text) == (409, True)
    locked = given.server(stocked, 1, locked_by="owner", launched_at=given.BIRTH)
    assert "is locked" in _attach(api, locked, disk).json["conflictingRequest"]["message"]


def test_a_host_that_fails_to_attach_gives_the_volume_back(stocked: Backend, api: Api, server: str) -> None:
    stocked.conf.set_override("fail_operations", ["attach_volume"], group="fake")
    disk = volume(stocked)
    assert _attach(api, server, disk).status_int == 200
    until(lambda: _events(api, server, "attach_volume") == [("compute_attach_volume", "Error")])
    assert status(stocked, disk) == "available"
    assert api.get(_path(server)).json["volumeAttachments"] == []
    assert api.get(f"/servers/{server}").json["server"]["status"] == "ACTIVE"


# --- shelved ------------------------------------------------------------------------------


def test_shelved_servers_since_2_20(stocked: Backend, api: Api) -> None:
    away = {"vm_state": "shelved_offloaded", "host": None, "node": None, "launched_at": given.BIRTH}
    server, disk = given.server(stocked, **away), volume(stocked)
    assert _attach(api, server, disk, "2.19").status_int == 409
    tagged = _attach(api, server, disk, "2.49", tag="a")
    assert (tagged.status_int, status(stocked, disk)) == (400, "available")
    made = _attach(api, server, disk, "2.20")
    assert made.json["volumeAttachment"]["device"] is None
    assert status(stocked, disk) == "reserved"
    assert "device" not in api.get(_path(server, disk)).json["volumeAttachment"]
    assert _events(api, server, "attach_volume") == [("api_attach_volume", "Success")]
    assert api.delete(_path(server, disk), version="2.19").status_int == 409
    assert api.delete(_path(server, disk), version="2.20").status_int == 202
    assert status(stocked, disk) == "available"
    assert _events(api, server, "detach_volume") == [("api_detach_volume", "Success")]


# --- detach --------------------------------------------------------------------------------


def test_a_volume_is_detached(stocked: Backend, api: Api, server: str) -> None:
    disk = volume(stocked)
    _attached(api, stocked, server, disk)
    assert api.delete(_path(server, disk)).status_int == 202
    until(lambda: status(stocked, disk) == "available")
    until(lambda: api.get(_path(server, disk)).status_int == 404)
    again = api.delete(_path(server, disk))
    assert (again.status_int, disk in again.text, server in again.text) == (404, True, True)
    until(lambda: _events(api, server, "detach_volume") == [("compute_detach_volume", "Success")])


def test_a_host_that_fails_to_detach_keeps_it(stocked: Backend, api: Api, server: str) -> None:
    disk = volume(stocked)
    _attached(api, stocked, server, disk)
    stocked.conf.set_override("fail_operations", ["detach_volume"], group="fake")
    assert api.delete(_path(server, disk)).status_int == 202
    until(lambda: _events(api, server, "detach_volume") == [("compute_detach_volume", "Error")])
    assert status(stocked, disk) == "in-use"
    assert api.get(_path(server, disk)).status_int == 200


def test_detaching_twice_at_once(stocked: Backend, api: Api, server: str) -> None:
    disk = volume(stocked)
    _attached(api, stocked, server, disk)
    stocked.volumes.begin_detaching(DEMO, disk)
    refused = api.delete(_path(server, disk))
    assert (refused.status_int, "is detaching" in refused.text) == (400, True)


# --- update and swap ---------------------------------------------------------------------------


def test_whether_it_goes_with_the_server(stocked: Backend, api: Api, server: str) -> None:
    disk = volume(stocked)
    _attached(api, stocked, server, disk)
    body = {"volumeId": disk, "delete_on_termination": True}
    path = _path(server, disk)
    assert api.put(path, {"volumeAttachment": body}, version="2.84").status_int == 400
    same = {**body, "id": disk, "serverId": server, "device": "/dev/sdb"}
    assert api.put(path, {"volumeAttachment": same}, version="2.85").status_int == 202
    assert api.get(path, version="2.85").json["volumeAttachment"]["delete_on_termination"] is True
    for name, value in {"id": UNKNOWN, "serverId": UNKNOWN, "device": "/dev/sdx", "tag": "x"}.items():
        other = api.put(path, {"volumeAttachment": {**body, name: value}}, version="2.85")
        assert (other.status_int, name in other.text) == (400, True)
    missing = api.put(
        _path(server, UNKNOWN), {"volumeAttachment": body | {"volumeId": UNKNOWN}}, version="2.85"
    )
    assert missing.status_int == 404
    gone(api, server)
    assert disk not in [item.id for item in everything(stocked)]


def test_swap_is_for_migrations_of_the_volume_service(stocked: Backend, api: Api, server: str) -> None:
    old, new = volume(stocked), volume(stocked, size=2)
    _attached(api, stocked, server, old)
    body = {"volumeAttachment": {"volumeId": new}}
    assert api.put(_path(server, old), body).status_int == 403
    assert api.admin.put(_path(server, old), body).status_int == 409
    stocked.volumes.volumes.update(admin(), old, {"migration_status": "migrating"})
    unknown = {"volumeAttachment": {"volumeId": UNKNOWN}}
    assert api.admin.put(_path(server, old), unknown).status_int == 400
    assert api.admin.put(_path(server, UNKNOWN), body).status_int == 404
    assert api.admin.put(_path(server, old), body, version="2.85").status_int == 202
    until(lambda: (status(stocked, old), status(stocked, new)) == ("available", "in-use"))
    until(lambda: [item["id"] for item in api.get(_path(server)).json["volumeAttachments"]] == [new])
    until(lambda: _events(api, server, "swap_volume") == [("compute_swap_volume", "Success")])


def test_a_host_that_fails_to_swap_keeps_the_old_one(stocked: Backend, api: Api, server: str) -> None:
    old, new = volume(stocked), volume(stocked)
    _attached(api, stocked, server, old)
    stocked.volumes.volumes.update(admin(), old, {"migration_status": "migrating"})
    stocked.conf.set_override("fail_operations", ["swap_volume"], group="fake")
    api.admin.put(_path(server, old), {"volumeAttachment": {"volumeId": new}})
    until(lambda: _events(api, server, "swap_volume") == [("compute_swap_volume", "Error")])
    assert (status(stocked, old), status(stocked, new)) == ("in-use", "available")


# --- delete -------------------------------------------------------------------------------------


def test_a_deleted_server_gives_its_volumes_back(stocked: Backend, api: Api, server: str) -> None:
    kept, doomed = volume(stocked), volume(stocked)
    _attached(api, stocked, server, kept)
    _attached(api, stocked, server, doomed, version="2.79", delete_on_termination=True)
    gone(api, server)
    assert [item.id for item in everything(stocked)] == [kept]
    assert (status(stocked, kept), shown(stocked, kept).attachments) == ("available", [])


def test_a_delete_overtakes_an_attachment(stocked: Backend, api: Api) -> None:
    """No worker: the attachment waits, and the delete, by a scheduler, finds what was reserved."""
    server, disk = given.server(stocked, host="dead", launched_at=utcnow()), volume(stocked)
    assert _attach(api, server, disk).status_int == 200
    assert status(stocked, disk) == "reserved"
    assert api.delete(f"/servers/{server}").status_int == 204
    stocked.conf.set_override("sweep_interval", 0.1, group="work")
    scheduler = SchedulerService(stocked)
    scheduler.start()
    until(lambda: status(stocked, disk) == "available")
    scheduler.stop()
    scheduler.wait()
    with stocked.db.reader() as conn:
        guest = guests.get(conn, server)
        assert guest is not None
        assert guest.deleted
        assert block_devices.of_server(conn, guest.id) == []
        assert [item.message for item in actions.list_actions(conn, guest.id)][:1] == [None]
