"""``/os-migrations``: which servers were moved, from where to where, and how it went.

Source: views.md "Migration (os-migrations)" of the facts.
"""

from __future__ import annotations

import datetime
from typing import Any

from nova_api.api import policy, times
from nova_api.api.controller import Controller
from nova_api.api.declare import OMIT, Field, Many, Query, QueryParam, View, operation
from nova_api.api.declare.formats import parse_time
from nova_api.api.declare.types import DATE_TIME, NON_NEGATIVE, STRING, UUID, JSONSchema, nullable
from nova_api.api.request import Request
from nova_api.compute import migrations
from nova_api.compute.migrations import Filter, Migration

_P = "os_compute_api:os-migrations:"
INDEX = policy.rule(_P + "index", policy.MANAGER, "List migrations.")
ALL_PROJECTS = policy.rule(_P + "index:all_projects", policy.ADMIN, "List the migrations of every project.")
HOSTS = policy.rule(_P + "index:host", policy.ADMIN, "See between which hosts servers are migrated.")

QUERY = Query(
    QueryParam("hidden", STRING),
    QueryParam("host", STRING),
    QueryParam("instance_uuid", STRING),
    QueryParam("source_compute", STRING),
    QueryParam("status", STRING),
    QueryParam("migration_type", STRING),
    QueryParam("limit", NON_NEGATIVE, since="2.59", single=True),
    QueryParam("marker", STRING, since="2.59", single=True),
    QueryParam("changes-since", DATE_TIME, since="2.59", single=True),
    QueryParam("changes-before", DATE_TIME, since="2.66", single=True),
    QueryParam("user_id", STRING, since="2.80", single=True),
    QueryParam("project_id", STRING, since="2.80", single=True),
    closed_since="2.59",
)
#: Query key → column.
_EQUAL = {
    "instance_uuid": "server_uuid",
    "source_compute": "source_host",
    "status": "status",
    "migration_type": "migration_type",
    "user_id": "user_id",
    "project_id": "project_id",
}
#: Values of ``hidden`` that ask for what is not hidden, which everything is here.
_SHOWN = ("", "0", "false", "f", "no", "n", "off")

TEXT_OR_NULL = nullable(STRING)
NUMBER: JSONSchema = {"type": "integer"}
NUMBER_OR_NULL = nullable(NUMBER)
MICROS: JSONSchema = {"type": "string", "pattern": r"\.[0-9]{6}$"}


def _seen_by(policy_name: str, name: str) -> Any:
    """The attribute ``name``, null for callers who may not know hosts."""
    return lambda record, request: getattr(record, name) if request.allowed(policy_name) else None


def host_fields(policy_name: str | None) -> tuple[Field, ...]:
    """Where from and where to; who does not pass ``policy_name`` sees null."""
    columns = {
        "source_compute": "source_host",
        "source_node": "source_node",
        "dest_compute": "dest_host",
        "dest_node": "dest_node",
        "dest_host": "dest_ip",
    }
    return tuple(
        Field(name, column if policy_name is None else _seen_by(policy_name, column), TEXT_OR_NULL)
        for name, column in columns.items()
    )


def links(record: Migration, request: Request) -> Any:
    """To the migration below its server, where it can be looked at."""
    if not record.is_shown_live:
        return OMIT
    return request.links("servers", record.server_uuid, "migrations", record.id)


def created_at(record: Migration, request: Request) -> str:
    """When it was asked for."""
    del request
    return times.micros(record.created_at)


def updated_at(record: Migration, request: Request) -> str | None:
    """When it last changed; null before it has."""
    del request
    return times.micros(record.updated_at)


#: What both kinds of views end with.
REQUESTERS = (
    Field("uuid", "uuid", UUID, since="2.59"),
    Field("user_id", "user_id", STRING, since="2.80"),
    Field("project_id", "project_id", STRING, since="2.80"),
)

VIEW = View(
    "migration",
    Field("id", "id", NUMBER),
    *host_fields(HOSTS),
    Field("status", "status", STRING),
    Field("instance_uuid", "server_uuid", UUID),
    Field("old_instance_type_id", "old_flavor_id", NUMBER_OR_NULL),
    Field("new_instance_type_id", "new_flavor_id", NUMBER_OR_NULL),
    Field("created_at", created_at, MICROS),
    Field("updated_at", updated_at, nullable(MICROS)),
    Field("migration_type", "migration_type", STRING, since="2.23"),
    Field("links", links, {"type": "array"}, since="2.23", optional=True),
    *REQUESTERS,
)


def _time(request: Request, name: str) -> datetime.datetime | None:
    value = request.arg(name)
    return None if value is None else parse_time(value)


class MigrationsController(Controller):
    """Every migration that the caller may know of."""

    @operation(
        "GET",
        "/os-migrations",
        policy=INDEX,
        query=QUERY,
        response=Many(
            "migrations",
            VIEW,
            links="migrations_links",
            links_since="2.59",
            marker=lambda migration: migration.uuid,
        ),
        errors=(400,),
    )
    def index(self, request: Request) -> list[Migration]:
        if request.arg("project_id") != request.context.project_id:
            request.authorize(ALL_PROJECTS)
        if (request.arg("hidden") or "").lower() not in _SHOWN:
            return []
        equal = {column: value for key, column in _EQUAL.items() if (value := request.arg(key)) is not None}
        wanted = Filter(
            equal,
            host=request.arg("host"),
            changes_since=_time(request, "changes-since"),
            changes_before=_time(request, "changes-before"),
        )
        return migrations.page(self.backend, wanted, request.page_size, request.arg("marker"))
