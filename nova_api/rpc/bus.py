"""The transports of a process: where its messages go, and over which connections."""

from __future__ import annotations

import contextlib
import hashlib
import importlib
import os
import ssl
import sys
import threading
import time
import warnings
import weakref
from collections.abc import Iterator
from typing import Any

from oslo_config import cfg

from nova_api.db.engine import connection_url

#: Seconds between two attempts to send over new connections.
_LINE_SECONDS = 1.0

#: Topics: work for any scheduler; work for the compute service of one host.
SCHEDULER = "scheduler"
COMPUTE = "compute"
TOPICS = (SCHEDULER, COMPUTE)

#: Options that oslo.messaging reads of every configuration but registers only on the process-wide one.
_UNREGISTERED = (
    ("oslo_messaging._tracing.client", "oslo_messaging_tracing"),
    ("oslo_messaging._metrics.client", "oslo_messaging_metrics"),
)


def library() -> Any:
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
    url = library().TransportURL.parse(_messaging_conf(conf), conf.transport_url)
    # oslo.messaging has no way to ask; kombu, its driver's library, has. Any of several brokers will do.
    import kombu

    errors: list[Exception] = []
    options = bus_of(conf).rabbit
    for host in url.hosts:
        broker = kombu.Connection(
            hostname=host.hostname,
            port=host.port or 5672,
            userid=host.username,
            password=host.password,
            virtual_host=url.virtual_host or "/",
            connect_timeout=patience,
            ssl=_tls_of(options, host.hostname),
        )
        try:
            with broker:
                broker.connect()
            return
        except Exception as error:
            errors.append(error)
    raise errors[0]


def _tls_of(options: Any, host: str) -> dict[str, Any] | bool:
    """What kombu is to know of TLS to ``host``, as oslo.messaging reads its ``options``."""
    if not options.ssl:
        return False
    asked = {"keyfile": options.ssl_key_file, "certfile": options.ssl_cert_file}
    if options.ssl_ca_file:
        asked |= {"ca_certs": options.ssl_ca_file, "cert_reqs": ssl.CERT_REQUIRED, "server_hostname": host}
    return {name: value for name, value in asked.items() if value} or True


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


class Bus:
    """One process's transports for one configuration, and the names on them."""

    def __init__(self, conf: cfg.ConfigOpts) -> None:
        self.pid = os.getpid()
        self._in_process = is_in_process(conf)
        self._url = conf.transport_url
        self._options = _messaging_conf(conf)
        self._other_nodes = len(library().TransportURL.parse(self._options, self._url).hosts[1:])
        self.exchange = str(conf.work.exchange)
        if self._in_process:
            # The in-process driver has one set of queues for the whole process: those of one database
            # are kept apart from those of another, and stay the same when the options are read again.
            self.exchange += "." + hashlib.sha256(connection_url(conf).encode()).hexdigest()[:16]
        self._line = _Line(self.transport())
        self._lock = threading.Lock()

    def transport(self) -> Any:
        """A transport with connections of its own."""
        transport = library().get_rpc_transport(self._options, url=self._url)
        if not self._in_process:
            # Replicated, and kept over a broker's restart.  Set after the driver has registered its options
            # and before it first connects; what the configuration file says goes before it.
            transport.conf.set_default("rabbit_quorum_queue", True, group="oslo_messaging_rabbit")
            # From one node to the next at once.
            transport.conf.set_default("kombu_reconnect_delay", 0.0, group="oslo_messaging_rabbit")
        return transport

    @property
    def rabbit(self) -> Any:
        """The options of ``[oslo_messaging_rabbit]``."""
        return self._line.transport.conf.oslo_messaging_rabbit

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
                line.clients[topic] = library().get_rpc_client(
                    line.transport, self.target(topic), retry=self._other_nodes
                )
            yield line.clients[topic]
        except library().MessagingTimeout:
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
        return library().Target(exchange=self.exchange, topic=f"{self.exchange}.{topic}", server=host)


#: Kept with the configuration, by its id: ConfigOpts has no hash.
_buses: dict[int, Bus] = {}
_buses_lock = threading.Lock()


def bus_of(conf: cfg.ConfigOpts) -> Bus:
    """The bus of ``conf``; a new one after a fork, whose connections would otherwise be shared."""
    with _buses_lock:
        found = _buses.get(id(conf))
        if found is None or found.pid != os.getpid():
            found = _buses[id(conf)] = Bus(conf)
            weakref.finalize(conf, _buses.pop, id(conf), None)
        return found


def _messaging_conf(conf: cfg.ConfigOpts) -> cfg.ConfigOpts:
    """Options for oslo.messaging, from the same files.

    Not ``conf`` itself: the library registers a ``transport_url`` of its own,
    and reads some options that it registered on ``cfg.CONF`` only.
    """
    library()
    own = cfg.ConfigOpts()
    own([], project="nova-api", default_config_files=list(conf.config_file or ()))
    for module, name in _UNREGISTERED:
        try:
            options = getattr(importlib.import_module(module), name)
        except ImportError:  # a release before that option group
            continue
        own.register_opts(options, group=name)
    return own


def is_unsent(error: Exception) -> bool:
    """Whether ``error`` says that a message did not get to the broker."""
    if isinstance(error, library().MessageDeliveryFailure):
        return True
    # Where it finds no broker at all to connect to, the library lets the error of its own library out.
    kombu = sys.modules.get("kombu.exceptions")
    return kombu is not None and isinstance(error, kombu.KombuError)
