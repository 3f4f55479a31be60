"""What moves leave behind on a host goes, unless the server has come back there meanwhile."""

from __future__ import annotations

from collections.abc import Callable

from nova_api import exception, rpc, work
from nova_api.compute import moves
from nova_api.compute.manager.host import Host
from nova_api.context import admin
from nova_api.db import actions, guests, server_migrations
from nova_api.db.guests import Guest
from nova_api.work.worker import Task


def belongs(host: Host, uuids: set[str]) -> set[str]:
    """Those of ``uuids`` that have a reason to be on the host: they are, they come, or they may come back."""
    with host.backend.db.reader() as conn:
        here = {guest.uuid for guest in guests.on_host(conn, host.name)}
        # A server that is being evacuated is made anew elsewhere, whatever becomes of that.
        left = server_migrations.evacuated_from(conn, host.name)
        kept = server_migrations.kept_on(conn, host.name)
    return uuids & ((here - left) | kept)


def what_is_late(host: Host, method: Callable[[Task], None]) -> Callable[[Task], None]:
    """``method``, which makes guests; what a late run of it has made goes, unless the server is here by then.

    That is work for the service that the host has now, in the server's turn: the server may be coming back.
    """

    def run(task: Task) -> None:
        try:
            method(task)
        except exception.StaleState:
            uuid = str(task.item.server_uuid)
            with host.backend.db.reader() as conn:
                guest = guests.get(conn, uuid)
            if guest is not None and not belongs(host, {uuid}):
                payload = {"event": None, "ends": False}
                with work.accept(host.backend) as accepted:
                    accepted.enqueue(admin(), rpc.COMPUTE, moves.FORGET, guest, payload, host=host.name)
            raise

    return run


class Forgetter:
    """The method ``forget``.

    Payload: ``event``, the name of the action's event (or None), and ``ends``:
    whether the action ends with it.
    """

    def __init__(self, host: Host) -> None:
        self._host = host
        self._db = host.backend.db

    def forget(self, task: Task) -> None:
        uuid = str(task.item.server_uuid)
        name = task.item.payload["event"]
        event = None
        with self._db.writer() as conn:
            guest = guests.get(conn, uuid)
            if name is not None:
                event = actions.start_event(conn, task.item.action_id, name, self._host.name, late=True)
        # Of a deleted server nobody needs what may just be in the making here.
        with self._host.turns.take(uuid, interrupting=guest is None or guest.deleted):
            if not self._wanted(uuid):
                self._host.driver.destroy(uuid)
            with self._db.writer() as conn:
                task.finish(conn)
                actions.finish_event(conn, event)
                if task.item.payload["ends"]:
                    actions.finish(conn, task.item.action_id)

    def _wanted(self, uuid: str) -> bool:
        with self._db.reader() as conn:
            guest: Guest | None = guests.get(conn, uuid)
            if guest is None or guest.deleted:
                return False
            if guest.host == self._host.name:
                return True
            return uuid in server_migrations.kept_on(conn, self._host.name)
