"""What the hypervisor counts of a server, and the password that its guest has published."""

from __future__ import annotations

from typing import Any

from nova_api.backend import Backend
from nova_api.compute import host_calls, transitions
from nova_api.context import RequestContext
from nova_api.db import server_passwords
from nova_api.db.server_queries import Server


def diagnostics(backend: Backend, context: RequestContext, server: Server, *, raw: bool) -> dict[str, Any]:
    """Figures of a running server: ``drivers.access.Diagnostics`` with its ``state``, or ``raw``.

    Raises ServerNotRunning, ServerNotReady, HostDown, HostSilent, ServerNotOnHost, NotSupported.
    """
    transitions.check(server, "diagnostics", context)
    found: dict[str, Any] = host_calls.ask(backend, context, server, "diagnostics", raw=raw)
    return found


def password(backend: Backend, server: Server) -> str:
    """Encrypted for the server's key pair; empty where the guest has published none."""
    with backend.db.reader() as conn:
        return server_passwords.find(conn, server.id) or ""


def clear_password(backend: Backend, server: Server) -> None:
    """Forgets it; the guest keeps the password."""

    def attempt() -> None:
        with backend.db.writer() as conn:
            server_passwords.clear(conn, server.id)

    backend.db.retrying(attempt)
