"""Start, stop, reboot: one driver call between two state changes."""

from __future__ import annotations

import logging
from collections.abc import Callable

from nova_api.compute import faults, states
from nova_api.compute.manager.host import PASSING, Host
from nova_api.compute.transitions import OPERATIONS, Transition
from nova_api.db import actions, guests
from nova_api.db.guests import Guest
from nova_api.work.worker import Task

LOG = logging.getLogger(__name__)


class Power:
    """The methods ``start``, ``stop`` (empty payload) and ``reboot`` (payload {"type": "SOFT" or "HARD"})."""

    def __init__(self, host: Host) -> None:
        self._host = host
        self._db = host.backend.db

    def start(self, task: Task) -> None:
        self._switch(task, OPERATIONS["start"], self._host.driver.power_on)

    def stop(self, task: Task) -> None:
        self._switch(task, OPERATIONS["stop"], self._host.driver.power_off)

    def reboot(self, task: Task) -> None:
        hard = task.item.payload["type"] == "HARD"
        self._switch(
            task,
            OPERATIONS["reboot_hard" if hard else "reboot_soft"],
            lambda uuid: self._host.driver.reboot(uuid, hard=hard),
            started=states.REBOOT_STARTED_HARD if hard else states.REBOOT_STARTED,
        )

    def _switch(
        self, task: Task, row: Transition, act: Callable[[str], None], started: str | None = None
    ) -> None:
        """Calls ``act`` with the server in task_state ``started``, and ends in the states of ``row``."""
        uuid = str(task.item.server_uuid)
        with self._host.turns.take(uuid):
            with self._db.writer() as conn:
                event = actions.start_event(conn, task.item.action_id, row.events[0], self._host.name)
                guest = guests.get(conn, uuid, lock=True)
                wanted = guest is not None and guest.task_state in (row.task_state, started)
                if guest is not None and wanted and started:
                    wanted = guests.change(conn, guest, task_state=started)
            if guest is None or not wanted:
                self._host.drop(task, event, "The server was deleted or reset before this began.")
                return
            try:
                act(uuid)
            except PASSING:
                raise
            except Exception as error:
                LOG.warning("Server %s: %s failed: %s", uuid, row.verb, error)
                self._failed(task, guest, row, event, error)
                return
            self._succeeded(task, guest, row, event)

    def _succeeded(self, task: Task, guest: Guest, row: Transition, event: int | None) -> None:
        with self._db.writer() as conn:
            task.finish(conn)
            done = guests.change(
                conn, guest, vm_state=row.vm_state, power_state=row.power_state, task_state=None
            )
            actions.finish_event(
                conn, event, failed=not done, details=None if done else "The server was deleted meanwhile."
            )
            actions.finish(conn, task.item.action_id, failed=not done)

    def _failed(self, task: Task, guest: Guest, row: Transition, event: int | None, error: Exception) -> None:
        """Back to what it was, with a fault; a reboot that left nothing running is an ERROR."""
        power_state = self._host.driver.power_state(guest.uuid)
        lost = row.action == "reboot" and power_state != states.RUNNING
        self._host.fail(
            task,
            guest,
            event,
            faults.of(error),
            vm_state=states.ERROR if lost else guest.vm_state,
            power_state=power_state,
        )
