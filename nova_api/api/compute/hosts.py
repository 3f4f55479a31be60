"""``/os-hosts`` (to 2.42): hosts, what they have, and switching them.

Source: views.md "Host", "Host resources", "Host update/power" of the facts.
"""

from __future__ import annotations

from nova_api.api import policy
from nova_api.api.controller import Controller
from nova_api.api.declare import (
    OMIT,
    Field,
    Many,
    Object,
    One,
    Param,
    Query,
    QueryParam,
    View,
    operation,
    types,
)
from nova_api.api.declare.types import JSONSchema
from nova_api.api.request import Request
from nova_api.compute import hosts
from nova_api.compute.hosts import Resources
from nova_api.compute.services import Placed

_P = "os_compute_api:os-hosts:"
LIST = policy.rule(_P + "list", policy.ADMIN, "List hosts.")
SHOW = policy.rule(_P + "show", policy.ADMIN, "Show what a host has and who uses it.")
UPDATE = policy.rule(_P + "update", policy.ADMIN, "Take a host out of service, or put it into maintenance.")
REBOOT = policy.rule(_P + "reboot", policy.ADMIN, "Reboot a host.")
SHUTDOWN = policy.rule(_P + "shutdown", policy.ADMIN, "Shut a host down.")
START = policy.rule(_P + "start", policy.ADMIN, "Start a host.")

_LAST = "2.42"

# --- what may be asked ---------------------------------------------------------

_ON = ("enable", "Enable", "ENABLE")
_SWITCH: JSONSchema = {"type": "string", "enum": [*_ON, "disable", "Disable", "DISABLE"]}
UPDATE_BODY = Object(
    Param("status", _SWITCH),
    Param("maintenance_mode", _SWITCH),
    anyOf=[{"required": ["status"]}, {"required": ["maintenance_mode"]}],
)

# --- what is shown ---------------------------------------------------------------

_INTEGER: JSONSchema = {"type": "integer"}


def _told(name: str, schema: JSONSchema, *, optional: bool = False) -> Field:
    """A key of what a host was told to be, or to do."""
    return Field(name, lambda told, _request: told.get(name, OMIT), schema, optional=optional)


def _topic(placed: Placed, _request: Request) -> str:
    """``compute`` for nova-compute."""
    return placed.service.binary.removeprefix("nova-")


VIEW = View(
    "host",
    Field("host_name", lambda placed, _request: placed.service.host, types.STRING),
    Field("service", _topic, types.STRING),
    Field("zone", "zone", types.STRING),
)
RESOURCES_VIEW = View(
    "host resources",
    Field("host", "host", types.STRING),
    Field("project", "of", types.STRING),
    Field("cpu", "vcpus", _INTEGER),
    Field("memory_mb", "memory_mb", _INTEGER),
    Field("disk_gb", "disk_gb", _INTEGER),
)
UPDATED_VIEW = View(
    "host updated",
    _told("host", types.STRING),
    _told("status", {"enum": ["enabled", "disabled"]}, optional=True),
    _told("maintenance_mode", {"enum": ["on_maintenance", "off_maintenance"]}, optional=True),
)
POWER_VIEW = View("host switched", _told("host", types.STRING), _told("power_action", types.STRING))

# --- what is done ------------------------------------------------------------------


class HostsController(Controller):
    """``/os-hosts``."""

    @operation(
        "GET",
        "/os-hosts",
        until=_LAST,
        policy=LIST,
        query=Query(QueryParam("zone", types.STRING)),
        response=Many("hosts", VIEW),
    )
    def index(self, request: Request) -> list[Placed]:
        return hosts.page(self.backend, request.arg("zone"))

    @operation(
        "GET",
        "/os-hosts/{id}",
        until=_LAST,
        policy=SHOW,
        response=Many("host", RESOURCES_VIEW, item="resource"),
        errors=(404,),
    )
    def show(self, request: Request, id: str) -> list[Resources]:
        del request
        return hosts.resources(self.backend, id)

    @operation(
        "PUT",
        "/os-hosts/{id}",
        until=_LAST,
        policy=UPDATE,
        body=UPDATE_BODY,
        response=One(None, UPDATED_VIEW),
        errors=(400, 404, 501),
    )
    def update(self, request: Request, id: str) -> dict[str, str]:
        given, told = request.data, {"host": id}
        # What may fail comes first, so that a refusal changes nothing.
        if "maintenance_mode" in given:
            on = given["maintenance_mode"] in _ON
            is_on = hosts.set_maintenance(self.backend, request.context, id, on)
            told["maintenance_mode"] = "on_maintenance" if is_on else "off_maintenance"
        if "status" in given:
            enabled = hosts.set_enabled(self.backend, id, given["status"] in _ON)
            told["status"] = "enabled" if enabled else "disabled"
        return told

    @operation(
        "GET",
        "/os-hosts/{id}/reboot",
        until=_LAST,
        policy=REBOOT,
        response=One(None, POWER_VIEW),
        errors=(400, 404, 501),
    )
    def reboot(self, request: Request, id: str) -> dict[str, str]:
        return self._switched(request, id, "reboot")

    @operation(
        "GET",
        "/os-hosts/{id}/shutdown",
        until=_LAST,
        policy=SHUTDOWN,
        response=One(None, POWER_VIEW),
        errors=(400, 404, 501),
    )
    def shutdown(self, request: Request, id: str) -> dict[str, str]:
        return self._switched(request, id, "shutdown")

    @operation(
        "GET",
        "/os-hosts/{id}/startup",
        until=_LAST,
        policy=START,
        response=One(None, POWER_VIEW),
        errors=(400, 404, 501),
    )
    def startup(self, request: Request, id: str) -> dict[str, str]:
        return self._switched(request, id, "startup")

    def _switched(self, request: Request, host: str, action: str) -> dict[str, str]:
        done = hosts.switch(self.backend, request.context, host, action)
        return {"host": host, "power_action": done}
