"""Fetching images before guests are made of them."""

from __future__ import annotations

import functools
import logging

from nova_api import exception
from nova_api.compute.drivers.base import Image
from nova_api.compute.manager.host import Host
from nova_api.work.worker import Task

LOG = logging.getLogger(__name__)


class ImageCache:
    """The method ``cache_images``; its payload is {"images": [id, …]}."""

    def __init__(self, host: Host) -> None:
        self._host = host

    def cache_images(self, task: Task) -> None:
        """Has the driver keep each image; one that cannot be had is left out: a build would say why."""
        backend, context = self._host.backend, task.item.context
        for image_id in task.item.payload["images"]:
            try:
                found = backend.images.show(context, image_id)
                self._host.driver.cache_image(
                    Image(
                        id=found.id,
                        properties=dict(found.properties),
                        open=functools.partial(backend.images.download, context, found.id),
                    )
                )
            except exception.NovaError as error:
                LOG.warning("%s: image %s is not cached: %s", self._host.name, image_id, error)
        with backend.db.writer() as conn:
            task.finish(conn)
