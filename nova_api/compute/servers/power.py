"""Start, stop and reboot: the host does them."""

from __future__ import annotations

from nova_api.backend import Backend
from nova_api.compute import transitions
from nova_api.compute.servers import host_work
from nova_api.context import RequestContext


def start(backend: Backend, context: RequestContext, server: transitions.ServerRecord) -> None:
    """Raises ServerLocked, ServerInvalidState, ServerNotLaunched, ServerNotReady, StaleState."""
    transitions.check(server, "start", context)
    host_work.begin(backend, context, server, "start")


def stop(backend: Backend, context: RequestContext, server: transitions.ServerRecord) -> None:
    """Raises what ``start`` raises."""
    transitions.check(server, "stop", context)
    host_work.begin(backend, context, server, "stop")


def reboot(backend: Backend, context: RequestContext, server: transitions.ServerRecord, hard: bool) -> None:
    """``hard`` is the reset button, allowed in more states.  Raises what ``start`` raises."""
    operation = "reboot_hard" if hard else "reboot_soft"
    transitions.check(server, operation, context)
    payload = {"type": "HARD" if hard else "SOFT"}
    host_work.begin(backend, context, server, operation, payload, method="reboot")
