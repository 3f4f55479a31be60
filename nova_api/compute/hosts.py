"""Compute hosts as one thing: what they have and who uses it, taken out of service, switched."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from typing import TYPE_CHECKING

from nova_api import exception
from nova_api.compute import host_calls, services
from nova_api.compute.services import COMPUTE, Placed
from nova_api.db import hosts as statements
from nova_api.db import hypervisors
from nova_api.db import services as service_statements

if TYPE_CHECKING:
    from nova_api.backend import Backend
    from nova_api.context import RequestContext
    from nova_api.db.services import Service

#: Questions that the host answers (``nova_api.compute.manager.host_switches``).
POWER_ACTION = "host_power_action"
MAINTENANCE = "host_maintenance"


@dataclasses.dataclass(frozen=True)
class Resources:
    """A line of a host's account: ``of`` is a project, or what is summed; MiB and GiB."""

    host: str
    of: str
    vcpus: int
    memory_mb: int
    disk_gb: int


def page(backend: Backend, zone: str | None = None) -> list[Placed]:
    """The services that are in service, oldest first; optionally those in one zone."""
    return [
        placed
        for placed in services.page(backend)
        if not placed.service.disabled and zone in (None, "", placed.zone)
    ]


def get(backend: Backend, host: str) -> Service:
    """The compute service of ``host``; raises HostNotFound."""
    with backend.db.reader() as conn:
        found = service_statements.list_services(conn, COMPUTE, host)
    if not found:
        raise exception.HostNotFound(host=host)
    return found[0]


def resources(backend: Backend, host: str) -> list[Resources]:
    """What ``host`` has, what is used of it now, what its servers may use, and what each project's may.

    Raises HostNotFound also for a host that has not reported yet.
    """
    with backend.db.reader() as conn:
        nodes = [found.node for found in hypervisors.page(conn) if found.node.host == host]
        shares = statements.shares(conn, host)
    if not nodes:
        raise exception.HostNotFound(host=host)

    def line(of: str, amounts: Iterable[tuple[int, int, int]]) -> Resources:
        return Resources(host, of, *(sum(column) for column in zip(*amounts, strict=True)))

    used = ((n.vcpus_used, n.memory_mb_used + n.reserved_memory_mb, n.local_gb_used) for n in nodes)
    return [
        line("(total)", ((node.vcpus, node.memory_mb, node.local_gb) for node in nodes)),
        line("(used_now)", used),
        line("(used_max)", [(0, 0, 0), *(share[1:] for share in shares)]),
        *(Resources(host, *share) for share in shares),
    ]


def set_enabled(backend: Backend, host: str, enabled: bool) -> bool:
    """Takes ``host`` out of service or puts it back; whether it is in service now.  Raises HostNotFound."""
    service = get(backend, host)
    placed = services.update(backend, service, disabled=not enabled, disabled_reason=None)
    return not placed.service.disabled


def set_maintenance(backend: Backend, context: RequestContext, host: str, on: bool) -> bool:
    """Puts ``host`` into maintenance or ends that; whether it is in it now.

    Raises HostNotFound, HypervisorDown for a host that is not there to be told,
    NotSupported where its driver knows no maintenance.
    """
    return bool(_ask(backend, context, host, MAINTENANCE, on=on))


def switch(backend: Backend, context: RequestContext, host: str, action: str) -> str:
    """Starts, shuts down or reboots ``host`` itself; what its driver says to it.

    ``action`` is startup, shutdown or reboot.  Raises what ``set_maintenance`` raises.
    """
    return str(_ask(backend, context, host, POWER_ACTION, action=action))


def _ask(backend: Backend, context: RequestContext, host: str, method: str, **arguments: object) -> object:
    if not get(backend, host).is_up(backend.conf.service_down_time):
        raise exception.HypervisorDown(host=host)
    return host_calls.ask_host(backend, context, host, method, **arguments)
