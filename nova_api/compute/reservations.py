"""What a request has other services do before it is accepted: nothing stays of one that does not come so far.

Those services have transactions of their own.  So a work item that undoes it
all stands in the database before they are asked, and the transaction which
accepts the request takes it away.  Where that never happens, because the
database went away or the process was killed, the item falls due.
"""

from __future__ import annotations

import contextlib
import dataclasses
import datetime
import logging
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Protocol

import oslo_db.exception
import sqlalchemy.exc
from oslo_config import cfg
from sqlalchemy.engine import Connection

from nova_api import context as contexts
from nova_api import exception, rpc, work
from nova_api.compute import faults
from nova_api.db import Database, actions
from nova_api.db import work as db_work
from nova_api.db.schema.base import utcnow
from nova_api.neighbours.images.interface import Images
from nova_api.neighbours.volumes.interface import Volumes
from nova_api.work.worker import Task

LOG = logging.getLogger(__name__)

#: A reservation is good for so many leases: several slow requests to another service.
LEASES = 2
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


@dataclasses.dataclass(frozen=True)
class Undo:
    """A scheduler's ``method``, and what it does with a payload: False when some of it has to wait.

    It is told what the request knows that it has ``made``, and None where that
    is dead.  Safe to repeat.  Raises Unavailable where a service does not answer.
    """

    method: str
    run: Callable[[Parts, dict[str, Any], Sequence[str] | None], bool]


class Reservation:
    """``payload`` says what is to be undone, ``made`` what of it there is; ``action`` fails with that."""

    def __init__(self, parts: Parts, undo: Undo, payload: dict[str, Any], action: int | None, item: str):
        self.payload = payload
        self.action = action
        self.made: list[str] = []
        self._parts = parts
        self._undo = undo
        self._item = item
        self._kept = False

    def keep(self, conn: Connection) -> None:
        """All of it stays if the caller's transaction does; raises Unavailable when it took too long."""
        if not db_work.withdraw(conn, self._item):
            raise exception.Unavailable("Another service took too long. Please try again.")
        self._kept = True

    def give_up(self, error: BaseException) -> None:
        """Undoes it, unless it was kept; where that fails, the work item does it later."""
        parts = self._parts
        try:
            with parts.db.writer() as conn:
                if self._kept and not db_work.is_ready(conn, self._item):
                    return
            done = self._undo.run(parts, self.payload, self.made)
            fault = faults.of(error)
            with parts.db.writer() as conn:
                db_work.withdraw(conn, self._item)
                # What a service was asked for that has not answered may still come into being.
                if not done or isinstance(error, exception.Unavailable):
                    later(conn, parts, self._undo, self.payload)
                actions.fail_unfinished(conn, self.action, fault.message, fault.details)
        except (exception.NovaError, oslo_db.exception.DBError, sqlalchemy.exc.SQLAlchemyError) as failure:
            text = str(failure).splitlines()[0]
            LOG.warning("%s of %s is to be done later: %s", self._undo.method, self.payload, text)


@contextlib.contextmanager
def reserved(
    parts: Parts,
    undo: Undo,
    payload: dict[str, Any],
    *,
    leases: int = LEASES,
    begin: Callable[[Connection], int] | None = None,
) -> Iterator[Reservation]:
    """A reservation for the block, which ends with ``keep`` or in an exception: then nothing stays.

    ``begin`` starts an action in the transaction of the reservation, which ends in failure with it.
    """

    def reserve() -> Reservation:
        with parts.db.writer() as conn:
            action = None if begin is None else begin(conn)
            item = later(conn, parts, undo, payload, leases=leases, action=action)
            return Reservation(parts, undo, payload, action, item)

    reservation = parts.db.retrying(reserve)
    try:
        yield reservation
    except BaseException as error:
        reservation.give_up(error)
        raise


def expire(parts: Parts, undo: Undo, task: Task) -> None:
    """Undoes what nobody has kept; later, where a service is away."""
    payload = task.item.payload
    try:
        done = undo.run(parts, payload, None)
    except exception.Unavailable as error:
        LOG.warning("%s of %s is to be done later: %s", undo.method, payload, error)
        done = False
    with parts.db.writer() as conn:
        task.finish(conn)
        if not done:
            later(conn, parts, undo, payload)
        actions.fail_unfinished(conn, task.item.action_id, _CUT_OFF, None)


def later(
    conn: Connection,
    parts: Parts,
    undo: Undo,
    payload: dict[str, Any],
    *,
    leases: int = LEASES,
    action: int | None = None,
) -> str:
    """The item by which a scheduler undoes ``payload`` in so many leases; its id."""
    due = utcnow() + datetime.timedelta(seconds=leases * parts.conf.work.lease)
    everybody = contexts.admin()
    return work.enqueue(
        conn, everybody, rpc.SCHEDULER, undo.method, None, payload, action_id=action, run_after=due
    )
