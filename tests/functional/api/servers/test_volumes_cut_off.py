"""Requests about volumes whose process dies once the volume service was told, and before anything else."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa

from nova_api import exception
from nova_api.backend import Backend
from nova_api.compute.reservations import Reservation
from nova_api.context import admin
from nova_api.db.schema.work import work_items
from tests.functional.api.servers.volumes import running, shown, status, volume
from tests.functional.api.servers.waiting import until
from tests.functional.client import Api


class Killed(BaseException):
    """What a request meets where its process dies."""


@pytest.fixture
def server(workers: None, api: Api, boot: Callable[..., Any], stocked: Backend) -> str:
    stocked.conf.set_override("lease", 1, group="work")
    return running(api, boot)


@pytest.fixture
def die(stocked: Backend, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """``die(name)``: the next one to ask the volume service for ``name`` is dead when that is done."""

    def arm(name: str, error: type[BaseException] = Killed) -> None:
        real = getattr(stocked.volumes, name)

        def once(*arguments: Any, **named: Any) -> Any:
            monkeypatch.setattr(stocked.volumes, name, real)
            real(*arguments, **named)
            if error is Killed:
                monkeypatch.setattr(Reservation, "give_up", lambda *_: None)
            raise error

        monkeypatch.setattr(stocked.volumes, name, once)

    return arm


def _path(server: str, volume_id: str = "") -> str:
    return f"/servers/{server}/os-volume_attachments" + (f"/{volume_id}" if volume_id else "")


def _attach(api: Api, server: str, volume_id: str) -> Any:
    return api.post(_path(server), {"volumeAttachment": {"volumeId": volume_id}}, version="2.20")


def _items(backend: Backend) -> int:
    with backend.db.reader() as conn:
        return int(conn.scalar(sa.select(sa.func.count()).select_from(work_items)) or 0)


def _idle(backend: Backend) -> None:
    until(lambda: not _items(backend))


def _attached(api: Api, backend: Backend, server: str, volume_id: str) -> None:
    assert _attach(api, server, volume_id).status_int == 200
    until(lambda: status(backend, volume_id) == "in-use")
    _idle(backend)


def test_an_attachment(api: Api, stocked: Backend, server: str, die: Callable[..., None]) -> None:
    disk, other = volume(stocked), volume(stocked)
    _attached(api, stocked, server, other)
    die("reserve")
    with pytest.raises(Killed):
        _attach(api, server, disk)
    assert status(stocked, disk) == "reserved"
    _idle(stocked)
    assert (status(stocked, disk), status(stocked, other)) == ("available", "in-use")
    assert list(shown(stocked, disk).attachments) == []
    _attached(api, stocked, server, disk)


def test_an_attachment_that_is_asked_for_again(
    api: Api, stocked: Backend, server: str, die: Callable[..., None]
) -> None:
    """At once, before the first one is given up: only that goes."""
    disk = volume(stocked)
    die("reserve")
    with pytest.raises(Killed):
        _attach(api, server, disk)
    _attached(api, stocked, server, disk)
    (attachment,) = shown(stocked, disk).attachments
    assert (attachment.status, attachment.server_id) == ("attached", server)
    (device,) = api.get(_path(server), version="2.89").json["volumeAttachments"]
    assert device["attachment_id"] == attachment.id
    assert api.delete(_path(server, disk)).status_int == 202
    until(lambda: status(stocked, disk) == "available")


def test_an_attachment_without_an_answer(
    api: Api, stocked: Backend, server: str, die: Callable[..., None]
) -> None:
    """The request does not know its id, and goes on living."""
    disk = volume(stocked)
    die("reserve", exception.Unavailable)
    assert _attach(api, server, disk).status_int == 503
    assert status(stocked, disk) == "reserved"
    until(lambda: status(stocked, disk) == "available")
    _idle(stocked)


def test_an_attachment_that_is_accepted_without_an_answer(
    api: Api, stocked: Backend, server: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of the database: it stays, for its host is at it."""
    disk, real = volume(stocked), stocked.db.retrying

    def lost(function: Callable[[], Any]) -> Any:
        done = real(function)
        if function.__name__ == "accept":
            raise exception.OutcomeUnknown
        return done

    monkeypatch.setattr(stocked.db, "retrying", lost)
    assert _attach(api, server, disk).status_int == 503
    until(lambda: status(stocked, disk) == "in-use")
    _idle(stocked)
    assert [one["id"] for one in api.get(_path(server)).json["volumeAttachments"]] == [disk]


def test_a_detachment(api: Api, stocked: Backend, server: str, die: Callable[..., None]) -> None:
    disk = volume(stocked)
    _attached(api, stocked, server, disk)
    die("begin_detaching")
    with pytest.raises(Killed):
        api.delete(_path(server, disk))
    assert status(stocked, disk) == "detaching"
    _idle(stocked)
    assert status(stocked, disk) == "in-use"
    assert api.delete(_path(server, disk)).status_int == 202
    until(lambda: status(stocked, disk) == "available")


def test_a_detachment_from_a_server_without_host(
    api: Api, stocked: Backend, server: str, die: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    disk = volume(stocked)
    _attached(api, stocked, server, disk)
    assert api.post(f"/servers/{server}/action", {"shelve": None}).status_int == 202
    until(lambda: api.get(f"/servers/{server}").json["server"]["status"] == "SHELVED_OFFLOADED")
    assert status(stocked, disk) == "reserved"
    real = stocked.volumes.release

    def dead(*_: Any) -> None:
        monkeypatch.setattr(stocked.volumes, "release", real)
        raise Killed

    monkeypatch.setattr(stocked.volumes, "release", dead)
    with pytest.raises(Killed):
        api.delete(_path(server, disk), version="2.20")
    assert (api.get(_path(server)).json["volumeAttachments"], status(stocked, disk)) == ([], "reserved")
    _idle(stocked)
    assert status(stocked, disk) == "available"


def test_a_swap(api: Api, stocked: Backend, server: str, die: Callable[..., None]) -> None:
    old, new = volume(stocked), volume(stocked)
    _attached(api, stocked, server, old)
    stocked.volumes.volumes.update(admin(), old, {"migration_status": "migrating"})
    body = {"volumeAttachment": {"volumeId": new}}
    die("reserve")
    with pytest.raises(Killed):
        api.admin.put(_path(server, old), body)
    assert status(stocked, new) == "reserved"
    _idle(stocked)
    assert (status(stocked, old), status(stocked, new)) == ("in-use", "available")
    assert api.admin.put(_path(server, old), body).status_int == 202
    until(lambda: (status(stocked, old), status(stocked, new)) == ("available", "in-use"))


def test_a_boot(
    api: Api, stocked: Backend, server: str, boot: Callable[..., Any], die: Callable[..., None]
) -> None:
    """Nobody has ever heard of the server that the volumes are reserved for."""
    disks = [volume(stocked) for _ in range(2)]
    devices = [{"uuid": disk, "source_type": "volume", "destination_type": "volume"} for disk in disks]
    image = api.get("/images").json["images"][0]["id"]
    root = {"uuid": image, "source_type": "image", "destination_type": "local", "boot_index": 0}
    die("reserve")
    with pytest.raises(Killed):
        boot(block_device_mapping_v2=[root, *devices])
    assert [status(stocked, disk) for disk in disks] == ["reserved", "available"]
    _idle(stocked)
    assert [status(stocked, disk) for disk in disks] == ["available", "available"]
    assert [one["id"] for one in api.get("/servers").json["servers"]] == [server]
    running(api, boot, block_device_mapping_v2=[root, *devices])
    assert [status(stocked, disk) for disk in disks] == ["in-use", "in-use"]
