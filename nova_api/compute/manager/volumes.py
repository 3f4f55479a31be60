"""Volumes of a guest that exists: the volume service and the hypervisor, kept in step.

Whatever fails, the server keeps its states: it runs on with the disks it had.
"""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Callable, Iterator

from sqlalchemy.engine import Connection

from nova_api import exception
from nova_api.compute import faults
from nova_api.compute.manager import disks
from nova_api.compute.manager.host import PASSING, Host
from nova_api.compute.transitions import OPERATIONS
from nova_api.compute.volumes import assisted
from nova_api.db import actions, block_devices, guests
from nova_api.db.block_devices import BlockDevice
from nova_api.db.guests import Guest
from nova_api.work.worker import Task

LOG = logging.getLogger(__name__)

_MOVED = "The server was moved to another host before this began."


class Volumes:
    """The methods ``attach_volume`` {"device"}, ``detach_volume`` {"device"}, ``swap_volume``
    {"device", "volume", "attachment"}; ``device`` is the uuid of a disk of the server.
    """

    def __init__(self, host: Host) -> None:
        self._host = host
        self._db = host.backend.db
        self._volumes = host.backend.volumes

    @property
    def methods(self) -> dict[str, Callable[[Task], None]]:
        return {
            "attach_volume": self.attach,
            "detach_volume": self.detach,
            "swap_volume": self.swap,
            assisted.CREATE: self.create_snapshot,
            assisted.DELETE: self.delete_snapshot,
        }

    def attach(self, task: Task) -> None:
        with self._disk(task, "attach_volume") as (guest, device, event):
            if guest is None or device is None:
                return
            try:
                self._check_here(guest)
                self._plug(guest, device)
            except PASSING:
                raise
            except Exception as error:
                self._host.require(task)
                self._unplug(guest, device)
                self._failed(task, guest, event, error, lambda conn: block_devices.remove(conn, device.uuid))
                return
            self._done(task, event)

    def _plug(self, guest: Guest, device: BlockDevice) -> None:
        volume_id, attachment_id = device.volume_id, device.attachment_id
        if volume_id is None or attachment_id is None:
            raise exception.VolumeInvalid(reason=f"disk {device.uuid} has no volume that is reserved for it.")
        disk = disks.opened_one(self._host, guest, device, volume_id, attachment_id)
        self._host.driver.attach_volume(guest.uuid, disk)
        self._volumes.complete(disks.owner_of(guest), attachment_id)

    def _unplug(self, guest: Guest, device: BlockDevice) -> None:
        """Takes back what a failed attachment has done."""
        if guest.host == self._host.name and device.volume_id is not None:
            with contextlib.suppress(exception.NovaError):
                self._host.driver.detach_volume(guest.uuid, device.volume_id)
        if device.attachment_id is not None:
            self._volumes.release(disks.owner_of(guest), device.attachment_id)

    def detach(self, task: Task) -> None:
        with self._disk(task, "detach_volume") as (guest, device, event):
            if guest is None or device is None or device.volume_id is None:
                return
            owner = disks.owner_of(guest)
            try:
                self._check_here(guest)
                self._host.driver.detach_volume(guest.uuid, device.volume_id)
                if device.attachment_id is not None:
                    self._volumes.release(owner, device.attachment_id)
            except PASSING:
                raise
            except Exception as error:
                self._host.require(task)
                self._volumes.roll_detaching(owner, device.volume_id)
                self._failed(task, guest, event, error)
                return
            self._done(task, event, lambda conn: block_devices.remove(conn, device.uuid))

    def swap(self, task: Task) -> None:
        new_id, attachment_id = task.item.payload["volume"], task.item.payload["attachment"]
        with self._disk(task, "swap_volume") as (guest, device, event):
            if guest is None or device is None or device.volume_id is None:
                return
            owner = disks.owner_of(guest)
            try:
                self._check_here(guest)
                disk = disks.opened_one(self._host, guest, device, new_id, attachment_id)
                self._host.driver.swap_volume(guest.uuid, device.volume_id, disk)
                self._volumes.complete(owner, attachment_id)
                if device.attachment_id is not None:
                    self._volumes.release(owner, device.attachment_id)
                size = self._volumes.show(owner, new_id).size
            except PASSING:
                raise
            except Exception as error:
                self._host.require(task)
                self._volumes.release(owner, attachment_id)
                self._failed(task, guest, event, error)
                return
            now = {"volume_id": new_id, "attachment_id": attachment_id, "volume_size": size}
            self._done(task, event, lambda conn: block_devices.change(conn, device.uuid, **now))

    def create_snapshot(self, task: Task) -> None:
        asked, driver = task.item.payload, self._host.driver
        self._assist(
            task,
            lambda uuid: driver.snapshot_volume(uuid, asked["volume"], asked["snapshot"], asked["new_file"]),
        )

    def delete_snapshot(self, task: Task) -> None:
        asked, driver = task.item.payload, self._host.driver
        self._assist(
            task, lambda uuid: driver.forget_volume_snapshot(uuid, asked["volume"], asked["snapshot"])
        )

    # --- what the above are made of ------------------------------------------------

    def _assist(self, task: Task, act: Callable[[str], None]) -> None:
        """Does what the volume service has asked for; a failure is told in the log, for nobody waits."""
        uuid = str(task.item.server_uuid)
        with self._host.turns.take(uuid):
            with self._db.reader() as conn:
                guest = guests.get(conn, uuid)
            if guest is not None and not guest.is_going and guest.host == self._host.name:
                try:
                    act(uuid)
                except PASSING:
                    raise
                except Exception as error:
                    LOG.warning("Server %s: %s failed: %s", uuid, task.item.method, error)
            with self._db.writer() as conn:
                task.finish(conn)

    def _check_here(self, guest: Guest) -> None:
        if guest.host != self._host.name:
            raise exception.NovaError(_MOVED)

    @contextlib.contextmanager
    def _disk(
        self, task: Task, operation: str
    ) -> Iterator[tuple[Guest | None, BlockDevice | None, int | None]]:
        """The server in its turn, the disk and the event; with everything ended where there is nothing to do.

        A server that is going takes its volumes with it: its delete gives them back.
        """
        uuid = str(task.item.server_uuid)
        with self._host.turns.take(uuid):
            with self._db.writer() as conn:
                guest = guests.get(conn, uuid)
                device = block_devices.get(conn, task.item.payload["device"])
                name = OPERATIONS[operation].events[0]
                event = actions.start_event(conn, task.item.action_id, name, self._host.name)
            if guest is None or guest.is_going or device is None:
                self._host.drop(
                    task, event, "The server was deleted, or the volume detached, before this began."
                )
                yield None, None, event
                return
            yield guest, device, event

    def _done(
        self, task: Task, event: int | None, change: Callable[[Connection], object] | None = None
    ) -> None:
        with self._db.writer() as conn:
            task.finish(conn)
            if change is not None:
                change(conn)
            actions.finish_event(conn, event)
            actions.finish(conn, task.item.action_id)

    def _failed(
        self,
        task: Task,
        guest: Guest,
        event: int | None,
        error: Exception,
        change: Callable[[Connection], object] | None = None,
    ) -> None:
        LOG.warning("Server %s: %s failed: %s", guest.uuid, task.item.method, error)
        fault = faults.of(error)
        with self._db.writer() as conn:
            task.finish(conn)
            if change is not None:
                change(conn)
            guests.add_fault(conn, guest, fault.code, fault.message, fault.details, self._host.name)
            actions.finish_event(conn, event, failed=True, details=fault.message, traceback=fault.details)
            actions.finish(conn, task.item.action_id, failed=True)
