"""Sends wake-ups and calls."""

from __future__ import annotations

import logging
import os
import queue
import threading
from collections.abc import Mapping
from typing import Any

from oslo_config import cfg

from nova_api import exception
from nova_api.rpc.bus import COMPUTE, TOPICS, bus_of, is_in_process, is_unsent, library

LOG = logging.getLogger(__name__)

#: Calls that one process waits for at the same time, and how much longer than the library it waits.
_CALLS_AT_ONCE = 256
_CALL_MARGIN = 1.0


def _raised(reply: Mapping[str, Any]) -> Exception:
    """The exception that a call's reply tells of."""
    kind = getattr(exception, reply["error"] or "", None)
    if isinstance(kind, type) and issubclass(kind, exception.NovaError):
        return kind(reply["message"])
    return exception.HostCallFailed(reply["message"])


class Client:
    """Sends wake-ups and calls.  ``cast`` never blocks and never fails, whatever the broker does."""

    def __init__(self, conf: cfg.ConfigOpts) -> None:
        self._conf = conf
        self._waiting: queue.Queue[tuple[str, str | None, str]] = queue.Queue(conf.work.send_queue)
        self._aside = threading.BoundedSemaphore(_CALLS_AT_ONCE)
        self._lock = threading.Lock()
        self._sender_of: int | None = None

    def cast(self, topic: str, host: str | None, item_uuid: str) -> None:
        """Wakes the workers of ``topic`` (on ``host``, or any) for a work item.

        Call it after the commit of the transaction that enqueued the item.
        """
        if topic not in TOPICS:
            raise ValueError(f"unknown topic {topic!r}")
        if is_in_process(self._conf):
            self._send(topic, host, item_uuid)
            return
        self._start_sender()
        try:
            self._waiting.put_nowait((topic, host, item_uuid))
        except queue.Full:
            LOG.warning("The broker does not keep up: work item %s waits for the sweep.", item_uuid)

    def call(self, host: str, method: str, arguments: Mapping[str, Any], timeout: float) -> Any:
        """What the compute service on ``host`` answers to ``method``; blocks up to ``timeout`` seconds.

        Arguments and answer are JSON.  Raises what the host raised, when that is
        in ``nova_api.exception``; HostSilent when nothing comes back in time or
        the broker is not there; HostCallFailed for a bug at the other end.
        """
        if is_in_process(self._conf):
            reply = self._ask(host, method, arguments, timeout)
        else:
            reply = self._ask_aside(host, method, arguments, timeout)
        if "answer" in reply:
            return reply["answer"]
        raise _raised(reply)

    def _ask(self, host: str, method: str, arguments: Mapping[str, Any], timeout: float) -> Any:
        try:
            with bus_of(self._conf).sending(COMPUTE) as client:
                asking = client.prepare(server=host, timeout=timeout)
                return asking.call({}, "call", procedure=method, arguments=dict(arguments))
        except Exception as error:
            if not (isinstance(error, library().MessagingTimeout) or is_unsent(error)):
                raise
            LOG.warning("Compute host %s did not answer %s: %s", host, method, error)
            raise exception.HostSilent(host=host) from error

    def _ask_aside(self, host: str, method: str, arguments: Mapping[str, Any], timeout: float) -> Any:
        """In a thread of its own: for the queue of replies the library waits as long as a broker is dead."""
        if not self._aside.acquire(blocking=False):
            LOG.warning("The broker does not answer: %s is not asked for %s.", host, method)
            raise exception.HostSilent(host=host)
        replies: queue.Queue[Any] = queue.Queue(1)

        def ask() -> None:
            try:
                replies.put(self._ask(host, method, arguments, timeout))
            except Exception as error:
                replies.put(error)
            finally:
                self._aside.release()

        threading.Thread(target=ask, name="rpc-call", daemon=True).start()
        try:
            reply = replies.get(timeout=timeout + _CALL_MARGIN)
        except queue.Empty as error:
            LOG.warning("The broker does not answer: %s was not asked for %s.", host, method)
            raise exception.HostSilent(host=host) from error
        if isinstance(reply, Exception):
            raise reply
        return reply

    def _start_sender(self) -> None:
        # By process id: a thread does not survive the fork of a worker process.
        if self._sender_of == os.getpid():
            return
        with self._lock:
            if self._sender_of != os.getpid():
                self._sender_of = os.getpid()
                threading.Thread(target=self._send_all, name="rpc-sender", daemon=True).start()

    def _send_all(self) -> None:
        while True:
            self._send(*self._waiting.get())

    def _send(self, topic: str, host: str | None, item_uuid: str) -> None:
        try:
            with bus_of(self._conf).sending(topic) as client:
                sending = client.prepare(server=host) if host else client
                sending.cast({}, "work", item=item_uuid)
        except Exception as error:
            # One line, no traceback: with a dead broker there is one of these for each request.
            LOG.warning("No message for work item %s, the sweep will find it: %s", item_uuid, error)
