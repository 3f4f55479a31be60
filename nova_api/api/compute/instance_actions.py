"""``/servers/{server_id}/os-instance-actions``: what was done to a server, by whom, how it went.

Administrators alone see on which host and with which traceback.  Source:
views.md "Instance action" of the facts.
"""

from __future__ import annotations

import dataclasses
import datetime
from typing import Any

from nova_api import exception
from nova_api.api import policy, times
from nova_api.api.compute.servers.getters import host_hash
from nova_api.api.controller import Controller
from nova_api.api.declare import Feature, Field, Many, One, Query, QueryParam, View, operation
from nova_api.api.declare.formats import parse_time
from nova_api.api.declare.types import DATE_TIME, NON_NEGATIVE, STRING, JSONSchema, nullable
from nova_api.api.request import Request
from nova_api.compute.servers import query as servers
from nova_api.db import actions
from nova_api.db.actions import Action, Event
from nova_api.db.server_queries import Server

_P = "os_compute_api:os-instance-actions:"
LIST = policy.rule(_P + "list", policy.READER, "List the actions of a server.")
SHOW = policy.rule(_P + "show", policy.READER, "Show an action of a server.")
EVENTS = policy.rule(
    _P + "events",
    policy.ADMIN,
    "See hosts and tracebacks of an action's events (before 2.51: the events).",
)
DETAILS = policy.rule(_P + "events:details", policy.ADMIN, "See why an event of an action failed.")

#: The actions of a deleted server.
OF_DELETED = Feature(since="2.21")

INDEX_QUERY = Query(
    QueryParam("limit", NON_NEGATIVE, since="2.58", single=True),
    QueryParam("marker", STRING, since="2.58", single=True),
    QueryParam("changes-since", DATE_TIME, since="2.58", single=True),
    QueryParam("changes-before", DATE_TIME, since="2.66", single=True),
    closed_since="2.58",
)
SHOW_QUERY = Query(closed_since="2.102")

TEXT_OR_NULL = nullable(STRING)
MICROS: JSONSchema = {"type": "string", "pattern": r"\.[0-9]{6}$"}
MICROS_OR_NULL = nullable(MICROS)


@dataclasses.dataclass(frozen=True)
class ActionEvent:
    """An event, and the project whose eyes its host is hidden from."""

    event: Event
    project_id: str | None


def _of_event(name: str) -> Any:
    return lambda shown, _request: getattr(shown.event, name)


def _host_id(shown: ActionEvent, _request: Request) -> str:
    return host_hash(shown.project_id, shown.event.host)


EVENT = View(
    "event of an action",
    Field("event", _of_event("event"), STRING),
    Field("start_time", lambda shown, _request: times.micros(shown.event.start_time), MICROS),
    Field("finish_time", lambda shown, _request: times.micros(shown.event.finish_time), MICROS_OR_NULL),
    Field("result", _of_event("result"), TEXT_OR_NULL),
    Field("traceback", _of_event("traceback"), TEXT_OR_NULL, policy=EVENTS),
    Field("hostId", _host_id, STRING, since="2.62"),
    Field("host", _of_event("host"), TEXT_OR_NULL, since="2.62", policy=EVENTS),
    Field("details", _of_event("details"), TEXT_OR_NULL, since="2.84", policy=DETAILS),
)


def _server_uuid(_action: Action, request: Request) -> str:
    uuid: str = request.related["server"].uuid
    return uuid


def _events(action: Action, request: Request) -> list[dict[str, Any]]:
    project = action.project_id or request.related["server"].project_id
    return EVENT.render([ActionEvent(event, project) for event in request.related["events"]], request)


ITEM = View(
    "action of a list",
    Field("action", "action", STRING),
    Field("instance_uuid", _server_uuid, STRING),
    Field("request_id", "request_id", STRING),
    Field("user_id", "user_id", TEXT_OR_NULL),
    Field("project_id", "project_id", TEXT_OR_NULL),
    Field("start_time", lambda action, _request: times.micros(action.start_time), MICROS),
    Field("message", "message", TEXT_OR_NULL),
    Field(
        "updated_at", lambda action, _request: times.micros(action.updated_at), MICROS_OR_NULL, since="2.58"
    ),
)
ACTION = View(
    "action",
    *ITEM.fields,
    Field("events", _events, {"type": "array"}, until="2.50", policy=EVENTS),
    Field("events", _events, {"type": "array"}, since="2.51"),
)


def _time(request: Request, name: str) -> datetime.datetime | None:
    value = request.arg(name)
    return None if value is None else parse_time(value)


class InstanceActionsController(Controller):
    """The history of a server."""

    def server(self, request: Request, server_id: str) -> Server:
        return servers.get(self.backend, request.context, server_id, deleted=request.has(OF_DELETED))

    @operation(
        "GET",
        "/servers/{server_id}/os-instance-actions",
        policy=LIST,
        query=INDEX_QUERY,
        response=Many(
            "instanceActions",
            ITEM,
            links="links",
            links_since="2.58",
            marker=lambda action: action.request_id,
        ),
        loads="server",
        errors=(400, 404),
    )
    def index(self, request: Request, server: Server) -> list[Action]:
        since, before = (_time(request, name) for name in ("changes-since", "changes-before"))
        if since and before and since > before:
            raise exception.Invalid(
                "The value of changes-since must be less than or equal to changes-before."
            )
        request.related["server"] = server
        with self.backend.db.reader() as conn:
            try:
                return actions.list_actions(
                    conn,
                    server.id,
                    limit=request.page_size,
                    marker=request.arg("marker"),
                    changes_since=since,
                    changes_before=before,
                )
            except exception.MarkerNotFound as error:
                raise exception.Invalid(str(error)) from error

    @operation(
        "GET",
        "/servers/{server_id}/os-instance-actions/{id}",
        policy=SHOW,
        query=SHOW_QUERY,
        response=One("instanceAction", ACTION),
        loads="server",
        errors=(404,),
    )
    def show(self, request: Request, server: Server, id: str) -> Action:
        with self.backend.db.reader() as conn:
            try:
                action, events = actions.show(conn, server.id, id)
            except exception.ActionNotFound as error:
                raise exception.ActionNotFound(request_id=id, server_id=server.uuid) from error
        request.related.update(server=server, events=events)
        return action
