"""What the image service has of a server, and what a dead worker leaves there."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from nova_api.backend import Backend
from nova_api.context import admin
from nova_api.db.images import ImageFilter
from nova_api.db.schema.image import images


def images_of(backend: Backend, server_uuid: str) -> list[Any]:
    """Every image made of the server, newest first, whatever its status."""
    return list(backend.images.list(admin(), ImageFilter(properties={"instance_uuid": server_uuid})))


def data_of(backend: Backend, image_id: str) -> bytes:
    return b"".join(backend.images.download(admin(), image_id))


def leave(backend: Backend, image_id: str, status: str) -> None:
    """Puts an image into a status that would take a kill -9 at the right moment."""
    with backend.db.writer() as conn:
        conn.execute(sa.update(images).where(images.c.uuid == image_id).values(status=status))
