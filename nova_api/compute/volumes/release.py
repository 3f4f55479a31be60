"""Giving back the volumes of a server that is being deleted."""

from __future__ import annotations

import logging
from typing import Protocol

from nova_api import context as contexts
from nova_api import exception
from nova_api.db import Database, block_devices
from nova_api.db.block_devices import BlockDevice
from nova_api.neighbours.volumes.interface import Volumes

LOG = logging.getLogger(__name__)


class Parts(Protocol):
    """What a ``Backend`` is here."""

    @property
    def db(self) -> Database: ...
    @property
    def volumes(self) -> Volumes: ...


class Owner(Protocol):
    """The server."""

    @property
    def id(self) -> int: ...
    @property
    def uuid(self) -> str: ...


def release_all(parts: Parts, server: Owner) -> None:
    """Ends every attachment of the server, and deletes the volumes that were to go with it.

    Safe to repeat.  The volume service is asked for the attachments: one that
    was made by somebody who died before writing it down is ended as well.
    """
    with parts.db.reader() as conn:
        devices = block_devices.of_server(conn, server.id)
    if not devices:
        return
    # Whoever deletes a server gives back what others have attached to it, too.
    everybody = contexts.admin()
    for attachment in parts.volumes.attachments_of(everybody, server.uuid):
        parts.volumes.release(everybody, attachment.id)
    for device in devices:
        if device.is_volume and device.delete_on_termination:
            _delete(parts, everybody, device)


def _delete(parts: Parts, everybody: contexts.RequestContext, device: BlockDevice) -> None:
    volume_id = device.volume_id
    if volume_id is None:
        # Perhaps made a moment before its maker died.
        made = parts.volumes.ordered(everybody, device.uuid)
        if made is None:
            return
        volume_id = made.id
    try:
        parts.volumes.delete(everybody, volume_id)
    except exception.VolumeNotFound:
        pass
    except exception.Invalid as error:
        # It has snapshots, or another server has it by now: it stays, and the delete goes on.
        LOG.warning("Volume %s stays behind: %s", volume_id, error)
