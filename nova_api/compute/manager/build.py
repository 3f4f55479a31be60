"""Building a server: ports, guest, ACTIVE.  Every step may be repeated; a delete wins at any of them."""

from __future__ import annotations

import logging
import threading
from typing import Any

from sqlalchemy.engine import Connection

from nova_api import exception, rpc
from nova_api.compute import faults, states
from nova_api.compute.build_request import BuildRequest, schedule_again
from nova_api.compute.drivers.base import SpawnCancelled, SpawnSpec
from nova_api.compute.manager import build_faults, disks
from nova_api.compute.manager.host import PASSING, Host
from nova_api.compute.manager.spec import spec_of
from nova_api.db import actions, block_devices, guests, nodes
from nova_api.db.guests import Guest
from nova_api.db.schema.base import utcnow
from nova_api.work.worker import Task

LOG = logging.getLogger(__name__)

EVENT = "compute__do_build_and_run_instance"
#: What it does from the beginning of a build to its end.
_DOING = (states.NETWORKING, states.BLOCK_DEVICE_MAPPING, states.SPAWNING)
_UNWANTED = "The server was deleted while it was being built."


class _Unwanted(Exception):
    """The server has been deleted, or is about to be, while it was being built."""


class Builder:
    """The method ``build``; its payload is a ``BuildRequest``."""

    def __init__(self, host: Host) -> None:
        self._host = host
        self._db = host.backend.db

    def build(self, task: Task) -> None:
        """Makes the server ACTIVE, has it built elsewhere, or puts it into ERROR with a fault."""
        uuid = str(task.item.server_uuid)
        with self._host.turns.take(uuid) as unwanted:
            with self._db.writer() as conn:
                # Locked: else a delete could end the action between the look and the event that begins here.
                guest = guests.get(conn, uuid, lock=True)
                mine = guest is not None and guest.host == self._host.name
                if guest is None or not mine or guest.is_going or guest.vm_state != states.BUILDING:
                    # Deleted before it began, or since a worker that died began it; the delete sees to
                    # what there is.
                    task.finish(conn)
                    actions.fail_unfinished(conn, task.item.action_id, _UNWANTED, None)
                    return
                first = task.item.attempts == 1
                event = actions.start_event(conn, task.item.action_id, EVENT, self._host.name, first=first)
                guests.change(conn, guest, task_state=states.NETWORKING)
                has_volumes = block_devices.has_volumes(conn, guest.id)
            request = BuildRequest.from_payload(task.item.payload)
            try:
                self._run(task, guest, request, event, has_volumes, unwanted)
            except (_Unwanted, SpawnCancelled):
                LOG.info("Server %s was deleted while it was being built.", uuid)
                self._clean_up(task, guest)
                self._host.drop(task, event, _UNWANTED)
            except PASSING:
                raise
            except Exception as error:
                self._host.require(task)
                LOG.warning("Server %s could not be built on %s: %s", uuid, self._host.name, error)
                self._clean_up(task, guest, stays=True)
                self._failed(task, guest, request, event, error)

    def _run(
        self,
        task: Task,
        guest: Guest,
        request: BuildRequest,
        event: int | None,
        has_volumes: bool,
        unwanted: threading.Event,
    ) -> None:
        nics = self._host.backend.networks.allocate(
            task.item.context,
            guest.uuid,
            guest.project_id,
            guest.requested_networks,
            guest.requested_security_groups or [],
            self._host.name,
        )
        if has_volumes:
            with self._db.writer() as conn:
                self._advance(conn, task, guest, task_state=states.BLOCK_DEVICE_MAPPING)
            disks.prepare(self._host, guest, unwanted.is_set)
        with self._db.writer() as conn:
            config_drive = self._config_drive(guest)
            values = {"nics": nics, "task_state": states.SPAWNING, "config_drive": config_drive}
            self._advance(conn, task, guest, **values)
            rules = build_faults.about(conn, self._host, guest)
        build_faults.meet(self._host, rules, unwanted.is_set)
        spec = self._spec(task, guest, request, nics, has_volumes)
        root = self._host.driver.spawn(spec, unwanted.is_set)
        if has_volumes:
            disks.complete(self._host, guest)
        with self._db.writer() as conn:
            self._advance(
                conn,
                task,
                guest,
                vm_state=states.ACTIVE,
                task_state=None,
                power_state=states.RUNNING,
                launched_at=utcnow(),
                root_device_name=root,
            )
            actions.finish_event(conn, event)
            actions.finish(conn, task.item.action_id)
            task.finish(conn)

    @staticmethod
    def _advance(conn: Connection, task: Task, guest: Guest, **values: Any) -> None:
        if guests.change(conn, guest, expect=(states.BUILDING,), doing=_DOING, **values):
            return
        if not guests.change(conn, guest, **values):
            raise _Unwanted
        # An administrator has reset it, which stops no build; or this run is late, and another has built it.
        task.require(conn)

    def _config_drive(self, guest: Guest) -> bool:
        """Whether its request, its image or this host wants the guest to have one."""
        mandatory = (guest.image_properties or {}).get("img_config_drive") == "mandatory"
        return guest.config_drive or mandatory or bool(self._host.backend.conf.force_config_drive)

    def _spec(
        self,
        task: Task,
        guest: Guest,
        request: BuildRequest,
        nics: list[dict[str, Any]],
        has_volumes: bool,
    ) -> SpawnSpec:
        return spec_of(
            self._host,
            task.item.context,
            guest,
            nics,
            image_id=guest.image_id,
            admin_password=request.admin_password,
            files=request.files,
            has_volumes=has_volumes,
        )

    def _clean_up(self, task: Task, guest: Guest, *, stays: bool = False) -> None:
        """Removes what the build has made; what cannot be removed now is the delete's to remove.

        A server that ``stays`` keeps its volumes, closed to this host.
        """
        try:
            self._host.driver.destroy(guest.uuid)
            if stays:
                disks.let_go(self._host, guest)
            self._host.backend.networks.deallocate(task.item.context, guest.uuid)
        except PASSING:
            raise
        except Exception:
            LOG.exception("Server %s: what its failed build made could not all be removed.", guest.uuid)

    def _failed(
        self, task: Task, guest: Guest, request: BuildRequest, event: int | None, error: Exception
    ) -> None:
        fault = faults.of(error)
        most = self._host.backend.conf.scheduler.max_attempts
        # A host or node asked for by name leaves no other to try.
        again = not faults.is_users(error) and request.attempt < most and not (request.host or request.node)
        if not again and not faults.is_users(error) and request.attempt > 1:
            fault = faults.of(
                exception.BuildFailed(
                    server_id=guest.uuid,
                    reason=f"it was tried on {', '.join(request.tried)}; the last said: {fault.message}",
                ),
                details=fault.details,
            )
        with self._db.writer() as conn:
            task.finish(conn)
            values: dict[str, Any] = {"host": None, "node": None, "nics": None, "power_state": states.NOSTATE}
            # One that was reset meanwhile is not building any more: no scheduler would take it up.
            again = again and guests.change(
                conn, guest, expect=(states.BUILDING,), task_state=states.SCHEDULING, **values
            )
            values |= {"task_state": None, "vm_state": states.ERROR}
            # When a delete has begun, it gives back the claim: it holds the server's states now.
            if again or guests.change(conn, guest, **values):
                nodes.release(conn, guest.id)
                guests.add_fault(conn, guest, fault.code, fault.message, fault.details, self._host.name)
                if again:
                    self._elsewhere(conn, task, guest, request, fault)
            actions.finish_event(conn, event, failed=True, details=fault.message, traceback=fault.details)
            if not again:
                actions.finish(conn, task.item.action_id, failed=True)

    def _elsewhere(
        self, conn: Connection, task: Task, guest: Guest, request: BuildRequest, fault: faults.Fault
    ) -> None:
        next_try = request.after(fault.message)
        item = schedule_again(conn, task.item.context, guest, task.item.action_id, next_try)
        task.wake(rpc.SCHEDULER, None, item)
