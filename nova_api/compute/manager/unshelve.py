"""Unshelving on the host: a guest is switched on again, or made anew from the image of its disk."""

from __future__ import annotations

import logging
import threading
from typing import Any

from nova_api import context
from nova_api.compute import faults, server_images, states
from nova_api.compute.drivers.base import SpawnCancelled
from nova_api.compute.manager import disks
from nova_api.compute.manager.host import PASSING, Host
from nova_api.compute.manager.spec import spec_of
from nova_api.compute.manager.upload import Unwanted
from nova_api.compute.operations import OPERATIONS
from nova_api.db import actions, guests, nodes
from nova_api.db.guests import Guest
from nova_api.db.schema.base import utcnow
from nova_api.work.worker import Task

LOG = logging.getLogger(__name__)

MADE, STARTED = OPERATIONS["unshelve"].events[2:]
_DOING = (states.UNSHELVING, states.POWERING_ON, states.SPAWNING)


class Unshelver:
    """The method ``unshelve``; its payload is empty."""

    def __init__(self, host: Host) -> None:
        self._host = host
        self._db = host.backend.db

    def unshelve(self, task: Task) -> None:
        """Ends ACTIVE, the shelved image deleted; where that fails, shelved as before."""
        uuid = str(task.item.server_uuid)
        event: int | None = None
        with self._host.turns.take(uuid) as unwanted:
            with self._db.writer() as conn:
                guest = guests.get(conn, uuid)
                here = guest is not None and guest.host == self._host.name and guest.task_state in _DOING
                stayed = guest is not None and guest.vm_state == states.SHELVED
                if here:
                    name = STARTED if stayed else MADE
                    event = actions.start_event(conn, task.item.action_id, name, self._host.name)
            if guest is None or not here:
                self._host.drop(task, None, "The server was deleted or reset before this began.")
                return
            try:
                values = self._start(task, guest) if stayed else self._make(task, guest, unwanted)
                self._host.require(task)
                # Before the end: of a server that is ACTIVE nobody remembers that it has such an image.
                server_images.discard(self._host.backend, guest.shelved_image_id)
                self._end(task, guest, event, values)
            except (Unwanted, SpawnCancelled):
                self._host.drop(task, event, "The server was deleted or reset while it was unshelved.")
            except PASSING:
                raise
            except Exception as error:
                LOG.warning("Server %s could not be unshelved: %s", uuid, error)
                self._failed(task, guest, event, faults.of(error), stayed=stayed)

    def _advance(self, task: Task, guest: Guest, **values: Any) -> None:
        with self._db.writer() as conn:
            if not guests.change(conn, guest, doing=_DOING, **values):
                raise Unwanted
            # Done by another run, it may be what a later request of the same kind is doing.
            task.require(conn)

    def _start(self, task: Task, guest: Guest) -> dict[str, Any]:
        self._advance(task, guest, task_state=states.POWERING_ON)
        self._host.driver.power_on(guest.uuid)
        return {}

    def _make(self, task: Task, guest: Guest, unwanted: threading.Event) -> dict[str, Any]:
        networks = self._host.backend.networks
        networks.move(guest.uuid, self._host.name)
        nics = networks.nics_of([guest.uuid]).get(guest.uuid, [])
        self._advance(task, guest, task_state=states.SPAWNING, nics=nics)
        disks.name_all(self._host, guest)
        # As administrator: the image may belong to the one who shelved the server.
        spec = spec_of(self._host, context.admin(), guest, nics, image_id=guest.shelved_image_id)
        root = self._host.driver.spawn(spec, unwanted.is_set)
        self._host.require(task)
        disks.complete(self._host, guest)
        return {"root_device_name": root, "launched_at": utcnow()}

    def _end(self, task: Task, guest: Guest, event: int | None, values: dict[str, Any]) -> None:
        with self._db.writer() as conn:
            done = guests.change(
                conn,
                guest,
                doing=_DOING,
                vm_state=states.ACTIVE,
                power_state=states.RUNNING,
                task_state=None,
                shelved_at=None,
                shelved_image_id=None,
                **values,
            )
            if not done:
                raise Unwanted
            task.finish(conn)
            actions.finish_event(conn, event)
            actions.finish(conn, task.item.action_id)

    def _failed(
        self, task: Task, guest: Guest, event: int | None, fault: faults.Fault, *, stayed: bool
    ) -> None:
        values: dict[str, Any] = {"task_state": None, "power_state": states.SHUTDOWN}
        self._host.require(task)
        if not stayed:
            self._host.driver.destroy(guest.uuid)
            disks.let_go(self._host, guest)
            self._host.backend.networks.move(guest.uuid, "")
            values |= {"host": None, "node": None}
        with self._db.writer() as conn:
            task.finish(conn)
            # A delete in flight gives back the claim itself.
            if guests.change(conn, guest, doing=_DOING, **values):
                if not stayed:
                    nodes.release(conn, guest.id)
                guests.add_fault(conn, guest, fault.code, fault.message, fault.details, self._host.name)
            actions.finish_event(conn, event, failed=True, details=fault.message, traceback=fault.details)
            actions.finish(conn, task.item.action_id, failed=True)
