"""``/servers/{server_id}/migrations``: the live migrations of a server that are at work.

Source: views.md "Server migration" of the facts.
"""

from __future__ import annotations

from typing import Any

from nova_api.api.compute.migrations import (
    MICROS,
    NUMBER,
    NUMBER_OR_NULL,
    REQUESTERS,
    created_at,
    host_fields,
    updated_at,
)
from nova_api.api.compute.servers import policies
from nova_api.api.compute.servers.read import ServerController
from nova_api.api.declare import Feature, Field, Many, One, Query, View, action, operation, wrap
from nova_api.api.declare.types import NULL, STRING, UUID, nullable
from nova_api.api.request import Request
from nova_api.compute import migrations
from nova_api.compute.migrations import Migration
from nova_api.compute.servers import live_migration
from nova_api.db.server_queries import Server

PATH = "/servers/{server_id}/migrations"
QUERY = Query(closed_since="2.102")

#: A migration may also be aborted before it runs.
ABORT_EARLY = Feature(since="2.65")


def _bytes(name: str) -> Any:
    """The attribute ``name``, null for nothing yet: the API has no zero here."""
    return lambda record, _request: getattr(record, name) or None


_COUNTERS = tuple(
    Field(f"{what}_{how}_bytes", _bytes(f"{what}_{how}_bytes"), NUMBER_OR_NULL)
    for what in ("memory", "disk")
    for how in ("total", "processed", "remaining")
)


def _view(name: str, hosts: str | None) -> View:
    return View(
        name,
        Field("id", "id", NUMBER),
        *host_fields(hosts),
        Field("status", "status", STRING),
        Field("server_uuid", "server_uuid", UUID),
        *_COUNTERS,
        Field("created_at", created_at, MICROS),
        Field("updated_at", updated_at, nullable(MICROS)),
        *REQUESTERS,
    )


ITEM = _view("migration of a server", policies.MIGRATIONS_HOSTS)
SHOWN = _view("one migration of a server", None)


class ServerMigrationsController(ServerController):
    """Shows live migrations, hurries them, breaks them off."""

    @operation(
        "GET",
        PATH,
        since="2.23",
        policy=policies.MIGRATIONS_INDEX,
        query=QUERY,
        response=Many("migrations", ITEM),
        loads="server",
        errors=(404,),
    )
    def index(self, request: Request, server: Server) -> list[Migration]:
        return migrations.in_progress(self.backend, server)

    @operation(
        "GET",
        PATH + "/{id}",
        since="2.23",
        policy=policies.MIGRATIONS_SHOW,
        query=QUERY,
        response=One("migration", SHOWN),
        loads="server",
        errors=(404,),
    )
    def show(self, request: Request, server: Server, id: str) -> Migration:
        return migrations.show(self.backend, server, id)

    @operation(
        "DELETE",
        PATH + "/{id}",
        since="2.24",
        policy=policies.MIGRATIONS_DELETE,
        status=202,
        loads="server",
        errors=(400, 404, 409),
    )
    def delete(self, request: Request, server: Server, id: str) -> None:
        early = request.has(ABORT_EARLY)
        live_migration.abort(self.backend, request.context, server, id, early=early)

    @action(
        "force_complete",
        PATH + "/{id}/action",
        since="2.22",
        policy=policies.MIGRATIONS_FORCE_COMPLETE,
        body=wrap("force_complete", NULL),
        status=202,
        loads="server",
        errors=(400, 403, 404, 409),
    )
    def force_complete(self, request: Request, server: Server, id: str) -> None:
        live_migration.force_complete(self.backend, request.context, server, id)
