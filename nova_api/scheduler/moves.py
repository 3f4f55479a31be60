"""Choosing and claiming the destination of a move: resize, cold and live migration, evacuation."""

from __future__ import annotations

import dataclasses
import logging
import random
import threading
import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from sqlalchemy.engine import Connection

from nova_api import exception, rpc, work
from nova_api.compute import faults, moves, states
from nova_api.compute.moves import MoveRequest
from nova_api.db import actions, guests, nodes, server_migrations, services
from nova_api.db.guests import Guest
from nova_api.db.nodes import Node
from nova_api.db.server_migrations import Migration
from nova_api.scheduler import claims, wanted
from nova_api.scheduler.filters import choose_from, up_and_enabled
from nova_api.scheduler.wanted import Wanted
from nova_api.scheduler.weighing import best_first
from nova_api.work.worker import Task

if TYPE_CHECKING:
    from nova_api.backend import Backend

LOG = logging.getLogger(__name__)


@dataclasses.dataclass(frozen=True)
class _Kind:
    """One kind of move, as the scheduler sees it.

    It begins with the server in ``task_state`` and the record in ``status``;
    the record goes on in ``placed``, the work with ``method`` on the
    destination.  Without a host the server goes into ``failed_vm_state``
    (None: it stays as it was).
    """

    task_state: str
    status: str
    placed: str
    method: str
    events: tuple[str, ...]
    failed_vm_state: str | None = None
    source_must_live: bool = False


_RESIZE = _Kind(
    task_state=states.RESIZE_PREP,
    status=server_migrations.PRE_MIGRATING,
    placed=server_migrations.PRE_MIGRATING,
    method=moves.PREP_RESIZE,
    events=("conductor_migrate_server", "cold_migrate"),
)
_LIVE = _Kind(
    task_state=states.MIGRATING,
    status=server_migrations.ACCEPTED,
    placed=server_migrations.QUEUED,
    method=moves.PRE_LIVE_MIGRATION,
    events=("conductor_live_migrate_instance",),
    source_must_live=True,
)
#: Where the request waits, the reference has another name for it.
_LIVE_SYNCHRONOUS = dataclasses.replace(_LIVE, events=("conductor_migrate_server",))
_EVACUATE = _Kind(
    task_state=states.REBUILDING,
    status=server_migrations.ACCEPTED,
    placed=server_migrations.PRE_MIGRATING,
    method=moves.REBUILD_ELSEWHERE,
    events=("rebuild_server",),
    failed_vm_state=states.ERROR,
)


class _TooSlow(Exception):
    """Another scheduler claimed first."""


class Moves:
    """The methods of topic ``scheduler`` for moves; their payload is a ``MoveRequest``.

    ``turn`` is the lock under which this process's requests choose, one after
    the other.
    """

    def __init__(self, backend: Backend, turn: threading.Lock) -> None:
        self._backend = backend
        self._conf = backend.conf
        self._turn = turn

    @property
    def methods(self) -> Mapping[str, Callable[[Task], None]]:
        return {
            moves.RESIZE: lambda task: self._choose(task, _RESIZE),
            moves.LIVE_MIGRATE: self.live_migrate,
            moves.EVACUATE: lambda task: self._choose(task, _EVACUATE),
        }

    def live_migrate(self, task: Task) -> None:
        synchronous = MoveRequest.from_payload(task.item.payload).synchronous
        self._choose(task, _LIVE_SYNCHRONOUS if synchronous else _LIVE)

    def _choose(self, task: Task, kind: _Kind) -> None:
        request = MoveRequest.from_payload(task.item.payload)
        for _ in range(self._conf.scheduler.claim_attempts):
            try:
                with self._turn:
                    self._backend.db.retrying(lambda: self._choose_once(task, kind, request))
                return
            except _TooSlow:
                time.sleep(random.uniform(0.0, 0.05))
        raise exception.StaleState(what="Every suitable host for instance", id=task.item.server_uuid)

    def _choose_once(self, task: Task, kind: _Kind, request: MoveRequest) -> None:
        with self._backend.db.reader() as conn:
            guest = guests.get(conn, str(task.item.server_uuid))
            migration = server_migrations.get(conn, request.migration)
            waits = guest is not None and guest.task_state == kind.task_state
            if guest is None or migration is None or not waits or migration.status != kind.status:
                choice = None
            else:
                moved = moves.of_flavor(guest, migration.new_flavor)
                needs = self._needs(conn, moved, migration, request)
                good, reason = self._candidates(conn, kind, needs, request)
                choice = guest, moved, needs, good, reason, migration
        if choice is None:
            self._drop(task, guest, migration)
            return
        guest, moved, needs, good, reason, migration = choice
        if good:
            self._place(task, kind, guest, moved, best_first(good, needs)[0], needs, request)
        else:
            self._no_host(task, kind, guest, migration, reason, request)

    def _needs(self, conn: Connection, moved: Guest, migration: Migration, request: MoveRequest) -> Wanted:
        stays = migration.migration_type == server_migrations.RESIZE and self._conf.allow_resize_to_same_host
        asked = wanted.of(
            conn,
            self._conf,
            moved,
            zone=moved.availability_zone,
            host=request.host,
            tried=request.tried,
        )
        return dataclasses.replace(asked, leaving=None if stays else migration.source_host)

    def _candidates(
        self, conn: Connection, kind: _Kind, needs: Wanted, request: MoveRequest
    ) -> tuple[list[Node], str]:
        source = needs.leaving
        if kind.source_must_live and source and not services.host_is_up(conn, source, needs.down_time):
            return [], f"Compute service of {source} is unavailable at this time."
        known = nodes.list_nodes(conn)
        if not request.force:
            return choose_from(known, needs)
        # Forced: the filters are not asked; that it lives, and the claim's room, are not negotiable.
        alive = [node for node in known if node.host != source and up_and_enabled.passes(node, needs)]
        good = [node for node in alive if node.host == request.host]
        return good, f"Host {request.host} was forced, and it is down, or where the server is."

    def _place(
        self,
        task: Task,
        kind: _Kind,
        guest: Guest,
        moved: Guest,
        node: Node,
        needs: Wanted,
        request: MoveRequest,
    ) -> None:
        item = task.item
        with self._backend.db.writer() as conn:
            # The server first, then group and node: everybody locks rows in this order.
            placed = guests.change(conn, guest, doing=(kind.task_state,)) and server_migrations.change(
                conn,
                request.migration,
                (kind.status,),
                status=kind.placed,
                dest_host=node.host,
                dest_node=node.hypervisor_hostname,
                # As the reference has it: a live migration does not say where to.
                dest_ip=None if kind.task_state == states.MIGRATING else nodes.address_of(conn, node.id),
            )
            if placed:
                if not claims.take(conn, node, moved, needs):
                    raise _TooSlow
                self._event(conn, task, kind)
                following = work.enqueue(
                    conn,
                    item.context,
                    rpc.COMPUTE,
                    kind.method,
                    guest,
                    request.to_payload(),
                    host=node.host,
                    action_id=item.action_id,
                )
                task.wake(rpc.COMPUTE, node.host, following)
            else:
                actions.finish(conn, item.action_id, failed=True)
            task.finish(conn)

    def _event(self, conn: Connection, task: Task, kind: _Kind, fault: faults.Fault | None = None) -> None:
        for name in kind.events:
            event = actions.start_event(conn, task.item.action_id, name, self._conf.host)
            actions.finish_event(
                conn,
                event,
                failed=fault is not None,
                details=None if fault is None else fault.message,
                traceback=None if fault is None else fault.details,
            )

    def _no_host(
        self,
        task: Task,
        kind: _Kind,
        guest: Guest,
        migration: Migration,
        reason: str,
        request: MoveRequest,
    ) -> None:
        error = exception.NoValidHost(reason=reason)
        LOG.info("Server %s stays where it is: %s", guest.uuid, error)
        self._fail(task, kind, guest, migration, faults.of(error, details=request.last_error or reason))

    def _fail(
        self, task: Task, kind: _Kind, guest: Guest, migration: Migration | None, fault: faults.Fault
    ) -> None:
        values: dict[str, Any] = {"task_state": None}
        if kind.failed_vm_state is not None:
            values["vm_state"] = kind.failed_vm_state
        with self._backend.db.writer() as conn:
            task.finish(conn)
            if guests.change(conn, guest, doing=(kind.task_state,), **values):
                guests.add_fault(conn, guest, fault.code, fault.message, fault.details, host=None)
            if migration is not None:
                server_migrations.change(
                    conn, migration.id, server_migrations.UNFINISHED, error=fault.message[:255]
                )
            moves.break_off(conn, guest, migration, server_migrations.ERROR)
            self._event(conn, task, kind, fault)
            actions.finish(conn, task.item.action_id, failed=True)

    def _drop(self, task: Task, guest: Guest | None, migration: Migration | None) -> None:
        """The server was deleted or reset meanwhile."""
        with self._backend.db.writer() as conn:
            task.finish(conn)
            if guest is not None:
                moves.break_off(conn, guest, migration, server_migrations.ERROR)
            actions.finish(conn, task.item.action_id, failed=True)

    def give_up(self, task: Task, reason: str, details: str) -> None:
        """As a move that finds no host."""
        request = MoveRequest.from_payload(task.item.payload)
        kinds = {moves.RESIZE: _RESIZE, moves.LIVE_MIGRATE: _LIVE, moves.EVACUATE: _EVACUATE}
        kind = kinds[task.item.method]
        with self._backend.db.reader() as conn:
            guest = guests.get(conn, str(task.item.server_uuid))
            migration = server_migrations.get(conn, request.migration)
        if guest is None:
            self._drop(task, None, migration)
            return
        error = exception.NoValidHost(reason=f"The scheduler gave up: {reason}")
        self._fail(task, kind, guest, migration, faults.of(error, details=details))
