"""A server's consoles: what it has written, and an address at which a proxy lets its user in."""

from __future__ import annotations

import dataclasses
import re
import urllib.parse
from collections.abc import Callable
from typing import Any

from nova_api import exception
from nova_api.backend import Backend
from nova_api.compute import host_calls, transitions
from nova_api.context import RequestContext
from nova_api.db import console_tokens
from nova_api.db.server_queries import Server

#: Protocol → the types of console that speak it.
TYPES: dict[str, tuple[str, ...]] = {
    "vnc": ("novnc",),
    "spice": ("spice-html5", "spice-direct"),
    "serial": ("serial",),
    "mks": ("webmks",),
}
#: Characters that no reply can carry: all control characters but tab and line feed.
_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b-\x1f]")


@dataclasses.dataclass(frozen=True)
class Console:
    """An opened console; ``url`` is good for ``[consoleauth] token_ttl`` seconds."""

    protocol: str
    type: str
    url: str


def output(backend: Backend, context: RequestContext, server: Server, lines: int | None) -> str:
    """What the server has written to its serial console: the last ``lines``, or (None, -1) everything.

    Raises ServerNotReady, HostDown, HostSilent, ServerNotOnHost, NotSupported.
    """
    transitions.check(server, "console_output", context)
    text: str = host_calls.ask(backend, context, server, "console_output")
    if lines == 0:
        return ""
    if lines is not None and lines > 0:
        text = "\n".join(text.split("\n")[-lines:])
    return _UNPRINTABLE.sub("", text)


def open_console(
    backend: Backend, context: RequestContext, server: Server, protocol: str, type: str
) -> Console:
    """Raises ConsoleTypeInvalid, ConsoleTypeUnavailable, ServerInvalidState, and what ``output`` raises."""
    transitions.check(server, "console", context)
    if type not in TYPES.get(protocol, ()):
        raise exception.ConsoleTypeInvalid(type=type, protocol=protocol)
    if not backend.conf[_OPTIONS[protocol]].enabled:
        raise exception.ConsoleTypeUnavailable(type=type)
    there = host_calls.ask(backend, context, server, "console", protocol=protocol)
    access = console_tokens.Access(console_type=type, **there)

    def attempt() -> str:
        with backend.db.writer() as conn:
            return console_tokens.grant(conn, server.id, access, backend.conf.consoleauth.token_ttl)

    return Console(protocol, type, _URLS[type](backend.conf, backend.db.retrying(attempt)))


def find_token(backend: Backend, token: str) -> console_tokens.Granted:
    """What a token opens; raises ConsoleTokenNotFound."""
    with backend.db.reader() as conn:
        found = console_tokens.find(conn, token)
    if found is None:
        raise exception.ConsoleTokenNotFound()
    return found


#: Protocol → group of its options.
_OPTIONS = {"vnc": "vnc", "spice": "spice", "serial": "serial_console", "mks": "mks"}

#: Type → address, by options and token.  noVNC's page opens a web socket at its ``path``: hence the quoting.
_URLS: dict[str, Callable[[Any, str], str]] = {
    "novnc": lambda conf, token: (
        f"{conf.vnc.novncproxy_base_url}?path={urllib.parse.quote(f'?token={token}')}"
    ),
    "spice-html5": lambda conf, token: f"{conf.spice.html5proxy_base_url}?token={token}",
    "spice-direct": lambda conf, token: f"{conf.spice.spice_direct_proxy_base_url}?token={token}",
    "serial": lambda conf, token: f"{conf.serial_console.base_url}?token={token}",
    "webmks": lambda conf, token: f"{conf.mks.mksproxy_base_url}?token={token}",
}
