"""``PUT /servers/{id}``."""

from __future__ import annotations

from typing import Any

import pytest

from nova_api.backend import Backend
from tests.functional.api.servers import given
from tests.functional.client import Api


def put(api: Api, uuid: str, version: str = "2.104", **server: Any) -> Any:
    return api.put(f"/servers/{uuid}", {"server": server}, version=version)


def test_everything_at_once(api: Api, backend: Backend) -> None:
    uuid = given.server(backend)
    changes = {
        "name": "new",
        "description": "text",
        "hostname": "new.example.org",
        "accessIPv4": "192.0.2.7",
        "accessIPv6": "2001:db8::7",
        "OS-DCF:diskConfig": "AUTO",
        "pinned_availability_zone": "nova",
    }
    reply = put(api, uuid, **changes)
    assert reply.status_int == 200, reply.text
    server = reply.json["server"]
    shown = {**changes, "OS-EXT-SRV-ATTR:hostname": changes.pop("hostname")}
    del shown["hostname"]
    assert {key: server[key] for key in shown} == shown
    assert server["updated"] != server["created"]
    assert api.get(f"/servers/{uuid}", version="2.104").json["server"] == server


def test_what_is_not_said_stays(api: Api, backend: Backend) -> None:
    uuid = given.server(backend, name="old", description="d", access_ip_v4="192.0.2.1")
    server = put(api, uuid, description=None).json["server"]
    assert (server["name"], server["description"], server["accessIPv4"]) == ("old", None, "192.0.2.1")
    untouched = given.server(backend)
    server = put(api, untouched).json["server"]
    assert server["updated"] == server["created"]


def test_neither_state_nor_lock_stands_in_the_way(api: Api, backend: Backend) -> None:
    uuid = given.server(backend, vm_state="error", task_state="deleting", locked_by="admin")
    assert put(api, uuid, name="n").status_int == 200


@pytest.mark.parametrize(
    ("field", "value", "since"),
    [
        ("description", "d", 19),
        ("hostname", "host1", 90),
        ("hostname", "a.b", 94),
        ("pinned_availability_zone", None, 104),
    ],
)
def test_fields_of_later_versions(api: Api, backend: Backend, field: str, value: Any, since: int) -> None:
    uuid = given.server(backend)
    refused = put(api, uuid, f"2.{since - 1}", **{field: value})
    assert refused.status_int == 400
    assert field in refused.json["badRequest"]["message"]
    assert put(api, uuid, f"2.{since}", **{field: value}).status_int == 200


@pytest.mark.parametrize(
    "server",
    [
        {"name": ""}, {"name": " a"}, {"name": "a\n"}, {"name": "n" * 256}, {"name": None},
        {"accessIPv4": "1.2.3"}, {"accessIPv6": "1.2.3.4"}, {"OS-DCF:diskConfig": "auto"},
        {"description": "d" * 256}, {"hostname": "a b"}, {"pinned_availability_zone": ""},
        {"unknown": 1}, [], None, "x",
    ],
)  # fmt: skip
def test_values_that_make_no_sense(api: Api, backend: Backend, server: Any) -> None:
    uuid = given.server(backend)
    assert api.put(f"/servers/{uuid}", {"server": server}, version="2.104").status_int == 400


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'{"server": {}, "more": 1}', b'{"name": "x"}', b"\xff"])
def test_bodies_that_make_no_sense(api: Api, backend: Backend, body: bytes) -> None:
    uuid = given.server(backend)
    assert api.request("PUT", f"/servers/{uuid}", body=body).status_int == 400


def test_the_legacy_api_trims_names_and_drops_unknown_keys(api: Api, backend: Backend) -> None:
    uuid = given.server(backend)
    reply = api.put(f"/servers/{uuid}", {"server": {"name": "  new ", "unknown": 1}}, root="/v2")
    assert reply.status_int == 200
    assert reply.json["server"]["name"] == "new"


class TestPin:
    """Pinning changes no place: it says that the server must stay in the zone where it is."""

    def test_unpin(self, api: Api, backend: Backend) -> None:
        uuid = given.server(backend, availability_zone="az1")
        assert (
            put(api, uuid, pinned_availability_zone=None).json["server"]["pinned_availability_zone"] is None
        )

    def test_to_the_same(self, api: Api, backend: Backend) -> None:
        uuid = given.server(backend, availability_zone="az1")
        reply = put(api, uuid, pinned_availability_zone="az1")
        assert reply.json["server"]["pinned_availability_zone"] == "az1"

    @pytest.mark.parametrize("values", [{"availability_zone": "az1"}, {}, {"host": None}])
    def test_elsewhere(self, api: Api, backend: Backend, values: dict[str, Any]) -> None:
        uuid = given.server(backend, **values)
        refused = put(api, uuid, name="new", pinned_availability_zone="az2")
        assert refused.status_int == 409
        assert "az2" in refused.json["conflictingRequest"]["message"]
        assert api.get(f"/servers/{uuid}").json["server"]["name"] == "vm0"


def test_unique_names(api: Api, backend: Backend) -> None:
    given.server(backend, 1, name="taken")
    uuid = given.server(backend, 2)
    assert put(api, uuid, name="taken").status_int == 200
    backend.conf.set_override("osapi_compute_unique_server_name_scope", "project")
    third = given.server(backend, 3)
    assert put(api, third, name="Taken").status_int == 409
    assert put(api, third, name="VM3").status_int == 200


def test_who_may(api: Api, backend: Backend) -> None:
    uuid = given.server(backend)
    refused = put(api.as_("eve", roles="reader"), uuid, name="n")
    assert refused.status_int == 403
    assert "os_compute_api:servers:update" in refused.json["forbidden"]["message"]
    assert put(api.as_("eve", "other"), uuid, name="n").status_int == 404
    assert put(api.admin, uuid, name="n").status_int == 200
