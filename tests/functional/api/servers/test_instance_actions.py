"""``/servers/{server_id}/os-instance-actions``."""

from __future__ import annotations

import urllib.parse

import pytest

from nova_api.api.compute.servers.getters import host_hash
from nova_api.backend import Backend
from tests.functional.api.servers import given
from tests.functional.client import DEMO_PROJECT, Api

_KEYS = {"action", "instance_uuid", "message", "project_id", "request_id", "start_time", "user_id"}
_EVENT = {"event", "start_time", "finish_time", "result"}


def path(uuid: str, more: str = "") -> str:
    return f"/servers/{uuid}/os-instance-actions{more}"


def test_newest_first(api: Api, backend: Backend) -> None:
    uuid = given.server(backend)
    first, second = given.action(backend, uuid, 0), given.action(backend, uuid, 1, action="reboot")
    listed = api.get(path(uuid)).json["instanceActions"]
    assert [action["request_id"] for action in listed] == [second, first]
    assert listed[0] == {
        "action": "reboot",
        "instance_uuid": uuid,
        "message": None,
        "project_id": DEMO_PROJECT,
        "request_id": second,
        "start_time": "2026-01-31T12:01:00.654321",
        "user_id": "demo",
    }


def test_updated_at_since_2_58(api: Api, backend: Backend) -> None:
    uuid = given.server(backend)
    request_id = given.action(backend, uuid)
    for more in ("", f"/{request_id}"):
        before = api.get(path(uuid, more), version="2.57").json
        after = api.get(path(uuid, more), version="2.58").json
        for reply, keys in ((before, _KEYS), (after, _KEYS | {"updated_at"})):
            action = reply["instanceActions"][0] if not more else reply["instanceAction"]
            assert action.keys() - {"events"} == keys


@pytest.mark.parametrize(
    ("version", "who", "keys"),
    [
        ("2.1", "demo", None),
        ("2.50", "demo", None),
        ("2.1", "admin", _EVENT | {"traceback"}),
        ("2.51", "demo", _EVENT),
        ("2.51", "admin", _EVENT | {"traceback"}),
        ("2.62", "demo", _EVENT | {"hostId"}),
        ("2.62", "admin", _EVENT | {"traceback", "hostId", "host"}),
        ("2.84", "demo", _EVENT | {"hostId"}),
        ("2.84", "admin", _EVENT | {"traceback", "hostId", "host", "details"}),
    ],
)
def test_what_is_told_of_events(
    api: Api, backend: Backend, version: str, who: str, keys: set[str] | None
) -> None:
    uuid = given.server(backend)
    request_id = given.action(backend, uuid)
    action = api.as_(who).get(path(uuid, f"/{request_id}"), version=version).json["instanceAction"]
    if keys is None:
        assert "events" not in action
        return
    (event,) = action["events"]
    assert event.keys() == keys
    assert event["result"] == "Error"
    assert event["finish_time"] == "2026-01-31T12:00:00.654321"
    if "hostId" in keys:
        assert event["hostId"] == host_hash(DEMO_PROJECT, "compute1")


def test_pages_since_2_58(api: Api, backend: Backend) -> None:
    uuid = given.server(backend)
    ids = [given.action(backend, uuid, number) for number in range(3)]
    page = api.get(path(uuid, "?limit=2"), version="2.58").json
    assert [action["request_id"] for action in page["instanceActions"]] == [ids[2], ids[1]]
    (link,) = page["links"]
    assert link["href"].endswith(f"?limit=2&marker={ids[1]}")
    query = urllib.parse.urlsplit(link["href"]).query
    page = api.get(path(uuid, f"?{query}"), version="2.58").json
    assert [action["request_id"] for action in page["instanceActions"]] == [ids[0]]
    assert "links" not in page
    everything = api.get(path(uuid, "?limit=2"), version="2.57").json
    assert everything.keys() == {"instanceActions"}
    assert len(everything["instanceActions"]) == 3


def test_changes(api: Api, backend: Backend) -> None:
    uuid = given.server(backend)
    ids = [given.action(backend, uuid, number) for number in range(3)]

    def found(query: str) -> list[str]:
        listed = api.get(path(uuid, f"?{query}"), version="2.66").json["instanceActions"]
        return [action["request_id"] for action in listed]

    assert found("changes-since=2026-01-31T12:01:00Z") == [ids[2], ids[1]]
    assert found("changes-before=2026-01-31T12:01:00.654321Z") == [ids[1], ids[0]]
    assert found("changes-since=2026-01-31T12:01:00Z&changes-before=2026-01-31T12:02:00Z") == [ids[1]]


@pytest.mark.parametrize(
    ("query", "version"),
    [
        ("changes-since=nonsense", "2.58"),
        ("changes-before=2026-01-31T12:01:00Z", "2.65"),
        ("changes-since=2026-02-01&changes-before=2026-01-01", "2.66"),
        ("limit=-1", "2.58"),
        ("limit=1&limit=2", "2.58"),
        ("marker=req-unknown", "2.58"),
        ("nonsense=1", "2.58"),
    ],
)
def test_queries_that_make_no_sense(api: Api, backend: Backend, query: str, version: str) -> None:
    uuid = given.server(backend)
    assert api.get(path(uuid, f"?{query}"), version=version).status_int == 400
    assert api.get(path(uuid, f"?{query}"), version="2.57").status_int == 200


def test_of_deleted_servers_since_2_21(api: Api, backend: Backend) -> None:
    uuid = given.server(backend, deleted=True, vm_state="deleted")
    request_id = given.action(backend, uuid)
    for more in ("", f"/{request_id}"):
        assert api.get(path(uuid, more), version="2.20").status_int == 404
        assert api.get(path(uuid, more), version="2.21").status_int == 200


def test_unknown_actions_and_other_peoples_servers(api: Api, backend: Backend) -> None:
    uuid, other = given.server(backend), given.server(backend)
    request_id = given.action(backend, other)
    for id in ("req-unknown", request_id):
        missing = api.get(path(uuid, f"/{id}"))
        assert missing.status_int == 404
        assert id in missing.json["itemNotFound"]["message"]
    assert api.as_("eve", "other").get(path(other)).status_int == 404
    assert api.get(path(other, f"/{request_id}?x=1"), version="2.101").status_int == 200
    assert api.get(path(other, f"/{request_id}?x=1"), version="2.102").status_int == 400
