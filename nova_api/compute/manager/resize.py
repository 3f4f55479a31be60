"""Resize and cold migration: destination, source, destination; then confirmed or reverted."""

from __future__ import annotations

import contextlib
import logging

from nova_api import exception, rpc
from nova_api.compute import faults, moves, states
from nova_api.compute.manager import disks
from nova_api.compute.manager.host import PASSING
from nova_api.compute.manager.move import Begins, Gone, Mover, Step
from nova_api.compute.manager.spec import spec_of
from nova_api.compute.operations import OPERATIONS
from nova_api.db import actions, guests
from nova_api.db import server_migrations as records
from nova_api.db.schema.base import utcnow
from nova_api.work.worker import Task

LOG = logging.getLogger(__name__)

_PREP, _RESIZE, _FINISH = OPERATIONS["resize"].events[-3:]
_CONFIRM = OPERATIONS["confirm_resize"].events[0]
_REVERT, _FINISH_REVERT = OPERATIONS["revert_resize"].events


def _runs(step: Step) -> bool:
    """Whether the server ran before the move, and therefore has to after it."""
    return step.migration.old_vm_state == states.ACTIVE


def _power_state(step: Step) -> int:
    return states.RUNNING if _runs(step) else states.SHUTDOWN


class Resizer(Mover):
    """The methods of ``moves`` from ``prep_resize`` to ``finish_revert_resize``; payload ``MoveRequest``."""

    # --- there

    def prep_resize(self, task: Task) -> None:
        """Destination: agrees, or has another host chosen."""
        begins = Begins(_PREP, (states.RESIZE_PREP,), (records.PRE_MIGRATING,))
        self._step(task, begins, self._prepare, self._refused)

    def _prepare(self, step: Step) -> None:
        self._host.driver.check_can_host(moves.of_flavor(step.guest, step.migration.new_flavor))
        with self._db.writer() as conn:
            self._change(conn, step, (states.RESIZE_PREP,), records.PRE_MIGRATING)
            self._pass_on(conn, step, moves.RESIZE_INSTANCE, step.migration.source_host)

    def _refused(self, step: Step, error: Exception) -> None:
        request = step.request.refused_by(self._host.name, str(error))
        most = self._host.backend.conf.scheduler.max_attempts
        if request.host is not None or len(request.tried) >= most:
            self._fail(step, error)
            return
        fault = faults.of(error)
        with self._db.writer() as conn:
            # The claim is given back in the same transaction that has another host chosen.
            if not guests.change(conn, step.guest, doing=(states.RESIZE_PREP,)):
                raise Gone
            records.change(
                conn,
                step.migration.id,
                (records.PRE_MIGRATING,),
                dest_host=None,
                dest_node=None,
                dest_ip=None,
            )
            moves.settle(conn, step.guest)
            again = Step(step.task, step.guest, step.migration, request, None, step.unwanted)
            self._pass_on(conn, again, moves.RESIZE, "", topic=rpc.SCHEDULER)
            actions.finish_event(
                conn, step.event, failed=True, details=fault.message, traceback=fault.details
            )

    def resize_instance(self, task: Task) -> None:
        """Source: stops the guest, sets it aside, and sends its disks."""
        begins = Begins(
            _RESIZE,
            (states.RESIZE_PREP, states.RESIZE_MIGRATING),
            (records.PRE_MIGRATING, records.MIGRATING),
        )
        self._step(task, begins, self._leave, self._stayed)

    def _leave(self, step: Step) -> None:
        doing = (states.RESIZE_PREP, states.RESIZE_MIGRATING)
        self._advance(step, doing, records.MIGRATING, task_state=states.RESIZE_MIGRATING)
        dest = str(step.migration.dest_host)
        self._host.driver.migrate_disk_and_power_off(step.guest.uuid, dest)
        self._host.require(step.task)
        disks.let_go(self._host, step.guest)
        try:
            with self._db.writer() as conn:
                self._change(
                    conn,
                    step,
                    (states.RESIZE_MIGRATING,),
                    records.POST_MIGRATING,
                    host=dest,
                    node=step.migration.dest_node,
                    task_state=states.RESIZE_MIGRATED,
                )
                self._pass_on(conn, step, moves.FINISH_RESIZE, dest)
        except Gone:
            # Reset, it goes on living here; deleted, it goes with the rest.  A run of this step that took
            # over from this one, which was late, has sent it on: then it must not live here as well.
            self._host.require(step.task)
            with contextlib.suppress(exception.NotFound):
                self._come_back(step)
            raise

    def _come_back(self, step: Step) -> None:
        """Source: the guest that was set aside lives again, with its volumes."""
        guest = step.guest
        nics = self._host.backend.networks.nics_of([guest.uuid]).get(guest.uuid, [])
        spec = spec_of(self._host, step.task.item.context, guest, nics, image_id=guest.image_id)
        self._host.driver.finish_revert_migration(spec, running=_runs(step))
        disks.complete(self._host, guest)

    def _stayed(self, step: Step, error: Exception) -> None:
        """The guest could not leave: it goes on where it was, if it still can."""
        uuid = step.guest.uuid
        try:
            self._come_back(step)
        except PASSING:
            raise
        except Exception:
            LOG.exception("Server %s could neither leave %s nor go on there.", uuid, self._host.name)
            self._fail(step, error, vm_state=states.ERROR, power_state=self._host.driver.power_state(uuid))
        else:
            self._fail(step, error, power_state=_power_state(step))

    def finish_resize(self, task: Task) -> None:
        """Destination: makes the guest; from here on the user decides."""
        begins = Begins(_FINISH, (states.RESIZE_MIGRATED, states.RESIZE_FINISH), (records.POST_MIGRATING,))
        self._step(task, begins, self._arrive, self._lost)

    def _arrive(self, step: Step) -> None:
        doing = (states.RESIZE_MIGRATED, states.RESIZE_FINISH)
        self._advance(step, doing, task_state=states.RESIZE_FINISH)
        guest = moves.of_flavor(step.guest, step.migration.new_flavor)
        networks, context = self._host.backend.networks, step.task.item.context
        nics = networks.rebind(context, guest.uuid, self._host.name)
        spec = spec_of(self._host, context, guest, nics, image_id=guest.image_id)
        self._host.driver.finish_migration(spec, running=_runs(step))
        disks.complete(self._host, guest)
        with self._db.writer() as conn:
            self._change(
                conn,
                step,
                (states.RESIZE_FINISH,),
                records.FINISHED,
                vm_state=states.RESIZED,
                task_state=None,
                power_state=_power_state(step),
                launched_at=utcnow(),
                **moves.flavor_columns(step.migration.new_flavor or guest.flavor),
            )
            # Both hosts stay claimed until the user has decided.
            actions.finish_event(conn, step.event)
            actions.finish(conn, step.task.item.action_id)
            step.task.finish(conn)

    def _lost(self, step: Step, error: Exception) -> None:
        """Left there and not arrived here: an ERROR of the new flavor, on this host."""
        self._fail(
            step,
            error,
            vm_state=states.ERROR,
            power_state=states.NOSTATE,
            **moves.flavor_columns(step.migration.new_flavor or step.guest.flavor),
        )

    # --- for good

    def confirm_resize(self, task: Task) -> None:
        """Source: removes what was set aside."""
        self._step(task, Begins(_CONFIRM, (None,), (records.CONFIRMING,)), self._confirm, self._broken)

    def _confirm(self, step: Step) -> None:
        self._host.driver.confirm_migration(step.guest.uuid)
        with self._db.writer() as conn:
            self._change(conn, step, (None,), records.CONFIRMED, vm_state=step.migration.old_vm_state)
            self._end(conn, step)

    def _broken(self, step: Step, error: Exception) -> None:
        self._fail(step, error, vm_state=states.ERROR)

    # --- and back

    def revert_resize(self, task: Task) -> None:
        """Destination: removes the guest that was made there."""
        begins = Begins(_REVERT, (states.RESIZE_REVERTING,), (records.REVERTING,))
        self._step(task, begins, self._undo, self._broken)

    def _undo(self, step: Step) -> None:
        self._host.driver.undo_migration(step.guest.uuid)
        self._host.require(step.task)
        disks.let_go(self._host, step.guest)
        source = step.migration.source_host
        with self._db.writer() as conn:
            self._change(conn, step, (states.RESIZE_REVERTING,), host=source, node=step.migration.source_node)
            self._pass_on(conn, step, moves.FINISH_REVERT_RESIZE, source)

    def finish_revert_resize(self, task: Task) -> None:
        """Source: brings back what was set aside."""
        begins = Begins(_FINISH_REVERT, (states.RESIZE_REVERTING,), (records.REVERTING,))
        self._step(task, begins, self._return, self._broken)

    def _return(self, step: Step) -> None:
        guest = step.guest
        self._host.backend.networks.rebind(step.task.item.context, guest.uuid, self._host.name)
        self._come_back(step)
        with self._db.writer() as conn:
            self._change(
                conn,
                step,
                (states.RESIZE_REVERTING,),
                records.REVERTED,
                vm_state=step.migration.old_vm_state,
                task_state=None,
                power_state=_power_state(step),
                **moves.flavor_columns(step.migration.old_flavor or guest.flavor),
            )
            self._end(conn, step)
