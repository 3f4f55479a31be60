"""What the steps of moves have in common: they begin in known states, end in one transaction, or fail."""

from __future__ import annotations

import dataclasses
import logging
import threading
from collections.abc import Callable
from typing import Any

from sqlalchemy.engine import Connection

from nova_api import rpc, work
from nova_api.compute import faults, moves
from nova_api.compute.manager import disks
from nova_api.compute.manager.host import PASSING, Host
from nova_api.compute.moves import MoveRequest
from nova_api.db import actions, guests, server_migrations
from nova_api.db.guests import Guest
from nova_api.db.server_migrations import Migration
from nova_api.work.worker import Task

LOG = logging.getLogger(__name__)


class Gone(Exception):
    """The server was deleted, or an administrator has reset it, while it was on the move."""


@dataclasses.dataclass(frozen=True)
class Step:
    """One work item of a move, with the records as they were when it began."""

    task: Task
    guest: Guest
    migration: Migration
    request: MoveRequest
    event: int | None
    unwanted: threading.Event


@dataclasses.dataclass(frozen=True)
class Begins:
    """Where a step may begin, also for the second time: task_states, statuses of the record; its event."""

    event: str
    task_states: tuple[str | None, ...]
    statuses: tuple[str, ...]


class Mover:
    """Base of the classes whose methods are steps of moves."""

    def __init__(self, host: Host) -> None:
        self._host = host
        self._db = host.backend.db

    def _step(
        self,
        task: Task,
        begins: Begins,
        act: Callable[[Step], None],
        failed: Callable[[Step, Exception], None],
    ) -> None:
        """Runs ``act`` in the server's turn on this host; ``failed`` where it raises."""
        uuid = str(task.item.server_uuid)
        request = MoveRequest.from_payload(task.item.payload)
        with self._host.turns.take(uuid) as unwanted:
            with self._db.writer() as conn:
                event = actions.start_event(conn, task.item.action_id, begins.event, self._host.name)
                guest = guests.get(conn, uuid, lock=True)
                migration = server_migrations.get(conn, request.migration)
            if (
                guest is None
                or migration is None
                or guest.is_going
                or guest.task_state not in begins.task_states
                or migration.status not in begins.statuses
            ):
                self._drop(task, guest, migration, event)
                return
            step = Step(task, guest, migration, request, event, unwanted)
            try:
                act(step)
            except Gone:
                self._drop(task, guest, migration, event)
            except PASSING:
                raise
            except Exception as error:
                self._host.require(task)
                LOG.warning("Server %s: %s failed: %s", uuid, begins.event, error)
                failed(step, error)

    def _advance(
        self, step: Step, doing: tuple[str | None, ...], status: str | None = None, **values: Any
    ) -> None:
        """Moves the server's states on, and the record's; raises Gone where somebody else has."""
        with self._db.writer() as conn:
            self._change(conn, step, doing, status, **values)

    def _change(
        self,
        conn: Connection,
        step: Step,
        doing: tuple[str | None, ...],
        status: str | None = None,
        **values: Any,
    ) -> None:
        if not guests.change(conn, step.guest, doing=doing, **values):
            raise Gone
        if status is not None and not server_migrations.change(
            conn, step.migration.id, server_migrations.UNFINISHED, status=status
        ):
            raise Gone

    def _pass_on(
        self, conn: Connection, step: Step, method: str, host: str, topic: str = rpc.COMPUTE
    ) -> None:
        """Ends this step; ``method`` on ``host`` is the next."""
        target = host if topic == rpc.COMPUTE else None
        item = step.task.item
        following = work.enqueue(
            conn,
            item.context,
            topic,
            method,
            step.guest,
            step.request.to_payload(),
            host=target,
            action_id=item.action_id,
        )
        actions.finish_event(conn, step.event)
        step.task.finish(conn)
        step.task.wake(topic, target, following)

    def _end(self, conn: Connection, step: Step) -> None:
        """Ends the move: nothing is claimed any more but what the server needs where it is."""
        moves.settle(conn, step.guest)
        actions.finish_event(conn, step.event)
        actions.finish(conn, step.task.item.action_id)
        step.task.finish(conn)

    def _forget(self, conn: Connection, step: Step, host: str | None, event: str | None = None) -> None:
        """Has ``host`` remove what the move has left there."""
        if host is None:
            return
        item = step.task.item
        action = item.action_id if event is not None else None
        payload = {"event": event, "ends": False}
        for cast in moves.have_forgotten(conn, item.context, step.guest, host, payload, action):
            step.task.wake(*cast)

    def _drop(self, task: Task, guest: Guest | None, migration: Migration | None, event: int | None) -> None:
        """The server has gone another way meanwhile."""
        reason = "The server was deleted or reset meanwhile."
        self._host.require(task)
        if guest is not None and not guest.is_going:
            disks.close_others(self._host, guest)
        with self._db.writer() as conn:
            task.finish(conn)
            if guest is not None and not guest.is_going:
                moves.break_off(conn, guest, migration, server_migrations.ERROR)
            actions.finish_event(conn, event, failed=True, details=reason)
            actions.fail_unfinished(conn, task.item.action_id, reason, None)

    def _fail(self, step: Step, error: Exception, *, rolls_back: str | None = None, **values: Any) -> None:
        """Ends the move with a fault; the server gets ``values``, idle.

        With ``rolls_back``, the name of an event, the destination removes what it has of it.
        """
        fault = faults.of(error)
        disks.close_others(self._host, step.guest)
        with self._db.writer() as conn:
            step.task.finish(conn)
            if guests.change(conn, step.guest, task_state=None, **values):
                guests.add_fault(conn, step.guest, fault.code, fault.message, fault.details, self._host.name)
            server_migrations.change(
                conn, step.migration.id, server_migrations.UNFINISHED, error=fault.message[:255]
            )
            moves.break_off(conn, step.guest, step.migration, server_migrations.ERROR)
            if rolls_back is not None:
                self._forget(conn, step, step.migration.dest_host, rolls_back)
            actions.finish_event(
                conn, step.event, failed=True, details=fault.message, traceback=fault.details
            )
            actions.finish(conn, step.task.item.action_id, failed=True)
