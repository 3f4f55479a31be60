"""``/os-server-groups``: servers that are to stay together, or apart."""

from __future__ import annotations

from typing import Any

from nova_api import exception
from nova_api.api import policy
from nova_api.api.controller import Controller
from nova_api.api.declare import (
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
    wrap,
)
from nova_api.api.request import Request
from nova_api.compute import server_groups
from nova_api.compute.server_groups import HARD_POLICIES, POLICIES, Group

_P = "os_compute_api:os-server-groups:"
INDEX = policy.rule(_P + "index", policy.READER, "List the server groups of one's project.")
INDEX_ALL = policy.rule(_P + "index:all_projects", policy.ADMIN, "List the server groups of every project.")
SHOW = policy.rule(_P + "show", policy.READER, "Show a server group.")
CREATE = policy.rule(_P + "create", policy.MEMBER, "Create a server group.")
DELETE = policy.rule(_P + "delete", policy.MEMBER, "Delete a server group.")

# --- what may be asked --------------------------------------------------------------

LIST_QUERY = Query(
    QueryParam("all_projects", types.STRING),
    QueryParam("limit", types.NON_NEGATIVE),
    QueryParam("offset", types.NON_NEGATIVE),
    closed_since="2.75",
)


def _one_of(policies: tuple[str, ...]) -> types.JSONSchema:
    """A list of exactly one of ``policies``."""
    item = {"type": "string", "enum": list(policies)}
    return {"type": "array", "prefixItems": [item], "minItems": 1, "maxItems": 1, "uniqueItems": True}


CREATE_BODY = wrap(
    "server_group",
    Object(
        Param("name", types.NAME, required=True),
        Param("policies", _one_of(HARD_POLICIES), until="2.14", required=True),
        Param("policies", _one_of(POLICIES), since="2.15", until="2.63", required=True),
        Param("policy", {"type": "string", "enum": list(POLICIES)}, since="2.64", required=True),
        Param("rules", Object(Param("max_server_per_host", types.integer(1, empty=True))), since="2.64"),
    ),
)

# --- what is shown --------------------------------------------------------------------


def _record(name: str) -> Any:
    return lambda group, _request: getattr(group.record, name)


def _rules(group: Group, _request: Request) -> dict[str, int]:
    most = group.record.max_server_per_host
    return {} if most is None else {"max_server_per_host": most}


VIEW = View(
    "server group",
    Field("id", _record("uuid"), types.UUID),
    Field("name", _record("name"), types.STRING),
    Field("policies", lambda group, _request: [group.record.policy], {"type": "array"}, until="2.63"),
    Field("policy", _record("policy"), types.STRING, since="2.64"),
    Field("rules", _rules, {"type": "object"}, since="2.64"),
    Field("members", "members", {"type": "array", "items": types.UUID}),
    # Nobody could ever set any.
    Field("metadata", lambda _group, _request: {}, {"type": "object"}, until="2.63"),
    Field("project_id", "project_id", types.STRING, since="2.13"),
    Field("user_id", "user_id", types.STRING, since="2.13"),
)
ONE = One("server_group", VIEW)


class ServerGroupsController(Controller):
    """``/os-server-groups``."""

    def group(self, request: Request, id: str) -> Group:
        """The target of an operation; raises ServerGroupNotFound, also for another project's."""
        found = server_groups.get(self.backend, id)
        if not request.context.is_admin and found.project_id != request.context.project_id:
            raise exception.ServerGroupNotFound(group_id=id)
        return found

    @operation(
        "GET", "/os-server-groups", policy=INDEX, query=LIST_QUERY, response=Many("server_groups", VIEW)
    )
    def index(self, request: Request) -> list[Group]:
        # The key's presence counts, and who may not see them all gets his own, silently.
        everybody = "all_projects" in request.args and request.allowed(INDEX_ALL)
        project_id = None if everybody else str(request.context.project_id)
        # A limit of 0 stands for the default here.
        limit = request.page_size or request.max_limit
        offset = min(int(request.arg("offset") or 0), types.MAX_INT)
        return server_groups.page(self.backend, project_id, limit, offset)

    @operation(
        "POST", "/os-server-groups", policy=CREATE, body=CREATE_BODY, response=ONE, errors=(400, 403, 409)
    )
    def create(self, request: Request) -> Group:
        given = request.data["server_group"]
        most = given.get("rules", {}).get("max_server_per_host")
        return server_groups.create(
            self.backend,
            request.context,
            given["name"],
            given["policy"] if "policy" in given else given["policies"][0],
            None if most is None else min(int(most), types.MAX_INT),
        )

    @operation(
        "GET",
        "/os-server-groups/{id}",
        policy=SHOW,
        query=Query(closed_since="2.102"),
        response=ONE,
        loads="group",
        errors=(404,),
    )
    def show(self, request: Request, group: Group) -> Group:
        del request
        return group

    @operation("DELETE", "/os-server-groups/{id}", policy=DELETE, status=204, loads="group", errors=(404,))
    def delete(self, request: Request, group: Group) -> None:
        del request
        server_groups.delete(self.backend, group.record.uuid)
