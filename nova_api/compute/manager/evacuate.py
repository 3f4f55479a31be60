"""Evacuation: a server whose host is dead is made anew on another one."""

from __future__ import annotations

from typing import Any

from nova_api.compute import states
from nova_api.compute.drivers.base import SpawnCancelled
from nova_api.compute.manager import disks
from nova_api.compute.manager.move import Begins, Gone, Mover, Step
from nova_api.compute.manager.spec import spec_of
from nova_api.compute.operations import OPERATIONS
from nova_api.db import actions
from nova_api.db import server_migrations as records
from nova_api.db.schema.base import utcnow
from nova_api.work.worker import Task

_REBUILD, _STOP = OPERATIONS["evacuate"].events[1:]
_DOING = (states.REBUILDING, states.REBUILD_SPAWNING)


class Evacuator(Mover):
    """The method ``evacuate``; payload ``MoveRequest``."""

    def evacuate(self, task: Task) -> None:
        """Destination: the server is ACTIVE or SHUTOFF here; in ERROR, still there, where that fails."""
        self._step(task, Begins(_REBUILD, _DOING, (records.PRE_MIGRATING,)), self._make, self._failed)

    def _make(self, step: Step) -> None:
        guest, context = step.guest, step.task.item.context
        self._advance(step, _DOING, task_state=states.REBUILD_SPAWNING)
        try:
            nics = self._host.backend.networks.rebind(context, guest.uuid, self._host.name)
            spec = spec_of(
                self._host,
                context,
                guest,
                nics,
                image_id=guest.image_id,
                admin_password=step.request.admin_password,
            )
            root = self._host.driver.spawn(spec, step.unwanted.is_set)
            disks.complete(self._host, guest)
            stopped = step.request.ends_stopped or step.migration.old_vm_state == states.STOPPED
            if stopped:
                # Made, and stopped, by another run, it may have been started since.
                self._host.require(step.task)
                self._host.driver.power_off(guest.uuid)
            self._made(step, root, stopped=stopped)
        except (Gone, SpawnCancelled):
            # Made here by a run that took over from this one, or in the making once more, it stays.
            self._host.require(step.task)
            self._host.driver.destroy(guest.uuid)
            raise Gone from None

    def _made(self, step: Step, root: str, *, stopped: bool) -> None:
        values: dict[str, Any] = {
            "vm_state": states.STOPPED if stopped else states.ACTIVE,
            "power_state": states.SHUTDOWN if stopped else states.RUNNING,
            "host": self._host.name,
            "node": step.migration.dest_node,
            "launched_at": utcnow(),
            "root_device_name": root,
            "task_state": None,
        }
        with self._db.writer() as conn:
            self._change(conn, step, (states.REBUILD_SPAWNING,), records.DONE, **values)
            if stopped:
                action = step.task.item.action_id
                actions.finish_event(conn, actions.start_event(conn, action, _STOP, self._host.name))
            self._end(conn, step)

    def _failed(self, step: Step, error: Exception) -> None:
        guest = step.guest
        self._host.driver.destroy(guest.uuid)
        disks.let_go(self._host, guest)
        self._host.backend.networks.rebind(step.task.item.context, guest.uuid, step.migration.source_host)
        self._fail(step, error, vm_state=states.ERROR)
