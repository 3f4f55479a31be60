"""``/os-aggregates``: named sets of compute hosts, and the zones that they make."""

from __future__ import annotations

from typing import Any

from nova_api import exception
from nova_api.api import policy
from nova_api.api.compute.ids import row_id
from nova_api.api.controller import Controller
from nova_api.api.declare import (
    Array,
    Field,
    Many,
    Object,
    One,
    Param,
    Query,
    View,
    action,
    operation,
    types,
    wrap,
)
from nova_api.api.declare.types import JSONSchema, nullable
from nova_api.api.request import Request
from nova_api.api.times import micros
from nova_api.compute import aggregates
from nova_api.db.aggregates import ZONE, Aggregate

_P = "os_compute_api:os-aggregates:"
INDEX = policy.rule(_P + "index", policy.ADMIN, "List aggregates.")
SHOW = policy.rule(_P + "show", policy.ADMIN, "Show an aggregate.")
CREATE = policy.rule(_P + "create", policy.ADMIN, "Create an aggregate.")
UPDATE = policy.rule(_P + "update", policy.ADMIN, "Change an aggregate's name or zone.")
DELETE = policy.rule(_P + "delete", policy.ADMIN, "Delete an aggregate.")
ADD_HOST = policy.rule(_P + "add_host", policy.ADMIN, "Add a host to an aggregate.")
REMOVE_HOST = policy.rule(_P + "remove_host", policy.ADMIN, "Take a host out of an aggregate.")
SET_METADATA = policy.rule(_P + "set_metadata", policy.ADMIN, "Set an aggregate's metadata.")
IMAGES = policy.rule(
    "compute:aggregates:images", policy.ADMIN, "Have the hosts of an aggregate fetch images in advance."
)

# --- what may be asked -----------------------------------------------------------------

QUERY = Query(closed_since="2.102")


def _zone(name_format: str) -> JSONSchema:
    return nullable_text({"type": "string", "minLength": 1, "maxLength": 255, "format": name_format})


def nullable_text(schema: JSONSchema) -> JSONSchema:
    """``schema``, or null: a format applies to strings alone, so the two need alternatives."""
    return {"oneOf": [schema, types.NULL]}


_ZONE = Param("availability_zone", _zone("az_name"), legacy=_zone("az_name_with_leading_trailing_spaces"))
CREATE_BODY = wrap(
    "aggregate", Object(Param("name", types.NAME, required=True, legacy=types.PADDED_NAME), _ZONE)
)
UPDATE_BODY = wrap(
    "aggregate",
    Object(
        # Aggregates of old may have such names, and must be able to keep them.
        Param("name", types.PADDED_NAME),
        _ZONE,
        anyOf=[{"required": ["name"]}, {"required": ["availability_zone"]}],
    ),
)
_HOST = Object(
    Param(
        "host",
        {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[a-zA-Z0-9-._]*$"},
        required=True,
    )
)
_METADATA = Object(
    Param(
        "metadata",
        {
            "type": "object",
            "patternProperties": {
                "^[a-zA-Z0-9-_:. ]{1,255}$": {"type": ["string", "null"], "maxLength": 255}
            },
            "additionalProperties": False,
        },
        required=True,
    )
)
IMAGES_BODY = Object(
    Param("cache", Array(Object(Param("id", types.UUID, required=True)), minItems=1), required=True)
)

# --- what is shown ------------------------------------------------------------------------


def _never(_aggregate: Aggregate, _request: Request) -> Any:
    """Deleted aggregates are gone, so one that is shown has no time of its deletion."""
    return None


_CREATED = (
    Field("id", "id", {"type": "integer"}),
    Field("uuid", "uuid", types.UUID, since="2.41"),
    Field("name", "name", types.STRING),
    Field("availability_zone", "zone", nullable(types.STRING)),
    Field("created_at", lambda aggregate, _request: micros(aggregate.created_at), types.STRING),
    Field("updated_at", lambda aggregate, _request: micros(aggregate.updated_at), nullable(types.STRING)),
    Field("deleted", lambda _aggregate, _request: False, {"type": "boolean"}),
    Field("deleted_at", _never, types.NULL),
)
CREATED_VIEW = View("aggregate (created)", *_CREATED)
VIEW = View(
    "aggregate",
    *_CREATED,
    Field("hosts", lambda aggregate, _request: list(aggregate.hosts), {"type": "array"}),
    Field("metadata", lambda aggregate, _request: dict(aggregate.metadata), {"type": "object"}),
)
ONE = One("aggregate", VIEW)

# --- what is done ---------------------------------------------------------------------------


class AggregatesController(Controller):
    """``/os-aggregates``."""

    @operation("GET", "/os-aggregates", policy=INDEX, query=QUERY, response=Many("aggregates", VIEW))
    def index(self, request: Request) -> list[Aggregate]:
        del request
        return aggregates.find_all(self.backend)

    @operation(
        "POST",
        "/os-aggregates",
        policy=CREATE,
        body=CREATE_BODY,
        response=One("aggregate", CREATED_VIEW),
        errors=(400, 409),
    )
    def create(self, request: Request) -> Aggregate:
        given = request.data["aggregate"]
        return aggregates.create(self.backend, given["name"], given.get("availability_zone"))

    @operation("GET", "/os-aggregates/{id}", policy=SHOW, query=QUERY, response=ONE, errors=(400, 404))
    def show(self, request: Request, id: str) -> Aggregate:
        del request
        return aggregates.get(self.backend, _checked(id))

    @operation(
        "PUT", "/os-aggregates/{id}", policy=UPDATE, body=UPDATE_BODY, response=ONE, errors=(400, 404, 409)
    )
    def update(self, request: Request, id: str) -> Aggregate:
        given = request.data["aggregate"]
        name = given.get("name")
        zone = {ZONE: given[ZONE]} if ZONE in given else {}
        return aggregates.update(self.backend, _checked(id), name and name.strip(), zone)

    @operation("DELETE", "/os-aggregates/{id}", policy=DELETE, errors=(400, 404))
    def delete(self, request: Request, id: str) -> None:
        del request
        aggregates.delete(self.backend, _checked(id))

    @action(
        "add_host",
        "/os-aggregates/{id}/action",
        policy=ADD_HOST,
        body=wrap("add_host", _HOST),
        response=ONE,
        errors=(400, 404, 409),
    )
    def add_host(self, request: Request, id: str) -> Aggregate:
        return aggregates.add_host(self.backend, _checked(id), request.data["add_host"]["host"])

    @action(
        "remove_host",
        "/os-aggregates/{id}/action",
        policy=REMOVE_HOST,
        body=wrap("remove_host", _HOST),
        response=ONE,
        errors=(400, 404, 409),
    )
    def remove_host(self, request: Request, id: str) -> Aggregate:
        return aggregates.remove_host(self.backend, _checked(id), request.data["remove_host"]["host"])

    @action(
        "set_metadata",
        "/os-aggregates/{id}/action",
        policy=SET_METADATA,
        body=wrap("set_metadata", _METADATA),
        response=ONE,
        errors=(400, 404),
    )
    def set_metadata(self, request: Request, id: str) -> Aggregate:
        metadata = request.data["set_metadata"]["metadata"]
        return aggregates.update(self.backend, _checked(id), None, metadata)

    @operation(
        "POST",
        "/os-aggregates/{id}/images",
        since="2.81",
        policy=IMAGES,
        body=IMAGES_BODY,
        status=202,
        errors=(400, 404),
    )
    def images(self, request: Request, id: str) -> None:
        asked = [image["id"] for image in request.data["cache"]]
        aggregates.cache_images(self.backend, request.context, _checked(id), asked)


def _checked(id: str) -> int:
    number = row_id(id)
    if number is None:
        if id.isascii() and id.isdigit():
            raise exception.AggregateNotFound(aggregate_id=id)
        raise exception.Invalid(f"The id of an aggregate must be an integer, not {id!r}.")
    return number
