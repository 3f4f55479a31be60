"""Shelving on the host: off, into an image, away from the host; and back."""

from __future__ import annotations

import datetime
import logging
import threading
from typing import Any

from nova_api import context, exception, rpc, work
from nova_api.compute import faults, server_images, states, transitions
from nova_api.compute.manager import disks
from nova_api.compute.manager.host import PASSING, Host
from nova_api.compute.manager.upload import Unwanted, upload
from nova_api.compute.operations import OPERATIONS
from nova_api.db import actions, guests, nodes
from nova_api.db.guests import Guest
from nova_api.db.schema.base import utcnow
from nova_api.work.worker import Task

LOG = logging.getLogger(__name__)

_SHELVING = (
    states.SHELVING,
    states.SHELVING_IMAGE_PENDING_UPLOAD,
    states.SHELVING_IMAGE_UPLOADING,
)
#: A server that runs from a volume goes from the one to the other without an image.
_OFFLOADING = (states.SHELVING_OFFLOADING, states.SHELVING)
_MEANWHILE = "The server was deleted or reset while it was being shelved."


class Shelver:
    """The methods ``shelve`` (payload: ``image_id`` of a queued image) and ``shelve_offload`` (none)."""

    def __init__(self, host: Host) -> None:
        self._host = host
        self._db = host.backend.db

    # --- the jobs

    def shelve(self, task: Task) -> None:
        """Ends SHELVED, or where servers leave at once SHELVED_OFFLOADED; where that fails, as it was."""
        uuid = str(task.item.server_uuid)
        with self._host.turns.take(uuid) as unwanted:
            guest, event = self._begin(task, "shelve")
            if guest is None:
                self._host.drop(task, event, _MEANWHILE)
                return
            try:
                # An earlier run may have saved it already, and died while it left.
                if guest.task_state != states.SHELVING_OFFLOADING:
                    self._save(task, guest, unwanted)
            except PASSING:
                raise
            except Exception as error:
                self._not_saved(task, guest, event, error)
                return
            if self._host.backend.conf.shelved_offload_time == 0:
                self._leave(task, guest, event, (states.SHELVING_OFFLOADING,))
            else:
                self._end(task, guest, event, (states.SHELVING_OFFLOADING,), vm_state=states.SHELVED)

    def shelve_offload(self, task: Task) -> None:
        """Ends SHELVED_OFFLOADED; where that fails, SHELVED."""
        with self._host.turns.take(str(task.item.server_uuid)):
            guest, event = self._begin(task, "shelve_offload")
            if guest is None:
                self._host.drop(task, event, _MEANWHILE)
                return
            self._leave(task, guest, event, _OFFLOADING)

    def offload_due(self) -> None:
        """Has those leave that have been SHELVED for ``shelved_offload_time`` seconds."""
        seconds = self._host.backend.conf.shelved_offload_time
        if seconds <= 0:
            return
        before = utcnow() - datetime.timedelta(seconds=seconds)
        with self._db.reader() as conn:
            here = guests.on_host(conn, self._host.name)
        for guest in here:
            is_idle = guest.vm_state == states.SHELVED and guest.task_state is None
            if is_idle and guest.shelved_at is not None and guest.shelved_at <= before:
                self._offload_later(guest)

    def _offload_later(self, guest: Guest) -> None:
        try:
            with work.accept(self._host.backend) as accepted:
                transitions.begin(accepted.conn, guest, "shelve_offload")
                accepted.enqueue(
                    context.admin(), rpc.COMPUTE, "shelve_offload", guest, {}, host=self._host.name
                )
        except (exception.Conflict, exception.NotFound) as error:
            LOG.debug("Server %s stays shelved here: %s", guest.uuid, error)

    # --- their parts

    def _begin(self, task: Task, operation: str) -> tuple[Guest | None, int | None]:
        """The server as far as it is still here and still to be shelved."""
        name = OPERATIONS[operation].events[0]
        with self._db.writer() as conn:
            event = actions.start_event(conn, task.item.action_id, name, self._host.name)
            guest = guests.get(conn, str(task.item.server_uuid))
        doing = (*_SHELVING, states.SHELVING_OFFLOADING)
        mine = guest is not None and guest.host == self._host.name and guest.task_state in doing
        return (guest if mine else None), event

    def _save(self, task: Task, guest: Guest, unwanted: threading.Event) -> None:
        self._host.driver.power_off(guest.uuid)
        off = {"task_state": states.SHELVING_IMAGE_PENDING_UPLOAD, "power_state": states.SHUTDOWN}
        self._advance(task, guest, **off)
        uploading = states.SHELVING_IMAGE_UPLOADING
        upload(self._host, task, guest, unwanted, lambda: self._advance(task, guest, task_state=uploading))
        saved = {"task_state": states.SHELVING_OFFLOADING, "vm_state": states.SHELVED}
        self._advance(task, guest, shelved_at=utcnow(), **saved)

    def _advance(self, task: Task, guest: Guest, **values: Any) -> None:
        with self._db.writer() as conn:
            if not guests.change(conn, guest, doing=_SHELVING, **values):
                raise Unwanted
            # Done by another run, it may be what a later request of the same kind is doing.
            task.require(conn)

    def _not_saved(self, task: Task, guest: Guest, event: int | None, error: Exception) -> None:
        """Without the image the server is what it was; one that was paused or suspended is off."""
        self._host.require(task)
        image_id = task.item.payload[server_images.KEY]
        server_images.discard(self._host.backend, image_id)
        if isinstance(error, Unwanted):
            self._host.drop(task, event, _MEANWHILE)
            return
        LOG.warning("Server %s could not be shelved: %s", guest.uuid, error)
        fault = faults.of(error)
        vm_state = guest.vm_state if guest.vm_state == states.ACTIVE else states.STOPPED
        power_state = self._running_again(guest) if vm_state == states.ACTIVE else states.SHUTDOWN
        if power_state == states.SHUTDOWN:
            vm_state = states.STOPPED
        with self._db.writer() as conn:
            task.finish(conn)
            if guests.change(
                conn,
                guest,
                doing=_SHELVING,
                vm_state=vm_state,
                power_state=power_state,
                task_state=None,
                shelved_image_id=None,
            ):
                guests.add_fault(conn, guest, fault.code, fault.message, fault.details, self._host.name)
            actions.finish_event(conn, event, failed=True, details=fault.message, traceback=fault.details)
            actions.finish(conn, task.item.action_id, failed=True)

    def _running_again(self, guest: Guest) -> int:
        try:
            self._host.driver.power_on(guest.uuid)
        except Exception:
            LOG.exception("Server %s, which could not be shelved, cannot be started again.", guest.uuid)
        return self._host.driver.power_state(guest.uuid)

    def _leave(self, task: Task, guest: Guest, event: int | None, doing: tuple[str, ...]) -> None:
        try:
            self._host.driver.destroy(guest.uuid)
            self._host.require(task)
            disks.let_go(self._host, guest)
            self._host.backend.networks.move(guest.uuid, "")
        except PASSING:
            raise
        except Exception as error:
            LOG.warning("Server %s could not leave %s: %s", guest.uuid, self._host.name, error)
            fault, off = faults.of(error), states.SHUTDOWN
            self._host.fail(task, guest, event, fault, vm_state=states.SHELVED, power_state=off)
            return
        gone = {"host": None, "node": None, "shelved_at": guest.shelved_at or utcnow()}
        self._end(task, guest, event, doing, vm_state=states.SHELVED_OFFLOADED, **gone)

    def _end(
        self, task: Task, guest: Guest, event: int | None, doing: tuple[str, ...], **values: Any
    ) -> None:
        with self._db.writer() as conn:
            task.finish(conn)
            done = guests.change(
                conn, guest, doing=doing, task_state=None, power_state=states.SHUTDOWN, **values
            )
            # A delete in flight gives back the claim itself.
            if done and "host" in values:
                nodes.release(conn, guest.id)
            actions.finish_event(conn, event, failed=not done, details=None if done else _MEANWHILE)
            actions.finish(conn, task.item.action_id, failed=not done)
