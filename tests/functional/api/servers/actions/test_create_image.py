"""createImage."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from oslo_config import cfg

from nova_api import exception
from nova_api.backend import Backend
from nova_api.compute.manager.service import ComputeService
from nova_api.context import admin
from nova_api.scheduler.service import SchedulerService
from tests.functional.api.servers import rows
from tests.functional.api.servers.actions.guests_of import put_guest
from tests.functional.api.servers.actions.images_of import data_of, images_of, leave
from tests.functional.api.servers.actions.settled import events, settled
from tests.functional.api.servers.waiting import until
from tests.functional.client import DEMO_PROJECT, Api

Boot = Callable[..., Any]


def body(name: str = "snap", **more: Any) -> dict[str, Any]:
    return {"createImage": {"name": name, **more}}


def image(api: Api, running: str, asked: dict[str, Any] | None = None) -> str:
    """Makes one of a running server; its id."""
    reply = api.post(f"/servers/{running}/action", asked or body(), version="2.45")
    assert reply.status_int == 202, reply.body
    return str(reply.json["image_id"])


def test_an_image_that_boots(api: Api, running: str, stocked: Backend, boot: Boot, image_id: str) -> None:
    made = image(api, running, body(metadata={"purpose": "golden"}))
    # Shown at once, whatever its data does.
    assert stocked.images.show(admin(), made).name == "snap"
    row = settled(stocked, running)
    assert (row.vm_state, row.power_state) == ("active", 1)
    found = stocked.images.show(admin(), made)
    assert (found.status, found.owner, found.visibility, found.min_disk) == (
        "active",
        DEMO_PROJECT,
        "private",
        1,
    )
    wanted = {
        "instance_uuid": running,
        "user_id": "demo",
        "image_type": "snapshot",
        "base_image_ref": image_id,
        "purpose": "golden",
    }
    assert wanted.items() <= found.properties.items()
    assert running.encode() in data_of(stocked, made)
    assert events(stocked, running)[1:] == [("createImage", "compute_snapshot_instance", "Success")]
    twin = boot(imageRef=made).json["server"]["id"]
    assert settled(stocked, twin).vm_state == "active"


@pytest.mark.parametrize("version", ["2.1", "2.44"])
def test_the_location_until_2_44(api: Api, running: str, stocked: Backend, version: str) -> None:
    reply = api.post(f"/servers/{running}/action", body(), version=version)
    assert (reply.status_int, reply.body) == (202, b"")
    assert reply.headers["Content-Type"] == "text/html; charset=UTF-8"
    made = reply.headers["Location"].rpartition("/images/")[2]
    assert stocked.images.show(admin(), made).name == "snap"
    settled(stocked, running)


def test_no_location_from_2_45(api: Api, running: str, stocked: Backend) -> None:
    reply = api.post(f"/servers/{running}/action", body(), version="2.45")
    assert "Location" not in reply.headers
    assert list(reply.json) == ["image_id"]
    settled(stocked, running)


@pytest.mark.parametrize("vm_state", ["active", "stopped", "paused", "suspended"])
def test_accepted(act: Any, stocked: Backend, vm_state: str) -> None:
    reply = act(body(), vm_state=vm_state, locked_by="owner")
    assert reply.status_int == 202
    row = rows.server(stocked, reply.uuid)
    assert (row.vm_state, row.task_state) == (vm_state, "image_snapshot_pending")
    (made,) = images_of(stocked, reply.uuid)
    assert made.status == "queued"
    assert rows.work(stocked, reply.uuid)[-1] == ("compute", "snapshot", "h1", {"image_id": made.id})
    assert rows.actions(stocked, reply.uuid)[-1].action == "createImage"


@pytest.mark.parametrize(
    ("states", "words"),
    [
        ({"vm_state": "error"}, ["'createImage'", "vm_state error"]),
        ({"vm_state": "shelved"}, ["'createImage'", "vm_state shelved"]),
        ({"task_state": "image_uploading"}, ["'createImage'", "task_state image_uploading"]),
        ({"launched_at": None}, ["'createImage'"]),
        ({"host": None}, ["not ready"]),
    ],
)
def test_conflicts(act: Any, stocked: Backend, states: dict[str, Any], words: list[str]) -> None:
    reply = act(body(), **states)
    assert reply.status_int == 409
    said = reply.json["conflictingRequest"]["message"]
    assert all(word in said for word in [reply.uuid, *words]), said
    assert images_of(stocked, reply.uuid) == []


def test_metadata_is_counted_until_2_38(act: Any, stocked: Backend) -> None:
    many = {f"key{number}": "x" for number in range(129)}
    refused = act(body(metadata=many), version="2.38")
    assert refused.status_int == 403
    assert "128" in refused.json["forbidden"]["message"]
    assert images_of(stocked, refused.uuid) == []
    assert act(body(metadata=many), version="2.39").status_int == 202


@pytest.mark.parametrize(
    "asked",
    [
        {},
        {"name": ""},
        {"name": " padded "},
        {"name": "x" * 256},
        {"name": "x", "metadata": {"key": 1}},
        {"name": "x", "metadata": {"": "x"}},
        {"name": "x", "more": 1},
    ],
)
def test_400(act: Any, asked: dict[str, Any]) -> None:
    assert act({"createImage": asked}).status_int == 400


def test_who_may(api: Api, act: Any, stocked: Backend) -> None:
    assert act(body(), caller=api.as_("eve", "0" * 32)).status_int == 404
    refused = act(body(), caller=api.as_("rita", roles="reader"))
    assert refused.status_int == 403
    assert "os_compute_api:servers:create_image" in refused.json["forbidden"]["message"]


def test_an_administrators_image_is_shared_with_the_owner(api: Api, running: str, stocked: Backend) -> None:
    made = image(api.admin, running)
    settled(stocked, running)
    found = stocked.images.show(admin(), made)
    assert (found.status, found.visibility, found.owner) == ("active", "shared", api.admin.project)
    assert found.properties["instance_owner"] == DEMO_PROJECT
    shown = api.get(f"/images/{made}")
    assert shown.status_int == 200


def test_a_delete_wins(api: Api, running: str, stocked: Backend, conf: cfg.ConfigOpts) -> None:
    conf.set_override("snapshot_time", 30.0, group="fake")
    made = image(api, running)
    until(lambda: rows.server(stocked, running).task_state == "image_uploading")
    assert api.delete(f"/servers/{running}").status_int == 204
    until(lambda: rows.server(stocked, running).deleted)
    with pytest.raises(exception.ImageNotFound):
        stocked.images.show(admin(), made)
    assert rows.work(stocked, running) == []


def test_an_image_never_begun_goes_with_its_server(
    act: Any, api: Api, stocked: Backend, serve: Callable[..., None]
) -> None:
    """The host is down: a scheduler removes the server, and what was to be made of it."""
    reply = act(body())
    assert api.delete(f"/servers/{reply.uuid}").status_int == 204
    serve(SchedulerService(stocked))
    until(lambda: rows.server(stocked, reply.uuid).deleted)
    assert images_of(stocked, reply.uuid) == []


def test_without_a_guest_nothing_stays(api: Api, running: str, stocked: Backend, tmp_path: Any) -> None:
    for file in (tmp_path / "state" / "fake").glob(f"*/{running}/*"):
        file.unlink()
    made = image(api, running)
    row = settled(stocked, running)
    assert (row.vm_state, row.power_state) == ("active", 1)
    until(lambda: rows.actions(stocked, running)[-1].message == "Error")
    assert events(stocked, running)[-1] == ("createImage", "compute_snapshot_instance", "Error")
    with pytest.raises(exception.ImageNotFound):
        stocked.images.show(admin(), made)


def test_an_image_deleted_meanwhile(api: Api, running: str, stocked: Backend, conf: cfg.ConfigOpts) -> None:
    conf.set_override("snapshot_time", 0.5, group="fake")
    made = image(api, running)
    until(lambda: rows.server(stocked, running).task_state == "image_uploading")
    until(lambda: stocked.images.show(admin(), made).status == "saving")
    stocked.images.delete(admin(), made)
    assert settled(stocked, running).vm_state == "active"
    until(lambda: rows.actions(stocked, running)[-1].message == "Error")


@pytest.mark.parametrize("left", ["queued", "saving", "active"])
def test_after_kill_9(act: Any, stocked: Backend, serve: Callable[..., None], left: str) -> None:
    """The next worker finds the image as the dead one left it, and ends what that had begun."""
    reply = act(body())
    (made,) = images_of(stocked, reply.uuid)
    leave(stocked, made.id, left)
    rows.change(stocked, reply.uuid, task_state="image_uploading")
    put_guest(stocked, "h1", reply.uuid)
    serve(ComputeService(stocked, "h1"))
    assert settled(stocked, reply.uuid).vm_state == "active"
    assert [image.status for image in images_of(stocked, reply.uuid)] == ["active"]
    assert events(stocked, reply.uuid)[-1] == ("createImage", "compute_snapshot_instance", "Success")


def test_one_that_is_given_up_while_the_image_service_is_away(
    api: Api, running: str, stocked: Backend, conf: cfg.ConfigOpts, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The server ends in ERROR; its empty image goes as soon as there is somebody to tell."""
    for name, value in (("max_attempts", 2), ("retry_interval", 0.05), ("lease", 2)):
        conf.set_override(name, value, group="work")
    real = stocked.images.show

    def away(*_: Any) -> None:
        raise exception.Unavailable

    # Asked by hosts for the image's status, and not by the request.
    created = stocked.images.create

    def create(*arguments: Any) -> Any:
        made = created(*arguments)
        monkeypatch.setattr(stocked.images, "show", away)
        return made

    monkeypatch.setattr(stocked.images, "create", create)
    made = image(api, running)
    assert settled(stocked, running).vm_state == "error"
    assert [one.status for one in images_of(stocked, running)] == ["queued"]
    monkeypatch.setattr(stocked.images, "show", real)
    until(lambda: images_of(stocked, running) == [])
    assert made not in [one.id for one in stocked.images.list(admin())]
