"""Services of one process: start, stop, reload, and the signals that ask for it.

    server = service.WSGIService("osapi_compute")
    service.serve(server, workers=server.workers)
    sys.exit(service.wait())

SIGTERM drains and ends with status 0, a second one ends at once; SIGINT ends at
once; SIGHUP reads options and paste file again while the socket stays open.
"""

from __future__ import annotations

import gc
import logging
import os
import signal
import socket
import sys
import threading
from collections.abc import Callable, Sequence
from typing import Any, Protocol

from oslo_config import cfg

from nova_api import conf as nova_conf
from nova_api.conf import log as nova_log
from nova_api.conf import service as service_options
from nova_api.neighbours.misconfigured import Misconfigured
from nova_api.wsgi import server as wsgi_server
from nova_api.wsgi import sockets
from nova_api.wsgi.loader import Loader, PasteError
from nova_api.wsgi.settings import Settings
from nova_api.wsgi.workers import SIGNALS, Supervisor

LOG = logging.getLogger(__name__)


class StartError(Exception):
    """The service must not or cannot start as it is configured; the message is one line."""


#: What is an operator's mistake, told in one line and exit status 2; anything else is a bug.
MISTAKES = (StartError, sockets.ListenError, PasteError, Misconfigured, cfg.Error)


class Service(Protocol):
    """What ``serve`` runs: ``start`` and ``stop`` return at once, ``wait`` when all work has ended."""

    def start(self) -> None:
        """Begins to work in the background, in the process that calls it."""

    def stop(self) -> None:
        """Takes no new work."""

    def wait(self) -> None:
        """Returns when the work that was going on at ``stop`` has ended."""

    def reset(self) -> None:
        """Takes over changed options as far as it can; on a mistake logs one line and goes on as before."""


class Loads(Protocol):
    """What a WSGIService needs of a loader."""

    def load_app(self, name: str) -> Any: ...


class WSGIService:
    """The WSGI application ``name`` of the paste file, on the address that its options name.

    ``<name>_listen``, ``<name>_listen_port`` (8774) and ``<name>_workers`` say where and in how many
    processes.  The socket is bound here, so that ``host`` and ``port`` are known; the application is
    loaded by ``start``, in the process that serves it.  ``loader`` (an object with ``load_app``)
    replaces the one that reads ``[wsgi] api_paste_config`` of ``conf``; ``conf`` not given means the
    active one.  ``check`` raises over options, read again, that the application would fail with later.
    Raises StartError, sockets.ListenError.
    """

    def __init__(
        self,
        name: str,
        loader: Loads | None = None,
        conf: cfg.ConfigOpts | None = None,
        check: Callable[[cfg.ConfigOpts], None] = lambda conf: None,
    ) -> None:
        self.name = name
        self.conf = conf if conf is not None else nova_conf.active()
        self._loader = loader
        self._check = check
        self.server: wsgi_server.Server | None = None
        host, port, self.workers = self._address(self.conf)
        self._listener: socket.socket | None = sockets.listen(host, port, Settings.from_conf(self.conf))
        self.host, self.port = self._listener.getsockname()[:2]

    def _address(self, conf: cfg.ConfigOpts) -> tuple[str, int, int]:
        conf.register_opts(service_options.listen_opts(self.name))
        host = conf[f"{self.name}_listen"]
        if (
            conf.auth_strategy == "noauth"
            and not conf.allow_noauth_on_any_address
            and not sockets.is_loopback(host)
        ):
            raise StartError(
                f"{self.name}_listen = {host} with auth_strategy = noauth would make every machine that "
                "reaches it administrator; set allow_noauth_on_any_address = true if that is meant"
            )
        return host, conf[f"{self.name}_listen_port"], conf[f"{self.name}_workers"]

    def _load(self, conf: cfg.ConfigOpts) -> Any:
        with nova_conf.activate(conf):
            return (self._loader or Loader(conf=conf)).load_app(self.name)

    def start(self) -> None:
        """Loads the application and serves it; raises PasteError, sockets.ListenError."""
        self.server = wsgi_server.Server(
            self.name,
            self._load(self.conf),
            settings=Settings.from_conf(self.conf),
            listener=self._listener,
            multiprocess=self.workers > 1,
        )
        self.server.start()

    def stop(self) -> None:
        if self.server is not None:
            self.server.stop()
        elif self._listener is not None:
            self._listener.close()
        self._listener = None

    def wait(self) -> None:
        if self.server is not None:
            self.server.wait()

    def reset(self) -> None:
        """Reads options and paste file again; what is wrong with them is logged, and all stays as it was.

        Requests in flight end in the application that they began in. A changed
        address or number of workers needs a restart.
        """
        try:
            fresh = nova_conf.again(self.conf)
            self._address(fresh)
            self._check(fresh)
            if self.server is not None:
                self.server.replace(self._load(fresh), Settings.from_conf(fresh))
        except MISTAKES as mistake:
            LOG.error("%s goes on as it was: %s", self.name, " ".join(str(mistake).split()))
        except Exception as error:
            LOG.error("%s goes on as it was: %s: %s", self.name, type(error).__name__, error)
            LOG.debug("reading the options and the paste file again failed", exc_info=True)
        else:
            self.conf = fresh
            LOG.info("%s has read its options and its paste file again", self.name)


class _Signals:
    """Signals as events to wait for, in the process that serves.

    Python's handler runs between any two instructions, perhaps inside the event
    loop; so it does nothing, and the byte that the interpreter writes to a socket
    wakes ``next`` in an ordinary green thread.
    """

    def __init__(self) -> None:
        self._reader, self._writer = socket.socketpair()
        self._writer.setblocking(False)
        signal.set_wakeup_fd(self._writer.fileno(), warn_on_full_buffer=False)
        for number in (signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, lambda number, frame: None)
        signal.signal(signal.SIGINT, _end_at_once)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS)

    def next(self) -> int:
        return self._reader.recv(1)[0]


def _end_at_once(number: int, frame: object) -> None:
    os._exit(128 + number)


def _settle() -> None:
    """Has the garbage collector pass over what the start has made.

    The hundred thousand objects of a program are there to stay, and a look at them all takes longer than
    most requests.
    """
    gc.collect()
    gc.freeze()


class _Process:
    """The services of a process that serves by itself."""

    def __init__(self, services: Sequence[Service]) -> None:
        self._services = services
        self._signals = _Signals()

    def start(self) -> None:
        for service in self._services:
            service.start()
        _settle()

    def run(self) -> int:
        """Returns the exit status when SIGTERM has come and the services have drained."""
        while (number := self._signals.next()) != signal.SIGTERM:
            if number == signal.SIGHUP:
                for service in self._services:
                    service.reset()
                    if isinstance(service, WSGIService):
                        nova_log.setup(service.conf)
        signal.signal(signal.SIGTERM, _end_at_once)  # a second one means it
        LOG.info("draining")
        # One after the other, the front door first: what its last requests cast still finds a worker.
        for service in self._services:
            service.stop()
            service.wait()
        return 0


def _supervised(services: Sequence[Service], count: int) -> Supervisor:
    def work(ready: Callable[[], None], lifeline: socket.socket) -> int:
        wsgi_server.after_fork()
        process = _Process(services)

        def follow() -> None:
            lifeline.recv(1)
            os.kill(os.getpid(), signal.SIGTERM)  # the parent is gone, and nobody would replace or stop us

        try:
            process.start()
        except MISTAKES as mistake:
            return report(mistake)
        threading.Thread(target=follow, daemon=True).start()
        ready()
        return process.run()

    def patience() -> float:
        return max(
            (s.conf.wsgi.graceful_shutdown_timeout for s in services if isinstance(s, WSGIService)),
            default=60.0,
        )

    def reset() -> None:
        for service in services:
            service.reset()

    def close() -> None:
        for service in services:
            service.stop()

    return Supervisor(work, count, patience=patience, reset=reset, close=close)


_running: list[_Process | Supervisor] = []


def serve(*services: Service, workers: int | None = None) -> None:
    """Starts the services: in this process, or in ``workers`` forked ones when that is more than 1.

    Not given, it is the largest ``workers`` of the services.  Call once a process, from its main
    thread, with the standard library patched; then ``wait``.  Raises what is in MISTAKES; SystemExit
    with a worker's status when the first one could not start.
    """
    if _running:
        raise RuntimeError("serve() has been called before; give it all services at once")
    if not wsgi_server.is_patched():
        raise RuntimeError("serve() needs green sockets: nova_api.cmd.patch.apply() comes first in a program")
    count = workers if workers is not None else max((getattr(s, "workers", 1) for s in services), default=1)
    if count > 1:
        supervisor = _supervised(services, count)
        status = supervisor.start()
        if status is not None:
            raise SystemExit(status)
        _running.append(supervisor)
        return
    process = _Process(services)
    process.start()
    _running.append(process)


def wait() -> int:
    """Blocks until the process is told to end and has drained; returns its exit status."""
    if not _running:
        raise RuntimeError("nothing is being served: call serve() first")
    return _running[0].run()


def report(mistake: BaseException) -> int:
    """Tells the operator in one line on standard error; returns the exit status, 2."""
    program = os.path.basename(sys.argv[0]) or "nova-api"
    sys.stderr.write(f"{program}: {' '.join(str(mistake).split())}\n")
    return 2
