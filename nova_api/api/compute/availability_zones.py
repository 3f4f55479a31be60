"""``/os-availability-zone``: where servers can be asked to go."""

from __future__ import annotations

from typing import Any

from nova_api.api import policy
from nova_api.api.controller import Controller
from nova_api.api.declare import Field, Many, Query, View, operation, types
from nova_api.api.request import Request
from nova_api.api.times import micros
from nova_api.compute import availability_zones
from nova_api.compute.availability_zones import Zone, ZoneService
from nova_api.db.services import Service

LIST = policy.rule("os_compute_api:os-availability-zone:list", policy.ANYONE, "List availability zones.")
DETAIL = policy.rule(
    "os_compute_api:os-availability-zone:detail",
    policy.ADMIN,
    "List availability zones with their hosts and services.",
)

QUERY = Query(closed_since="2.102")


def _heartbeat(service: Service) -> str | None:
    """The last sign of life after the one it was registered with."""
    seen = service.last_seen_at
    return micros(seen) if seen is not None and seen > service.created_at else None


def _hosts(zone: Zone, _request: Request) -> dict[str, Any] | None:
    if not zone.available:
        return None
    hosts: dict[str, dict[str, Any]] = {}
    for member in zone.services:
        hosts.setdefault(member.service.host, {})[member.service.binary] = _state(member)
    return hosts


def _state(member: ZoneService) -> dict[str, Any]:
    return {
        "active": not member.service.disabled,
        "available": member.up,
        "updated_at": _heartbeat(member.service),
    }


_NAME = Field("zoneName", "name", types.STRING)
_STATE = Field("zoneState", lambda zone, _request: {"available": zone.available}, {"type": "object"})

VIEW = View("availability zone", _NAME, _STATE, Field("hosts", lambda _zone, _request: None, types.NULL))
DETAIL_VIEW = View(
    "availability zone in detail", _NAME, _STATE, Field("hosts", _hosts, {"type": ["object", "null"]})
)


class AvailabilityZonesController(Controller):
    """``/os-availability-zone``."""

    @operation(
        "GET", "/os-availability-zone", policy=LIST, query=QUERY, response=Many("availabilityZoneInfo", VIEW)
    )
    def index(self, request: Request) -> list[Zone]:
        del request
        return [zone for zone in availability_zones.zones(self.backend) if not zone.internal]

    @operation(
        "GET",
        "/os-availability-zone/detail",
        policy=DETAIL,
        query=QUERY,
        response=Many("availabilityZoneInfo", DETAIL_VIEW),
    )
    def detail(self, request: Request) -> list[Zone]:
        del request
        return availability_zones.zones(self.backend)
