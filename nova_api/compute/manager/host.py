"""What the parts of one host's manager share: its backend, driver, turns, and how a failed job ends."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import oslo_db.exception
import sqlalchemy.exc

from nova_api import exception
from nova_api.compute import faults
from nova_api.compute.drivers.base import Driver
from nova_api.compute.manager.turns import Turns
from nova_api.db import actions, guests
from nova_api.db.guests import Guest
from nova_api.work.worker import Task

if TYPE_CHECKING:
    from nova_api.backend import Backend

#: Failures of what the job stands on rather than of the job: its work item is tried again.
PASSING = (
    oslo_db.exception.DBError,
    sqlalchemy.exc.SQLAlchemyError,
    exception.StaleState,
    exception.Unavailable,
)


@dataclasses.dataclass(frozen=True)
class Host:
    """One compute host in this process."""

    name: str
    backend: Backend
    driver: Driver
    turns: Turns = dataclasses.field(default_factory=Turns)

    def require(self, task: Task) -> None:
        """To be called before anything is undone, or done of which nobody looks whether it still is to be.

        Raises StaleState in a run that is late: another has taken the item over, and may have done it.
        Not where the server was deleted: what is here of it has to go, whoever finds it.
        """
        with self.backend.db.reader() as conn:
            guest = guests.get(conn, str(task.item.server_uuid))
            if guest is not None and not guest.deleted:
                task.require(conn)

    def drop(self, task: Task, event: int | None, reason: str) -> None:
        """Ends a job whose server has gone another way meanwhile.

        All its open events end: one may be of an earlier run, whose worker died.
        """
        with self.backend.db.writer() as conn:
            task.finish(conn)
            actions.finish_event(conn, event, failed=True, details=reason)
            actions.fail_unfinished(conn, task.item.action_id, reason, None)

    def fail(
        self,
        task: Task,
        guest: Guest,
        event: int | None,
        fault: faults.Fault,
        *,
        vm_state: str,
        power_state: int,
    ) -> None:
        """Ends a job in failure: states, fault, event, action and work item in one transaction."""
        with self.backend.db.writer() as conn:
            task.finish(conn)
            # A server that is being deleted meanwhile keeps its states: the delete decides.
            if guests.change(conn, guest, vm_state=vm_state, power_state=power_state, task_state=None):
                guests.add_fault(conn, guest, fault.code, fault.message, fault.details, self.name)
            actions.finish_event(conn, event, failed=True, details=fault.message, traceback=fault.details)
            actions.finish(conn, task.item.action_id, failed=True)
