"""The scheduler's work: ``build`` finds a host, claims it, and passes the build on to it."""

from __future__ import annotations

import functools
import logging
import random
import threading
import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from sqlalchemy.engine import Connection

from nova_api import exception, rpc
from nova_api.compute import abandoned, faults, image_reservations, leftovers, removal, reservations, states
from nova_api.compute.build_request import METHOD, BuildRequest
from nova_api.compute.volumes import reserving
from nova_api.db import actions, guests, nodes
from nova_api.db.guests import Guest
from nova_api.db.nodes import Node
from nova_api.scheduler import claims
from nova_api.scheduler.filters import choose_from
from nova_api.scheduler.moves import Moves
from nova_api.scheduler.unshelving import Unshelving
from nova_api.scheduler.wanted import Wanted
from nova_api.scheduler.wanted import of as wanted_of
from nova_api.scheduler.weighing import best_first
from nova_api.work.worker import Task

if TYPE_CHECKING:
    from nova_api.backend import Backend

LOG = logging.getLogger(__name__)

EVENT = "conductor_schedule_and_build_instances"


class _TooSlow(Exception):
    """Another scheduler claimed first."""


class SchedulerManager:
    """The methods of topic ``scheduler``."""

    def __init__(self, backend: Backend) -> None:
        self._backend = backend
        self._conf = backend.conf
        # Read here, so that a name that is no filter's is told at the start and not of each server.
        LOG.info("Filters: %s", ", ".join(self._conf.filter_scheduler.enabled_filters))
        # Requests of one process take turns: between processes the claim's compare-and-swap decides,
        # and that costs the loser another look.
        self._turn = threading.Lock()
        self._moves = Moves(backend, self._turn)
        self._unshelving = Unshelving(backend, self._turn)

    @property
    def methods(self) -> Mapping[str, Callable[[Task], None]]:
        return {
            **self._moves.methods,
            METHOD: self.build,
            "delete": self.delete,
            "unshelve": self._unshelving.unshelve,
            abandoned.METHOD: functools.partial(abandoned.take_back, self._backend),
            **{
                undo.method: functools.partial(reservations.expire, self._backend, undo)
                for undo in (image_reservations.DISCARD, reserving.RELEASE, reserving.ROLL_BACK)
            },
        }

    def build(self, task: Task) -> None:
        """Claims a host for a server in BUILD; without one the server goes to ERROR with a fault."""
        request = BuildRequest.from_payload(task.item.payload)
        for _ in range(self._conf.scheduler.claim_attempts):
            try:
                with self._turn:
                    self._backend.db.retrying(lambda: self._build_once(task, request))
                return
            except _TooSlow:
                time.sleep(random.uniform(0.0, 0.05))
        raise exception.StaleState(what="Every suitable host for instance", id=task.item.server_uuid)

    def _build_once(self, task: Task, request: BuildRequest) -> None:
        with self._backend.db.reader() as conn:
            guest = guests.get(conn, str(task.item.server_uuid))
            wanted = None if guest is None else self._wanted(conn, guest, request)
            known = nodes.list_nodes(conn)
        unscheduled = guest is not None and guest.host is None and guest.vm_state == states.BUILDING
        if guest is None or wanted is None or guest.is_going or not unscheduled:
            # Deleted or reset before it had a host.
            with self._backend.db.writer() as conn:
                task.finish(conn)
                actions.finish(conn, task.item.action_id, failed=True)
            return
        good, reason = choose_from(known, wanted)
        if good:
            self._place(task, guest, best_first(good, wanted)[0], request, wanted)
        else:
            self._no_host(task, guest, reason, request)

    def _wanted(self, conn: Connection, guest: Guest, request: BuildRequest) -> Wanted:
        return wanted_of(
            conn,
            self._conf,
            guest,
            zone=request.zone,
            host=request.host,
            node=request.node,
            tried=request.tried,
        )

    def _place(self, task: Task, guest: Guest, node: Node, request: BuildRequest, wanted: Wanted) -> None:
        with self._backend.db.writer() as conn:
            # The server first, then group and node: everybody locks rows in this order.
            placed = guests.change(
                conn,
                guest,
                expect=(states.BUILDING,),
                host=node.host,
                node=node.hypervisor_hostname,
                task_state=None,
            )
            if placed:
                if not claims.take(conn, node, guest, wanted):
                    raise _TooSlow
                task.pass_on(conn, rpc.COMPUTE, node.host, request.on(node.host).to_payload())
            else:
                # Its delete was quicker, and has seen to everything.
                task.finish(conn)

    def _no_host(self, task: Task, guest: Guest, reason: str, request: BuildRequest) -> None:
        error = exception.NoValidHost(reason=reason)
        LOG.info("Server %s: %s", guest.uuid, error)
        self._fail(task, guest, faults.of(error, details=request.last_error or reason))

    def _fail(self, task: Task, guest: Guest, fault: faults.Fault) -> None:
        item = task.item
        with self._backend.db.writer() as conn:
            task.finish(conn)
            changed = guests.change(conn, guest, vm_state=states.ERROR, task_state=None, power_state=0)
            if changed:
                guests.add_fault(conn, guest, fault.code, fault.message, fault.details, host=None)
            event = actions.start_event(conn, item.action_id, EVENT, self._conf.host)
            actions.finish_event(conn, event, failed=True, details=fault.message, traceback=fault.details)
            actions.finish(conn, item.action_id, failed=True)

    def delete(self, task: Task) -> None:
        """Removes a server whose host does not answer; when that comes back it clears up what is left."""
        item = task.item
        uuid = str(item.server_uuid)
        with self._backend.db.reader() as conn:
            guest = guests.get(conn, uuid)
        if guest is not None and not guest.deleted:
            removal.give_back(self._backend, item.context, guest)
        with self._backend.db.writer() as conn:
            task.finish(conn)
            if guest is None:
                return
            event = actions.start_event(conn, item.action_id, "compute_terminate_instance", self._conf.host)
            confirmation = item.payload.get(leftovers.CONFIRMATION)
            casts = removal.finish(conn, guest, item.action_id, confirmation)
            for cast in casts + leftovers.by_absence(conn, guest):
                task.wake(*cast)
            actions.finish_event(conn, event)
            actions.finish(conn, item.action_id)

    def give_up(self, task: Task, reason: str, details: str) -> None:
        """Puts the server into ERROR over an item that failed too often."""
        if task.item.method in self._moves.methods:
            self._moves.give_up(task, reason, details)
            return
        if task.item.method == "unshelve":
            self._unshelving.give_up(task, reason, details)
            return
        with self._backend.db.reader() as conn:
            guest = guests.get(conn, str(task.item.server_uuid))
        if guest is None:
            LOG.error("%s of %s was given up: %s", task.item.method, task.item.payload, reason)
            with self._backend.db.writer() as conn:
                task.finish(conn)
                actions.fail_unfinished(conn, task.item.action_id, reason, details)
            return
        error = exception.NoValidHost(reason=f"The scheduler gave up: {reason}")
        self._fail(task, guest, faults.of(error, details=details))
