"""Services as administrators see them: listed, disabled, declared down, taken out of the cloud."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

from sqlalchemy.engine import Connection

from nova_api import exception, rpc
from nova_api.compute import availability_zones
from nova_api.db import actions, aggregates, hypervisors, nodes, server_migrations, work
from nova_api.db import services as statements
from nova_api.db.services import Service

if TYPE_CHECKING:
    from nova_api.backend import Backend

COMPUTE = "nova-compute"


@dataclasses.dataclass(frozen=True)
class Placed:
    """A service with its zone, and whether it lives."""

    service: Service
    zone: str
    up: bool


def page(backend: Backend, binary: str | None = None, host: str | None = None) -> list[Placed]:
    """Services, oldest first; optionally of one binary, of one host."""
    with backend.db.reader() as conn:
        found = statements.list_services(conn, binary, host)
        return _placed(backend, conn, found)


def get(backend: Backend, *, id: int | None = None, uuid: str | None = None) -> Placed:
    """Raises ServiceNotFound."""
    with backend.db.reader() as conn:
        found = statements.find(conn, id=id, uuid=uuid)
        if found is None:
            raise exception.ServiceNotFound(service=uuid or id)
        return _placed(backend, conn, [found])[0]


def of_host(backend: Backend, host: str, binary: str) -> Service:
    """Raises ServiceNotFound; only compute services can be told anything."""
    with backend.db.reader() as conn:
        found = statements.list_services(conn, binary, host) if binary == COMPUTE else []
    if not found:
        raise exception.ServiceNotFound(service=f"{binary} on host {host}")
    return found[0]


def _placed(backend: Backend, conn: Connection, found: list[Service]) -> list[Placed]:
    zones = availability_zones.host_zones(conn, backend.conf)
    down_time = backend.conf.service_down_time
    return [
        Placed(
            service,
            availability_zones.zone_of_service(service, zones, backend.conf),
            service.is_up(down_time),
        )
        for service in found
    ]


def update(backend: Backend, service: Service, **values: Any) -> Placed:
    """Sets ``disabled``, ``disabled_reason``, ``forced_down`` of a compute service; as it is afterwards.

    Raises Invalid for another kind of service, and for a host that is to be up
    while guests that were evacuated from it may still be there.
    """
    if service.binary != COMPUTE:
        raise exception.Invalid(
            f"Updating a {service.binary} service is not supported. "
            "Only nova-compute services can be updated."
        )
    with backend.db.writer() as conn:
        rises = service.forced_down and values.get("forced_down") is False
        if rises and server_migrations.has_done_evacuations(conn, service.host):
            raise exception.Invalid(
                f"Unable to force up host {service.host} as `done` evacuation migration records remain "
                "associated with the host. Ensure the compute service has been restarted, allowing these "
                "records to move to `completed` before retrying this request."
            )
        statements.update(conn, service.id, values)
    return get(backend, id=service.id)


def delete(backend: Backend, service: Service) -> None:
    """Takes a service out of the cloud; of a compute service also its nodes, work and place in aggregates.

    Raises ServiceInUse while its host has servers, or a move from or to it is
    under way; ServiceNotFound when somebody else was quicker.
    """

    def attempt() -> None:
        with backend.db.writer() as conn:
            if service.binary == COMPUTE:
                _clear_host(conn, service)
            if not statements.delete(conn, service.id):
                raise exception.ServiceNotFound(service=service.uuid)

    backend.db.retrying(attempt)


def _clear_host(conn: Connection, service: Service) -> None:
    # Locked, so that no scheduler can claim one of them for a server while they go.
    names = nodes.lock_of_host(conn, service.host)
    if any(hypervisors.guests_on(conn, names).values()) or nodes.is_claimed(conn, service.host):
        raise exception.ServiceInUse(
            service=service.uuid,
            host=service.host,
            reason="it is hosting instances. Migrate or delete the instances first.",
        )
    if server_migrations.kept_on(conn, service.host):
        raise exception.ServiceInUse(
            service=service.uuid, host=service.host, reason="instances are being moved from or to it."
        )
    # What it still had to do, it would do never; should it come back, its start clears up all the same.
    for action_id in work.discard_of_host(conn, rpc.COMPUTE, service.host):
        reason = f"Host {service.host} has left the cloud."
        actions.fail_unfinished(conn, action_id, reason, None)
    nodes.delete_of_host(conn, service.host)
    aggregates.forget_host(conn, service.host)
