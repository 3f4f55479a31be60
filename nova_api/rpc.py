"""What may be sent, on which topic: wake-ups for work items and questions to a host, over oslo.messaging.

A wake-up carries the id of a work item and nothing else; what is to be done
stands in the database (``nova_api.work``).  Losing one therefore loses
nothing, and a second one does nothing.

A call waits for a host's answer.  It changes nothing by itself: what changes a
server is a work item, which a call may ask the host to do at once (``nova_api.compute.host_calls``).
"""

from __future__ import annotations

import contextlib
import hashlib
import importlib
import logging
import os
import queue
import sys
import threading
import time
import warnings
import weakref
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from oslo_config import cfg

from nova_api import exception
from nova_api.db.engine import connection_url

LOG = logging.getLogger(__name__)

#: Topics: work for any scheduler; work for the compute service of one host.
SCHEDULER = "scheduler"
COMPUTE = "compute"
TOPICS = (SCHEDULER, COMPUTE)

#: Threads that hear the wake-ups of a topic.
_WAKE_UP_THREADS = 2
#: Calls that one process waits for at the same time, and how much longer than the library it waits.
_CALLS_AT_ONCE = 256
_CALL_MARGIN = 1.0
#: Seconds that a service waits, when it starts, for a broker; and between two attempts to listen.
_LISTEN_PATIENCE = 5.0
_LISTEN_PAUSE = 1.0
#: Seconds between two attempts to send over new connections.
_LINE_SECONDS = 1.0

#: Options that oslo.messaging reads of every configuration but registers only on the process-wide one.
_UNREGISTERED = (
    ("oslo_messaging._tracing.client", "oslo_messaging_tracing"),
    ("oslo_messaging._metrics.client", "oslo_messaging_metrics"),
)


def _library() -> Any:
    """oslo.messaging; imported late, for it costs half a second and nova-manage does not need it."""
    if "oslo_messaging" in sys.modules:
        return sys.modules["oslo_messaging"]
    with warnings.catch_warnings():
        # It imports what its own project has deprecated, and says so: no news for our operators.
        warnings.simplefilter("ignore", DeprecationWarning)
        return importlib.import_module("oslo_messaging")


class NeedsBroker(Exception):
    """The transport cannot leave the process; says what to set."""


def is_in_process(conf: cfg.ConfigOpts) -> bool:
    """Whether ``[DEFAULT] transport_url`` reaches this process only."""
    return str(conf.transport_url).startswith("fake:")


def require_broker(conf: cfg.ConfigOpts, program: str) -> None:
    """Raises ``NeedsBroker`` where ``program`` could never hear from the other programs."""
    if is_in_process(conf):
        raise NeedsBroker(
            f"{program} is a process of its own and transport_url is fake://, which ends at the process: "
            "set [DEFAULT] transport_url = rabbit://user:password@host:5672/vhost for all programs, "
            "or run nova-all."
        )


def reach(conf: cfg.ConfigOpts, patience: float) -> None:
    """Opens a connection to the broker and closes it; raises what its client raises. In process: nothing."""
    if is_in_process(conf):
        return
    url = _library().TransportURL.parse(_messaging_conf(conf), conf.transport_url)
    # oslo.messaging has no way to ask; kombu, its driver's library, has. Any of several brokers will do.
    import kombu

    errors: list[Exception] = []
    for host in url.hosts:
        broker = kombu.Connection(
            hostname=host.hostname,
            port=host.port or 5672,
            userid=host.username,
            password=host.password,
            virtual_host=url.virtual_host or "/",
            connect_timeout=patience,
        )
        try:
            with broker:
                broker.connect()
            return
        except Exception as error:
            errors.append(error)
    raise errors[0]


class _Line:
    """A transport that messages are sent over until one cannot be."""

    def __init__(self, transport: Any) -> None:
        self.transport = transport
        self.clients: dict[str, Any] = {}
        self.users = 0
        self.given_up = False
        self.began = time.monotonic()

    def close_unused(self) -> None:
        """Closes its connections aside, once it is given up and nobody waits for an answer over it."""
        if self.given_up and not self.users:
            # The library waits for a broker's farewell, that of a dead one too.
            threading.Thread(target=self.transport.cleanup, name="rpc-close", daemon=True).start()


class _Bus:
    """One process's transports for one configuration, and the names on them."""

    def __init__(self, conf: cfg.ConfigOpts) -> None:
        self.pid = os.getpid()
        self._in_process = is_in_process(conf)
        self._url = conf.transport_url
        self._options = _messaging_conf(conf)
        self._other_nodes = len(_library().TransportURL.parse(self._options, self._url).hosts[1:])
        self.exchange = str(conf.work.exchange)
        if self._in_process:
            # The in-process driver has one set of queues for the whole process: those of one database
            # are kept apart from those of another, and stay the same when the options are read again.
            self.exchange += "." + hashlib.sha256(connection_url(conf).encode()).hexdigest()[:16]
        self._line = _Line(self.transport())
        self._lock = threading.Lock()

    def transport(self) -> Any:
        """A transport with connections of its own."""
        transport = _library().get_rpc_transport(self._options, url=self._url)
        if not self._in_process:
            # Replicated, and kept over a broker's restart.  Set after the driver has registered its options
            # and before it first connects; what the configuration file says goes before it.
            transport.conf.set_default("rabbit_quorum_queue", True, group="oslo_messaging_rabbit")
            # From one node to the next at once.
            transport.conf.set_default("kombu_reconnect_delay", 0.0, group="oslo_messaging_rabbit")
        return transport

    @contextlib.contextmanager
    def sending(self, topic: str) -> Iterator[Any]:
        """A client that sends to ``topic``, and tries each node of the broker once: none is waited for.

        A block that raises, other than for want of an answer, has the next one send over new
        connections: the library keeps one whose channel it closed in vain (as of a queue without
        its quorum), and every later message over it fails.
        """
        with self._lock:
            line = self._line
            line.users += 1
        try:
            if topic not in line.clients:
                line.clients[topic] = _library().get_rpc_client(
                    line.transport, self.target(topic), retry=self._other_nodes
                )
            yield line.clients[topic]
        except _library().MessagingTimeout:
            raise
        except Exception:
            self._give_up(line)
            raise
        finally:
            with self._lock:
                line.users -= 1
                line.close_unused()

    def _give_up(self, line: _Line) -> None:
        with self._lock:
            # Not for each of a burst: where nobody listens, a new line is no better.
            if line is self._line and time.monotonic() - line.began > _LINE_SECONDS:
                line.given_up = True
                self._line = _Line(self.transport())

    def target(self, topic: str, host: str | None = None) -> Any:
        # Queues are named by topic alone, whatever their exchange: hence the prefix.
        return _library().Target(exchange=self.exchange, topic=f"{self.exchange}.{topic}", server=host)


#: Kept with the configuration, by its id: ConfigOpts has no hash.
_buses: dict[int, _Bus] = {}
_buses_lock = threading.Lock()


def _bus(conf: cfg.ConfigOpts) -> _Bus:
    """The bus of ``conf``; a new one after a fork, whose connections would otherwise be shared."""
    with _buses_lock:
        found = _buses.get(id(conf))
        if found is None or found.pid != os.getpid():
            found = _buses[id(conf)] = _Bus(conf)
            weakref.finalize(conf, _buses.pop, id(conf), None)
        return found


def _messaging_conf(conf: cfg.ConfigOpts) -> cfg.ConfigOpts:
    """Options for oslo.messaging, from the same files.

    Not ``conf`` itself: the library registers a ``transport_url`` of its own,
    and reads some options that it registered on ``cfg.CONF`` only.
    """
    _library()
    own = cfg.ConfigOpts()
    own([], project="nova-api", default_config_files=list(conf.config_file or ()))
    for module, name in _UNREGISTERED:
        try:
            options = getattr(importlib.import_module(module), name)
        except ImportError:  # a release before that option group
            continue
        own.register_opts(options, group=name)
    return own


def _is_unsent(error: Exception) -> bool:
    """Whether ``error`` says that a message did not get to the broker."""
    if isinstance(error, _library().MessageDeliveryFailure):
        return True
    # Where it finds no broker at all to connect to, the library lets the error of its own library out.
    kombu = sys.modules.get("kombu.exceptions")
    return kombu is not None and isinstance(error, kombu.KombuError)


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
        library = _library()
        try:
            with _bus(self._conf).sending(COMPUTE) as client:
                asking = client.prepare(server=host, timeout=timeout)
                return asking.call({}, "call", procedure=method, arguments=dict(arguments))
        except Exception as error:
            if not (isinstance(error, library.MessagingTimeout) or _is_unsent(error)):
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
            with _bus(self._conf).sending(topic) as client:
                sending = client.prepare(server=host) if host else client
                sending.cast({}, "work", item=item_uuid)
        except Exception as error:
            # One line, no traceback: with a dead broker there is one of these for each request.
            LOG.warning("No message for work item %s, the sweep will find it: %s", item_uuid, error)


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
        bus = _bus(conf)
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
        server = _library().get_rpc_server(self._transport, self._target, [self._endpoint])
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
