"""Deleting a server on its host: guest, ports, record, claim.  A build at work is cut short."""

from __future__ import annotations

from nova_api.compute import faults, leftovers, removal
from nova_api.compute.manager.host import PASSING, Host
from nova_api.db import actions, guests
from nova_api.work.worker import Task


class Remover:
    """The method ``delete``; payload: ``confirmation`` (see ``compute.leftovers``), or nothing."""

    def __init__(self, host: Host) -> None:
        self._host = host
        self._db = host.backend.db

    def delete(self, task: Task) -> None:
        """Removes everything of the server; on failure it stays, in ERROR, and can be deleted again."""
        uuid = str(task.item.server_uuid)
        with self._host.turns.take(uuid, interrupting=True):
            with self._db.writer() as conn:
                guest = guests.get(conn, uuid)
                event = actions.start_event(conn, task.item.action_id, removal.EVENT, self._host.name)
            if guest is None or guest.deleted:
                with self._db.writer() as conn:
                    task.finish(conn)
                    actions.finish_event(conn, event)
                    actions.finish(conn, task.item.action_id)
                return
            try:
                self._host.driver.destroy(uuid)
                removal.give_back(self._host.backend, task.item.context, guest)
            except PASSING:
                raise
            except Exception as error:
                fault = faults.of(error)
                with self._db.writer() as conn:
                    task.finish(conn)
                    guests.fail(conn, guest)
                    guests.add_fault(conn, guest, fault.code, fault.message, fault.details, self._host.name)
                    actions.finish_event(
                        conn, event, failed=True, details=fault.message, traceback=fault.details
                    )
                    actions.finish(conn, task.item.action_id, failed=True)
                return
            with self._db.writer() as conn:
                task.finish(conn)
                confirmation = task.item.payload.get(leftovers.CONFIRMATION)
                for cast in removal.finish(conn, guest, task.item.action_id, confirmation):
                    task.wake(*cast)
                actions.finish_event(conn, event)
                actions.finish(conn, task.item.action_id)
