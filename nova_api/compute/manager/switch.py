"""One driver call between two state changes: the shape of most of what a host does to a server."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from typing import Any

from nova_api import exception
from nova_api.compute import faults, states
from nova_api.compute.manager.host import PASSING, Host
from nova_api.compute.operations import OPERATIONS, Transition
from nova_api.db import actions, guests
from nova_api.db.guests import Guest
from nova_api.work.worker import Task

LOG = logging.getLogger(__name__)

#: Does the work; returns columns of ``servers`` to set besides the states of the operation's row.
Act = Callable[[Guest], Mapping[str, Any] | None]

_BEFORE = "The server was deleted, reset or given something else to do before this began."
_MEANWHILE = "The server was deleted, reset or given something else to do meanwhile."


def switch(
    host: Host,
    task: Task,
    operation: str,
    act: Act,
    *,
    started: str | None = None,
    off_is_error: bool = False,
) -> None:
    """Calls ``act`` and ends in the states of the row ``operation``, or, when it raises, where it was.

    ``started`` is the task_state while ``act`` is at work, where the operation
    has a second one.  A failure leaves a fault, and ERROR instead of the old
    state where ``off_is_error`` and the guest does not run any more.  Without a
    task_state of its own the operation leaves the states alone.  Safe to
    repeat as far as ``act`` is.
    """
    row = OPERATIONS[operation]
    uuid = str(task.item.server_uuid)
    # What the server must be doing for this to begin and to end; empty: it may be doing anything.
    doing = tuple(word for word in (row.task_state, started) if word is not None)
    with host.turns.take(uuid):
        guest, event = _begin(host, task, row, doing, started)
        if guest is None:
            task.error = exception.Conflict(_BEFORE)
            host.drop(task, event, _BEFORE)
            return
        try:
            values = {**_after(row), **(act(guest) or {})}
        except PASSING:
            raise
        except Exception as error:
            LOG.warning("Server %s: %s failed: %s", uuid, row.verb, error)
            task.error = error
            _end(host, task, guest, event, doing, _back(host, guest, row, off_is_error), faults.of(error))
        else:
            _end(host, task, guest, event, doing, values)


def _begin(
    host: Host, task: Task, row: Transition, doing: tuple[str, ...], started: str | None
) -> tuple[Guest | None, int | None]:
    """The server (None when this is no longer wanted) and the event."""
    with host.backend.db.writer() as conn:
        event = (
            actions.start_event(conn, task.item.action_id, row.events[0], host.name) if row.events else None
        )
        guest = guests.get(conn, str(task.item.server_uuid), lock=True)
        if guest is None or guest.is_going or (doing and guest.task_state not in doing):
            return None, event
        if started and not guests.change(conn, guest, doing=doing, task_state=started):
            return None, event
        return guest, event


def _after(row: Transition) -> dict[str, Any]:
    states_after = {"vm_state": row.vm_state, "power_state": row.power_state}
    values = {name: value for name, value in states_after.items() if value is not None}
    return {**values, "task_state": None} if row.task_state else values


def _back(host: Host, guest: Guest, row: Transition, off_is_error: bool) -> dict[str, Any]:
    power_state = host.driver.power_state(guest.uuid)
    if not row.task_state:
        return {}
    lost = off_is_error and power_state != states.RUNNING
    return {
        "vm_state": states.ERROR if lost else guest.vm_state,
        "power_state": power_state,
        "task_state": None,
    }


def _end(
    host: Host,
    task: Task,
    guest: Guest,
    event: int | None,
    doing: tuple[str, ...],
    values: Mapping[str, Any],
    fault: faults.Fault | None = None,
) -> None:
    """States, fault, event, action and work item in one transaction."""
    with host.backend.db.writer() as conn:
        task.finish(conn)
        # Who has deleted or reset the server, or interrupted this by a hard reboot, decides about its states.
        kept = guests.change(conn, guest, doing=doing, **values)
        if fault is None and not kept:
            fault = faults.Fault(409, _MEANWHILE, "")
            task.error = exception.Conflict(_MEANWHILE)
        elif fault is not None and kept:
            guests.add_fault(conn, guest, fault.code, fault.message, fault.details, host.name)
        actions.finish_event(
            conn,
            event,
            failed=fault is not None,
            details=fault.message if fault else None,
            traceback=fault.details if fault else None,
        )
        actions.finish(conn, task.item.action_id, failed=fault is not None)
