"""Letting a guest have a shared file system, and ending that."""

from __future__ import annotations

import logging
from collections.abc import Callable

from sqlalchemy.engine import Connection

from nova_api.compute import faults
from nova_api.compute.manager.host import PASSING, Host
from nova_api.compute.transitions import OPERATIONS
from nova_api.db import actions, guests, server_shares
from nova_api.db.guests import Guest
from nova_api.work.worker import Task

LOG = logging.getLogger(__name__)


class Shares:
    """The methods ``allow_share`` and ``deny_share``, both {"share_id"}."""

    def __init__(self, host: Host) -> None:
        self._host = host
        self._db = host.backend.db

    @property
    def methods(self) -> dict[str, Callable[[Task], None]]:
        return {"allow_share": self.allow, "deny_share": self.deny}

    def allow(self, task: Task) -> None:
        """The host may mount it, and the guest finds it when it starts; else its status is error."""
        share_id = task.item.payload["share_id"]

        def act(guest: Guest) -> None:
            with self._db.reader() as conn:
                share = server_shares.find(conn, guest.id, share_id)
            if share is None:
                return  # detached already, by a request that was quicker
            self._host.backend.shares.allow(task.item.context, share_id, guest.uuid, self._host.name)
            self._host.driver.attach_share(guest.uuid, share.tag, share.export_location)

        self._run(
            task,
            OPERATIONS["attach_share"].events[0],
            act,
            lambda conn, guest: server_shares.set_status(conn, guest.id, share_id, server_shares.INACTIVE),
        )

    def deny(self, task: Task) -> None:
        """Neither host nor guest has it any more."""
        share_id = task.item.payload["share_id"]

        def act(guest: Guest) -> None:
            with self._db.reader() as conn:
                share = server_shares.find(conn, guest.id, share_id)
            if share is not None:
                self._host.driver.detach_share(guest.uuid, share.tag)
            self._host.backend.shares.deny(task.item.context, share_id, guest.uuid)

        self._run(
            task,
            OPERATIONS["detach_share"].events[0],
            act,
            lambda conn, guest: server_shares.remove(conn, guest.id, share_id),
        )

    def _run(
        self,
        task: Task,
        event_name: str,
        act: Callable[[Guest], None],
        write: Callable[[Connection, Guest], None],
    ) -> None:
        uuid = str(task.item.server_uuid)
        with self._host.turns.take(uuid):
            with self._db.writer() as conn:
                event = actions.start_event(conn, task.item.action_id, event_name, self._host.name)
                guest = guests.get(conn, uuid)
            if guest is None or guest.is_going or guest.host != self._host.name:
                self._host.drop(task, event, "The server was deleted or moved before this began.")
                return
            fault = None
            try:
                act(guest)
            except PASSING:
                raise
            except Exception as error:
                LOG.warning("Server %s: %s failed: %s", uuid, task.item.method, error)
                fault = faults.of(error)
            with self._db.writer() as conn:
                task.finish(conn)
                if fault is None:
                    write(conn, guest)
                    actions.finish_event(conn, event)
                else:
                    share_id = task.item.payload["share_id"]
                    server_shares.set_status(conn, guest.id, share_id, server_shares.ERROR)
                    actions.finish_event(
                        conn, event, failed=True, details=fault.message, traceback=fault.details
                    )
                actions.finish(conn, task.item.action_id, failed=fault is not None)
