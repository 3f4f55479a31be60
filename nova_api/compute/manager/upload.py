"""A guest's disk into an image that the API has recorded: for snapshots, backups and shelving."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator

from nova_api.compute import server_images
from nova_api.compute.manager.host import Host
from nova_api.db.guests import Guest
from nova_api.work.worker import Task


class Unwanted(Exception):
    """The server has been deleted, or is about to be, or does something else by now."""


def upload(
    host: Host, task: Task, guest: Guest, unwanted: threading.Event, begins: Callable[[], None]
) -> None:
    """Fills the image that the payload names, unless an earlier run has; calls ``begins`` before the data.

    Raises Unwanted as soon as ``unwanted`` is set, ImageNotFound when somebody
    has deleted the image, and whatever the driver raises.
    """
    images, context = host.backend.images, task.item.context
    image_id = task.item.payload[server_images.KEY]
    if images.show(context, image_id).status == "active":
        return
    disk = host.driver.snapshot(guest.uuid)
    formats = {"disk_format": disk.disk_format, "container_format": disk.container_format}
    images.update(context, image_id, formats)
    begins()
    # Again, because this host's turn is ours: whoever was at it before us is dead.
    images.upload(context, image_id, _while_wanted(disk.blocks, unwanted), again=True)


def _while_wanted(blocks: Iterable[bytes], unwanted: threading.Event) -> Iterator[bytes]:
    for block in blocks:
        if unwanted.is_set():
            raise Unwanted
        yield block
