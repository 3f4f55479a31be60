"""Images that a request is about to have made: none stays behind of a request that does not come to its end.

The image service has transactions of its own, or is another service.  So a work
item that discards the image stands in the database before the image is made, and
the transaction which accepts the request takes it away.  Where that never happens,
because the database went away or the process was killed, the item falls due.
"""

from __future__ import annotations

import contextlib
import datetime
import logging
import uuid
from collections.abc import Iterator
from typing import Protocol

import oslo_db.exception
import sqlalchemy.exc
from oslo_config import cfg
from sqlalchemy.engine import Connection

from nova_api import context as contexts
from nova_api import exception, rpc, work
from nova_api.compute import server_images
from nova_api.db import Database, actions
from nova_api.db import work as db_work
from nova_api.db.schema.base import utcnow
from nova_api.neighbours.images.interface import Images
from nova_api.work.worker import Task

LOG = logging.getLogger(__name__)

#: What a scheduler does with the image of a reservation that nobody has kept.
METHOD = "discard_image"
#: A reservation is good for so many leases: several slow requests to an image service.
_LEASES = 2
_CUT_OFF = "The request was cut off."


class Parts(Protocol):
    """What a ``Backend`` is here."""

    @property
    def conf(self) -> cfg.ConfigOpts: ...
    @property
    def db(self) -> Database: ...
    @property
    def images(self) -> Images: ...


class Reservation:
    """The id of an image to be made, and the work item that discards it."""

    def __init__(self, image_id: str, item: str) -> None:
        self.image_id = image_id
        self._item = item

    def keep(self, conn: Connection) -> None:
        """The image stays if the caller's transaction does; raises Unavailable when it took too long."""
        if not db_work.withdraw(conn, self._item):
            raise exception.Unavailable("The image service took too long. Please try again.")

    def give_up(self, parts: Parts) -> None:
        """Discards the image, unless it was kept; where that fails, the work item does it later."""
        try:
            with parts.db.writer() as conn:
                if not db_work.is_ready(conn, self._item):
                    return
            server_images.discard(parts, self.image_id)
            with parts.db.writer() as conn:
                db_work.withdraw(conn, self._item)
        except (exception.NovaError, oslo_db.exception.DBError, sqlalchemy.exc.SQLAlchemyError) as error:
            LOG.warning("Image %s is to be discarded later: %s", self.image_id, str(error).splitlines()[0])


@contextlib.contextmanager
def reserved(parts: Parts, action: int | None = None) -> Iterator[Reservation]:
    """A reservation for the block, which ends with ``keep`` or in an exception: then no image stays.

    ``action`` ends in failure should the process die before.
    """
    image_id = str(uuid.uuid4())
    due = utcnow() + datetime.timedelta(seconds=_LEASES * parts.conf.work.lease)

    def reserve() -> str:
        with parts.db.writer() as conn:
            payload = {server_images.KEY: image_id}
            return work.enqueue(
                conn, contexts.admin(), rpc.SCHEDULER, METHOD, None, payload, action_id=action, run_after=due
            )

    reservation = Reservation(image_id, parts.db.retrying(reserve))
    try:
        yield reservation
    except BaseException:
        reservation.give_up(parts)
        raise


def expire(parts: Parts, task: Task) -> None:
    """Discards the image of a reservation that has fallen due; later, where the image service is away."""
    try:
        server_images.discard(parts, task.item.payload[server_images.KEY])
    except exception.Unavailable as error:
        LOG.warning("Image %s is to be discarded later: %s", task.item.payload[server_images.KEY], error)
        due = utcnow() + datetime.timedelta(seconds=parts.conf.work.lease)
        with parts.db.writer() as conn:
            task.finish(conn)
            work.enqueue(
                conn,
                task.item.context,
                rpc.SCHEDULER,
                METHOD,
                None,
                task.item.payload,
                action_id=task.item.action_id,
                run_after=due,
            )
        return
    with parts.db.writer() as conn:
        task.finish(conn)
        actions.fail_unfinished(conn, task.item.action_id, _CUT_OFF, None)
