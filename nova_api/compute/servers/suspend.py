"""Suspend and resume: the guest's memory goes to disk and comes back."""

from __future__ import annotations

from nova_api.backend import Backend
from nova_api.compute import transitions
from nova_api.compute.servers import host_work, shares
from nova_api.context import RequestContext
from nova_api.db.server_queries import Server


def suspend(backend: Backend, context: RequestContext, server: Server) -> None:
    """Raises SharesInTheWay, and what ``pause.pause`` raises."""
    # Before the lock's say, as the API has it for what a server's equipment forbids.
    shares.require_none(backend, server)
    transitions.check(server, "suspend", context)
    host_work.begin(backend, context, server, "suspend")


def resume(backend: Backend, context: RequestContext, server: transitions.ServerRecord) -> None:
    """Raises what ``suspend`` raises, but for SharesInTheWay."""
    transitions.check(server, "resume", context)
    host_work.begin(backend, context, server, "resume")
