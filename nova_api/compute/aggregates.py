"""Aggregates: named sets of compute hosts; one with the metadata ``availability_zone`` is a zone."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING

from sqlalchemy.engine import Connection

from nova_api import exception, rpc, work
from nova_api.compute.services import COMPUTE
from nova_api.context import RequestContext
from nova_api.db import aggregates as statements
from nova_api.db import guests, quotas, services
from nova_api.db.aggregates import ZONE, Aggregate
from nova_api.db.duplicate import DUPLICATE_ERRORS
from nova_api.db.schema.base import utcnow

if TYPE_CHECKING:
    from nova_api.backend import Backend

#: Method of topic ``compute``; its payload is {"images": [id, …]}.
CACHE_IMAGES = "cache_images"

#: One change at a time: what zone a host is in follows from all of them together.
_LOCK = "*aggregates*"

_WITH_SERVERS = "One or more hosts contain instances in this zone."


def find_all(backend: Backend) -> list[Aggregate]:
    """Every aggregate, oldest first."""
    with backend.db.reader() as conn:
        return statements.find_all(conn)


def get(backend: Backend, aggregate_id: int) -> Aggregate:
    """Raises AggregateNotFound."""
    with backend.db.reader() as conn:
        return _get(conn, aggregate_id)


def _get(conn: Connection, aggregate_id: int) -> Aggregate:
    found = statements.find(conn, aggregate_id)
    if found is None:
        raise exception.AggregateNotFound(aggregate_id=aggregate_id)
    return found


def create(backend: Backend, name: str, zone: str | None) -> Aggregate:
    """An aggregate without hosts; raises AggregateExists."""
    try:
        with backend.db.writer() as conn:
            aggregate_id = statements.insert(conn, name)
            statements.set_metadata(conn, aggregate_id, {ZONE: zone} if zone else {})
            return _get(conn, aggregate_id)
    except DUPLICATE_ERRORS:
        raise exception.AggregateExists(name=name) from None


def update(
    backend: Backend, aggregate_id: int, name: str | None, metadata: Mapping[str, str | None]
) -> Aggregate:
    """Renames (unless ``name`` is None) and sets metadata; a value of None removes its key.

    Raises AggregateNotFound, AggregateExists; AggregateInUse where that would
    move servers, or a host into two zones.
    """
    try:
        with backend.db.writer() as conn:
            quotas.lock(conn, _LOCK)
            found = _get(conn, aggregate_id)
            if ZONE in metadata:
                _check_new_zone(conn, found, metadata[ZONE])
            if name is not None and name != found.name:
                statements.rename(conn, aggregate_id, name)
            statements.set_metadata(conn, aggregate_id, metadata)
            # A change of metadata is told with its time, which is kept for the name alone: as the API
            # has always answered.
            return dataclasses.replace(_get(conn, aggregate_id), updated_at=utcnow())
    except DUPLICATE_ERRORS:
        raise exception.AggregateExists(name=name) from None


def _check_new_zone(conn: Connection, aggregate: Aggregate, zone: str | None) -> None:
    if zone == "":
        raise exception.AggregateInUse(
            aggregate_id=aggregate.id, reason="The name of an availability zone cannot be empty."
        )
    if zone == aggregate.zone:
        return
    others = _zones_beside(conn, aggregate, aggregate.hosts)
    if zone is not None and others - {zone}:
        raise exception.AggregateInUse(aggregate_id=aggregate.id, reason=_already_in(others - {zone}))
    if guests.any_on(conn, aggregate.hosts):
        raise exception.AggregateInUse(aggregate_id=aggregate.id, reason=_WITH_SERVERS)


def _zones_beside(conn: Connection, aggregate: Aggregate, hosts: Collection[str]) -> set[str]:
    """The zones that other aggregates make of ``hosts``."""
    return {
        other.zone
        for other in statements.find_all(conn)
        if other.id != aggregate.id and other.zone and set(hosts) & set(other.hosts)
    }


def _already_in(zones: set[str]) -> str:
    return f"One or more hosts already in availability zone(s) {', '.join(sorted(zones))}."


def delete(backend: Backend, aggregate_id: int) -> None:
    """Raises AggregateNotFound, AggregateNotEmpty."""
    with backend.db.writer() as conn:
        quotas.lock(conn, _LOCK)
        if _get(conn, aggregate_id).hosts:
            raise exception.AggregateNotEmpty(aggregate_id=aggregate_id)
        statements.delete(conn, aggregate_id)


# --- hosts ---------------------------------------------------------------------------


def add_host(backend: Backend, aggregate_id: int, host: str) -> Aggregate:
    """Raises AggregateNotFound, HostNotFound, AggregateHostExists; AggregateHostInUse as ``update``."""
    with backend.db.writer() as conn:
        quotas.lock(conn, _LOCK)
        found = _get(conn, aggregate_id)
        if not services.list_services(conn, COMPUTE, host):
            raise exception.HostNotFound(host=host)
        if host in found.hosts:
            raise exception.AggregateHostExists(aggregate_id=aggregate_id, host=host)
        others = _zones_beside(conn, found, [host])
        if found.zone and others - {found.zone}:
            raise _refused("add", found, host, _already_in(others))
        if found.zone and not others and guests.pinned_elsewhere(conn, host, found.zone):
            raise _refused("add", found, host, _WITH_SERVERS)
        statements.add_host(conn, aggregate_id, host)
        return _get(conn, aggregate_id)


def remove_host(backend: Backend, aggregate_id: int, host: str) -> Aggregate:
    """Raises AggregateNotFound, AggregateHostNotFound; AggregateHostInUse as ``update``."""
    with backend.db.writer() as conn:
        quotas.lock(conn, _LOCK)
        found = _get(conn, aggregate_id)
        if host not in found.hosts:
            raise exception.AggregateHostNotFound(aggregate_id=aggregate_id, host=host)
        loses_zone = found.zone and not _zones_beside(conn, found, [host])
        if loses_zone and guests.pinned_elsewhere(conn, host, str(backend.conf.default_availability_zone)):
            raise _refused("remove", found, host, _WITH_SERVERS)
        statements.remove_host(conn, aggregate_id, host)
        return _get(conn, aggregate_id)


def _refused(operation: str, aggregate: Aggregate, host: str, reason: str) -> exception.AggregateHostInUse:
    return exception.AggregateHostInUse(
        operation=operation, host=host, aggregate_id=aggregate.id, reason=reason
    )


# --- images ----------------------------------------------------------------------------


def cache_images(backend: Backend, context: RequestContext, aggregate_id: int, images: Sequence[str]) -> None:
    """Has every living host of the aggregate fetch ``images`` before they are needed.

    Raises AggregateNotFound; Invalid for an image that is asked for twice.
    """
    if len(set(images)) != len(images):
        raise exception.Invalid("Duplicate images in request: each can be cached once.")
    with work.accept(backend) as accepted:
        found = _get(accepted.conn, aggregate_id)
        for host in found.hosts:
            if services.host_is_up(accepted.conn, host, backend.conf.service_down_time):
                payload = {"images": list(images)}
                accepted.enqueue(context, rpc.COMPUTE, CACHE_IMAGES, None, payload, host=host)
