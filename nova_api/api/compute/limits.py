"""``/limits``: what a project may have, what it has, and how often it may ask."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from nova_api.api import policy
from nova_api.api.controller import Controller
from nova_api.api.declare import Field, One, Query, QueryParam, View, operation, types
from nova_api.api.request import Request
from nova_api.compute import limits
from nova_api.compute.limits import Limits
from nova_api.context import RATE_LIMITS_KEY

INDEX = policy.rule("os_compute_api:limits", policy.ANYONE, "Show the limits of one's own project.")
OTHER_PROJECT = policy.rule(
    "os_compute_api:limits:other_project", policy.ADMIN, "Show the limits of another project (tenant_id)."
)

QUERY = Query(QueryParam("tenant_id", types.STRING), closed_since="2.75")

_INTEGER = {"type": "integer"}
#: Networks keep their own limits; the keys lived on until clients asked the network service itself.
_NETWORK_LAST = "2.35"
_FILES_LAST = "2.56"


def _limit(key: str, resource: str, until: str | None = None) -> Field:
    return Field(key, lambda record, _request: record.limits[resource], _INTEGER, until=until)


def _fixed(key: str, value: int, until: str | None = None) -> Field:
    return Field(key, lambda _record, _request: value, _INTEGER, until=until)


ABSOLUTE = View(
    "absolute limits",
    _limit("maxTotalInstances", "instances"),
    _limit("maxTotalCores", "cores"),
    _limit("maxTotalRAMSize", "ram"),
    _limit("maxTotalKeypairs", "key_pairs"),
    _limit("maxServerMeta", "metadata_items"),
    _limit("maxServerGroups", "server_groups"),
    _limit("maxServerGroupMembers", "server_group_members"),
    _limit("maxImageMeta", "metadata_items", until="2.38"),
    _limit("maxPersonality", "injected_files", until=_FILES_LAST),
    _limit("maxPersonalitySize", "injected_file_content_bytes", until=_FILES_LAST),
    _fixed("maxTotalFloatingIps", -1, until=_NETWORK_LAST),
    _fixed("maxSecurityGroups", -1, until=_NETWORK_LAST),
    _fixed("maxSecurityGroupRules", -1, until=_NETWORK_LAST),
    Field("totalInstancesUsed", lambda record, _request: record.used.instances, _INTEGER),
    Field("totalCoresUsed", lambda record, _request: record.used.cores, _INTEGER),
    Field("totalRAMUsed", lambda record, _request: record.used.ram, _INTEGER),
    Field("totalServerGroupsUsed", "server_groups", _INTEGER),
    _fixed("totalFloatingIpsUsed", 0, until=_NETWORK_LAST),
    _fixed("totalSecurityGroupsUsed", 0, until=_NETWORK_LAST),
)


def _absolute(record: Limits, request: Request) -> dict[str, Any]:
    return ABSOLUTE.render([record], request)[0]


def _rate(_record: Limits, request: Request) -> list[dict[str, Any]]:
    """The caller's own request rates where a ratelimit filter stands before this API; else none."""
    ask: Callable[[], list[dict[str, Any]]] | None = request.environ.get(RATE_LIMITS_KEY)
    return [] if ask is None else ask()


VIEW = View(
    "limits",
    Field("rate", _rate, {"type": "array"}),
    Field("absolute", _absolute, {"type": "object"}),
)


class LimitsController(Controller):
    """``/limits``."""

    @operation("GET", "/limits", policy=INDEX, query=QUERY, response=One("limits", VIEW))
    def index(self, request: Request) -> Limits:
        project_id = request.context.project_id
        other = request.arg("tenant_id")
        if other is not None:
            request.authorize(OTHER_PROJECT)
            project_id = other
        return limits.of(self.backend, project_id)
