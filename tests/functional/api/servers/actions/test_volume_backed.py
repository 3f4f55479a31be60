"""Images, rebuild and shelving of servers that run from a volume, or have one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import orjson
import pytest
import sqlalchemy as sa

from nova_api import exception
from nova_api.backend import Backend
from nova_api.compute.reservations import Reservation
from nova_api.context import admin
from nova_api.db.schema.volume import volume_snapshots
from nova_api.db.schema.work import work_items
from nova_api.neighbours.volumes.interface import NewVolume
from tests.functional.api.servers import rows, volumes
from tests.functional.api.servers.actions.images_of import images_of
from tests.functional.api.servers.actions.settled import events, settled
from tests.functional.api.servers.waiting import until
from tests.functional.client import Api

IMAGE = {"createImage": {"name": "snap"}}


@pytest.fixture
def disk(stocked: Backend, image_id: str) -> str:
    """A bootable volume of the demo project."""
    return stocked.volumes.create(volumes.DEMO, NewVolume(size=1, image_id=image_id)).id


@pytest.fixture
def server(workers: None, boot: Callable[..., Any], stocked: Backend, disk: str) -> str:
    """A server that runs from it."""
    root = {"uuid": disk, "source_type": "volume", "destination_type": "volume", "boot_index": 0}
    uuid = str(boot(imageRef="", block_device_mapping_v2=[root]).json["server"]["id"])
    assert settled(stocked, uuid).vm_state == "active"
    return uuid


def act(api: Api, uuid: str, body: dict[str, Any], version: str | None = None) -> Any:
    return api.post(f"/servers/{uuid}/action", body, version=version)


def snapshots(backend: Backend, volume_id: str) -> list[Any]:
    found: list[Any] = backend.volumes.snapshots_of(admin(), volume_id)  # type: ignore[attr-defined]
    return found


def test_an_image_of_it_is_a_list_of_snapshots(api: Api, server: str, stocked: Backend, disk: str) -> None:
    reply = act(api, server, IMAGE, "2.45")
    assert reply.status_int == 202, reply.body
    row = rows.server(stocked, server)
    assert (row.vm_state, row.task_state) == ("active", None)
    image = stocked.images.show(admin(), reply.json["image_id"])
    assert (image.status, image.size) == ("active", 0)
    (snapshot,) = snapshots(stocked, disk)
    (listed,) = orjson.loads(image.properties["block_device_mapping"])
    assert (listed["snapshot_id"], listed["boot_index"], listed["volume_size"]) == (snapshot.id, 0, 1)
    assert snapshot.name == "snapshot for snap"
    assert events(stocked, server)[1:] == [("createImage", "api_snapshot_instance", "Success")]


@pytest.mark.parametrize("spelled", [False, True])
def test_the_image_boots(
    api: Api, server: str, stocked: Backend, boot: Callable[..., Any], disk: str, spelled: bool
) -> None:
    """``spelled``: the image also stands as block device in the request, as the command line sends it."""
    image = act(api, server, IMAGE, "2.45").json["image_id"]
    itself = {"uuid": image, "source_type": "image", "destination_type": "local", "boot_index": 0}
    twin = boot(imageRef=image, **({"block_device_mapping_v2": [itself]} if spelled else {}))
    assert twin.status_int == 202, twin.body
    row = settled(stocked, twin.json["server"]["id"])
    assert (row.vm_state, row.image_id) == ("active", None)
    others = [volume for volume in volumes.everything(stocked) if volume.id != disk]
    assert [volume.snapshot_id for volume in others] == [snapshots(stocked, disk)[0].id]


@pytest.mark.parametrize(
    "listed", ["{", "1", "[1]", '[{"source_type": 5}]', '[{"volume_size": "x"}]', '[{"boot_index": true}]']
)
def test_a_list_that_makes_no_sense(
    boot: Callable[..., Any], stocked: Backend, image_id: str, listed: str
) -> None:
    stocked.images.update(admin(), image_id, {"properties": {"block_device_mapping": listed}})
    assert boot().status_int == 400


def test_without_one_snapshot_there_is_none(api: Api, server: str, stocked: Backend, disk: str) -> None:
    second = volumes.volume(stocked)
    attached = api.post(
        f"/servers/{server}/os-volume_attachments", {"volumeAttachment": {"volumeId": second}}
    )
    assert attached.status_int == 200
    settled(stocked, server)
    stocked.volumes.begin_detaching(admin(), second)
    assert act(api, server, IMAGE).status_int in (400, 409)
    assert snapshots(stocked, disk) == []
    assert images_of(stocked, server) == []
    assert events(stocked, server)[-1] == ("createImage", "api_snapshot_instance", "Error")


def test_rebuild_with_its_image(api: Api, server: str, stocked: Backend, disk: str, image_id: str) -> None:
    reply = act(api, server, {"rebuild": {"imageRef": image_id}})
    assert reply.status_int == 202, reply.body
    assert reply.json["server"]["image"] == ""
    row = settled(stocked, server)
    assert (row.vm_state, row.image_id) == ("active", None)
    assert volumes.status(stocked, disk) == "in-use"


def test_rebuild_with_another_image(api: Api, server: str, stocked: Backend, disk: str) -> None:
    formats = {"disk_format": "raw", "container_format": "bare", "visibility": "public"}
    other = stocked.images.create(admin(), {"name": "other", **formats}).id
    stocked.images.upload(admin(), other, [b"other"])
    body = {"rebuild": {"imageRef": other}}
    assert act(api, server, body, "2.92").status_int == 400
    assert act(api, server, body, "2.93").status_int == 202
    assert settled(stocked, server).vm_state == "active"
    assert volumes.shown(stocked, disk).image_metadata["image_id"] == other
    certified = {"rebuild": {"imageRef": other, "trusted_image_certificates": ["c"]}}
    assert act(api, server, certified, "2.93").status_int == 400


def test_shelved_and_back(api: Api, server: str, stocked: Backend, disk: str) -> None:
    assert act(api, server, {"shelve": None}).status_int == 202
    row = settled(stocked, server)
    assert (row.vm_state, row.host, row.shelved_image_id) == ("shelved_offloaded", None, None)
    assert images_of(stocked, server) == []
    assert act(api, server, {"unshelve": None}).status_int == 202
    assert settled(stocked, server).vm_state == "active"
    (attachment,) = volumes.shown(stocked, disk).attachments
    assert (attachment.server_id, attachment.host) == (server, "compute1")
    assert volumes.status(stocked, disk) == "in-use"


def test_a_volume_attached_while_it_was_away(api: Api, running: str, stocked: Backend) -> None:
    assert act(api, running, {"shelve": None}).status_int == 202
    settled(stocked, running)
    second = volumes.volume(stocked)
    body = {"volumeAttachment": {"volumeId": second}}
    assert api.post(f"/servers/{running}/os-volume_attachments", body, version="2.20").status_int == 200
    assert act(api, running, {"unshelve": None}).status_int == 202
    assert settled(stocked, running).vm_state == "active"
    (attachment,) = volumes.shown(stocked, second).attachments
    assert (attachment.status, attachment.mountpoint) == ("attached", "/dev/sdb")


def test_delete_while_it_is_away(api: Api, server: str, stocked: Backend, disk: str) -> None:
    assert act(api, server, {"shelve": None}).status_int == 202
    settled(stocked, server)
    assert api.delete(f"/servers/{server}").status_int == 204
    settled(stocked, server)
    assert volumes.status(stocked, disk) == "available"


class Killed(BaseException):
    """What a request meets where its process dies."""


#: What createImage asks of other services for a server with two volumes, in this order.
STEPS = ("create_snapshot", "create_snapshot", "create", "update", "upload", "keep")


class Kill:
    """Ends a request for an image in the middle of its ``number``-th step, with ``error``."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, backend: Backend) -> None:
        self.number = -1
        self.error: type[BaseException] = Killed
        self.seen: list[str] = []
        for part, name in ((backend.volumes, STEPS[0]), *((backend.images, step) for step in STEPS[2:5])):
            monkeypatch.setattr(part, name, self._step(name, getattr(part, name)))
        monkeypatch.setattr(Reservation, "keep", self._step("keep", Reservation.keep))
        give_up = Reservation.give_up

        def unless_killed(reservation: Reservation, error: BaseException) -> None:
            if not isinstance(error, Killed):
                give_up(reservation, error)

        monkeypatch.setattr(Reservation, "give_up", unless_killed)

    def _step(self, name: str, done: Callable[..., Any]) -> Callable[..., Any]:
        def step(*arguments: Any, **named: Any) -> Any:
            self.seen.append(name)
            made = done(*arguments, **named)
            if len(self.seen) - 1 == self.number:
                raise self.error
            return made

        return step


@pytest.fixture
def kill(monkeypatch: pytest.MonkeyPatch, stocked: Backend) -> Kill:
    stocked.conf.set_override("lease", 1, group="work")
    return Kill(monkeypatch, stocked)


@pytest.fixture
def second(api: Api, server: str, stocked: Backend) -> str:
    """Another volume of the server."""
    made = volumes.volume(stocked)
    body = {"volumeAttachment": {"volumeId": made}}
    assert api.post(f"/servers/{server}/os-volume_attachments", body).status_int == 200
    settled(stocked, server)
    return made


@pytest.mark.parametrize("number", range(len(STEPS)), ids=lambda number: f"{number}-{STEPS[number]}")
def test_nothing_stays_of_one_that_was_killed(
    api: Api, server: str, stocked: Backend, disk: str, second: str, kill: Kill, number: int
) -> None:
    kill.number = number
    with pytest.raises(Killed):
        act(api, server, IMAGE)
    assert tuple(kill.seen) == STEPS[: number + 1]
    left = [len(snapshots(stocked, volume)) for volume in (disk, second)]
    assert left == [1, 1 if number else 0]
    row = settled(stocked, server)
    assert row.vm_state == "active"
    assert [snapshots(stocked, volume) for volume in (disk, second)] == [[], []]
    assert images_of(stocked, server) == []
    assert events(stocked, server)[-1] == ("createImage", "api_snapshot_instance", "Error")
    until(lambda: _reservations(stocked) == 0)
    # And the next one does not suffer from it.
    kill.number = -1
    assert act(api, server, IMAGE).status_int == 202
    assert [len(snapshots(stocked, volume)) for volume in (disk, second)] == [1, 1]


def _reservations(backend: Backend) -> int:
    with backend.db.reader() as conn:
        return int(conn.scalar(sa.select(sa.func.count()).select_from(work_items)) or 0)


@pytest.mark.parametrize("number", range(5), ids=lambda number: f"{number}-{STEPS[number]}")
def test_what_a_service_does_without_an_answer_goes_too(
    api: Api, server: str, stocked: Backend, disk: str, second: str, kill: Kill, number: int
) -> None:
    """The request ends at once; what may come into being after it is looked for once more, later."""
    kill.number, kill.error = number, exception.Unavailable
    assert act(api, server, IMAGE).status_int == 503
    assert [snapshots(stocked, volume) for volume in (disk, second)] == [[], []]
    assert images_of(stocked, server) == []
    assert events(stocked, server)[-1] == ("createImage", "api_snapshot_instance", "Error")
    assert _reservations(stocked) == 1
    until(lambda: _reservations(stocked) == 0)


def test_a_snapshot_that_is_still_being_made_goes_later(
    api: Api, server: str, stocked: Backend, disk: str, second: str, kill: Kill
) -> None:
    """As Cinder makes them; the user has others of the same volume, which stay."""
    mine = stocked.volumes.create_snapshot(volumes.DEMO, disk, "mine", force=True).id
    s = volume_snapshots.c

    def put(old: str, new: str) -> None:
        with stocked.db.writer() as conn:
            changed = sa.update(volume_snapshots).where(s.uuid != mine, s.status == old)
            conn.execute(changed.values(status=new))

    class Making(exception.Conflict):
        def __init__(self) -> None:
            super().__init__("no")
            put("available", "creating")

    kill.number, kill.error = 2, Making
    assert act(api, server, IMAGE).status_int == 409
    assert images_of(stocked, server) == []
    assert [len(snapshots(stocked, volume)) for volume in (disk, second)] == [2, 1]
    put("creating", "available")
    until(lambda: _reservations(stocked) == 0)
    assert [snapshot.id for snapshot in snapshots(stocked, disk)] == [mine]
    assert snapshots(stocked, second) == []


def test_all_of_an_accepted_one_stays(
    api: Api, server: str, stocked: Backend, disk: str, second: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its last transaction is done, and only the request does not learn of it."""
    real = stocked.db.retrying

    def lost(function: Callable[[], Any]) -> Any:
        done = real(function)
        if function.__name__ == "keep":
            raise exception.Unavailable("The answer is lost.")
        return done

    monkeypatch.setattr(stocked.db, "retrying", lost)
    assert act(api, server, IMAGE).status_int == 503
    assert [len(snapshots(stocked, volume)) for volume in (disk, second)] == [1, 1]
    assert [image.status for image in images_of(stocked, server)] == ["active"]
    assert events(stocked, server)[-1] == ("createImage", "api_snapshot_instance", "Success")
