"""The embedded volume service as servers use it, on every database; and what races do to it."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from nova_api import exception
from nova_api.backend import Backend
from nova_api.context import RequestContext
from nova_api.neighbours.volumes import seed
from nova_api.neighbours.volumes.interface import NewVolume

SERVER = "0d8c3c5e-62a5-4b4e-8a43-3c1f8d3b7e11"


def _at_once(number: int, act: Callable[[int], Any]) -> list[Any]:
    """What ``act`` gives or raises in that many threads."""

    def caught(index: int) -> Any:
        try:
            return act(index)
        except exception.NovaError as error:
            return error

    with ThreadPoolExecutor(number) as pool:
        return list(pool.map(caught, range(number)))


def test_one_of_many_gets_a_volume(nova_everywhere: Backend, member: RequestContext) -> None:
    volumes = nova_everywhere.volumes
    disk = volumes.create(member, NewVolume(size=1)).id
    found = _at_once(6, lambda index: volumes.reserve(member, disk, f"server-{index}"))
    won = [one for one in found if not isinstance(one, Exception)]
    assert len(won) == 1
    assert all(isinstance(one, exception.VolumeInvalidState) for one in found if one not in won)
    assert [one.id for one in volumes.show(member, disk).attachments] == [won[0].id]


def test_one_order_makes_one_volume(nova_everywhere: Backend, member: RequestContext) -> None:
    volumes = nova_everywhere.volumes
    found = _at_once(6, lambda _: volumes.create(member, NewVolume(size=1, key="order")))
    assert len({one.id for one in found}) == 1
    assert volumes.ordered(member, "order") == found[0]
    assert volumes.ordered(member, "another") is None
    assert len(volumes.list(member)) == 1


def test_the_status_follows_the_attachments(nova_everywhere: Backend, member: RequestContext) -> None:
    volumes = nova_everywhere.volumes
    disk = volumes.create(member, NewVolume(size=1, multiattach=True)).id
    first, second = (volumes.reserve(member, disk, f"server-{number}") for number in range(2))
    seen = [volumes.show(member, disk).status]
    for act in (
        lambda: volumes.connect(member, first.id, "h", "/dev/vdb"),
        lambda: volumes.complete(member, first.id),
        lambda: volumes.complete(member, first.id),
        lambda: volumes.connect(member, first.id, "h2", "/dev/vdc"),
        lambda: volumes.release(member, first.id),
        lambda: volumes.release(member, first.id),
        lambda: volumes.release(member, second.id),
    ):
        act()
        seen.append(volumes.show(member, disk).status)
    assert seen == [
        "reserved",
        "attaching",
        "in-use",
        "in-use",
        "in-use",
        "reserved",
        "reserved",
        "available",
    ]
    with pytest.raises(exception.AttachmentNotFound):
        volumes.complete(member, first.id)


def test_strangers_have_no_part_in_it(
    nova_everywhere: Backend, member: RequestContext, stranger: RequestContext
) -> None:
    volumes = nova_everywhere.volumes
    disk = volumes.create(member, NewVolume(size=1)).id
    snapshot = volumes.create_snapshot(member, disk, "s").id
    made = volumes.reserve(member, disk, SERVER)
    for act in (
        lambda: volumes.show(stranger, disk),
        lambda: volumes.delete(stranger, disk),
        lambda: volumes.reserve(stranger, disk, SERVER),
        lambda: volumes.connect(stranger, made.id, "h", None),
        lambda: volumes.complete(stranger, made.id),
        lambda: volumes.begin_detaching(stranger, disk),
        lambda: volumes.show_snapshot(stranger, snapshot),
        lambda: volumes.delete_snapshot(stranger, snapshot),
        lambda: volumes.create_snapshot(stranger, disk, "s"),
        lambda: volumes.create(stranger, NewVolume(size=1, source_volume_id=disk)),
    ):
        with pytest.raises(exception.NotFound):
            act()
    volumes.release(stranger, made.id)
    assert (volumes.attachments_of(stranger, SERVER), volumes.list(stranger)) == ([], [])
    assert [one.id for one in volumes.attachments_of(member, SERVER)] == [made.id]


def test_lists_begin_with_the_newest(nova_everywhere: Backend, member: RequestContext) -> None:
    volumes = nova_everywhere.volumes
    made = [volumes.create(member, NewVolume(size=1)).id for _ in range(3)]
    assert [one.id for one in volumes.list(member)] == made[::-1]
    assert [one.id for one in volumes.list(member, 1, 1)] == [made[1]]
    assert volumes.list(member, 3) == []


def test_a_described_world(nova_everywhere: Backend, administrator: RequestContext) -> None:
    wanted = {
        "id": SERVER,
        "name": "disk",
        "size": 5,
        "bootable": "true",
        "multiattach": True,
        "volume_image_metadata": {"image_id": "i"},
        "something": "else",
    }
    for _ in range(2):
        seed(nova_everywhere.volumes, [wanted], [{"id": SERVER, "name": "fast"}], owner="p1", zone="z1")
    (made,) = nova_everywhere.volumes.volumes.list(administrator)
    assert (made.id, made.size, made.bootable, made.multiattach) == (SERVER, 5, True, True)
    assert (made.project_id, made.availability_zone, made.image_metadata) == ("p1", "z1", {"image_id": "i"})
    assert nova_everywhere.volumes.find_type(administrator, "fast").id == SERVER
