"""Images and backups on the host: the disk of a guest goes into an image that the API has recorded."""

from __future__ import annotations

import functools
import logging

from nova_api import exception
from nova_api.compute import faults, server_images, states
from nova_api.compute.manager.host import PASSING, Host
from nova_api.compute.manager.upload import Unwanted, upload
from nova_api.compute.operations import OPERATIONS
from nova_api.db import actions, guests
from nova_api.db.guests import Guest
from nova_api.db.images import ImageFilter
from nova_api.work.worker import Task

LOG = logging.getLogger(__name__)

#: Task_states of an image in the making, in order; the host begins at the last but two.
_DOING = {
    "create_image": (
        states.IMAGE_SNAPSHOT_PENDING,
        states.IMAGE_SNAPSHOT,
        states.IMAGE_PENDING_UPLOAD,
        states.IMAGE_UPLOADING,
    ),
    "create_backup": (states.IMAGE_BACKUP, states.IMAGE_PENDING_UPLOAD, states.IMAGE_UPLOADING),
}
#: Backups of one server and type that one look considers.
_MOST_BACKUPS = 1000


class Snapshots:
    """The methods ``snapshot`` and ``backup``.

    Payload: ``image_id`` of a queued image; a backup has ``backup_type`` and
    ``rotation`` besides, the number of backups of that type to keep.
    """

    def __init__(self, host: Host) -> None:
        self._host = host
        self._db = host.backend.db

    def snapshot(self, task: Task) -> None:
        self._make(task, "create_image")

    def backup(self, task: Task) -> None:
        self._make(task, "create_backup")

    def _make(self, task: Task, operation: str) -> None:
        """Ends with the image active, or gone; the server is idle again, in the states that it had."""
        uuid = str(task.item.server_uuid)
        doing = _DOING[operation]
        with self._host.turns.take(uuid) as unwanted:
            with self._db.writer() as conn:
                event = actions.start_event(
                    conn, task.item.action_id, OPERATIONS[operation].events[0], self._host.name
                )
                guest = guests.get(conn, uuid)
            if guest is None:
                self._host.drop(task, event, "There is no such server.")
                return
            try:
                for step in doing[-3:-1]:
                    self._advance(task, guest, doing, step)
                begins = functools.partial(self._advance, task, guest, doing, doing[-1])
                upload(self._host, task, guest, unwanted, begins)
                if operation == "create_backup":
                    self._rotate(task, guest)
            except PASSING:
                raise
            except Exception as error:
                self._failed(task, guest, doing, event, error)
            else:
                self._end(task, guest, doing, event)

    def _advance(self, task: Task, guest: Guest, doing: tuple[str, ...], task_state: str) -> None:
        with self._db.writer() as conn:
            if not guests.change(conn, guest, doing=doing, task_state=task_state):
                raise Unwanted
            # Done by another run, it may be what a later request of the same kind is doing.
            task.require(conn)

    def _end(self, task: Task, guest: Guest, doing: tuple[str, ...], event: int | None) -> None:
        with self._db.writer() as conn:
            task.finish(conn)
            # Whatever has become of the server meanwhile, the image is there.
            guests.change(conn, guest, doing=doing, task_state=None)
            actions.finish_event(conn, event)
            actions.finish(conn, task.item.action_id)

    def _failed(
        self, task: Task, guest: Guest, doing: tuple[str, ...], event: int | None, error: Exception
    ) -> None:
        """Nothing stays of the image; a user who deleted it, or the server, needs no fault about that."""
        self._host.require(task)
        LOG.warning("Server %s: no image of it was made: %s", guest.uuid, error or type(error).__name__)
        server_images.discard_unfinished(self._host.backend, [task.item.payload[server_images.KEY]])
        fault = faults.of(error)
        if isinstance(error, Unwanted):
            fault = faults.of(exception.Conflict("The server was deleted or reset while its image was made."))
        wanted = not isinstance(error, Unwanted | exception.ImageNotFound)
        with self._db.writer() as conn:
            task.finish(conn)
            if guests.change(conn, guest, doing=doing, task_state=None) and wanted:
                guests.add_fault(conn, guest, fault.code, fault.message, fault.details, self._host.name)
            actions.finish_event(conn, event, failed=True, details=fault.message, traceback=fault.details)
            actions.finish(conn, task.item.action_id, failed=True)

    def _rotate(self, task: Task, guest: Guest) -> None:
        """Deletes all but the newest backups of this server and type."""
        payload, context = task.item.payload, task.item.context
        same_kind = {
            "instance_uuid": guest.uuid,
            "image_type": "backup",
            "backup_type": payload["backup_type"],
        }
        found = self._host.backend.images.list(
            context, ImageFilter(properties=same_kind), limit=_MOST_BACKUPS
        )
        # Anybody may write such properties on an image of his own, and show it to everybody.
        owners = {context.project_id, guest.project_id}
        backups = [image for image in found if image.owner in owners]
        for image in backups[payload["rotation"] :]:
            server_images.discard(self._host.backend, image.id)
