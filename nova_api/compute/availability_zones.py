"""Availability zones: which services stand in which, and whether any of them lives.

Hosts that run guests stand in the zone that an aggregate makes of them, else in
``[DEFAULT] default_availability_zone``; every other service in the internal
zone, where no server can be asked to go.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import TYPE_CHECKING

from oslo_config import cfg
from sqlalchemy.engine import Connection

from nova_api.db import aggregates, services
from nova_api.db.services import Service

if TYPE_CHECKING:
    from nova_api.backend import Backend

_RUNS_GUESTS = "nova-compute"


@dataclasses.dataclass(frozen=True)
class ZoneService:
    """One service in a zone; ``up`` means heard of within ``service_down_time``."""

    service: Service
    up: bool


@dataclasses.dataclass(frozen=True)
class Zone:
    """A zone with the services in it; ``available`` where one of them is enabled and up."""

    name: str
    internal: bool
    services: tuple[ZoneService, ...]

    @property
    def available(self) -> bool:
        return any(member.up and not member.service.disabled for member in self.services)


@dataclasses.dataclass(frozen=True)
class HostZones:
    """The zone of each compute host: ``by_host`` where an aggregate makes one of it, else ``default``."""

    by_host: Mapping[str, str]
    default: str

    def of(self, host: str) -> str:
        return self.by_host.get(host, self.default)


def host_zones(conn: Connection, conf: cfg.ConfigOpts) -> HostZones:
    """As the aggregates have it now."""
    return HostZones(aggregates.zones_of_hosts(conn), str(conf.default_availability_zone))


def zone_of_service(service: Service, hosts: HostZones, conf: cfg.ConfigOpts) -> str:
    """The zone of any service: its host's where it runs guests, else the internal one."""
    if service.binary == _RUNS_GUESTS:
        return hosts.of(service.host)
    return str(conf.internal_service_availability_zone)


def zones(backend: Backend) -> list[Zone]:
    """Every zone that has a service, in order of its oldest one."""
    with backend.db.reader() as conn:
        return zones_of(conn, backend.conf)


def zones_of(conn: Connection, conf: cfg.ConfigOpts) -> list[Zone]:
    """As ``zones``, in the caller's transaction."""
    internal = str(conf.internal_service_availability_zone)
    members: dict[str, list[ZoneService]] = {}
    hosts = host_zones(conn, conf)
    for service in services.list_services(conn):
        name = zone_of_service(service, hosts, conf)
        up = service.is_up(conf.service_down_time)
        members.setdefault(name, []).append(ZoneService(service, up))
    return [Zone(name, name == internal, tuple(inside)) for name, inside in members.items()]


def is_available(conn: Connection, conf: cfg.ConfigOpts, name: str) -> bool:
    """Whether a server can be asked to go to zone ``name``: it is not internal and a host in it lives."""
    return any(zone.name == name and zone.available and not zone.internal for zone in zones_of(conn, conf))
