"""Work that is dropped because its host is dead, and what other services still hold for it.

The work item goes with the host, in the caller's transaction; what the request
had already told the image and the volume service has to be taken back, or an
image stays queued and a volume detaching for ever.  So that transaction leaves
another item, by which a scheduler does it should the caller die over it.
"""

from __future__ import annotations

import datetime
import logging
from collections.abc import Sequence
from typing import Any

import oslo_db.exception
import sqlalchemy.exc
from oslo_config import cfg
from sqlalchemy.engine import Connection

from nova_api import context as contexts
from nova_api import exception, rpc, work
from nova_api.compute import server_images
from nova_api.compute.reservations import Parts
from nova_api.db import block_devices
from nova_api.db import work as db_work
from nova_api.db.schema.base import utcnow
from nova_api.db.work import Pending
from nova_api.work.worker import Task

LOG = logging.getLogger(__name__)

#: What a scheduler does where nobody else has; payload {"dropped": [[method, payload], …]}.
METHOD = "take_back"
#: Methods of which the volume service has been told.
_VOLUMES = ("detach_volume", "swap_volume")


class Dropped:
    """Work that the caller's transaction drops; ``take_back`` follows after it."""

    def __init__(self, conn: Connection, conf: cfg.ConfigOpts, dropped: Sequence[Pending]) -> None:
        self._dropped = [one for one in dropped if server_images.KEY in one.payload or one.method in _VOLUMES]
        self._item: str | None = None
        if self._dropped:
            due = utcnow() + datetime.timedelta(seconds=conf.work.lease)
            payload = {"dropped": [list(one) for one in self._dropped]}
            self._item = work.enqueue(
                conn, contexts.admin(), rpc.SCHEDULER, METHOD, None, payload, run_after=due
            )

    def take_back(self, parts: Parts) -> None:
        """Has the other services forget it; where one does not answer, a scheduler tries again."""
        if self._item is None:
            return
        try:
            _take_back_all(parts, self._dropped)
            with parts.db.writer() as conn:
                db_work.withdraw(conn, self._item)
        except (exception.Unavailable, oslo_db.exception.DBError, sqlalchemy.exc.SQLAlchemyError) as error:
            LOG.warning("What was begun is to be taken back later: %s", str(error).splitlines()[0])


def take_back(parts: Parts, task: Task) -> None:
    """The same, by a scheduler."""
    _take_back_all(parts, [Pending(*one) for one in task.item.payload["dropped"]])
    with parts.db.writer() as conn:
        task.finish(conn)


def _take_back_all(parts: Parts, dropped: Sequence[Pending]) -> None:
    """Raises Unavailable; whatever else goes wrong is told in the log."""
    for one in dropped:
        try:
            _take_back(parts, one.method, one.payload)
        except exception.Unavailable:
            raise
        except exception.NovaError as error:
            LOG.warning("What %s had begun could not be taken back: %s", one.method, error)


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
