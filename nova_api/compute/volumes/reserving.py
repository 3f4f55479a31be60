"""Volumes that a request reserves for a server, or is about to detach, before it is accepted."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from typing import Any

from sqlalchemy.engine import Connection

from nova_api import context as contexts
from nova_api import exception
from nova_api.compute import reservations
from nova_api.compute.reservations import Parts, Reservation, Undo
from nova_api.db import block_devices, guests
from nova_api.db import work as db_work


def attaching(
    parts: Parts, server_uuid: str, volume_ids: Sequence[str]
) -> AbstractContextManager[Reservation]:
    """``reservations.reserved`` for attachments of these volumes, whose ids go into ``made``."""
    return reservations.reserved(parts, RELEASE, _attachments(server_uuid, volume_ids))


def detaching(parts: Parts, volume_id: str) -> AbstractContextManager[Reservation]:
    """``reservations.reserved`` for ``begin_detaching``, after which the volume's id goes into ``made``."""
    return reservations.reserved(parts, ROLL_BACK, {"volume": volume_id})


def release_later(conn: Connection, parts: Parts, server_uuid: str, volume_id: str) -> str:
    """In the transaction that makes a server forget a volume: the item that ends its attachment."""
    return reservations.later(conn, parts, RELEASE, _attachments(server_uuid, [volume_id]))


def _attachments(server_uuid: str, volume_ids: Sequence[str]) -> dict[str, Any]:
    return {"server": server_uuid, "volumes": list(volume_ids)}


def _release(parts: Parts, payload: dict[str, Any], made: Sequence[str] | None) -> bool:
    everybody, server_uuid = contexts.admin(), payload["server"]
    if made is None:
        with parts.db.reader() as conn:
            guest = guests.get(conn, server_uuid)
            known = _known(conn, server_uuid, None if guest is None else guest.id)
        if guest is not None and not guest.deleted and guest.task_state is not None:
            return False  # one that moves has attachments for both hosts
        made = [
            one.id
            for one in parts.volumes.attachments_of(everybody, server_uuid)
            if one.volume_id in payload["volumes"] and one.status == "reserved" and one.id not in known
        ]
    for attachment_id in made:
        parts.volumes.release(everybody, attachment_id)
    return True


def _known(conn: Connection, server_uuid: str, server_id: int | None) -> set[str | None]:
    """The attachments that disks of the server name, or work that is to be done to it."""
    disks = [] if server_id is None else block_devices.of_server(conn, server_id)
    pending = db_work.pending(conn, server_uuid)
    return {disk.attachment_id for disk in disks} | {work.payload.get("attachment") for work in pending}


def _roll_back(parts: Parts, payload: dict[str, Any], made: Sequence[str] | None) -> bool:
    volume_id = payload["volume"]
    if made is None:
        with parts.db.reader() as conn:
            owners = block_devices.servers_with(conn, volume_id)
            work = [one.method for owner in owners for one in db_work.pending(conn, owner)]
        made = [] if "detach_volume" in work else [volume_id]
    for one in made:
        try:
            parts.volumes.roll_detaching(contexts.admin(), one)
        except exception.VolumeNotFound:
            continue  # its server is deleted, and it with that
    return True


RELEASE = Undo("release_attachments", _release)
ROLL_BACK = Undo("roll_detaching", _roll_back)
