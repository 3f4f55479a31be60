"""Work that is dropped because its host is dead, and what other services still hold for it.

The work item goes with the host, in the caller's transaction; what the request
had already told the image and the volume service has to be taken back, or an
image stays queued and a volume detaching for ever.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Any, Protocol

from nova_api import context as contexts
from nova_api import exception
from nova_api.compute import server_images
from nova_api.db import Database, block_devices
from nova_api.db.work import Pending
from nova_api.neighbours.images.interface import Images
from nova_api.neighbours.volumes.interface import Volumes

LOG = logging.getLogger(__name__)


class Parts(Protocol):
    """What a ``Backend`` is here."""

    @property
    def db(self) -> Database: ...
    @property
    def images(self) -> Images: ...
    @property
    def volumes(self) -> Volumes: ...


def take_back(parts: Parts, dropped: Sequence[Pending]) -> None:
    """Has the other services forget ``dropped``; whatever goes wrong is told in the log."""
    for work in dropped:
        try:
            _take_back(parts, work.method, work.payload)
        except exception.NovaError as error:
            LOG.warning("What %s had begun could not be taken back: %s", work.method, error)


def _take_back(parts: Parts, method: str, payload: dict[str, Any]) -> None:
    everybody = contexts.admin()
    if server_images.KEY in payload:
        server_images.discard_unfinished(parts, [payload[server_images.KEY]])
    elif method == "swap_volume":
        parts.volumes.release(everybody, payload["attachment"])
    elif method == "detach_volume":
        with parts.db.reader() as conn:
            device = block_devices.get(conn, payload["device"])
        if device is not None and device.volume_id is not None:
            parts.volumes.roll_detaching(everybody, device.volume_id)
