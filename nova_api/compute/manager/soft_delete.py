"""Deleting so that it can be undone: the guest stops and stays, until it is restored or its time is over."""

from __future__ import annotations

import datetime
import logging
from collections.abc import Callable, Mapping
from typing import Any

from nova_api import exception
from nova_api.compute import faults, removal
from nova_api.compute.manager.host import PASSING, Host
from nova_api.compute.manager.switch import switch
from nova_api.compute.operations import OPERATIONS
from nova_api.context import admin
from nova_api.db import actions, guests, soft_deletes
from nova_api.db.guests import Guest
from nova_api.db.schema.base import utcnow
from nova_api.work.worker import Task

LOG = logging.getLogger(__name__)

#: Servers reclaimed at one turn.
_BATCH = 100


class SoftDeleter:
    """The methods ``soft_delete`` and ``restore``, with empty payloads, and the job that ends the wait."""

    def __init__(self, host: Host) -> None:
        self._host = host
        self._db = host.backend.db

    @property
    def methods(self) -> Mapping[str, Callable[[Task], None]]:
        return {"soft_delete": self.delete, "restore": self.restore}

    def delete(self, task: Task) -> None:
        """Ends SOFT_DELETED, or in ERROR with a fault; a delete for good that came meanwhile goes before."""
        uuid = str(task.item.server_uuid)
        row = OPERATIONS["soft_delete"]
        # Not ``switch``: while a server is soft-deleting its states are kept from everybody else.
        with self._host.turns.take(uuid):
            with self._db.writer() as conn:
                event = actions.start_event(conn, task.item.action_id, row.events[0], self._host.name)
                guest = guests.get(conn, uuid, lock=True)
            if guest is None or guest.deleted or guest.task_state != row.task_state:
                self._host.drop(task, event, "The server was deleted or reset before this began.")
                return
            try:
                self._host.driver.soft_delete(uuid)
            except PASSING:
                raise
            except Exception as error:
                LOG.warning("Server %s: soft delete failed: %s", uuid, error)
                self._failed(task, guest, event, faults.of(error))
                return
            power_state = self._host.driver.power_state(uuid)
            with self._db.writer() as conn:
                task.finish(conn)
                done = soft_deletes.finish(conn, guest.id, power_state)
                details = None if done else "The server was deleted or reset meanwhile."
                actions.finish_event(conn, event, failed=not done, details=details)
                actions.finish(conn, task.item.action_id, failed=not done)

    def _failed(self, task: Task, guest: Guest, event: int | None, fault: faults.Fault) -> None:
        with self._db.writer() as conn:
            task.finish(conn)
            now = guests.get(conn, guest.uuid, lock=True)
            if now is not None and now.task_state == guest.task_state:
                guests.fail(conn, guest)
                guests.add_fault(conn, guest, fault.code, fault.message, fault.details, self._host.name)
            actions.finish_event(conn, event, failed=True, details=fault.message, traceback=fault.details)
            actions.finish(conn, task.item.action_id, failed=True)

    def restore(self, task: Task) -> None:
        """Ends ACTIVE; still SOFT_DELETED, with a fault, when the guest cannot be started."""

        def act(guest: Guest) -> dict[str, Any]:
            self._host.driver.restore(guest.uuid)
            return {"deleted_at": None}

        switch(self._host, task, "restore", act)

    def reclaim(self) -> None:
        """Begins the deletes of this host's servers that could be restored for long enough.

        With ``reclaim_instance_interval`` of 0 none is: what was deleted before
        an operator turned it off stays until it is deleted again.
        """
        conf = self._host.backend.conf
        if not conf.reclaim_instance_interval:
            return
        before = utcnow() - datetime.timedelta(seconds=conf.reclaim_instance_interval)
        with self._db.reader() as conn:
            due = soft_deletes.expired(conn, self._host.name, before, _BATCH)
        for uuid in due:
            self._reclaim(uuid)

    def _reclaim(self, uuid: str) -> None:
        with self._db.reader() as conn:
            guest = guests.get(conn, uuid)
        if guest is None:
            return
        backend = self._host.backend
        down_time = backend.conf.service_down_time
        try:
            removal.delete(backend, admin(), guest, down_time=down_time, operation="reclaim")
        except (exception.Conflict, exception.NotFound) as error:
            # Restored, or deleted for good, between the look and now.
            LOG.info("Server %s is not reclaimed: %s", uuid, error)
        else:
            LOG.info("Server %s could be restored long enough: it is reclaimed.", uuid)
