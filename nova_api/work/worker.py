"""The worker's side of work items: claim, keep the lease, handle, finish; and the sweep behind it all.

A worker serves one topic (on one host).  It hears of items by message, and
every few seconds looks for those whose message was lost.  Being a worker
itself, it then takes them straight away: sending one more message would add
nothing, and so the system also lives through the loss of its broker.
"""

from __future__ import annotations

import datetime
import logging
import os
import threading
import time
import traceback
import uuid
from collections.abc import Callable, Mapping
from typing import Any, Protocol

from oslo_config import cfg
from sqlalchemy.engine import Connection

from nova_api import exception, rpc
from nova_api.db import actions
from nova_api.db import work as db_work
from nova_api.db.schema.base import utcnow
from nova_api.work import Parts
from nova_api.work.pool import Pool

LOG = logging.getLogger(__name__)

#: Longest pause between two attempts, in seconds.
LONGEST_PAUSE = 60.0
#: Unclaimed items taken at one look.
_BATCH = 200
#: How long a stopping worker waits for a sweep that is under way.
_JOIN_SECONDS = 5.0
_DISCARDED = "The server was deleted meanwhile."


class Task:
    """One claimed item in the hands of a method; the method must end it with ``finish``.

    Somebody may be waiting for it (``nova_api.compute.host_calls.do``): he is
    told ``answer`` (JSON), or that it failed with ``error``.
    """

    def __init__(self, item: db_work.Item) -> None:
        self.item = item
        self.answer: Any = None
        self.error: Exception | None = None
        self.casts: list[tuple[str, str | None, str]] = []
        self.finished = False

    def finish(self, conn: Connection) -> None:
        """Removes the item in the transaction of its result.

        Raises ``StaleState`` when the lease was lost meanwhile; let it pass,
        so that the transaction is rolled back.
        """
        db_work.finish(conn, self.item)
        self.finished = True

    def require(self, conn: Connection) -> None:
        """Raises ``StaleState`` when the lease was lost meanwhile: what comes now is another's to decide."""
        db_work.require(conn, self.item)

    def pass_on(self, conn: Connection, topic: str, host: str, payload: Mapping[str, Any]) -> None:
        """Makes the item the next one of its work, for ``host``, in the transaction of its result.

        Raises as ``finish``.
        """
        db_work.pass_on(conn, self.item, topic, host, payload)
        self.finished = True
        self.wake(topic, host, self.item.uuid)

    def wake(self, topic: str, host: str | None, item: str) -> None:
        """Remembers a cast for after the commit."""
        self.casts.append((topic, host, item))


class Methods(Protocol):
    """What a worker can do: its methods by name, and what to do about an item that failed too often."""

    @property
    def methods(self) -> Mapping[str, Callable[[Task], None]]: ...

    def give_up(self, task: Task, reason: str, details: str) -> None: ...


class Worker:
    """Serves ``topic`` on ``host`` with ``methods``, until stopped.

    ``for_any`` says that the topic's items are for any of its workers (the
    scheduler's); else they are for the one worker on ``host``, which at its
    start takes over what its predecessor held when it died.  ``answer`` gets
    the calls to this worker.
    """

    def __init__(
        self,
        conf: cfg.ConfigOpts,
        parts: Parts,
        topic: str,
        host: str,
        methods: Methods,
        *,
        for_any: bool,
        answer: rpc.Answerer | None = None,
    ) -> None:
        self._conf = conf.work
        self._parts = parts
        self.topic = topic
        self.host = host
        self._item_host = None if for_any else host
        self._methods = methods
        self.name = f"{topic}@{host}/{os.getpid()}.{uuid.uuid4().hex[:8]}"
        self._lease = datetime.timedelta(seconds=self._conf.lease)
        self._pool = Pool(f"{topic}@{host}", self._conf.threads, self._handle)
        self._listener = rpc.Listener(conf, topic, host, self._pool.submit, answer)
        self._held: dict[str, db_work.Item] = {}
        self._stop = threading.Event()
        self._threads: list[threading.Thread] = []

    # --- life

    def start(self) -> None:
        """Begins to listen and to sweep; returns at once."""
        if self._item_host is not None:
            if adopted := self._parts.db.retrying(self._adopt):
                LOG.info("%s: %d work items were left by an earlier worker.", self.name, adopted)
            # What it left is due now, not only after the usual wait for a message.
            self._look(unclaimed_for=0.0)
        self._listener.start()
        for method, name in ((self._sweep_on, "sweep"), (self._renew_on, "lease")):
            thread = threading.Thread(target=method, name=f"{name}-{self.topic}@{self.host}", daemon=True)
            thread.start()
            self._threads.append(thread)

    def _adopt(self) -> int:
        with self._parts.db.writer() as conn:
            return db_work.reclaim_from(conn, self.topic, str(self._item_host))

    def stop(self) -> None:
        """Hears nothing more, and drops what it has not begun."""
        self._listener.stop()
        self._pool.close()

    def wait(self) -> None:
        """Lets the work in hand end, up to its limit, and gives the rest to others."""
        end = time.monotonic() + self._conf.graceful_shutdown_timeout
        self._pool.drain(self._conf.graceful_shutdown_timeout)
        while self._held and time.monotonic() < end:
            time.sleep(0.02)  # what callers wait for is not the pool's
        self._stop.set()
        for thread in self._threads:
            thread.join(_JOIN_SECONDS)
        held = list(self._held.values())
        if held:
            LOG.warning("%s: stopping with %d work items unfinished.", self.name, len(held))
            for item in held:
                self._give_back(item)

    # --- sweep and lease

    def _sweep_on(self) -> None:
        while not self._stop.wait(self._conf.sweep_interval):
            try:
                self.sweep()
            except Exception:
                LOG.exception("%s: the sweep failed; the next one tries again.", self.name)

    def sweep(self) -> None:
        """Frees what dead workers hold, and takes what has been ready for too long."""
        with self._parts.db.writer() as conn:
            freed = db_work.reclaim_expired(conn)
        if freed:
            LOG.warning("%s: %d work items were held beyond their lease.", self.name, freed)
        self._look(self._conf.unclaimed_after)

    def _look(self, unclaimed_for: float) -> None:
        before = utcnow() - datetime.timedelta(seconds=unclaimed_for)
        with self._parts.db.reader() as conn:
            found = db_work.unclaimed(conn, self.topic, self._item_host, before, _BATCH)
        for item in found:
            self._pool.submit(item)

    def _renew_on(self) -> None:
        while not self._stop.wait(self._lease.total_seconds() / 3):
            for item in list(self._held.values()):
                try:
                    self._renew(item)
                except Exception as error:
                    LOG.warning("%s: the lease of %s could not be renewed: %s", self.name, item.uuid, error)

    def _renew(self, item: db_work.Item) -> None:
        """One item in one short transaction: several together deadlocked with those that finish them."""

        def renew() -> bool:
            with self._parts.db.writer() as conn:
                return db_work.renew(conn, item, self._lease)

        if not self._parts.db.retrying(renew) and item.uuid in self._held:
            LOG.info("%s: %s is in other hands now; what is done here will not count.", self.name, item.uuid)

    # --- one item

    def _handle(self, item_uuid: str) -> None:
        self.do(item_uuid)

    def do(self, item_uuid: str) -> Task | None:
        """Claims the item and handles it, here and now.

        None when it is done, in other hands, or not due: a message may come twice or early.
        """

        def claim() -> db_work.Item | None:
            with self._parts.db.writer() as conn:
                return db_work.claim(
                    conn, item_uuid, self.topic, self.name, self._lease, host=self._item_host
                )

        item = self._parts.db.retrying(claim)
        if item is None:
            return None
        self._held[item.uuid] = item
        task = Task(item)
        item.context.update_store()  # log lines of this work name the request that asked for it
        try:
            self._run(task)
        finally:
            del self._held[item.uuid]
        return task

    def _run(self, task: Task) -> None:
        item = task.item
        try:
            method = self._methods.methods.get(item.method)
            if method is None:
                raise exception.NovaError(f"{self.topic} has no method {item.method}")
            if item.attempts > self._conf.max_attempts:
                # Begun so often and never ended, not even in an exception: it kills its workers.
                raise exception.NovaError("its workers died over it")
            method(task)
            if not task.finished:
                raise exception.NovaError(f"method {item.method} left its work item unfinished")
        except exception.StaleState as error:
            LOG.info("%s: %s", self.name, error)
            self._again(task, error)
        except Exception as error:
            LOG.exception("%s: attempt %d of %s failed.", self.name, item.attempts, item.method)
            self._again(task, error)
        else:
            for cast in task.casts:
                self._parts.rpc.cast(*cast)

    def _again(self, task: Task, error: Exception) -> None:
        """Another attempt later, or, after too many, the end."""
        item = task.item
        task.error = task.error or error
        if item.attempts < self._conf.max_attempts:
            pause = min(self._conf.retry_interval * 2 ** (item.attempts - 1), LONGEST_PAUSE)
            self._give_back(item, pause)
            return
        details = "".join(traceback.format_exception(error))
        last = Task(item)
        try:
            self._methods.give_up(last, str(error) or type(error).__name__, details)
        except exception.StaleState as stale:
            LOG.info("%s: %s", self.name, stale)
            self._give_back(item)

    def _give_back(self, item: db_work.Item, pause: float = 0.0) -> None:
        def give_back() -> None:
            with self._parts.db.writer() as conn:
                if not db_work.give_back(conn, item, pause):
                    # Who discarded it ended its action; an event that began meanwhile would have no end.
                    # Where another run has done it, the action may go on, and its events are other steps'.
                    actions.close_events(conn, item.action_id, _DISCARDED)

        self._parts.db.retrying(give_back)
