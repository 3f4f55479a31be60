"""Finding a new host for a server that has been shelved away from its old one."""

from __future__ import annotations

import logging
import random
import threading
import time
from typing import TYPE_CHECKING, Any

from sqlalchemy.engine import Connection

from nova_api import context as contexts
from nova_api import exception, rpc, work
from nova_api.compute import faults, states
from nova_api.compute.operations import OPERATIONS
from nova_api.db import actions, guests, nodes
from nova_api.db.guests import Guest
from nova_api.db.nodes import Node
from nova_api.scheduler import claims
from nova_api.scheduler import wanted as wishes
from nova_api.scheduler.filters import choose_from
from nova_api.scheduler.wanted import Wanted
from nova_api.scheduler.weighing import best_first
from nova_api.work.worker import Task

if TYPE_CHECKING:
    from nova_api.backend import Backend

LOG = logging.getLogger(__name__)

LOOKED, CHOSEN = OPERATIONS["unshelve"].events[:2]
#: What the server must be doing.
_DOING = (states.UNSHELVING,)


class _TooSlow(Exception):
    """Another scheduler claimed first."""


class Unshelving:
    """The method ``unshelve`` of topic ``scheduler``.

    Payload: ``host``, the one asked for (None: anywhere in the server's zone).
    ``turn`` is the lock under which this process's requests choose.
    """

    def __init__(self, backend: Backend, turn: threading.Lock) -> None:
        self._backend = backend
        self._conf = backend.conf
        self._turn = turn

    def unshelve(self, task: Task) -> None:
        """Claims a host; without one the server stays shelved, without its image it is an ERROR."""
        with self._backend.db.reader() as conn:
            guest = guests.get(conn, str(task.item.server_uuid))
        if guest is None or not _is_waiting(guest):
            self._drop(task)
            return
        try:
            if guest.shelved_image_id is not None:
                self._backend.images.show(contexts.admin(), guest.shelved_image_id)
        except exception.ImageNotFound as error:
            self._fail(task, guest, LOOKED, faults.of(error), vm_state=states.ERROR)
            return
        for _ in range(self._conf.scheduler.claim_attempts):
            try:
                with self._turn:
                    self._backend.db.retrying(lambda: self._choose(task, guest))
                return
            except _TooSlow:
                time.sleep(random.uniform(0.0, 0.05))
        raise exception.StaleState(what="Every suitable host for instance", id=guest.uuid)

    def _choose(self, task: Task, guest: Guest) -> None:
        with self._backend.db.reader() as conn:
            wanted = wishes.of(
                conn, self._conf, guest, zone=guest.availability_zone, host=task.item.payload["host"]
            )
            good, reason = choose_from(nodes.list_nodes(conn), wanted)
        if good:
            self._place(task, guest, best_first(good, wanted)[0], wanted)
        else:
            LOG.info("Server %s stays shelved: %s", guest.uuid, reason)
            self._fail(task, guest, CHOSEN, faults.of(exception.NoValidHost(reason=reason), details=reason))

    def _place(self, task: Task, guest: Guest, node: Node, wanted: Wanted) -> None:
        item = task.item
        with self._backend.db.writer() as conn:
            # The server first, then group and node: everybody locks rows in this order.
            placed = guests.change(conn, guest, doing=_DOING, host=node.host, node=node.hypervisor_hostname)
            if placed:
                if not claims.take(conn, node, guest, wanted):
                    raise _TooSlow
                self._events(conn, task, LOOKED, CHOSEN)
                following = work.enqueue(
                    conn,
                    item.context,
                    rpc.COMPUTE,
                    "unshelve",
                    guest,
                    {},
                    host=node.host,
                    action_id=item.action_id,
                )
                task.wake(rpc.COMPUTE, node.host, following)
            else:
                actions.finish(conn, item.action_id, failed=True)
            task.finish(conn)

    def _events(self, conn: Connection, task: Task, *names: str) -> None:
        for name in names:
            actions.finish_event(conn, actions.start_event(conn, task.item.action_id, name, self._conf.host))

    def _fail(self, task: Task, guest: Guest, name: str, fault: faults.Fault, **values: Any) -> None:
        with self._backend.db.writer() as conn:
            task.finish(conn)
            if guests.change(conn, guest, doing=_DOING, task_state=None, **values):
                guests.add_fault(conn, guest, fault.code, fault.message, fault.details, host=None)
            if name == CHOSEN:
                self._events(conn, task, LOOKED)
            event = actions.start_event(conn, task.item.action_id, name, self._conf.host)
            actions.finish_event(conn, event, failed=True, details=fault.message, traceback=fault.details)
            actions.finish(conn, task.item.action_id, failed=True)

    def _drop(self, task: Task) -> None:
        """The server was deleted or reset meanwhile."""
        with self._backend.db.writer() as conn:
            task.finish(conn)
            actions.finish(conn, task.item.action_id, failed=True)

    def give_up(self, task: Task, reason: str, details: str) -> None:
        """As where there is no host."""
        with self._backend.db.reader() as conn:
            guest = guests.get(conn, str(task.item.server_uuid))
        if guest is None:
            self._drop(task)
            return
        error = exception.NoValidHost(reason=f"The scheduler gave up: {reason}")
        self._fail(task, guest, CHOSEN, faults.of(error, details=details))


def _is_waiting(guest: Guest) -> bool:
    return (
        not guest.is_going
        and guest.host is None
        and guest.vm_state == states.SHELVED_OFFLOADED
        and guest.task_state in _DOING
    )
