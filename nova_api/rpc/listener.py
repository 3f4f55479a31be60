"""Hears wake-ups and calls."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from typing import Any

from oslo_config import cfg

from nova_api import exception
from nova_api.rpc.bus import bus_of, is_in_process, library

LOG = logging.getLogger(__name__)

#: Threads that hear the wake-ups of a topic.
_WAKE_UP_THREADS = 2
#: Seconds that a service waits, when it starts, for a broker; and between two attempts to listen.
_LISTEN_PATIENCE = 5.0
_LISTEN_PAUSE = 1.0

#: Answers a question: its name and arguments → the answer, all JSON.
Answerer = Callable[[str, dict[str, Any]], Any]


class Listener:
    """Receives the wake-ups of a topic (of a host); ``heard`` gets each work item's id, must not block.

    ``answer``, where the service has one, gets the calls; it may take its time and raise.
    """

    def __init__(
        self,
        conf: cfg.ConfigOpts,
        topic: str,
        host: str,
        heard: Callable[[str], None],
        answer: Answerer | None = None,
    ) -> None:
        self._in_process = is_in_process(conf)
        bus = bus_of(conf)
        self._transport = bus.transport()
        # Calls at the same time are limited, and have threads of their own number: however slow
        # they are, wake-ups are still heard.
        calls = conf.work.call_threads if answer is not None else 0
        self._threads = _WAKE_UP_THREADS + calls
        self._target = bus.target(topic, host)
        self._endpoint = _Endpoint(host, heard, answer, calls)
        self._server: Any = None
        self._lock = threading.Lock()
        self._listening = threading.Event()
        self._stopped = threading.Event()

    def start(self) -> None:
        """Hears when it returns; of a broker that is away, as soon as that is back.

        Not waited for longer: the sweep finds work without any broker.
        """
        if self._in_process:
            self._listen()
            return
        threading.Thread(target=self._listen_on, name="rpc-listen", daemon=True).start()
        self._listening.wait(_LISTEN_PATIENCE)

    def _listen_on(self) -> None:
        while not self._stopped.is_set():
            try:
                self._listen()
                return
            except Exception as error:
                # A broker that goes away at this very moment ends the attempt; later the library reconnects.
                LOG.warning("Not listening to %s yet, trying again: %s", self._target.topic, error)
                self._stopped.wait(_LISTEN_PAUSE)

    def _listen(self) -> None:
        server = library().get_rpc_server(self._transport, self._target, [self._endpoint])
        server.start(override_pool_size=self._threads)
        with self._lock:
            if not self._stopped.is_set():
                self._server = server
                self._listening.set()
                return
        self._end(server)

    def stop(self) -> None:
        """Hears nothing more once it returns."""
        with self._lock:
            self._stopped.set()
            server, self._server = self._server, None
        if server is not None:
            self._end(server)

    def _end(self, server: Any) -> None:
        server.stop()
        if not self._in_process:
            # Closes its connection.  In process there is none, and waiting takes a second of idleness.
            server.wait()


class _Endpoint:
    """The procedures that can be called."""

    def __init__(
        self, host: str, heard: Callable[[str], None], answer: Answerer | None, most_calls: int
    ) -> None:
        self._host = host
        self._heard = heard
        self._answer = answer
        self._free = threading.BoundedSemaphore(most_calls) if most_calls else None

    def work(self, _context: dict[str, Any], item: str) -> None:
        self._heard(item)

    def call(self, _context: dict[str, Any], procedure: str, arguments: dict[str, Any]) -> dict[str, Any]:
        """``{"answer": …}``, or ``{"error": class of nova_api.exception, "message": …}``."""
        if self._answer is None or self._free is None:
            return {"error": None, "message": f"{self._host} answers no calls."}
        if not self._free.acquire(blocking=False):
            return {"error": "Unavailable", "message": f"{self._host} has too many calls to answer."}
        try:
            return {"answer": self._answer(procedure, arguments)}
        except exception.NovaError as error:
            return {"error": type(error).__name__, "message": str(error)}
        except Exception as error:
            # Its text is for the log here; who called learns what kind of thing went wrong.
            LOG.exception("%s: the call %s failed.", self._host, procedure)
            return {"error": None, "message": f"{procedure} failed on {self._host}: {type(error).__name__}"}
        finally:
            self._free.release()
