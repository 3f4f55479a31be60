"""The embedded image service over HTTP: who sees what, data, patches, lists."""

from __future__ import annotations

import concurrent.futures
import hashlib
import pathlib
import uuid

import pytest

from nova_api import exception
from nova_api.backend import Backend
from nova_api.context import RequestContext
from nova_api.neighbours import images
from tests.functional.neighbours.conftest import Cloud

PATCH = {"Content-Type": "application/openstack-images-v2.1-json-patch"}
STREAM = {"Content-Type": "application/octet-stream"}


def create(cloud: Cloud, user: str = "demo", **fields: object) -> dict:
    body = {"disk_format": "raw", "container_format": "bare", **fields}
    reply = cloud.call("POST", "/image/v2/images", user, json=body)
    assert reply.status_code == 201, reply.text
    return reply.json()


def names(cloud: Cloud, query: str = "", user: str = "demo") -> list[str]:
    reply = cloud.call("GET", f"/image/v2/images{query}", user)
    assert reply.status_code == 200, reply.text
    return [image["name"] for image in reply.json()["images"]]


def test_version_documents_need_no_token(cloud: Cloud) -> None:
    for path in ("/image", "/image/"):
        reply = cloud.call("GET", path, None, allow_redirects=False)
        assert reply.status_code == 300
        assert reply.json()["versions"][0]["links"][0]["href"] == f"{cloud.url}/image/v2/"
    assert cloud.call("GET", "/image/v2/images", None).status_code == 401


def test_data_comes_back_as_it_went(cloud: Cloud) -> None:
    image = create(cloud, name="data")
    assert image["status"] == "queued"
    assert cloud.call("GET", f"/image{image['file']}").status_code == 204
    data = bytes(range(256)) * 5000
    path = f"/image/v2/images/{image['id']}/file"
    assert cloud.call("PUT", path, data=b"x").status_code == 415
    assert cloud.call("PUT", path, data=data, headers=STREAM).status_code == 204
    assert cloud.call("PUT", path, data=data, headers=STREAM).status_code == 409
    shown = cloud.call("GET", f"/image/v2/images/{image['id']}").json()
    assert (shown["status"], shown["size"]) == ("active", len(data))
    assert shown["checksum"] == hashlib.md5(data).hexdigest()
    assert shown["os_hash_value"] == hashlib.sha512(data).hexdigest()
    reply = cloud.call("GET", path)
    assert reply.content == data
    assert reply.headers["Content-MD5"] == shown["checksum"]
    file = pathlib.Path(cloud.nova.conf.state_path) / "images" / image["id"]
    assert file.read_bytes() == data
    assert cloud.call("DELETE", f"/image/v2/images/{image['id']}").status_code == 204
    assert not file.exists()
    assert cloud.call("GET", path).status_code == 404


def test_a_broken_upload_leaves_the_image_queued(nova: Backend, member: RequestContext) -> None:
    image = nova.images.create(member, {"name": "x", "disk_format": "raw", "container_format": "bare"})

    def broken() -> object:
        yield b"half"
        raise OSError("the client went away")

    with pytest.raises(OSError, match="went away"):
        nova.images.upload(member, image.id, broken())
    assert nova.images.show(member, image.id).status == "queued"
    assert list((pathlib.Path(nova.conf.state_path) / "images").iterdir()) == []
    nova.conf.set_override("image_size_max", 10, group="neighbours")
    small = images.LocalImages(nova.conf, nova.db)
    with pytest.raises(exception.ImageTooLarge):
        small.upload(member, image.id, [b"12345", b"678901"])
    assert small.upload(member, image.id, [b"12345", b"67890"]).size == 10


def test_who_sees_what(cloud: Cloud) -> None:
    theirs = create(cloud, "admin", name="theirs", visibility="private")
    community = create(cloud, "admin", name="community", visibility="community")
    shared = create(cloud, "admin", name="shared")
    path = "/image/v2/images"
    assert cloud.call("GET", f"{path}/{theirs['id']}").status_code == 404
    assert cloud.call("GET", f"{path}/{community['id']}").status_code == 200
    assert not {"theirs", "community", "shared"} & set(names(cloud))
    assert names(cloud, "?visibility=community") == ["community"]
    assert cloud.call("DELETE", f"{path}/{community['id']}").status_code == 403

    demo = cloud.nova.identity.users("demo")[0].default_project_id
    assert cloud.call("GET", f"{path}/{shared['id']}").status_code == 404
    assert (
        cloud.call("POST", f"{path}/{shared['id']}/members", "admin", json={"member": demo}).status_code
        == 200
    )
    assert (
        cloud.call("POST", f"{path}/{shared['id']}/members", "admin", json={"member": demo}).status_code
        == 409
    )
    assert cloud.call("GET", f"{path}/{shared['id']}").status_code == 200
    assert "shared" not in names(cloud)
    reply = cloud.call("PUT", f"{path}/{shared['id']}/members/{demo}", json={"status": "accepted"})
    assert reply.json()["status"] == "accepted"
    assert "shared" in names(cloud)
    assert cloud.call("DELETE", f"{path}/{shared['id']}/members/{demo}", "admin").status_code == 204
    assert cloud.call("GET", f"{path}/{shared['id']}").status_code == 404


def test_only_administrators_publish(cloud: Cloud) -> None:
    body = {"name": "mine", "visibility": "public"}
    assert cloud.call("POST", "/image/v2/images", json=body).status_code == 403
    assert create(cloud, "admin", **body)["visibility"] == "public"


def test_patches(cloud: Cloud) -> None:
    image = create(cloud, name="patched", os_type="linux", tags=["a"])
    path = f"/image/v2/images/{image['id']}"

    def patch(*operations: dict) -> object:
        return cloud.call("PATCH", path, json=list(operations), headers=PATCH)

    changed = patch(
        {"op": "replace", "path": "/name", "value": "new"},
        {"op": "add", "path": "/color", "value": "red"},
        {"op": "replace", "path": "/tags", "value": ["b", "c"]},
        {"op": "remove", "path": "/os_type"},
    ).json()
    assert (changed["name"], changed["color"], changed["tags"]) == ("new", "red", ["b", "c"])
    assert "os_type" not in changed
    refused = [
        ({"op": "replace", "path": "/status", "value": "active"}, 403),
        ({"op": "remove", "path": "/name"}, 403),
        ({"op": "replace", "path": "/absent", "value": "x"}, 409),
        ({"op": "remove", "path": "/absent"}, 409),
        ({"op": "add", "path": "/n", "value": 1}, 400),
        ({"op": "replace", "path": "/min_ram", "value": -1}, 400),
        ({"op": "replace", "path": "/min_ram", "value": True}, 400),
        ({"op": "move", "path": "/name"}, 400),
        ({"op": "add", "path": "name", "value": "x"}, 400),
        ({"op": "replace", "path": "/visibility", "value": "public"}, 403),
        ({"op": "replace", "path": "/visibility", "value": "secret"}, 400),
    ]
    for operation, status in refused:
        assert patch(operation).status_code == status, operation
    assert cloud.call("PATCH", path, json=[]).status_code == 415
    assert cloud.call("PUT", f"{path}/tags/d").status_code == 204
    assert cloud.call("DELETE", f"{path}/tags/b").status_code == 204
    assert cloud.call("DELETE", f"{path}/tags/b").status_code == 404
    assert cloud.call("GET", path).json()["tags"] == ["c", "d"]


def test_a_protected_image_stays(cloud: Cloud) -> None:
    image = create(cloud, name="kept", protected=True)
    reply = cloud.call("DELETE", f"/image/v2/images/{image['id']}")
    assert reply.status_code == 403
    assert "protected" in reply.text


def test_a_name_is_not_an_id(cloud: Cloud) -> None:
    assert cloud.call("GET", "/image/v2/images/cirros").status_code == 404
    assert names(cloud, "?name=cirros") == ["cirros"]


def test_filters_sorting_and_pages(cloud: Cloud) -> None:
    made = [create(cloud, name=f"page{n}", group="pages", min_ram=n, tags=[f"t{n}"]) for n in range(5)]
    ids = [image["id"] for image in made]
    assert names(cloud, f"?id=in:{ids[0]},{ids[3]}&sort=name:asc") == ["page0", "page3"]
    assert names(cloud, "?name=in:page1,page2&sort=name:desc") == ["page2", "page1"]
    assert names(cloud, "?group=pages&sort_key=name&sort_dir=asc") == [f"page{n}" for n in range(5)]
    assert names(cloud, "?group=pages") == [f"page{n}" for n in reversed(range(5))]
    assert names(cloud, "?tag=t2") == ["page2"]
    assert names(cloud, "?group=pages&status=active") == []
    assert names(cloud, "?group=pages&created_at=lt:2020-01-01T00:00:00Z") == []
    assert len(names(cloud, "?group=pages&created_at=gte:2020-01-01T00:00:00Z")) == 5
    assert names(cloud, "?group=pages&min_ram=3&sort=min_ram:asc") == ["page3", "page4"]
    seen = []
    url = "/v2/images?group=pages&limit=2&sort=group:asc".replace("sort=group:asc", "sort=name:asc")
    while url:
        page = cloud.call("GET", f"/image{url}").json()
        seen += [image["name"] for image in page["images"]]
        url = page.get("next")
    assert seen == [f"page{n}" for n in range(5)]
    bad = (
        "limit=x",
        "limit=-1",
        "sort=color:asc",
        "sort_dir=up",
        "created_at=gte:soon",
        "min_ram=x",
        "protected=x",
    )
    for query in bad:
        assert cloud.call("GET", f"/image/v2/images?{query}").status_code == 400, query
    assert cloud.call("GET", f"/image/v2/images?marker={uuid.uuid4()}").status_code == 404


def test_what_cannot_be_created(cloud: Cloud) -> None:
    cases = [
        ({"id": "not a uuid"}, 400),
        ({"id": 5}, 400),
        ({"status": "active"}, 403),
        ({"owner": "somebody"}, 403),
        ({"color": 5}, 400),
        ({"name": "x" * 300}, 400),
        ([], 400),
    ]
    for body, status in cases:
        assert cloud.call("POST", "/image/v2/images", json=body).status_code == status, body
    reply = cloud.call("POST", "/image/v2/images", data=b"{", headers={"Content-Type": "application/json"})
    assert reply.status_code == 400
    image = create(cloud, name="first")
    assert cloud.call("POST", "/image/v2/images", json={"id": image["id"]}).status_code == 409


def test_a_deactivated_image_gives_no_data(cloud: Cloud) -> None:
    image = next(
        image for image in cloud.nova.images.list(RequestContext(roles=["admin"])) if image.name == "cirros"
    )
    path = f"/image/v2/images/{image.id}"
    assert cloud.call("POST", f"{path}/actions/deactivate").status_code == 403
    assert cloud.call("POST", f"{path}/actions/deactivate", "admin").status_code == 204
    assert cloud.call("GET", f"{path}/file").status_code == 403
    assert cloud.call("POST", f"{path}/actions/reactivate", "admin").status_code == 204
    assert b"embedded nova-api" in cloud.call("GET", f"{path}/file").content


def test_images_on_each_database(
    nova_everywhere: Backend, member: RequestContext, stranger: RequestContext
) -> None:
    service = nova_everywhere.images
    properties = {"text": "x" * 5000, "Größe": "groß"}
    image = service.create(member, {"name": "i", "properties": properties, "tags": ["b", "a", "b"]})
    assert dict(image.properties) == properties
    assert list(image.tags) == ["a", "b"]
    assert service.list(member, images.ImageFilter(properties={"Größe": "groß"}), sort=[("size", False)])
    service.create(member, {"name": "j"})
    first, second = service.list(member, sort=[("size", False), ("updated_at", True)])
    assert service.list(member, sort=[("size", False), ("updated_at", True)], marker=first.id) == [second]
    with pytest.raises(exception.ImageNotFound):
        service.show(stranger, image.id)
    service.delete(member, image.id)
    with pytest.raises(exception.ImageNotFound):
        service.show(member, image.id)


def test_images_are_made_at_the_same_time(nova_everywhere: Backend, member: RequestContext) -> None:
    """On MySQL each waited for a gap that another had locked, and all but one of them failed."""
    values = {"name": "snap", "properties": {"image_type": "snapshot", "a": "b"}, "tags": ["t"]}

    def make(_number: int) -> str:
        made = nova_everywhere.images.create(member, values)
        nova_everywhere.images.update(member, made.id, {"properties": {"c": "d"}})
        return made.id

    with concurrent.futures.ThreadPoolExecutor(8) as several:
        made = set(several.map(make, range(40)))
    found = nova_everywhere.images.list(member)
    assert {image.id for image in found} == made
    assert [image.properties for image in found] == [{"c": "d"}] * 40
