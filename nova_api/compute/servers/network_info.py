"""Network info: the host writes a guest's addresses into it once more."""

from __future__ import annotations

from nova_api.backend import Backend
from nova_api.compute import transitions
from nova_api.compute.servers import host_work
from nova_api.context import RequestContext


def inject(backend: Backend, context: RequestContext, server: transitions.ServerRecord) -> None:
    """Raises ServerLocked, ServerNotReady; no action is recorded of it."""
    transitions.check(server, "inject_network_info", context)
    host_work.begin(backend, context, server, "inject_network_info")
