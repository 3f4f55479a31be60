"""Rebuilding a guest on its host: gone, made anew, and switched off again where it was off."""

from __future__ import annotations

import logging
import threading
from typing import Any

from nova_api import exception
from nova_api.compute import faults, states
from nova_api.compute.drivers.base import SpawnCancelled
from nova_api.compute.manager import disks
from nova_api.compute.manager.host import PASSING, Host
from nova_api.compute.manager.spec import spec_of
from nova_api.compute.manager.upload import Unwanted
from nova_api.compute.operations import OPERATIONS
from nova_api.db import actions, guests, nodes
from nova_api.db.guests import Guest
from nova_api.db.schema.base import utcnow
from nova_api.scheduler import wanted as wishes
from nova_api.scheduler.filters import refusal_of_image
from nova_api.work.worker import Task

LOG = logging.getLogger(__name__)

CONDUCTED, REBUILT, STOPPED = OPERATIONS["rebuild"].events
_REBUILDING = (states.REBUILDING, states.REBUILD_BLOCK_DEVICE_MAPPING, states.REBUILD_SPAWNING)


class Rebuilder:
    """The method ``rebuild``.

    Payload: ``admin_password``, ``files`` ([{"path", "contents"}]),
    ``preserve_ephemeral``, ``stop`` (whether the server was stopped, and has to
    be again), ``reimage``: [volume, image], the image to be written over the
    root volume, or None, and ``replaced``: the columns of ``servers`` that another
    image is to change, as they were (None: it is the same image).
    """

    def __init__(self, host: Host) -> None:
        self._host = host
        self._db = host.backend.db

    def rebuild(self, task: Task) -> None:
        """Makes the server ACTIVE, or stopped where it was; ERROR with a fault where that fails."""
        uuid = str(task.item.server_uuid)
        with self._host.turns.take(uuid) as unwanted:
            with self._db.writer() as conn:
                guest = guests.get(conn, uuid)
            if guest is None or guest.host != self._host.name:
                self._host.drop(task, None, "The server is not on this host.")
                return
            event: int | None = None
            try:
                self._check_image(task, guest)
                if guest.task_state != states.POWERING_OFF or not task.item.payload["stop"]:
                    event = self._start(task, guest)
                    self._make(task, guest, unwanted)
                    if not task.item.payload["stop"]:
                        self._end(task, guest, event, vm_state=states.ACTIVE, power_state=states.RUNNING)
                        return
                    self._made(guest, event)
                # Or an earlier run has made it, and died before it was off.
                event = self._event(task, STOPPED)
                self._host.driver.power_off(uuid)
                self._end(task, guest, event, vm_state=states.STOPPED, power_state=states.SHUTDOWN)
            except (Unwanted, SpawnCancelled):
                self._host.drop(task, event, "The server was deleted or reset while it was being rebuilt.")
            except PASSING:
                raise
            except exception.NoValidHost as error:
                self._refuse(task, guest, faults.of(error))
            except Exception as error:
                LOG.warning("Server %s could not be rebuilt: %s", uuid, error)
                power_state = self._host.driver.power_state(uuid)
                fault = faults.of(error)
                self._host.fail(task, guest, event, fault, vm_state=states.ERROR, power_state=power_state)

    def _check_image(self, task: Task, guest: Guest) -> None:
        """That this host will do for another image; a server is not moved for it. Raises NoValidHost."""
        if not task.item.payload.get("replaced") or guest.task_state != states.REBUILDING:
            return
        with self._db.reader() as conn:
            wanted = wishes.of(conn, self._host.backend.conf, guest)
            here = (guest.host, guest.node)
            node = next((n for n in nodes.list_nodes(conn) if (n.host, n.hypervisor_hostname) == here), None)
        reason = None if node is None else refusal_of_image(node, wanted)
        if reason is not None:
            raise exception.NoValidHost(
                reason=f"The server stays on its host for a rebuild, and that host is {reason}."
            )

    def _refuse(self, task: Task, guest: Guest, fault: faults.Fault) -> None:
        """The server is what it was, but for the ERROR."""
        before = task.item.payload["replaced"]
        LOG.info("Server %s is not rebuilt: %s", guest.uuid, fault.message)
        with self._db.writer() as conn:
            task.finish(conn)
            if guests.change(
                conn, guest, doing=_REBUILDING, vm_state=states.ERROR, task_state=None, **before
            ):
                guests.add_fault(conn, guest, fault.code, fault.message, fault.details, self._host.name)
            event = actions.start_event(conn, task.item.action_id, CONDUCTED, self._host.name)
            actions.finish_event(conn, event, failed=True, details=fault.message, traceback=fault.details)
            actions.finish(conn, task.item.action_id, failed=True)

    def _start(self, task: Task, guest: Guest) -> int | None:
        action = task.item.action_id
        with self._db.writer() as conn:
            if not guests.change(conn, guest, doing=_REBUILDING, task_state=states.REBUILDING):
                raise Unwanted
            if task.item.attempts == 1:
                # Where the reference has a process between the API and the host.
                actions.finish_event(conn, actions.start_event(conn, action, CONDUCTED, self._host.name))
            return actions.start_event(conn, action, REBUILT, self._host.name)

    def _event(self, task: Task, name: str) -> int | None:
        with self._db.writer() as conn:
            return actions.start_event(conn, task.item.action_id, name, self._host.name)

    def _advance(self, task: Task, guest: Guest, **values: Any) -> None:
        with self._db.writer() as conn:
            if not guests.change(conn, guest, doing=_REBUILDING, **values):
                raise Unwanted
            # Done by another run, it may be what a later request of the same kind is doing.
            task.require(conn)

    def _make(self, task: Task, guest: Guest, unwanted: threading.Event) -> None:
        nics = self._host.backend.networks.nics_of([guest.uuid]).get(guest.uuid, [])
        self._advance(task, guest, task_state=states.REBUILD_BLOCK_DEVICE_MAPPING)
        payload = task.item.payload
        if payload["reimage"] is not None:
            volume_id, image_id = payload["reimage"]
            self._host.backend.volumes.reimage(disks.owner_of(guest), volume_id, image_id)
        self._advance(task, guest, nics=nics, task_state=states.REBUILD_SPAWNING)
        spec = spec_of(
            self._host,
            task.item.context,
            guest,
            nics,
            image_id=guest.image_id,
            admin_password=payload["admin_password"],
            files=payload["files"],
        )
        root = self._host.driver.rebuild(
            spec, unwanted.is_set, preserve_ephemeral=payload["preserve_ephemeral"]
        )
        disks.complete(self._host, guest)
        self._advance(task, guest, root_device_name=root)

    def _made(self, guest: Guest, event: int | None) -> None:
        """It runs, though it should not: from here on it is a server that is being stopped."""
        with self._db.writer() as conn:
            actions.finish_event(conn, event)
            done = guests.change(
                conn,
                guest,
                doing=_REBUILDING,
                vm_state=states.ACTIVE,
                power_state=states.RUNNING,
                task_state=states.POWERING_OFF,
                launched_at=utcnow(),
            )
        if not done:
            raise Unwanted

    def _end(self, task: Task, guest: Guest, event: int | None, *, vm_state: str, power_state: int) -> None:
        values: dict[str, Any] = {"vm_state": vm_state, "power_state": power_state, "task_state": None}
        if vm_state == states.ACTIVE:
            values["launched_at"] = utcnow()
        with self._db.writer() as conn:
            if not guests.change(conn, guest, doing=(*_REBUILDING, states.POWERING_OFF), **values):
                raise Unwanted
            task.finish(conn)
            actions.finish_event(conn, event)
            actions.finish(conn, task.item.action_id)
