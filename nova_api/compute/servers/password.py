"""A new administrator password for a running guest: set while the caller waits."""

from __future__ import annotations

from nova_api.backend import Backend
from nova_api.compute import transitions
from nova_api.compute.servers import host_work
from nova_api.context import RequestContext


def change(
    backend: Backend, context: RequestContext, server: transitions.ServerRecord, admin_password: str
) -> None:
    """The guest has the password when this returns.

    Raises ServerInvalidState (also for a lock), ServerNotLaunched,
    ServerNotReady, HostDown, HostSilent, NotSupported, and what the driver says.
    """
    transitions.check(server, "change_password", context)
    host_work.done_by_host(backend, context, server, "change_password", {"admin_password": admin_password})
