"""Images that belong to a server's life: those being made of it, and the one that it is shelved in.

Both must go with it: nobody else knows of them.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from typing import Protocol

from sqlalchemy.engine import Connection

from nova_api import context, exception
from nova_api.db import work as db_work
from nova_api.db.guests import Guest
from nova_api.neighbours.images.interface import Images

LOG = logging.getLogger(__name__)

#: Key of a work item's payload that names the image which the work fills.
KEY = "image_id"


class Parts(Protocol):
    """What a ``Backend`` is here."""

    @property
    def images(self) -> Images: ...


def unfinished(conn: Connection, guest: Guest) -> list[str]:
    """Ids of the images that work still to be done would fill."""
    return [work.payload[KEY] for work in db_work.pending(conn, guest.uuid) if KEY in work.payload]


def discard_unfinished(parts: Parts, image_ids: Iterable[str]) -> None:
    """Deletes those that have not got all their data; one that has is its owner's to keep."""
    for image_id in image_ids:
        try:
            if parts.images.show(context.admin(), image_id).status != "active":
                discard(parts, image_id)
        except exception.ImageNotFound:
            LOG.debug("Image %s is gone already.", image_id)


def discard(parts: Parts, image_id: str | None) -> None:
    """Deletes an image that this service has made; nothing when it is gone, or when its owner protects it.

    Asked as administrator: a server's user may not be the owner of the image
    that an administrator has shelved the server in.
    """
    if image_id is None:
        return
    try:
        parts.images.delete(context.admin(), image_id)
    except exception.ImageNotFound:
        LOG.debug("Image %s is gone already.", image_id)
    except exception.ImageProtected:
        LOG.info("Image %s is protected, so it stays.", image_id)
