"""``/os-services``: the parts of the cloud, and taking compute hosts out of service and back."""

from __future__ import annotations

from typing import Any

from nova_api import exception
from nova_api.api import policy
from nova_api.api.compute.ids import IDS_ARE_UUIDS, checked_uuid, row_id
from nova_api.api.controller import Controller
from nova_api.api.declare import (
    OMIT,
    Feature,
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
from nova_api.api.declare.types import JSONSchema, nullable
from nova_api.api.request import Request
from nova_api.api.times import micros
from nova_api.compute import services
from nova_api.compute.services import Placed

_P = "os_compute_api:os-services:"
LIST = policy.rule(_P + "list", policy.ADMIN, "List services.")
UPDATE = policy.rule(_P + "update", policy.ADMIN, "Disable a service, declare it down, or undo that.")
DELETE = policy.rule(_P + "delete", policy.ADMIN, "Delete a service.")

#: A host can be declared down.
FORCE_DOWN = Feature(since="2.11")

# --- what may be asked -----------------------------------------------------------

LIST_QUERY = Query(QueryParam("binary", types.STRING), QueryParam("host", types.STRING), closed_since="2.75")

_TEXT: JSONSchema = {"type": "string", "minLength": 1, "maxLength": 255}
_HOST = _TEXT | {"pattern": "^[a-zA-Z0-9-._]*$"}
#: Until 2.52 the last part of the path is what to do, and the body says to whom.
TELL_BODY = Object(
    Param("host", _HOST, required=True),
    Param("binary", _TEXT, required=True),
    Param("disabled_reason", _TEXT),
    Param("forced_down", types.BOOLEAN, since="2.11"),
)
UPDATE_BODY = Object(
    Param("status", {"type": "string", "enum": ["enabled", "disabled"]}),
    Param("disabled_reason", _TEXT),
    Param("forced_down", types.BOOLEAN),
)

# --- what is shown -----------------------------------------------------------------


def _service(name: str) -> Any:
    return lambda placed, _request: getattr(placed.service, name)


def _status(placed: Placed, _request: Request) -> str:
    return "disabled" if placed.service.disabled else "enabled"


def _updated_at(placed: Placed, _request: Request) -> str | None:
    """The last sign of life after the one it was registered with, or the last change by people."""
    service = placed.service
    seen = service.last_seen_at
    times = [seen if seen is not None and seen > service.created_at else None, service.updated_at]
    return micros(max((time for time in times if time is not None), default=None))


VIEW = View(
    "service",
    Field("id", _service("id"), {"type": "integer"}, until="2.52"),
    Field("id", _service("uuid"), types.UUID, since="2.53"),
    Field("binary", _service("binary"), types.STRING),
    Field("host", _service("host"), types.STRING),
    Field("zone", "zone", types.STRING),
    Field("status", _status, {"enum": ["enabled", "disabled"]}),
    Field("state", lambda placed, _request: "up" if placed.up else "down", {"enum": ["up", "down"]}),
    Field("updated_at", _updated_at, nullable(types.STRING)),
    Field("disabled_reason", _service("disabled_reason"), nullable(types.STRING)),
    Field("forced_down", _service("forced_down"), {"type": "boolean"}, since="2.11"),
)


def _told(*actions: str) -> Any:
    """Shows a key only in the replies of ``actions``."""

    def given(get: Any) -> Any:
        return lambda placed, request: get(placed, request) if _told_to(request) in actions else OMIT

    return given


def _told_to(request: Request) -> str:
    action: str = request.related["told"]
    return action


#: What a service that was told something (until 2.52) shows: whom, and what.
TOLD_VIEW = View(
    "service told",
    Field("host", _service("host"), types.STRING),
    Field("binary", _service("binary"), types.STRING),
    Field(
        "status",
        _told("enable", "disable", "disable-log-reason")(_status),
        {"enum": ["enabled", "disabled"]},
        optional=True,
    ),
    Field(
        "disabled_reason",
        _told("disable-log-reason")(_service("disabled_reason")),
        types.STRING,
        optional=True,
    ),
    Field("forced_down", _told("force-down")(_service("forced_down")), {"type": "boolean"}, optional=True),
)

# --- what is done --------------------------------------------------------------------


class ServicesController(Controller):
    """``/os-services``."""

    @operation("GET", "/os-services", policy=LIST, query=LIST_QUERY, response=Many("services", VIEW))
    def index(self, request: Request) -> list[Placed]:
        return services.page(self.backend, request.arg("binary"), request.arg("host"))

    @operation(
        "PUT",
        "/os-services/{id}",
        until="2.52",
        policy=UPDATE,
        body=TELL_BODY,
        response=One("service", TOLD_VIEW),
        errors=(400, 404),
    )
    def tell(self, request: Request, id: str) -> Placed:
        given = request.data
        request.related["told"] = id
        values = _values_of(id, given, request.has(FORCE_DOWN))
        service = services.of_host(self.backend, given["host"], given["binary"])
        return services.update(self.backend, service, **values)

    @operation(
        "PUT",
        "/os-services/{id}",
        since="2.53",
        policy=UPDATE,
        body=UPDATE_BODY,
        response=One("service", VIEW),
        errors=(400, 404),
    )
    def update(self, request: Request, id: str) -> Placed:
        found = services.get(self.backend, uuid=checked_uuid(id, "service"))
        return services.update(self.backend, found.service, **_values(request.data))

    @operation("DELETE", "/os-services/{id}", policy=DELETE, status=204, errors=(400, 404, 409))
    def delete(self, request: Request, id: str) -> None:
        if request.has(IDS_ARE_UUIDS):
            found = services.get(self.backend, uuid=checked_uuid(id, "service"))
        else:
            number = row_id(id)
            if number is None:
                raise exception.Invalid(f"The id of a service must be an integer, not {id!r}.")
            found = services.get(self.backend, id=number)
        services.delete(self.backend, found.service)


def _values_of(action: str, given: dict[str, Any], may_force_down: bool) -> dict[str, Any]:
    """What a service is told until 2.52, as columns; raises Invalid, and NotFound for an unknown action."""
    match action:
        case "enable":
            return {"disabled": False, "disabled_reason": None}
        case "disable":
            return {"disabled": True, "disabled_reason": None}
        case "disable-log-reason":
            if "disabled_reason" not in given:
                raise exception.Invalid("Missing disabled_reason field.")
            return {"disabled": True, "disabled_reason": given["disabled_reason"]}
        case "force-down" if may_force_down:
            if "forced_down" not in given:
                raise exception.Invalid("Missing forced_down field.")
            return {"forced_down": types.is_true(given["forced_down"])}
    raise exception.NotFound("Unknown action.")


def _values(given: dict[str, Any]) -> dict[str, Any]:
    """The body since 2.53 as columns; raises Invalid where it says nothing, or two things at once."""
    values: dict[str, Any] = {}
    if given.get("status") == "enabled":
        if "disabled_reason" in given:
            raise exception.Invalid("Specifying 'disabled_reason' with status 'enabled' is invalid.")
        values |= {"disabled": False, "disabled_reason": None}
    elif given.get("status") == "disabled":
        values |= {"disabled": True, "disabled_reason": given.get("disabled_reason")}
    if "forced_down" in given:
        values["forced_down"] = types.is_true(given["forced_down"])
    if not values:
        raise exception.Invalid(
            "No updates were requested. Fields 'status' or 'forced_down' should be specified."
        )
    return values
