"""Live migration: the destination agrees, the source sends, the destination takes over."""

from __future__ import annotations

import time
from collections.abc import Callable

from nova_api.compute import moves, states
from nova_api.compute.drivers.moves import LiveMigrationAborted, Order
from nova_api.compute.manager import disks
from nova_api.compute.manager.move import Begins, Gone, Mover, Step
from nova_api.compute.manager.spec import spec_of
from nova_api.compute.operations import OPERATIONS
from nova_api.db import actions
from nova_api.db import server_migrations as records
from nova_api.work.worker import Task

_CHECK_DEST, _CHECK_SOURCE, _LIVE, _PRE, _POST, _ROLLBACK = OPERATIONS["live_migrate"].events[1:]
#: Seconds between two looks at what users ask of a running migration, and two notes of its progress.
_LOOK, _NOTE = 0.2, 1.0


class LiveMigrator(Mover):
    """The methods of ``moves`` about live migration; payload ``MoveRequest``."""

    def pre_live_migration(self, task: Task) -> None:
        """Destination: agrees, or it ends here."""
        begins = Begins(_CHECK_DEST, (states.MIGRATING,), (records.QUEUED,))
        self._step(task, begins, self._prepare, self._fail)

    def _prepare(self, step: Step) -> None:
        self._host.driver.check_can_host(step.guest)
        disks.opened_beside(self._host, step.guest)
        action = step.task.item.action_id
        with self._db.writer() as conn:
            self._change(conn, step, (states.MIGRATING,), records.PREPARING)
            actions.finish_event(conn, actions.start_event(conn, action, _PRE, self._host.name))
            self._pass_on(conn, step, moves.LIVE_MIGRATION, step.migration.source_host)

    def live_migration(self, task: Task) -> None:
        """Source: sends the guest, which runs on meanwhile."""
        begins = Begins(_LIVE, (states.MIGRATING,), (records.PREPARING, records.RUNNING))
        self._step(task, begins, self._send, self._stayed)

    def _send(self, step: Step) -> None:
        action, dest = step.task.item.action_id, str(step.migration.dest_host)
        try:
            if step.migration.asked == records.ABORT:
                raise LiveMigrationAborted
            with self._db.writer() as conn:
                self._change(conn, step, (states.MIGRATING,), records.RUNNING)
                actions.finish_event(conn, actions.start_event(conn, action, _CHECK_SOURCE, self._host.name))
            self._host.driver.live_migrate(step.guest, dest, self._orders(step), self._progress(step))
        except LiveMigrationAborted:
            if step.unwanted.is_set():
                raise Gone from None
            self._cancelled(step)
            return
        with self._db.writer() as conn:
            self._change(
                conn,
                step,
                (states.MIGRATING,),
                records.POST_MIGRATING,
                host=dest,
                node=step.migration.dest_node,
            )
            self._pass_on(conn, step, moves.POST_LIVE_MIGRATION, dest)

    def _orders(self, step: Step) -> Callable[[], Order | None]:
        """What users have asked of the migration; the database is looked at only now and then."""
        looked = 0.0

        def orders() -> Order | None:
            nonlocal looked
            if step.unwanted.is_set():
                return Order.ABORT
            if time.monotonic() - looked < _LOOK:
                return None
            looked = time.monotonic()
            with self._db.reader() as conn:
                now = records.get(conn, step.migration.id)
            if now is None or now.status != records.RUNNING:
                return Order.ABORT
            return None if now.asked is None else Order(now.asked)

        return orders

    def _progress(self, step: Step) -> Callable[[int, int], None]:
        noted = -_NOTE

        def progress(total: int, processed: int) -> None:
            nonlocal noted
            if time.monotonic() - noted < _NOTE and processed < total:
                return
            noted = time.monotonic()
            with self._db.writer() as conn:
                records.change(
                    conn,
                    step.migration.id,
                    (records.RUNNING,),
                    memory_total_bytes=total,
                    memory_processed_bytes=processed,
                    memory_remaining_bytes=total - processed,
                )

        return progress

    def _cancelled(self, step: Step) -> None:
        """The guest never stopped running here."""
        self._host.require(step.task)
        disks.close_others(self._host, step.guest)
        with self._db.writer() as conn:
            self._change(conn, step, (states.MIGRATING,), records.CANCELLED, task_state=None)
            self._forget(conn, step, step.migration.dest_host, _ROLLBACK)
            self._end(conn, step)

    def _stayed(self, step: Step, error: Exception) -> None:
        """It runs on here, if it can; the destination had agreed, and may have made room for it."""
        self._fail(step, error, rolls_back=_ROLLBACK)

    def post_live_migration(self, task: Task) -> None:
        """Destination: the guest runs here now."""
        begins = Begins(_POST, (states.MIGRATING,), (records.POST_MIGRATING,))
        self._step(task, begins, self._take_over, self._lost)

    def _take_over(self, step: Step) -> None:
        guest, context = step.guest, step.task.item.context
        nics = self._host.backend.networks.rebind(context, guest.uuid, self._host.name)
        spec = spec_of(self._host, context, guest, nics, image_id=guest.image_id)
        self._host.driver.post_live_migration_at_destination(spec, step.migration.old_power_state)
        disks.complete(self._host, guest)
        with self._db.writer() as conn:
            self._change(
                conn,
                step,
                (states.MIGRATING,),
                records.COMPLETED,
                task_state=None,
                power_state=step.migration.old_power_state,
            )
            self._forget(conn, step, step.migration.source_host)
            self._end(conn, step)

    def _lost(self, step: Step, error: Exception) -> None:
        self._fail(step, error, vm_state=states.ERROR)

    # --- what users ask of it

    def abort(self, task: Task) -> None:
        """Source: the request has told the migration already; here it is recorded that it was heard."""
        self._heard(task, OPERATIONS["live_migration_abort"].events[0])

    def force_complete(self, task: Task) -> None:
        """As ``abort``."""
        self._heard(task, OPERATIONS["live_migration_force_complete"].events[0])

    def _heard(self, task: Task, name: str) -> None:
        action = task.item.action_id
        with self._db.writer() as conn:
            actions.finish_event(conn, actions.start_event(conn, action, name, self._host.name))
            actions.finish(conn, action)
            task.finish(conn)
