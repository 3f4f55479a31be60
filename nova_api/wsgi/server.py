"""The eventlet WSGI server: accepts connections, and serves each in a green thread of its own pool.

eventlet.wsgi supplies the loop over the requests of a connection and the WSGI
side of a response.  The reading side is ours (``wire``, ``head``, ``body``):
separate time-outs for idling, headers, body and reply, limits that are answered
with a sentence, and one strict reading of where a request ends.
"""

from __future__ import annotations

import errno
import io
import logging
import socket
import time
from collections.abc import Callable, Iterable
from typing import Any

import eventlet
from eventlet import greenio, hubs, patcher, wsgi
from eventlet.green import ssl as green_ssl

from nova_api.wsgi import environ, head, lengths, sockets
from nova_api.wsgi.body import Body
from nova_api.wsgi.settings import Settings
from nova_api.wsgi.wire import ClientGone, Inbound, Outbound

LOG = logging.getLogger(__name__)

WSGIApp = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]

#: Seconds that a refused connection is still read, so that the refusal is not lost to a TCP reset.
LINGER = 2.0
#: Seconds that a connection which has carried no request yet has to send one when the server stops.
LAST_CALL = 1.0
#: The same for one that has: its client, who was told nothing of an end, may be about to send the next.
NEXT_CALL = 0.2
#: Patience with an idle connection whose place another one waits for: take what is there already.
CROWDED = 0.001
#: Seconds between two lines that say that files or memory have run out.
QUIET = 10.0
#: What we add to eventlet's [address, socket, state] of a connection: how many requests it has carried.
_SERVED = 3
_EXHAUSTED = {errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM}


def is_patched() -> bool:
    """Whether the standard library's sockets are green, as a serving process needs them."""
    return bool(patcher.is_monkey_patched("socket"))


def after_fork() -> None:
    """Gives a forked child a hub of its own; the parent's epoll descriptor would be shared."""
    hubs.use_hub()


class _ResponseLog:
    """eventlet's response code logs the traceback of an application's crash as ``info``: it is an error."""

    info = staticmethod(LOG.error)
    error = staticmethod(LOG.debug)
    debug = staticmethod(LOG.debug)


class Serving(wsgi.Server):
    """What the connections of one Server share; ``parked`` holds the idle ones, longest first."""

    def __init__(self, sock: Any, app: WSGIApp, settings: Settings, *, multiprocess: bool) -> None:
        super().__init__(
            sock,
            sock.getsockname(),
            app,
            log_output=False,  # the request_log filter writes one line a request
            debug=False,  # a traceback goes to the log, never to the client
            keepalive=settings.keep_alive and settings.keep_alive_timeout,
        )
        self.log = _ResponseLog()
        self.settings = settings
        self.multiprocess = multiprocess
        self.stopping = False
        self.connections: dict[int, list[Any]] = {}
        self.parked: dict[int, list[Any]] = {}
        self.crowded: Callable[[], bool] = bool

    def evict(self) -> None:
        """Ends the connection that has been idle longest, if any is idle."""
        for key, connection in self.parked.items():
            del self.parked[key]
            _shut(connection[1], socket.SHUT_RD)
            return


class Protocol(wsgi.HttpProtocol):
    """One connection: reads requests, calls the application, writes replies."""

    server: Serving
    body: Body | None = None

    def setup(self) -> None:
        self.connection = self.request
        self.inbound = Inbound(self.connection)
        self.rfile = io.BufferedReader(self.inbound, 16384)
        self.wfile = io.BufferedWriter(Outbound(self.connection, self.server.settings.send_timeout), 32768)
        self._shared = environ.of_connection(
            self.connection.getsockname(),
            self.client_address,
            tls=isinstance(self.connection, green_ssl.GreenSSLSocket),
            multiprocess=self.server.multiprocess,
        )
        self._linger = False

    def handle_one_request(self) -> None:
        """Waits for a request and serves it. Nothing that a client does raises."""
        self.close_connection = 1
        if not self._await_request():
            return
        self.conn_state[2] = wsgi.STATE_CLOSE if self.server.stopping else wsgi.STATE_REQUEST
        self.conn_state[_SERVED] += 1
        self.body = None
        try:
            self._read_head()
            self.application = lengths.hold(self.server.app)
            self.handle_one_response()
        except head.Refused as refusal:
            self._refuse(refusal.status, refusal.sentence)
        except EOFError as error:
            LOG.debug("%s: %s", self.client_address, error)
        except ClientGone as gone:
            LOG.debug("%s: %s", self.client_address, gone.reason)
            self.close_connection = 1
            if gone.status is not None and not self._replied():
                self._refuse(gone.status, f"The request was not served: {gone.reason}.")
        if not self._at_end():
            self.close_connection, self._linger = 1, True

    def _replied(self) -> bool:
        """Whether the application's reply has begun to go out."""
        return self.body is not None and bool(self.body.headers_sent)

    def _at_end(self) -> bool:
        """Whether the request has been read to its end, so that another can follow."""
        return self.body is not None and self.body.finished

    def _await_request(self) -> bool:
        """Idles until the first byte of a request; False when the connection is over."""
        settings, serving = self.server.settings, self.server
        served = self.conn_state[_SERVED]
        patience = settings.keep_alive_timeout if served else settings.header_timeout
        if serving.stopping:
            patience = LAST_CALL
        elif served and serving.crowded():
            patience = CROWDED
        self.inbound.allow(patience)
        serving.parked[id(self.conn_state)] = self.conn_state
        try:
            if served and len(serving.connections) > 1:
                # Each in its turn: who asks again at once would keep the process from all the others.
                eventlet.sleep(0)
            return bool(self.rfile.peek(1))
        except TimeoutError:
            return False
        finally:
            serving.parked.pop(id(self.conn_state), None)

    def _read_head(self) -> None:
        """Fills ``headers``, ``body`` and ``environ``; raises Refused, EOFError or ClientGone."""
        settings = self.server.settings
        self.inbound.allow(settings.header_timeout)
        try:
            line = self.rfile.readline(settings.max_request_line + 1)
            if line in (b"\r\n", b"\n"):  # RFC 9112 §2.2: some clients end a body with one too many
                line = self.rfile.readline(settings.max_request_line + 1)
            if len(line) > settings.max_request_line:
                raise head.Refused(414, f"The request line is longer than {settings.max_request_line} bytes.")
            if not line.endswith(b"\n"):
                raise EOFError("the connection ended inside the request line")
            request = head.parse_request_line(line)
            self.headers = head.read_headers(
                self.rfile.readline,
                settings.max_header_line,
                settings.max_header_size,
                settings.max_header_count,
            )
        except TimeoutError:
            raise head.Refused(408, "The headers of the request did not come in time.") from None
        frame = head.framing(request.version, self.headers)
        if frame.length is not None and frame.length > settings.max_body_size:
            raise head.Refused(413, f"The body is longer than {settings.max_body_size} bytes.")
        self.command, self.path, self.request_version = request.method, request.target, request.version
        self.close_connection = int(head.wants_close(request.version, self.headers))
        self.inbound.allow(settings.body_timeout, settings.body_min_rate)
        say_continue = self._send_continue if frame.expects_continue else None
        self.body = Body(self.rfile, frame, settings.max_body_size, say_continue)
        self.environ = environ.of_request(self._shared, request, self.headers, self.body)

    def _send_continue(self) -> None:
        self.wfile.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        self.wfile.flush()

    def _refuse(self, status: int, sentence: str) -> None:
        """Answers in place of the application and closes."""
        self.close_connection, self._linger = 1, True
        LOG.debug("%s: answered %d: %s", self.client_address, status, sentence)
        try:
            self.wfile.write(head.refusal(status, sentence, wsgi.format_date_time(time.time())))
            self.wfile.flush()
        except ClientGone as gone:
            LOG.debug("%s: %s", self.client_address, gone.reason)

    def finish(self) -> None:
        """Sends what is buffered; the socket itself is closed by the server."""
        try:
            self.wfile.flush()
            if self._linger:
                # Closing over unread bytes makes TCP send a reset, which can overtake the reply.
                _shut(self.connection, socket.SHUT_WR)
                self.inbound.allow(LINGER)
                while self.rfile.read1(65536):
                    pass
        except (ClientGone, TimeoutError):
            return


class Server:
    """Serves ``app`` on ``host:port`` until ``stop``; port 0 takes a free one, ``port`` tells which.

    ``pool_size`` overrides the settings'; ``listener`` is a listening socket to use
    instead of opening one; ``multiprocess`` says whether other processes share it.
    Raises sockets.ListenError when it cannot listen or its certificate cannot be used.
    """

    def __init__(
        self,
        name: str,
        app: WSGIApp,
        host: str = "127.0.0.1",
        port: int = 0,
        pool_size: int | None = None,
        protocol: type[Protocol] = Protocol,
        *,
        settings: Settings | None = None,
        listener: socket.socket | None = None,
        multiprocess: bool = False,
    ) -> None:
        self.name = name
        self.settings = settings or Settings()
        self.log = LOG
        self._protocol = protocol
        self._tls = self._tls_context(self.settings)
        sock = listener or sockets.listen(host, port, self.settings)
        self._socket = sock if isinstance(sock, greenio.GreenSocket) else greenio.GreenSocket(sock)
        self.host, self.port = self._socket.getsockname()[:2]
        self.pool = eventlet.GreenPool(pool_size or self.settings.pool_size)
        self._serving = Serving(self._socket, app, self.settings, multiprocess=multiprocess)
        self._serving.crowded = lambda: self.pool.waiting() > 0
        self._acceptor: Any = None
        self._deadline: float | None = None

    @staticmethod
    def _tls_context(settings: Settings) -> Any:
        if not settings.ssl_cert_file:
            return None
        context = green_ssl.SSLContext(green_ssl.PROTOCOL_TLS_SERVER)
        sockets.configure_tls(context, settings)
        return context

    @property
    def app(self) -> WSGIApp:
        app: WSGIApp = self._serving.app
        return app

    def replace(self, app: WSGIApp, settings: Settings | None = None) -> None:
        """Serves ``app`` from the next request on, under ``settings``; requests in flight keep the old one.

        Pool size and address stay; TLS files are read again. Raises ListenError and changes nothing.
        """
        if settings is not None:
            self._tls = self._tls_context(settings)
            self.settings = self._serving.settings = settings
            self._serving.keepalive = settings.keep_alive and settings.keep_alive_timeout
        self._serving.app = app

    def start(self) -> None:
        """Begins to accept, in green threads; returns at once."""
        self._acceptor = eventlet.spawn(self._accept_all)
        self.log.info("%s listens on %s", self.name, sockets.show((self.host, self.port)))

    def stop(self) -> None:
        """Accepts no more, ends idle connections, lets requests in flight finish; ``wait`` waits for them."""
        if self._serving.stopping:
            return
        self._deadline = time.monotonic() + self.settings.graceful_shutdown_timeout
        self._serving.stopping = True
        self._serving.keepalive = False  # replies from here on say Connection: close
        if self._acceptor is not None:
            self._acceptor.kill()
            self._accept_waiting()
        self._socket.close()
        for connection in self._serving.connections.values():
            connection[2] = wsgi.STATE_CLOSE
        # Who was served knows how to connect again; who has just connected is about to ask something.
        eventlet.spawn_after(NEXT_CALL, self._end_idle, served=True)
        eventlet.spawn_after(LAST_CALL, self._end_idle)

    def _end_idle(self, served: bool = False) -> None:
        """Ends connections that wait for a request, or only those that have been served before."""
        for connection in list(self._serving.parked.values()):
            if connection[_SERVED] or not served:
                _shut(connection[1], socket.SHUT_RD)  # a request that has arrived is still read

    def wait(self) -> None:
        """Returns when the server has been stopped and its last request has ended, or been cut."""
        if self._acceptor is not None:
            try:
                self._acceptor.wait()
            except eventlet.greenlet.GreenletExit:
                self.log.debug("%s accepts no more", self.name)
        patience = max(0.0, (self._deadline or 0.0) - time.monotonic())
        with eventlet.Timeout(patience, False):
            self.pool.waitall()
        if self.pool.running() == 0:
            return
        self.log.warning("%s: %d connections were cut when their time was up", self.name, self.pool.running())
        for thread in list(self.pool.coroutines_running):
            thread.kill()

    def _accept_all(self) -> None:
        quiet = 0.0
        while True:
            try:
                sock, address = self._socket.accept()
            except OSError as error:
                if error.errno in _EXHAUSTED:
                    if time.monotonic() > quiet:
                        self.log.warning("%s cannot accept a connection: %s", self.name, error)
                        quiet = time.monotonic() + QUIET
                    self._serving.evict()
                    eventlet.sleep(0.01)
                elif error.errno == errno.EBADF:
                    raise
                continue  # otherwise the client gave up while it waited
            if self.pool.free() <= 0:
                # Many that came at once have a place and have not begun, so they do not count as idle yet:
                # without their turn none would be evicted, and this one would wait until one is timed out.
                eventlet.sleep(0)
                self._serving.evict()
            self.pool.spawn(self._converse, sock, address)

    def _accept_waiting(self) -> None:
        """Takes in who is connected and not accepted yet: closing would reset them."""
        self._socket.setblocking(False)
        while self.pool.free() > 0:
            try:
                sock, address = self._socket.accept()
            except OSError:
                return
            self.pool.spawn(self._converse, sock, address)

    def _converse(self, sock: Any, address: Any) -> None:
        connection = [address, sock, wsgi.STATE_IDLE, 0]
        self._serving.connections[id(connection)] = connection
        try:
            if self._tls is not None:
                self._handshake(connection)
            self._protocol(connection, self._serving)
        except OSError as error:
            self.log.debug("%s: %s", address, error)
        except Exception:
            self.log.exception("%s: the server failed", address)
        finally:
            del self._serving.connections[id(connection)]
            connection[1].close()

    def _handshake(self, connection: list[Any]) -> None:
        """Puts TLS in the place of the plain socket; until it speaks, the client is as good as idle."""
        connection[1] = self._tls.wrap_socket(connection[1], server_side=True, do_handshake_on_connect=False)
        self._serving.parked[id(connection)] = connection
        try:
            with eventlet.Timeout(self.settings.header_timeout, TimeoutError("no TLS handshake in time")):
                connection[1].do_handshake()
        finally:
            self._serving.parked.pop(id(connection), None)


def _shut(sock: Any, how: int) -> None:
    """Shuts one direction of a socket; of a TLS one beneath TLS, which would forget what it has buffered."""
    try:
        if isinstance(sock, green_ssl.GreenSSLSocket):
            socket.SocketType.shutdown(sock, how)
        else:
            sock.shutdown(how)
    except OSError as error:
        if error.errno not in (errno.ENOTCONN, errno.EBADF):
            raise
