"""Crash dumps: an NMI makes the guest's own kernel dump its memory."""

from __future__ import annotations

from nova_api.backend import Backend
from nova_api.compute import transitions
from nova_api.compute.servers import host_work
from nova_api.context import RequestContext


def trigger(backend: Backend, context: RequestContext, server: transitions.ServerRecord) -> None:
    """Raises ServerLocked, ServerInvalidState, ServerNotLaunched, ServerNotReady, StaleState."""
    transitions.check(server, "trigger_crash_dump", context)
    host_work.begin(backend, context, server, "trigger_crash_dump")
