"""Pause and unpause: the guest's CPUs stand still, its memory stays where it is."""

from __future__ import annotations

from nova_api.backend import Backend
from nova_api.compute import transitions
from nova_api.compute.servers import host_work
from nova_api.context import RequestContext


def pause(backend: Backend, context: RequestContext, server: transitions.ServerRecord) -> None:
    """Raises ServerLocked, ServerInvalidState, ServerNotLaunched, ServerNotReady, StaleState."""
    transitions.check(server, "pause", context)
    host_work.begin(backend, context, server, "pause")


def unpause(backend: Backend, context: RequestContext, server: transitions.ServerRecord) -> None:
    """Raises what ``pause`` raises."""
    transitions.check(server, "unpause", context)
    host_work.begin(backend, context, server, "unpause")
