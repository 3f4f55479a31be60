"""/images and /images/{id}/metadata: the proxies of old, over the image neighbour."""

from __future__ import annotations

from typing import Any

import pytest
from oslo_config import cfg

from nova_api import backend as nova_backend
from nova_api.context import RequestContext
from tests.functional.client import DEMO_PROJECT, Api

SERVER = "11111111-2222-3333-4444-555555555555"


@pytest.fixture
def owner() -> RequestContext:
    return RequestContext(user_id="demo", project_id=DEMO_PROJECT, roles=["member"])


@pytest.fixture
def ids(backend: nova_backend.Backend, owner: RequestContext) -> dict[str, str]:
    """Three images of the demo project by name: ``plain`` active, ``queued``, and ``snap`` of a server."""

    def make(name: str, **values: Any) -> str:
        image = {"name": name, "disk_format": "raw", "container_format": "bare", **values}
        return backend.images.create(owner, image).id

    made = {
        "plain": make("plain", min_ram=64, min_disk=1, properties={"auto_disk_config": "True", "os": "tiny"}),
        "queued": make("queued"),
        "snap": make("snap", properties={"instance_uuid": SERVER, "image_type": "snapshot"}),
    }
    for name in ("plain", "snap"):
        backend.images.upload(owner, made[name], [b"1234"])
    return made


def test_show(api: Api, ids: dict[str, str]) -> None:
    image = api.get(f"/images/{ids['plain']}").json["image"]
    assert image.pop("created").endswith("Z")
    assert len(image.pop("updated")) == len("2026-01-31T12:00:00Z")
    path = f"images/{ids['plain']}"
    assert image == {
        "id": ids["plain"],
        "name": "plain",
        "links": [
            {"rel": "self", "href": f"http://localhost/v2.1/{path}"},
            {"rel": "bookmark", "href": f"http://localhost/{path}"},
            {
                "rel": "alternate",
                "type": "application/vnd.openstack.image",
                "href": f"http://localhost/image/{path}",
            },
        ],
        "status": "ACTIVE",
        "progress": 100,
        "minDisk": 1,
        "minRam": 64,
        "metadata": {"auto_disk_config": "True", "os": "tiny"},
        "OS-EXT-IMG-SIZE:size": 4,
        "OS-DCF:diskConfig": "AUTO",
    }


def test_image_without_data(api: Api, ids: dict[str, str]) -> None:
    image = api.get(f"/images/{ids['queued']}").json["image"]
    assert (image["status"], image["progress"], image["OS-EXT-IMG-SIZE:size"]) == ("SAVING", 25, 0)
    assert "server" not in image
    assert "OS-DCF:diskConfig" not in image


def test_snapshot_names_its_server(api: Api, ids: dict[str, str]) -> None:
    server = api.get(f"/images/{ids['snap']}").json["image"]["server"]
    assert server["id"] == SERVER
    assert server["links"][0] == {"rel": "self", "href": f"http://localhost/v2.1/servers/{SERVER}"}


def test_lists(api: Api, ids: dict[str, str]) -> None:
    listed = api.get("/images").json["images"]
    assert [image["name"] for image in listed] == ["snap", "queued", "plain"]
    assert all(set(image) == {"id", "name", "links"} for image in listed)
    detailed = api.get("/images/detail").json["images"]
    assert detailed[2] == api.get(f"/images/{ids['plain']}").json["image"]


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ("name=plain", ["plain"]),
        ("status=active", ["snap", "plain"]),
        ("status=SAVING", ["queued"]),
        ("status=nonsense", []),
        ("minRam=64", ["plain"]),
        ("minDisk=2", []),
        ("type=snapshot", ["snap"]),
        (f"server={SERVER}", ["snap"]),
        (f"server=http://localhost/v2/servers/{SERVER}", ["snap"]),
        ("property-os=tiny", ["plain"]),
        ("property-os=big", []),
        ("changes-since=2011-01-01T00:00:00Z", ["snap", "queued", "plain"]),
        ("changes-since=2111-01-01T00:00:00Z", []),
        ("unknown=1", ["snap", "queued", "plain"]),
    ],
)
def test_filters(api: Api, ids: dict[str, str], query: str, shown: list[str]) -> None:
    assert [image["name"] for image in api.get(f"/images?{query}").json["images"]] == shown


@pytest.mark.parametrize(
    "query", ["limit=0", "limit=x", "marker=nope", "minRam=x", "changes-since=yesterday", "page_size=-1"]
)
def test_bad_queries(api: Api, ids: dict[str, str], query: str) -> None:
    assert api.get(f"/images?{query}").status_int == 400


def test_pages(api: Api, ids: dict[str, str]) -> None:
    page = api.get("/images?limit=2").json
    (link,) = page["images_links"]
    assert link["href"] == f"http://localhost/v2.1/images?limit=2&marker={ids['queued']}"
    last = api.get(f"/images?limit=2&marker={ids['queued']}").json
    assert [image["id"] for image in last["images"]] == [ids["plain"]]
    assert "images_links" not in last


def test_unknown_or_foreign_image(api: Api, ids: dict[str, str]) -> None:
    for answer in (
        api.get("/images/nope"),
        api.delete("/images/nope"),
        api.as_("other", "elsewhere").get(f"/images/{ids['plain']}"),
        api.as_("other", "elsewhere").get(f"/images/{ids['plain']}/metadata"),
    ):
        assert answer.status_int == 404


def test_delete(api: Api, ids: dict[str, str], backend: nova_backend.Backend, owner: RequestContext) -> None:
    answer = api.delete(f"/images/{ids['plain']}")
    assert (answer.status_int, answer.body) == (204, b"")
    assert api.get(f"/images/{ids['plain']}").status_int == 404
    backend.images.update(owner, ids["snap"], {"protected": True})
    assert api.delete(f"/images/{ids['snap']}").status_int == 403


def test_gone_above_2_35_and_metadata_above_2_38(api: Api, ids: dict[str, str]) -> None:
    path = f"/images/{ids['plain']}"
    for method, where in (("GET", "/images"), ("GET", "/images/detail"), ("GET", path), ("DELETE", path)):
        assert api.request(method, where, version="2.36").status_int == 404
    assert api.get(f"{path}/metadata", version="2.38").status_int == 200
    for method, where in (("GET", ""), ("POST", ""), ("PUT", ""), ("GET", "/os"), ("DELETE", "/os")):
        answer = api.request(method, f"{path}/metadata{where}", {"metadata": {}}, version="2.39")
        assert answer.status_int == 404
    assert api.get(path).status_int == 200


# --- metadata -------------------------------------------------------------------------


def test_life_of_metadata(api: Api, ids: dict[str, str]) -> None:
    path = f"/images/{ids['plain']}/metadata"
    assert api.get(path).json == {"metadata": {"auto_disk_config": "True", "os": "tiny"}}
    assert api.get(f"{path}/os").json == {"meta": {"os": "tiny"}}
    added = api.post(path, {"metadata": {"os": "big", "new": "1"}})
    assert added.json == {"metadata": {"auto_disk_config": "True", "os": "big", "new": "1"}}
    assert api.put(path, {"metadata": {"a": "1"}}).json == {"metadata": {"a": "1"}}
    assert api.put(f"{path}/b", {"meta": {"b": "2"}}).json == {"meta": {"b": "2"}}
    gone = api.delete(f"{path}/a")
    assert (gone.status_int, gone.body) == (204, b"")
    assert api.get(path).json == {"metadata": {"b": "2"}}
    assert api.put(path, {"metadata": {}}).json == {"metadata": {}}


def test_unknown_key(api: Api, ids: dict[str, str]) -> None:
    path = f"/images/{ids['plain']}/metadata/nope"
    for answer in (api.get(path), api.delete(path)):
        assert answer.status_int == 404
        assert "nope" in answer.json["itemNotFound"]["message"]


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("PUT", "/a", {"meta": {"b": "1"}}),
        ("PUT", "/a", {"meta": {"a": "1", "b": "1"}}),
        ("PUT", "/a", {"meta": {}}),
        ("PUT", "/a", {"metadata": {"a": "1"}}),
        ("PUT", "/a", {"meta": {"a": 1}}),
        ("POST", "", {"metadata": {"a": "1" * 256}}),
        ("POST", "", {"metadata": {"a/b": "1"}}),
        ("POST", "", {"metadata": None}),
        ("PUT", "", None),
    ],
)
def test_bad_metadata(api: Api, ids: dict[str, str], method: str, path: str, body: Any) -> None:
    assert api.request(method, f"/images/{ids['plain']}/metadata{path}", body).status_int == 400


def test_metadata_quota(api: Api, ids: dict[str, str], conf: cfg.ConfigOpts) -> None:
    conf.set_override("metadata_items", 2, group="quota")
    path = f"/images/{ids['plain']}/metadata"
    assert api.post(path, {"metadata": {"os": "1"}}).status_int == 200
    answer = api.post(path, {"metadata": {"third": "1"}})
    assert answer.status_int == 403
    assert "2" in answer.json["forbidden"]["message"]


def test_only_the_owner_changes_metadata(
    api: Api, ids: dict[str, str], backend: nova_backend.Backend
) -> None:
    admin = RequestContext(user_id="admin", project_id="x", roles=["admin"])
    backend.images.update(admin, ids["plain"], {"visibility": "public"})
    other = api.as_("other", "elsewhere")
    path = f"/images/{ids['plain']}/metadata"
    assert other.get(path).status_int == 200
    for answer in (
        other.post(path, {"metadata": {"a": "1"}}),
        other.put(f"{path}/a", {"meta": {"a": "1"}}),
        other.delete(f"{path}/os"),
        other.delete(f"/images/{ids['plain']}"),
    ):
        assert answer.status_int == 403
