"""faultwrap: a bug becomes one 500 with the request's id, and its traceback goes to the log."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator
from wsgiref.types import StartResponse, WSGIEnvironment

import webob
import webob.exc

from nova_api.api import faults
from nova_api.context import REQUEST_ID_KEY
from nova_api.wsgi.filter import Filter
from nova_api.wsgi.reply import ExcInfo, Headers

LOG = logging.getLogger(__name__)


class FaultWrap(Filter):
    """Turns every exception of what it guards into a JSON fault.

    An exception that means a status (a domain exception, a webob HTTP
    exception) gets that one; any other is a bug: 500 ``computeFault`` with the
    token ``Unexpected API Error``, the request id and the name of the
    exception's type (errors of the API reference), and nothing else of it.  A
    bug that shows only while the body is being sent cannot be mended: it is
    logged and the connection ends short.

    It has no options.
    """

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        held = _Held(start_response)
        try:
            body = self.app(environ, held)
        except Exception as error:
            return _fault(error, environ, held)
        if isinstance(body, list | tuple):  # the usual case: nothing of it can fail any more
            held.release()
            return body
        return _Guarded(body, environ, held)


class _Held:
    """A ``start_response`` that waits for the first byte: until then a fault can take the reply's place.

    (WSGI's own means, ``exc_info``, makes middleware built on webob raise the exception again.)
    """

    def __init__(self, start_response: StartResponse) -> None:
        self._start_response = start_response
        self._reply: tuple[str, Headers] | None = None
        self.released = False

    def __call__(
        self, status: str, headers: Headers, exc_info: ExcInfo | None = None, /
    ) -> Callable[[bytes], object]:
        if self.released:
            return self._start_response(status, headers, exc_info) if exc_info else self._write
        self._reply = (status, headers)
        return self._write

    def release(self) -> None:
        """Begins the reply, if the application has named one and it has not begun."""
        if not self.released and self._reply is not None:
            self.released = True
            self._old_write = self._start_response(*self._reply)

    def _write(self, data: bytes) -> None:
        """WSGI's old way to send a body, for applications that still use it."""
        self.release()
        self._old_write(data)


class _Guarded:
    """A body that is made while it is sent: what fails before its first byte is still a fault."""

    def __init__(self, body: Iterable[bytes], environ: WSGIEnvironment, held: _Held) -> None:
        self._body = body
        self._environ = environ
        self._held = held
        self._parts: Iterator[bytes] | None = None

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        try:
            if self._parts is None:
                self._parts = iter(self._body)
            part = next(self._parts)
        except StopIteration:
            self._held.release()
            raise
        except Exception as error:
            if self._held.released:
                LOG.exception("The reply to request %s broke off", self._environ.get(REQUEST_ID_KEY, "-"))
                raise
            self._parts = iter(_fault(error, self._environ, self._held))
            part = next(self._parts)
        self._held.release()
        return part

    def close(self) -> None:
        close = getattr(self._body, "close", None)
        if close is not None:
            close()


def _fault(error: Exception, environ: WSGIEnvironment, held: _Held) -> Iterable[bytes]:
    """The fault for ``error``; raises it again when another reply has begun."""
    if held.released:
        raise error
    response = faults.response_of(error)
    if response is None and isinstance(error, webob.exc.HTTPException):
        response = _of_http_exception(error)
    if response is None:
        request_id = environ.get(REQUEST_ID_KEY, "-")
        where = environ.get("SCRIPT_NAME", "") + environ.get("PATH_INFO", "")
        LOG.error(
            "A bug answered %s %s: request %s", environ["REQUEST_METHOD"], where, request_id, exc_info=error
        )
        response = faults.fault_response(
            500,
            "Unexpected API Error. Please report this, with the log of the service at this request's id: "
            f"{request_id}.\n{type(error)}",
        )
    body: list[bytes] = list(response(environ, held))
    held.release()
    return body


def _of_http_exception(error: webob.exc.HTTPException) -> webob.Response:
    """A redirect as it is, a refusal as a fault with its status and text."""
    found = error.wsgi_response
    if found.status_int < 400:
        return found
    return faults.fault_response(found.status_int, str(found.detail or found.explanation))
