"""Images that a request is about to have made: none stays behind of a request that does not come to its end.

The image service has transactions of its own, or is another service; the same
goes for the volume service, which makes the snapshots that are an image of a
server that runs from volumes.  So a work item that discards the image and its
snapshots stands in the database before the first of them is made, and the
transaction which accepts the request takes it away.  Where that never happens,
because the database went away or the process was killed, the item falls due.
"""

from __future__ import annotations

import contextlib
import datetime
import logging
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Protocol

import oslo_db.exception
import sqlalchemy.exc
from oslo_config import cfg
from sqlalchemy.engine import Connection

from nova_api import context as contexts
from nova_api import exception, rpc, work
from nova_api.compute import faults, server_images
from nova_api.db import Database, actions
from nova_api.db import work as db_work
from nova_api.db.schema.base import utcnow
from nova_api.neighbours.images.interface import Images
from nova_api.neighbours.volumes.interface import Snapshot, Volumes
from nova_api.work.worker import Task

LOG = logging.getLogger(__name__)

#: What a scheduler does with the image of a reservation that nobody has kept.
METHOD = "discard_image"
#: Key of its payload, beside that of the image: ids of the volumes that may have snapshots for it.
_VOLUMES = "volumes"
#: Metadata key by which a snapshot that was made for an image is found again.
_MARK = "compute_image"
#: A reservation is good for so many leases, and one more for each snapshot: several slow requests each.
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
    @property
    def volumes(self) -> Volumes: ...


class Reservation:
    """The id of an image to be made, and the work item that discards it; ``action`` fails with that."""

    def __init__(self, payload: Mapping[str, Any], action: int | None, item: str) -> None:
        self.image_id: str = payload[server_images.KEY]
        self.action = action
        self._payload = payload
        self._item = item
        self._kept = False

    @property
    def mark(self) -> Mapping[str, str]:
        """The metadata of every snapshot that is made for the image."""
        return {_MARK: self.image_id}

    def keep(self, conn: Connection) -> None:
        """All of it stays if the caller's transaction does; raises Unavailable when it took too long."""
        if not db_work.withdraw(conn, self._item):
            raise exception.Unavailable("The image service took too long. Please try again.")
        self._kept = True

    def give_up(self, parts: Parts, error: BaseException) -> None:
        """Discards the image, unless it was kept; where that fails, the work item does it later."""
        try:
            with parts.db.writer() as conn:
                if self._kept and not db_work.is_ready(conn, self._item):
                    return
            # What a service was asked for that has not answered may still come into being.
            done = _discarded(parts, self._payload) and not isinstance(error, exception.Unavailable)
            fault = faults.of(error)
            with parts.db.writer() as conn:
                db_work.withdraw(conn, self._item)
                if not done:
                    _discard_later(conn, parts, self._payload)
                actions.fail_unfinished(conn, self.action, fault.message, fault.details)
        except (exception.NovaError, oslo_db.exception.DBError, sqlalchemy.exc.SQLAlchemyError) as failure:
            LOG.warning("Image %s is to be discarded later: %s", self.image_id, str(failure).splitlines()[0])


@contextlib.contextmanager
def reserved(
    parts: Parts, *, volumes: Sequence[str] = (), begin: Callable[[Connection], int] | None = None
) -> Iterator[Reservation]:
    """A reservation for the block, which ends with ``keep`` or in an exception: then no image stays.

    Nor do snapshots of ``volumes`` that bear its ``mark``.  ``begin`` starts an
    action in the transaction of the reservation, which ends in failure with it.
    """
    payload = {server_images.KEY: str(uuid.uuid4()), _VOLUMES: list(volumes)}

    def reserve() -> Reservation:
        with parts.db.writer() as conn:
            action = None if begin is None else begin(conn)
            return Reservation(payload, action, _discard_later(conn, parts, payload, action))

    reservation = parts.db.retrying(reserve)
    try:
        yield reservation
    except BaseException as error:
        reservation.give_up(parts, error)
        raise


def expire(parts: Parts, task: Task) -> None:
    """Discards the image of a reservation that has fallen due; later, where a service is away."""
    payload = task.item.payload
    try:
        done = _discarded(parts, payload)
    except exception.Unavailable as error:
        LOG.warning("Image %s is to be discarded later: %s", payload[server_images.KEY], error)
        done = False
    with parts.db.writer() as conn:
        task.finish(conn)
        if not done:
            _discard_later(conn, parts, payload)
        actions.fail_unfinished(conn, task.item.action_id, _CUT_OFF, None)


def _discard_later(
    conn: Connection, parts: Parts, payload: Mapping[str, Any], action: int | None = None
) -> str:
    leases = _LEASES + len(payload.get(_VOLUMES, ()))
    due = utcnow() + datetime.timedelta(seconds=leases * parts.conf.work.lease)
    admin = contexts.admin()
    return work.enqueue(conn, admin, rpc.SCHEDULER, METHOD, None, payload, action_id=action, run_after=due)


def _discarded(parts: Parts, payload: Mapping[str, Any]) -> bool:
    """Discards the image and its snapshots; False when there are some that cannot go yet."""
    everybody, image_id = contexts.admin(), payload[server_images.KEY]
    # The image first: a user who sees one may boot from it, and that takes its snapshots.
    server_images.discard(parts, image_id)
    deleted = [
        _is_deleted(parts, snapshot)
        for volume_id in payload.get(_VOLUMES, ())
        for snapshot in parts.volumes.snapshots_of(everybody, volume_id)
        if snapshot.metadata.get(_MARK) == image_id
    ]
    return all(deleted)


def _is_deleted(parts: Parts, snapshot: Snapshot) -> bool:
    """Deletes a snapshot, whose volume may belong to anybody; False when it is still being made."""
    if snapshot.status == "creating":
        return False
    try:
        parts.volumes.delete_snapshot(contexts.admin(), snapshot.id)
    except exception.SnapshotNotFound:
        LOG.debug("Snapshot %s is gone already.", snapshot.id)
    except exception.Invalid as error:
        # Somebody uses it by now, or the volume service has begun to delete it.
        LOG.warning("Snapshot %s stays behind: %s", snapshot.id, error)
    return True
