"""/os-aggregates: life of an aggregate, its hosts, its metadata, its zone."""

from __future__ import annotations

from typing import Any

import pytest

from nova_api import backend as nova_backend
from tests.functional.api.servers import given
from tests.functional.client import Api

PATH = "/os-aggregates"
KEYS = {"id", "name", "availability_zone", "created_at", "updated_at", "deleted", "deleted_at"}


@pytest.fixture
def admin(api: Api, backend: nova_backend.Backend) -> Api:
    for host in ("alpha", "beta"):
        given.service(backend, host)
    return api.admin


def create(admin: Api, name: str = "a", **asked: Any) -> dict[str, Any]:
    reply = admin.post(PATH, {"aggregate": {"name": name, **asked}})
    assert reply.status_int == 200, reply.text
    made: dict[str, Any] = reply.json["aggregate"]
    return made


def tell(admin: Api, key: Any, action: str, **value: Any) -> Any:
    return admin.post(f"{PATH}/{key}/action", {action: value})


def test_life(admin: Api) -> None:
    made = create(admin, availability_zone="east")
    assert set(made) == KEYS
    assert (made["name"], made["availability_zone"], made["updated_at"]) == ("a", "east", None)
    path = f"{PATH}/{made['id']}"
    shown = admin.get(path, version="2.41").json["aggregate"]
    assert set(shown) == KEYS | {"hosts", "metadata", "uuid"}
    assert (shown["hosts"], shown["metadata"]) == ([], {"availability_zone": "east"})
    assert admin.get(PATH, version="2.41").json == {"aggregates": [shown]}
    assert "uuid" not in admin.get(path, version="2.40").json["aggregate"]

    for host in ("beta", "alpha"):
        told = tell(admin, made["id"], "add_host", host=host)
        assert told.status_int == 200, told.text
    assert told.json["aggregate"]["hosts"] == ["alpha", "beta"]
    told = tell(admin, made["id"], "set_metadata", metadata={"ssd": "yes", "gpu": "no"})
    assert told.json["aggregate"]["updated_at"] is not None
    told = tell(admin, made["id"], "set_metadata", metadata={"gpu": None, "nothing": None})
    assert told.json["aggregate"]["metadata"] == {"availability_zone": "east", "ssd": "yes"}

    changed = admin.put(path, {"aggregate": {"name": "b", "availability_zone": "west"}}).json["aggregate"]
    assert (changed["name"], changed["metadata"]["availability_zone"]) == ("b", "west")
    changed = admin.put(path, {"aggregate": {"availability_zone": None}}).json["aggregate"]
    assert (changed["availability_zone"], changed["metadata"]) == (None, {"ssd": "yes"})

    refused = admin.delete(path)
    assert refused.status_int == 400
    assert "not empty" in refused.json["badRequest"]["message"]
    for host in ("alpha", "beta"):
        assert tell(admin, made["id"], "remove_host", host=host).status_int == 200
    gone = admin.delete(path)
    assert (gone.status_int, gone.body) == (200, b"")
    assert admin.get(path).status_int == 404


def test_names_are_unique(admin: Api) -> None:
    first, second = create(admin, "a"), create(admin, "b")
    assert admin.post(PATH, {"aggregate": {"name": "a"}}).status_int == 409
    assert admin.put(f"{PATH}/{second['id']}", {"aggregate": {"name": "a"}}).status_int == 409
    assert admin.put(f"{PATH}/{first['id']}", {"aggregate": {"name": "a"}}).status_int == 200
    assert create(admin, "A")["name"] == "A"


def test_a_host_has_one_zone(admin: Api) -> None:
    east, west = create(admin, "e", availability_zone="east"), create(admin, "w", availability_zone="west")
    plain = create(admin, "p")
    assert tell(admin, east["id"], "add_host", host="alpha").status_int == 200
    assert tell(admin, plain["id"], "add_host", host="alpha").status_int == 200
    refused = tell(admin, west["id"], "add_host", host="alpha")
    assert refused.status_int == 409
    assert "already in availability zone(s) east" in refused.json["conflictingRequest"]["message"]
    for key in (plain["id"],):
        asked = {"availability_zone": "west"}
        assert tell(admin, key, "set_metadata", metadata=asked).status_int == 400
        assert admin.put(f"{PATH}/{key}", {"aggregate": asked}).status_int == 400
    # The same zone twice is one zone.
    assert tell(admin, plain["id"], "set_metadata", metadata={"availability_zone": "east"}).status_int == 200
    zones = admin.get("/os-availability-zone").json["availabilityZoneInfo"]
    assert [(zone["zoneName"], zone["zoneState"]) for zone in zones] == [
        ("east", {"available": True}),
        ("nova", {"available": True}),
    ]
    assert {s["host"]: s["zone"] for s in admin.get("/os-services").json["services"]} == {
        "alpha": "east",
        "beta": "nova",
    }


def test_refusals(admin: Api) -> None:
    key = create(admin)["id"]
    assert tell(admin, key, "add_host", host="alpha").status_int == 200
    assert tell(admin, key, "add_host", host="alpha").status_int == 409
    unknown = tell(admin, key, "add_host", host="nowhere")
    assert unknown.status_int == 404
    assert "nowhere" in unknown.json["itemNotFound"]["message"]
    other = tell(admin, key, "remove_host", host="beta")
    assert other.status_int == 404
    assert "beta" in other.json["itemNotFound"]["message"]
    assert tell(admin, key, "set_metadata", metadata={"availability_zone": ""}).status_int == 400
    for path, status in ((f"{PATH}/99", 404), (f"{PATH}/x", 400), (f"{PATH}/{10**30}", 404)):
        assert admin.get(path).status_int == status
        assert admin.delete(path).status_int == status
        assert admin.put(path, {"aggregate": {"name": "n"}}).status_int == status
        assert tell(admin, path.rpartition("/")[2], "add_host", host="alpha").status_int == status
    assert admin.put(f"{PATH}/{key}", {"aggregate": {}}).status_int == 400
    assert admin.post(PATH, {"aggregate": {"name": "z", "availability_zone": "a:b"}}).status_int == 400


def test_images(admin: Api, backend: nova_backend.Backend) -> None:
    key, image = create(admin)["id"], "11111111-2222-3333-4444-555555555555"
    path, asked = f"{PATH}/{key}/images", {"cache": [{"id": image}]}
    assert admin.post(path, asked, version="2.80").status_int == 404
    assert admin.post(path, {"cache": [{"id": image}] * 2}, version="2.81").status_int == 400
    assert admin.post(path, {"cache": []}, version="2.81").status_int == 400
    assert admin.post(f"{PATH}/99/images", asked, version="2.81").status_int == 404
    done = admin.post(path, asked, version="2.81")
    assert (done.status_int, done.body) == (202, b"")
    del backend


def test_administrators_only(api: Api, admin: Api) -> None:
    key = create(admin)["id"]
    for reply in (
        api.get(PATH),
        api.get(f"{PATH}/{key}"),
        api.post(PATH, {"aggregate": {"name": "n"}}),
        api.put(f"{PATH}/{key}", {"aggregate": {"name": "n"}}),
        api.delete(f"{PATH}/{key}"),
        tell(api, key, "add_host", host="alpha"),
        tell(api, key, "remove_host", host="alpha"),
        tell(api, key, "set_metadata", metadata={}),
        api.post(f"{PATH}/{key}/images", {"cache": [{"id": "1" * 32}]}, version="2.81"),
    ):
        assert reply.status_int == 403
        assert "aggregates:" in reply.json["forbidden"]["message"]
