"""What a host does about changes that somebody else has made to its guests."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

from nova_api.compute import faults
from nova_api.compute.manager.host import PASSING, Host
from nova_api.compute.transitions import OPERATIONS, Transition
from nova_api.db import actions, guests
from nova_api.db.guests import Guest
from nova_api.work.worker import Task

LOG = logging.getLogger(__name__)


class ExternalEvents:
    """The methods ``power_update`` {"operation"} and ``extend_volume`` {"volume_id"}."""

    def __init__(self, host: Host) -> None:
        self._host = host
        self._db = host.backend.db

    @property
    def methods(self) -> dict[str, Callable[[Task], None]]:
        return {"power_update": self.power_update, "extend_volume": self.extend_volume}

    def power_update(self, task: Task) -> None:
        """The guest has been switched from outside: the server's states follow."""
        row = OPERATIONS[task.item.payload["operation"]]
        power_state = row.power_state
        assert power_state is not None  # both rows have one

        self._act(
            task,
            row,
            lambda guest: self._host.driver.power_changed(guest.uuid, power_state),
            lambda guest: guest.task_state == row.task_state,
        )

    def extend_volume(self, task: Task) -> None:
        """A volume of the guest has grown: the guest is shown its new size."""
        volume_id = task.item.payload["volume_id"]
        self._act(
            task,
            OPERATIONS["extend_volume"],
            lambda guest: self._host.driver.extend_volume(guest.uuid, volume_id),
            lambda _guest: True,
        )

    def _act(
        self, task: Task, row: Transition, act: Callable[[Guest], None], expected: Callable[[Guest], bool]
    ) -> None:
        uuid = str(task.item.server_uuid)
        with self._host.turns.take(uuid):
            with self._db.writer() as conn:
                event = actions.start_event(conn, task.item.action_id, row.events[0], self._host.name)
                guest = guests.get(conn, uuid)
            if guest is None or guest.is_going or guest.host != self._host.name or not expected(guest):
                self._host.drop(task, event, "The server was deleted, moved or reset before this began.")
                return
            try:
                act(guest)
            except PASSING:
                raise
            except Exception as error:
                LOG.warning("Server %s: %s failed: %s", uuid, task.item.method, error)
                self._ended(task, guest, row, event, faults.of(error))
                return
            self._ended(task, guest, row, event, None)

    def _ended(
        self, task: Task, guest: Guest, row: Transition, event: int | None, fault: faults.Fault | None
    ) -> None:
        states: dict[str, Any] = {}
        if row.task_state is not None:
            states["task_state"] = None
            if fault is None:
                states |= {"vm_state": row.vm_state, "power_state": row.power_state}
        with self._db.writer() as conn:
            task.finish(conn)
            if states:
                guests.change(conn, guest, **states)
            if fault is not None:
                guests.add_fault(conn, guest, fault.code, fault.message, fault.details, self._host.name)
            actions.finish_event(
                conn,
                event,
                failed=fault is not None,
                details=None if fault is None else fault.message,
                traceback=None if fault is None else fault.details,
            )
            actions.finish(conn, task.item.action_id, failed=fault is not None)
