"""Hypervisors: the nodes that run servers, with what they have and what runs on them."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from nova_api import exception
from nova_api.db import hypervisors as statements
from nova_api.db.hypervisors import Guest, Hypervisor, Load

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nova_api.backend import Backend

NO_LOAD = Load(0, 0)


def get(backend: Backend, *, id: int | None = None, uuid: str | None = None) -> Hypervisor:
    """Raises HypervisorNotFound."""
    with backend.db.reader() as conn:
        found = statements.find(conn, id=id, uuid=uuid)
    if found is None:
        raise exception.HypervisorNotFound(hypervisor=uuid or id)
    return found


def page(backend: Backend, limit: int, marker: Hypervisor | None = None) -> list[Hypervisor]:
    """At most ``limit`` hypervisors after ``marker``, oldest first."""
    with backend.db.reader() as conn:
        return statements.page(conn, limit, after=0 if marker is None else marker.node.id)


def matching(backend: Backend, pattern: str) -> list[Hypervisor]:
    """Those with ``pattern`` in their names; raises HypervisorNotFound when there is none."""
    with backend.db.reader() as conn:
        found = statements.page(conn, pattern=pattern)
    if not found:
        raise exception.HypervisorNotFound(hypervisor=pattern)
    return found


def loads(backend: Backend, found: Sequence[Hypervisor]) -> dict[str, Load]:
    """{node name: what runs there}; ``NO_LOAD`` is for those that are left out."""
    with backend.db.reader() as conn:
        return statements.loads(conn, [hypervisor.node.hypervisor_hostname for hypervisor in found])


def guests_on(backend: Backend, found: Sequence[Hypervisor]) -> dict[str, list[Guest]]:
    """{node name: its servers, oldest first}."""
    with backend.db.reader() as conn:
        return statements.guests_on(conn, [hypervisor.node.hypervisor_hostname for hypervisor in found])


def uptime(backend: Backend, hypervisor: Hypervisor) -> str:
    """What the host says of its own uptime.

    Raises HypervisorDown for a host that is not there to be asked, NotSupported
    where its driver does not know.
    """
    node, service = hypervisor.node, hypervisor.service
    if not service.is_up(backend.conf.service_down_time):
        raise exception.HypervisorDown(host=service.host)
    if node.uptime is None:
        raise exception.NotSupported(host=service.host, operation="tell its uptime")
    return node.uptime


@dataclasses.dataclass(frozen=True)
class Statistics:
    """Sums over the hypervisors whose service is enabled; sizes in MiB and GiB."""

    count: int
    vcpus: int
    vcpus_used: int
    memory_mb: int
    memory_mb_used: int
    local_gb: int
    local_gb_used: int
    disk_available_least: int | None
    load: Load


def statistics(backend: Backend) -> Statistics:
    """What all enabled hypervisors have and use together."""
    with backend.db.reader() as conn:
        enabled = [found for found in statements.page(conn) if not found.service.disabled]
        loads = statements.loads(conn, [found.node.hypervisor_hostname for found in enabled]).values()
    nodes = [hypervisor.node for hypervisor in enabled]
    least = [node.disk_available_least for node in nodes if node.disk_available_least is not None]
    return Statistics(
        count=len(nodes),
        vcpus=sum(node.vcpus for node in nodes),
        vcpus_used=sum(node.vcpus_used for node in nodes),
        memory_mb=sum(node.memory_mb for node in nodes),
        memory_mb_used=sum(node.memory_mb_used + node.reserved_memory_mb for node in nodes),
        local_gb=sum(node.local_gb for node in nodes),
        local_gb_used=sum(node.local_gb_used for node in nodes),
        disk_available_least=sum(least) if least else None,
        load=Load(sum(load.guests for load in loads), sum(load.tasks for load in loads)),
    )
